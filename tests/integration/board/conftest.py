"""The board on its real database and OPA, served by this process with an issuer of its own.

It uses the running local stack; the seats' holders of before are put back at the end.
"""

import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from jwt.algorithms import ECAlgorithm

from services.board import domain
from services.kernel import clock, commands
from services.kernel.app import create_app
from services.kernel.ids import new_id
from services.kernel.issuer import KEY_ID, issue, signing_key
from services.kernel.migrate import upgrade
from services.kernel.settings import Settings, settings


def holder(seat: str) -> str:
    return f"test-{seat}"


@dataclass
class Board:
    """The board's API as each of its callers sees it."""

    http: httpx2.Client
    settings: Settings

    def call(
        self,
        method: str,
        path: str,
        role: str = "service",
        body: Any = None,
        *,
        key: str | None = None,
        seat: str | None = None,
        sub: str | None = None,
    ) -> httpx2.Response:
        token = issue(self.settings, sub=sub or f"test-{role}", role=role, seat=seat)
        headers = {"Authorization": f"Bearer {token}"}
        if method != "GET":
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        return self.http.request(method, path, headers=headers, json=body)

    def appoint(self, seat: str, sub: str, *, chair: bool = False) -> httpx2.Response:
        body = {"holder_sub": sub, "holder_name": f"Titular {sub}", "chair": chair}
        return self.call("PUT", f"/v1/seats/{seat}", "secretariat", body)

    def open(self, **changes: Any) -> dict[str, Any]:
        body = {
            "application_id": new_id("app"),
            "consortium_id": new_id("con"),
            "call_id": new_id("cal"),
            "dossier_sha256": "ab" * 32,
            "closes_at": (clock.now() + timedelta(hours=1)).isoformat(),
            **changes,
        }
        answer = self.call("POST", "/v1/ballots", body=body)
        assert answer.status_code == 201, answer.text
        ballot: dict[str, Any] = answer.json()
        return ballot

    def vote(
        self, ballot: dict[str, Any], seat: str, choice: str = "for", **changes: Any
    ) -> httpx2.Response:
        sub = changes.pop("sub", holder(seat))
        key = changes.pop("key", None)
        body = {"choice": choice, "reason": "Falta sustento." if choice == "against" else None}
        path = f"/v1/ballots/{ballot['id']}/votes"
        return self.call(
            "POST", path, "board_member", {**body, **changes}, seat=seat, sub=sub, key=key
        )

    def recuse(self, ballot: dict[str, Any], seat: str, ground: int = 3) -> httpx2.Response:
        body = {"ground": ground, "reason": "Interés propio."}
        path = f"/v1/ballots/{ballot['id']}/recusals"
        return self.call("POST", path, "board_member", body, seat=seat, sub=holder(seat))

    def close(self, ballot: dict[str, Any], key: str | None = None) -> httpx2.Response:
        return self.call("POST", f"/v1/ballots/{ballot['id']}/close", key=key)

    def second_call(self, ballot: dict[str, Any], closes_at: datetime) -> httpx2.Response:
        body = {"closes_at": closes_at.isoformat()}
        return self.call("POST", f"/v1/ballots/{ballot['id']}/second-call", body=body)

    def read(self, ballot: dict[str, Any]) -> dict[str, Any]:
        answer = self.call("GET", f"/v1/ballots/{ballot['id']}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The address of the application on a free port."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def _jwks(settings: Settings) -> FastAPI:
    app = FastAPI()
    public = ECAlgorithm.to_jwk(signing_key(settings.issuer_key_file).public_key(), as_dict=True)

    @app.get("/jwks")
    async def jwks() -> dict[str, Any]:
        return {"keys": [{**public, "kid": KEY_ID, "alg": "ES256", "use": "sig"}]}

    return app


@pytest.fixture(scope="session")
def _service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    key_file: Path = tmp_path_factory.mktemp("issuer") / "key.pem"
    known = settings().model_copy(update={"issuer_key_file": key_file})
    upgrade("board", known)
    with served(_jwks(known)) as issuer_url:
        here = known.model_copy(update={"issuer_url": issuer_url})
        with (
            served(create_app(["board"], here)) as url,
            httpx2.Client(base_url=url, timeout=30, trust_env=False) as http,
        ):
            board = Board(http, here)
            before = board.call("GET", "/v1/seats").json()["data"]
            yield board
            for seat in sorted(before, key=lambda seat: not seat["chair"]):
                if seat["holder_sub"]:
                    kept = {name: seat[name] for name in ("holder_sub", "holder_name", "chair")}
                    board.call("PUT", f"/v1/seats/{seat['seat']}", "secretariat", kept)


@pytest.fixture
def board(_service: Board) -> Board:
    """The board with four test holders, Midagri in the chair."""
    for seat in domain.SEATS:
        answer = _service.appoint(seat, holder(seat), chair=seat == "midagri")
        assert answer.status_code == 200, answer.text
    return _service


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], datetime]:
    """Let writes happen this much later, whatever the tokens say; returns that time."""

    def shift(by: timedelta) -> datetime:
        pretend(monkeypatch, lambda: clock.now() + by)
        return clock.now() + by

    return shift


def pretend(monkeypatch: pytest.MonkeyPatch, now: Callable[[], datetime]) -> None:
    """Let every write believe that it is this time."""
    monkeypatch.setattr(commands, "clock", SimpleNamespace(now=now))


def _connection(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url.format(room="board").replace("+psycopg", ""), autocommit=True)


@pytest.fixture
def owner() -> Iterator[psycopg.Connection[Any]]:
    """A connection as the owner of the tables, whom no grant stops."""
    with _connection(settings().migration_database_url) as connection:
        yield connection


@pytest.fixture
def app_role() -> Iterator[psycopg.Connection[Any]]:
    """A connection as the application."""
    with _connection(settings().database_url) as connection:
        yield connection
