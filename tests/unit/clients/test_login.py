"""`fondo login` against the real development issuer: device authorization (RFC 8628)."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
import time_machine

from clients.fondo import login
from services.kernel.issuer import issuer_app
from services.kernel.settings import Settings
from services.kernel.tokens import ALGORITHM, TOKEN_TYPE
from tests.support.serving import free_port, served, url_of
from tests.unit.clients.conftest import Fondo

START = "2026-12-02T14:30:00Z"
PERSON = {"sub": "mef-1", "role": "board_member", "seat": "mef", "answer": "approve"}


@pytest.fixture
def issuer(tmp_path: Path, home: Path) -> Iterator[str]:
    listening = free_port()
    url = url_of(listening)
    settings = Settings(issuer_url=url, issuer_key_file=tmp_path / "key.pem")
    with served(issuer_app(settings), listening):
        yield url


@pytest.fixture
def profile(issuer: str, fondo: Fondo) -> str:
    fondo("profile", "add", "sandbox", "--base-url", "http://127.0.0.1:1", "--issuer", issuer)
    return issuer


@pytest.fixture
def in_the_browser(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """While the command waits, somebody does this; time passes as the command believes."""

    def while_waiting(*acts: Callable[[], Any]) -> None:
        left = list(acts)

        def pause(seconds: float) -> None:
            if left:
                left.pop(0)()
            clock.shift(seconds)

        monkeypatch.setattr(login, "pause", pause)

    with time_machine.travel(START, tick=False) as clock:
        while_waiting.clock = clock  # type: ignore[attr-defined]
        yield while_waiting  # type: ignore[misc]


def approve(url: str, **changes: str) -> httpx2.Response:
    """Fill in the page that the login under way points to."""
    code = changes.pop("user_code", "") or CODES[-1]
    form = {**PERSON, "user_code": code, **changes}
    with httpx2.Client(trust_env=False) as browser:
        return browser.post(f"{url}/device", data=form)


CODES: list[str] = []


@pytest.fixture(autouse=True)
def _codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read each user code as its person reads it."""
    start = login.DeviceLogin.start

    def seen(self: login.DeviceLogin) -> login.Pending:
        pending = start(self)
        CODES.append(pending.user_code)
        return pending

    monkeypatch.setattr(login.DeviceLogin, "start", seen)


def test_a_person_approves_and_the_command_has_his_token(
    profile: str, fondo: Fondo, in_the_browser: Callable[..., None], home: Path
) -> None:
    in_the_browser(lambda: None, lambda: approve(profile))
    said = fondo("login", "--json")
    assert said.code == 0, said.err
    told = said.document
    assert (told["sub"], told["role"], told["seat"]) == ("mef-1", "board_member", "mef")
    assert f"{profile}/device?user_code={CODES[-1]}" in said.err
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", CODES[-1])
    token = (home / "session-sandbox.json").read_text().split('"')[3]
    key = jwt.PyJWKClient(f"{profile}/jwks").get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=[ALGORITHM], audience="fondo-consorcios")
    assert claims["iss"] == profile
    assert jwt.get_unverified_header(token)["typ"] == TOKEN_TYPE
    assert token not in said.out + said.err


def test_a_denied_login_gives_nothing(
    profile: str, fondo: Fondo, in_the_browser: Callable[..., None]
) -> None:
    in_the_browser(lambda: approve(profile, answer="deny"))
    said = fondo("login")
    assert (said.code, "rechazado" in said.err) == (1, True)
    assert fondo("whoami").code == 2


def test_a_code_that_nobody_approves_expires(
    profile: str, fondo: Fondo, in_the_browser: Callable[..., None]
) -> None:
    clock = in_the_browser.clock  # type: ignore[attr-defined]
    in_the_browser(lambda: clock.shift(599))
    said = fondo("login")
    assert (said.code, "login.expired_token" in said.err) == (1, True)
    late = approve(profile)
    assert (late.status_code, "venció" in late.text) == (400, True)


def test_an_issuer_without_such_a_login_is_named(fondo: Fondo, home: Path) -> None:
    listening = free_port()
    url = url_of(listening)

    async def bare(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"issuer": "x"}'})

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await bare(scope, receive, send)

    with served(app, listening):
        fondo("profile", "add", "sandbox", "--base-url", url, "--issuer", url)
        said = fondo("login")
    assert (said.code, "client.issuer_unfit" in said.err) == (1, True)


class Polling:
    """A client of the issuer that need not keep to the rules."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx2.Client(trust_env=False)

    def start(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.post(f"{self.url}/device_authorization").json()
        return found

    def poll(self, device_code: str) -> dict[str, Any]:
        form = {"grant_type": login.GRANT, "device_code": device_code, "client_id": "fondo-cli"}
        answer = self.http.post(f"{self.url}/token", data=form)
        assert answer.headers["cache-control"] == "no-store"
        found: dict[str, Any] = answer.json()
        assert answer.status_code == (200 if "access_token" in found else 400)
        return found


def test_who_asks_too_often_is_told_to_slow_down(
    issuer: str, in_the_browser: Callable[..., None]
) -> None:
    client, clock = Polling(issuer), in_the_browser.clock  # type: ignore[attr-defined]
    with client.http:
        started = client.start()
        code, interval_s = started["device_code"], started["interval"]
        assert client.poll(code) == {"error": "authorization_pending"}
        assert client.poll(code) == {"error": "slow_down"}
        clock.shift(interval_s)
        assert client.poll(code) == {"error": "slow_down"}  # it is longer now
        clock.shift(interval_s + 2 * login.SLOWER_S)
        assert client.poll(code) == {"error": "authorization_pending"}


def test_a_code_is_worth_one_token(issuer: str) -> None:
    client = Polling(issuer)
    with client.http:
        started = client.start()
        assert client.poll("unknown") == {"error": "invalid_grant"}
        code = started["user_code"].replace("-", " ").lower()
        assert approve(issuer, user_code=code).status_code == 200
        assert approve(issuer, user_code=code).status_code == 400
        assert "access_token" in client.poll(started["device_code"])
        assert client.poll(started["device_code"]) == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "changes",
    [{"role": "service"}, {"role": ""}, {"sub": ""}, {"sub": "a b"}, {"seat": "<mef>"}],
    ids=str,
)
def test_nobody_becomes_a_process_or_nobody(issuer: str, changes: dict[str, str]) -> None:
    client = Polling(issuer)
    with client.http:
        started = client.start()
        assert approve(issuer, user_code=started["user_code"], **changes).status_code == 400
        assert client.poll(started["device_code"]) == {"error": "authorization_pending"}


def test_the_page_escapes_what_it_is_given(issuer: str) -> None:
    with httpx2.Client(trust_env=False) as browser:
        page = browser.get(f"{issuer}/device", params={"user_code": '"><script>'}).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_processes_still_get_theirs_by_client_credentials(issuer: str) -> None:
    with httpx2.Client(trust_env=False) as client:
        for form in ({"grant_type": "password"}, {}):
            assert client.post(f"{issuer}/token", data=form).status_code == 400
        credentials = {"grant_type": "client_credentials"}
        assert client.post(f"{issuer}/token", data=credentials).status_code == 401


def test_two_logins_at_once_do_not_meet(issuer: str) -> None:
    client = Polling(issuer)
    with client.http:
        first, second = client.start(), client.start()
        worker = threading.Thread(
            target=approve, args=(issuer,), kwargs={"user_code": second["user_code"]}
        )
        worker.start()
        worker.join()
        assert client.poll(first["device_code"]) == {"error": "authorization_pending"}
        assert "access_token" in client.poll(second["device_code"])


def test_there_is_no_such_issuer_in_production(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="production"):
        issuer_app(Settings(environment="production", issuer_key_file=tmp_path / "key.pem"))
