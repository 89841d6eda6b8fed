"""The conformance check passes the sandbox as it is, and names each way of breaking it."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy.conformance.__main__ import arguments, main, results
from deploy.sandbox.app import create_app
from deploy.sandbox.settings import SandboxSettings
from tests.support.serving import served

SETTINGS = {
    "environment": "test",
    "agroideas_client_id": "fund-agroideas",
    "agroideas_client_secret": "secret-of-agroideas",
    "agroideas_webhook_secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "agrobanco_client_id": "fund-agrobanco",
    "agrobanco_client_secret": "secret-of-agrobanco",
    "sandbox_execution_delay_s": 0.02,
    "sandbox_return_delay_s": 0.05,
    "sandbox_callback_backoff_s": 0.05,
}
pytestmark = pytest.mark.serverless
Bend = Callable[[bytes], bytes]


class Broken:
    """The sandbox behind one deliberate fault, which each test sets."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.where = ""
        self.ask: Bend | None = None
        self.answer: Callable[[int, bytes], tuple[int, bytes]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        concerned = scope["type"] == "http" and self.where and re.search(self.where, _line(scope))
        if not concerned:
            await self._app(scope, receive, send)
            return
        if self.ask is not None:
            receive = await _bent(scope, receive, self.ask)
        if self.answer is None:
            await self._app(scope, receive, send)
            return
        start: Message = {}
        body = b""

        async def kept(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            else:
                body += message.get("body", b"")

        await self._app(scope, receive, kept)
        status, body = self.answer(start["status"], body)
        headers = [(n, v) for n, v in start["headers"] if n != b"content-length"]
        await send({**start, "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _line(scope: Scope) -> str:
    return f"{scope['method']} {scope['path']}"


async def _bent(scope: Scope, receive: Receive, bend: Bend) -> Receive:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    bent = bend(body)
    scope["headers"] = [
        (name, str(len(bent)).encode() if name == b"content-length" else value)
        for name, value in scope["headers"]
    ]
    once: list[Message] = [{"type": "http.request", "body": bent, "more_body": False}]

    async def again() -> Message:
        return once.pop() if once else await receive()

    return again


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Broken]]:
    given: dict[str, Any] = {**SETTINGS, "state_dir": tmp_path_factory.mktemp("sandbox")}
    broken = Broken(create_app(SandboxSettings(_env_file=None, **given)))
    with served(broken) as url:
        yield url, broken


async def failed(
    partner: str,
    sandbox: tuple[str, Broken],
    *,
    wait_s: float = 3,
    only: Sequence[str] = (),
    **options: str,
) -> set[str]:
    """The ids of the checks that fail."""
    more = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    url = f"--url={sandbox[0]}/{partner}"
    given = arguments([partner, url, f"--wait={wait_s}", *more, "--only", *only])
    return {result.id for result in await results(given) if not result.passed}


@pytest.fixture(autouse=True)
def _sound(sandbox: tuple[str, Broken]) -> Iterator[None]:
    yield
    broken = sandbox[1]
    broken.where, broken.ask, broken.answer = "", None, None


@pytest.mark.parametrize("partner", ["agroideas", "agrobanco"])
async def test_the_sandbox_as_it_is_passes_every_check(
    partner: str, sandbox: tuple[str, Broken]
) -> None:
    assert await failed(partner, sandbox, wait_s=10) == set()


def _changed(**changes: Any) -> Callable[[int, bytes], tuple[int, bytes]]:
    def answer(status: int, body: bytes) -> tuple[int, bytes]:
        found = json.loads(body)
        return status, json.dumps(found | changes).encode() if status < 400 else body

    return answer


def _instead(old: bytes, new: bytes) -> Callable[[int, bytes], tuple[int, bytes]]:
    return lambda status, body: (status, body.replace(old, new))


def _forgives(status: int, body: bytes) -> tuple[int, bytes]:
    return (202, b'{"reference": "x", "execution_id": "x"}') if status >= 400 else (status, body)


def _twice(status: int, body: bytes) -> tuple[int, bytes]:
    found = json.loads(body)
    return status, json.dumps(found | {"lines": found["lines"] * 2}).encode()


def _other_reference(body: bytes) -> bytes:
    found = json.loads(body)
    return json.dumps(found | {"callback_url": "http://127.0.0.1:9/nowhere"}).encode()


PAY, INQUIRY, STATEMENT = r"POST .*/payments$", r"GET .*/payments/", r"GET .*/statements"
ASK, ANSWER = r"POST .*/no-objections$", r"GET .*/no-objections/"
FAULTS: dict[str, tuple[str, str, Any]] = {
    "AUTH-1": ("agroideas", r"POST .*/oauth/token", _changed(expires_in=86_400)),
    "AUTH-2": ("agroideas", r"POST .*/oauth/token", lambda s, b: (200 if s == 401 else s, b)),
    "AUTH-3": ("agrobanco", r"GET .*never-sent", lambda s, b: (200 if s == 401 else s, b)),
    "PAY-1": ("agroideas", PAY, _changed(execution_id="")),
    "PAY-3": ("agroideas", PAY, lambda s, b: (202, b) if s == 409 else (s, b)),
    "PAY-4": ("agroideas", PAY, lambda s, b: _forgives(s, b) if s == 422 else (s, b)),
    "OUT-1": ("agroideas", INQUIRY, _instead(b'"status":"executed"', b'"status":"rejected"')),
    "OUT-2": ("agroideas", INQUIRY, _instead(b'"AC04"', b"null")),
    "INQ-1": ("agroideas", r"GET .*never-sent", lambda s, b: (410, b)),
    "INQ-2": ("agroideas", INQUIRY, _instead(b'"amount":"105.00"', b'"amount":"105.01"')),
    "STM-1": ("agroideas", STATEMENT, _changed(closing_balance={"amount": "1.00"})),
    "STM-2": ("agroideas", STATEMENT, _changed(opening_balance={"amount": "1.00"})),
    "STM-3": ("agroideas", STATEMENT, _twice),
    "ERR-1": ("agroideas", r"GET .*never-sent", _instead(b'"code":"not_found",', b"")),
    "NOB-1": ("agroideas", ASK, lambda s, b: (202, b) if s == 409 else (s, b)),
    "NOB-2": ("agroideas", ANSWER, _changed(record_number=None)),
    "NOB-3": ("agroideas", ANSWER, _changed(reason="")),
    "NOB-4": ("agroideas", ANSWER, _changed(record_number="NO-OTHER")),
    "NOB-5": ("agroideas", ASK, lambda s, b: _forgives(s, b) if s == 422 else (s, b)),
    "FILE-1": ("agrobanco", r"POST .*/files", _changed(file_id="")),
    "FILE-3": ("agrobanco", r"POST .*/files", lambda s, b: (202, b) if s == 409 else (s, b)),
    "FILE-4": ("agrobanco", r"POST .*/files", _instead(b'"line":', b'"at":')),
    "STS-1": ("agrobanco", r"GET .*/status", _instead(b"<OrgnlMsgId>", b"<OrgnlMsgId>x")),
    "STS-2": ("agrobanco", r"GET .*never-sent", lambda s, b: (410, b)),
}


@pytest.mark.parametrize("check_id", FAULTS)
async def test_each_broken_behaviour_is_named(check_id: str, sandbox: tuple[str, Broken]) -> None:
    partner, where, answer = FAULTS[check_id]
    sandbox[1].where, sandbox[1].answer = where, answer
    ids = [check_id] if check_id != "ERR-1" else ["INQ-1", "ERR-1"]
    assert check_id in await failed(partner, sandbox, wait_s=0.5, only=ids)


async def test_a_callback_that_is_signed_with_another_secret_is_named(
    sandbox: tuple[str, Broken],
) -> None:
    other = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
    assert await failed("agroideas", sandbox, webhook_secret=other) == {"CB-2", "NOB-4"}


async def test_callbacks_that_never_come_are_named(sandbox: tuple[str, Broken]) -> None:
    sandbox[1].where, sandbox[1].ask = PAY, _other_reference
    ids = ["OUT-1", "CB-1", "CB-2", "CB-3", "CB-4"]
    assert await failed("agroideas", sandbox, wait_s=0.5, only=ids) == set(ids) - {"OUT-1"}


async def test_a_statement_that_is_not_valid_is_named(sandbox: tuple[str, Broken]) -> None:
    sandbox[1].where, sandbox[1].answer = STATEMENT, _instead(b"<NtryRef>", b"<NtryReference>")
    assert await failed("agrobanco", sandbox, wait_s=0.5, only=["STM-1"]) == {"STM-1"}


def test_the_command_prints_the_cure_and_exits_with_one(
    sandbox: tuple[str, Broken], capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox[1].where, sandbox[1].answer = r"GET .*never-sent", lambda s, b: (410, b)
    assert main(["agrobanco", f"--url={sandbox[0]}/agrobanco", "--wait=3"]) == 1
    printed = capsys.readouterr().out
    assert "FAIL  STS-2" in printed
    assert "cure:  send the header Final-After-S" in printed
    assert "pass  FILE-2" in printed


def test_a_partner_that_is_not_there_fails_every_check(tmp_path: Path) -> None:
    assert main(["agrobanco", "--url=http://127.0.0.1:9/agrobanco", "--wait=0.1"]) == 1
