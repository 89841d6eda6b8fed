"""A sandbox in this process, a token for each partner, and a platform that takes callbacks."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.sandbox.app import create_app
from deploy.sandbox.settings import SandboxSettings

WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
SECRETS = {
    "agroideas_client_id": "fund-agroideas",
    "agroideas_client_secret": "secret-of-agroideas",
    "agroideas_webhook_secret": WEBHOOK_SECRET,
    "agrobanco_client_id": "fund-agrobanco",
    "agrobanco_client_secret": "secret-of-agrobanco",
}


async def eventually(check: Callable[[], Awaitable[Any]], *, within_s: float = 5) -> Any:
    """The first truthy answer of `check`; asks often, fails after `within_s`."""
    async with asyncio.timeout(within_s):
        while not (answer := await check()):
            await asyncio.sleep(0.01)
        return answer


@dataclass
class Platform:
    """Takes callbacks on a real socket and answers them with the statuses it was given."""

    url: str = ""
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.received.append((headers, body))
        status = self.answers.pop(0) if self.answers else 202
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.received]

    async def wait_for(self, count: int) -> list[dict[str, Any]]:
        async def enough() -> bool:
            return len(self.received) >= count

        await eventually(enough)
        return self.events()


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    platform = Platform()
    server = await asyncio.start_server(platform.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    platform.url = f"http://127.0.0.1:{port}/callbacks"
    async with server:
        yield platform


def settings_in(state_dir: Path, **changes: Any) -> SandboxSettings:
    given: dict[str, Any] = {
        "environment": "test",
        "sandbox_execution_delay_s": 0.02,
        "sandbox_return_delay_s": 0.05,
        "sandbox_callback_backoff_s": 0.02,
        "state_dir": state_dir,
    }
    return SandboxSettings(_env_file=None, **(given | SECRETS | changes))


@dataclass
class Client:
    """An HTTP client with a token for each partner."""

    http: httpx2.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)

    async def bearer(self, partner: str) -> dict[str, str]:
        if partner not in self.tokens:
            answer = await self.http.post(
                f"/{partner}/oauth/token",
                data={"grant_type": "client_credentials"},
                auth=(SECRETS[f"{partner}_client_id"], SECRETS[f"{partner}_client_secret"]),
            )
            assert answer.status_code == 200, answer.text
            self.tokens[partner] = answer.json()["access_token"]
        return {"authorization": f"Bearer {self.tokens[partner]}"}

    async def get(self, partner: str, path: str) -> httpx2.Response:
        return await self.http.get(f"/{partner}{path}", headers=await self.bearer(partner))

    async def pay(self, order: dict[str, Any]) -> httpx2.Response:
        headers = await self.bearer("agroideas") | {"idempotency-key": "key-of-this-attempt"}
        return await self.http.post("/agroideas/v1/payments", json=order, headers=headers)

    async def upload(self, message_id: str, body: bytes) -> httpx2.Response:
        headers = await self.bearer("agrobanco") | {
            "x-file-reference": message_id,
            "content-type": "application/xml",
        }
        return await self.http.post("/agrobanco/v1/files", content=body, headers=headers)

    async def told(self, partner: str, **behaviour: Any) -> None:
        answer = await self.http.put(f"/control/{partner}", json=behaviour)
        assert answer.status_code == 200, answer.text

    async def book(self, reference: str) -> list[dict[str, Any]]:
        answer = await self.http.get("/control/book", params={"reference": reference})
        rows: list[dict[str, Any]] = answer.json()
        return rows

    async def wait_for_status(self, reference: str, status: str) -> list[dict[str, Any]]:
        async def reached() -> list[dict[str, Any]] | None:
            rows = await self.book(reference)
            return rows if rows and all(row["status"] == status for row in rows) else None

        rows: list[dict[str, Any]] = await eventually(reached)
        return rows


@asynccontextmanager
async def sandbox(settings: SandboxSettings, **options: Any) -> AsyncIterator[Client]:
    app = create_app(settings, **options)
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as http,
    ):
        yield Client(http)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with sandbox(settings_in(tmp_path)) as client:
        yield client


def order(platform: Platform, reference: str = "ins-0001", **changes: Any) -> dict[str, Any]:
    given = {
        "reference": reference,
        "agreement_id": "agr_01",
        "beneficiary": {"name": "COOPERATIVA VALLE VERDE", "cci": "01800000000000000108"},
        "amount": {"amount": "1250.50", "currency": "PEN"},
        "concept": "Tramo 1",
        "callback_url": platform.url,
    }
    return given | changes
