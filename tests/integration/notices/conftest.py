"""Notices on a scratch database a test, with a real SMTP server and a real webhook receiver."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import httpx2
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from services.kernel.db import Database
from services.kernel.events import Received
from services.kernel.listen import Application
from services.kernel.settings import Settings, settings
from services.kernel.work import Principal
from services.notices.listeners import LISTENERS
from services.notices.sender import Sender
from tests.factories.notices import received
from tests.support.callers import Caller, principal
from tests.support.databases import scratch_settings
from tests.support.serving import free_port, own_issuer, room_here

SECRETARIAT = principal("secretariat", "ana-secretaria")
SEATS = ("midagri", "produce", "mincetur", "mef")


@dataclass
class MailServer:
    """An SMTP server on a port of its own that can be stopped, started and told to refuse."""

    port: int
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refusals: dict[str, list[str]] = field(default_factory=dict)
    """Address → the answers to its next messages; none left: taken."""
    _controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
        self._controller = None

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        answers = self.refusals.get(address, [])
        answer = answers.pop(0) if answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.original_content or b""
        self.messages.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@dataclass
class Receiver:
    """Takes webhooks on a real socket and answers each with the next of the statuses given."""

    url: str = ""
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    location: str = ""
    hangs: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.taken.append((headers, body))
        if self.hangs:
            await reader.read()  # until the other side gives up
        else:
            status = self.answers.pop(0) if self.answers else 204
            moved = f"location: {self.location}\r\n" if self.location else ""
            writer.write(
                f"HTTP/1.1 {status} X\r\n{moved}content-length: 0\r\n"
                "connection: close\r\n\r\n".encode()
            )
            await writer.drain()
        writer.close()

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.taken]


@dataclass
class Notices:
    """The room under test, what hears events for it, and what sends."""

    app: FastAPI
    caller: Caller
    settings: Settings
    mail: MailServer
    receiver: Receiver

    @property
    def database(self) -> Database:
        found: Database = self.app.state.databases["notices"]
        return found

    async def hear(self, *events: Received) -> None:
        """The events, each as the listening process applies it."""
        for event in events:
            await Application(LISTENERS[0], self.database).apply(event)

    async def seat_board(self) -> None:
        """Four titulars with midagri in the chair and produce as its deputy."""
        for seat in SEATS:
            data = {"term_id": f"ter_{seat}", "seat": seat, "holder_sub": f"{seat}-1"}
            data |= {"holder_name": f"Titular {seat}", "chair": seat == "midagri"}  # type: ignore[dict-item]
            data |= {"deputy_chair": seat == "produce"}  # type: ignore[dict-item]
            await self.hear(received("fund.board.seat.appointed.v1", data=data))

    async def contact(self, sub: str, **fields: Any) -> dict[str, Any]:
        body = {"name": f"Nombre de {sub}", **fields}
        answer = await self.ask("PUT", f"/v1/contacts/{sub}", body)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def ask(
        self, method: str, path: str, body: Any = None, *, by: Principal = SECRETARIAT
    ) -> httpx2.Response:
        return await self.caller.request(method, path, body, by=by)

    async def deliveries(self, query: str = "") -> list[dict[str, Any]]:
        answer = await self.ask("GET", f"/v1/deliveries?limit=200{query}")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    async def send(self, **changes: Any) -> int:
        """One round of a sending process."""
        sender = Sender(self.database, self.settings.model_copy(update=changes))
        try:
            return await sender.once()
        finally:
            await sender.close()

    async def make_due(self) -> None:
        """As if the time until the next tries had passed."""
        await self.rows(
            "UPDATE delivery SET next_attempt_at = created_at, version = version + 1"
            " WHERE next_attempt_at IS NOT NULL RETURNING 1"
        )

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        async with self.database.begin() as session:
            connection = await session.connection()
            return list(await connection.execute(text(sql), values))

    async def published(self) -> list[dict[str, Any]]:
        rows = await self.rows("SELECT body FROM outbox ORDER BY seq")
        return [row.body for row in rows]


@pytest.fixture(scope="session")
def issuer_settings(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The stack's settings with an issuer of this test run."""
    with own_issuer(settings(), tmp_path_factory.mktemp("issuer")) as here:
        yield here


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with free_port() as listening:
        port = listening.getsockname()[1]
    server = MailServer(port)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/avisos"
    async with server:
        yield found


@pytest.fixture
async def notices(
    issuer_settings: Settings, mail: MailServer, receiver: Receiver
) -> AsyncIterator[Notices]:
    """The room, running in this process on a database of its own."""
    with scratch_settings("notices") as scratch:
        here = issuer_settings.model_copy(
            update={"database_url": scratch.database_url, "smtp_url": SecretStr(mail.url)}
        )
        async with room_here("notices", here) as (app, caller):
            yield Notices(app, caller, here, mail, receiver)
