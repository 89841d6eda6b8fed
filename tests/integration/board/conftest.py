"""The board on a scratch database and the real OPA, served by this process with its own issuer."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx2
import psycopg
import pytest

from services.board import domain
from services.kernel import clock, commands
from services.kernel.app import create_app
from services.kernel.ids import new_id
from services.kernel.settings import Settings
from tests.factories.dossier import SUBJECT, Neighbourhood
from tests.support import signing
from tests.support.callers import principal, token_of
from tests.support.databases import scratch_settings
from tests.support.serving import own_issuer, served


def holder(seat: str) -> str:
    return f"test-{seat}"


@dataclass
class Board:
    """The board's API as each of its callers sees it."""

    http: httpx2.Client
    settings: Settings
    registered: set[str] = field(default_factory=set)
    neighbours: Neighbourhood = field(default_factory=Neighbourhood)

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
        claims: dict[str, str] | None = None,
    ) -> httpx2.Response:
        token = token_of(self.settings, principal(role, sub, seat=seat, **(claims or {})))
        headers = {"Authorization": f"Bearer {token}"}
        if method != "GET":
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        return self.http.request(method, path, headers=headers, json=body)

    def appoint(self, seat: str, sub: str, *, chair: bool = False, **more: Any) -> httpx2.Response:
        body = {"holder_sub": sub, "holder_name": f"Titular {sub}", "chair": chair, **more}
        return self.call("PUT", f"/v1/seats/{seat}", "secretariat", body)

    def with_key(self, sub: str) -> None:
        """Let the person have its key registered, once."""
        if sub not in self.registered:
            body = signing.key_registration(sub)
            answer = self.call("POST", "/v1/keys", "board_member", body, seat="mef", sub=sub)
            assert answer.status_code == 201, answer.text
            self.registered.add(sub)

    def open(self, **changes: Any) -> dict[str, Any]:
        body = {
            "application_id": new_id("app"),
            "consortium_id": new_id("con"),
            "call_id": new_id("cal"),
            "dossier_sha256": "ab" * 32,
            "closes_at": (clock.now() + timedelta(hours=1)).isoformat(),
            **changes,
        }
        self.neighbours.know({name: body[name] for name in SUBJECT})
        answer = self.call("POST", "/v1/ballots", body=body)
        assert answer.status_code == 201, answer.text
        ballot: dict[str, Any] = answer.json()
        return ballot

    def vote(
        self, ballot: dict[str, Any], seat: str, choice: str = "for", **changes: Any
    ) -> httpx2.Response:
        """Sign and send; a `body` given replaces the signed one."""
        sub, key = changes.pop("sub", holder(seat)), changes.pop("idempotency", None)
        self.with_key(sub)
        body = changes.pop("body", None)
        if body is None:
            changes = {
                "signed_at": changes.pop("signed_at", None) or commands.clock.now()
            } | changes
            body = signing.signed_vote(ballot, seat, sub, choice, **changes)
        path = f"/v1/ballots/{ballot['id']}/votes"
        return self.call("POST", path, "board_member", body, seat=seat, sub=sub, key=key)

    def recuse(
        self, ballot: dict[str, Any], seat: str, ground: int = 3, **more: Any
    ) -> httpx2.Response:
        """Declare the recusal of the seat's titular; `of` proposes another seat's instead."""
        sub, of = more.pop("sub", holder(seat)), more.pop("of", None)
        body = {"ground": ground, "reason": "Interés propio.", "seat": of}
        path = f"/v1/ballots/{ballot['id']}/recusals"
        return self.call("POST", path, "board_member", body, seat=seat, sub=sub)

    def decide(
        self,
        recusal: httpx2.Response,
        seat: str = "midagri",
        *,
        accepted: bool = True,
        sub: str | None = None,
    ) -> httpx2.Response:
        """Decide a recusal, as just answered, for the person of a seat."""
        assert recusal.status_code == 201, recusal.text
        path = f"/v1/recusals/{recusal.json()['id']}/decision"
        body = {"accepted": accepted, "reason": "Visto el sustento."}
        return self.call("POST", path, "board_member", body, seat=seat, sub=sub or holder(seat))

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


@pytest.fixture(scope="module")
def board_settings(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a scratch database and an issuer of this module's own: votes that one module
    casts at a pretended time are no past of another's."""
    with (
        scratch_settings("board") as scratch,
        own_issuer(scratch, tmp_path_factory.mktemp("issuer")) as settings,
    ):
        yield settings


@pytest.fixture(scope="module")
def _service(board_settings: Settings) -> Iterator[Board]:
    app = create_app(["board"], board_settings)
    with (
        served(app) as url,
        httpx2.Client(base_url=url, timeout=30, trust_env=False) as http,
    ):
        board = Board(http, board_settings)
        real, app.state.neighbours = app.state.neighbours, board.neighbours
        yield board
        app.state.neighbours = real


@pytest.fixture
def board(_service: Board) -> Board:
    """The board with four test holders and their keys, Midagri in the chair."""
    for seat in domain.SEATS:
        answer = _service.appoint(seat, holder(seat), chair=seat == "midagri")
        assert answer.status_code == 200, answer.text
        _service.with_key(holder(seat))
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
def owner(board_settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A connection as the owner of the tables, whom no grant stops."""
    with _connection(board_settings.migration_database_url) as connection:
        yield connection


@pytest.fixture
def app_role(board_settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A connection as the application."""
    with _connection(board_settings.database_url) as connection:
        yield connection
