"""Device authorization (RFC 8628) at the development issuer: how a person's command gets a token.

The command asks for a code; the person opens `/device`, says who he is on this development machine
and approves; the command, polling, gets his token once. Everything lives in memory: a login takes
minutes, and an issuer that starts again forgets it.
"""

import html
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse

from services.kernel import clock
from services.kernel.settings import Settings
from services.kernel.tokens import TOKEN_LIFE_S, issue

GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
CODE_LIFE: Final = timedelta(minutes=10)
INTERVAL_S: Final = 2
SLOWER_S: Final = 5
PENDING_MAX: Final = 1000
_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
_SUB: Final = re.compile(r"[\x21-\x7e]{1,120}")
_CLAIM: Final = re.compile(r"[a-z0-9_]{0,60}")
_PAGE: Final = """<!doctype html><html lang="es"><meta charset="utf-8"><title>Entrar</title>
<h1>Emisor de desarrollo</h1><p>{told}</p>{form}</html>"""
_FORM: Final = """<form method="post" action="/device"><p>Apruebe solo un código suyo.</p>
<p><label>Código <input name="user_code" value="{user_code}" required></label></p>
<p><label>Persona (sub) <input name="sub" required></label></p>
<p><label>Rol <input name="role" required></label></p>
<p><label>Asiento <input name="seat"></label></p>
<p><button name="answer" value="approve">Aprobar</button>
<button name="answer" value="deny" formnovalidate>Rechazar</button></p></form>"""

Answer = Literal["pending", "approved", "denied"]


@dataclass
class Login:
    """One login under way: until when, how it was answered, and as whom."""

    user_code: str
    ends_at: datetime
    interval_s: int = INTERVAL_S
    polled_at: datetime | None = None
    answer: Answer = "pending"
    claims: dict[str, str] = field(default_factory=dict)


class DeviceLogins:
    """The logins under way, by device code; those that ended are dropped as new ones come."""

    def __init__(self) -> None:
        self._logins: dict[str, Login] = {}

    def start(self, now: datetime) -> tuple[str, Login]:
        """A new login and its device code."""
        kept = {code: one for code, one in self._logins.items() if one.ends_at > now}
        self._logins = dict(list(kept.items())[-(PENDING_MAX - 1) :])
        letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
        login = Login(f"{letters[:4]}-{letters[4:]}", now + CODE_LIFE)
        code = secrets.token_urlsafe(32)
        self._logins[code] = login
        return code, login

    def answer(
        self, user_code: str, answer: Answer, claims: Mapping[str, str], now: datetime
    ) -> bool:
        """Approve or deny the login with this user code; False when none waits for an answer."""
        typed = re.sub(r"[^A-Z]", "", user_code.upper())
        for login in self._logins.values():
            waits = login.answer == "pending" and login.ends_at > now
            if waits and login.user_code.replace("-", "") == typed:
                login.answer, login.claims = answer, dict(claims)
                return True
        return False

    def poll(self, device_code: str, now: datetime) -> tuple[str, dict[str, str]]:
        """`ok` and the claims, once; else the error of RFC 8628, section 3.5."""
        login = self._logins.get(device_code)
        if login is None:
            return "invalid_grant", {}
        if login.ends_at <= now:
            return "expired_token", {}
        if login.answer == "approved":
            del self._logins[device_code]
            return "ok", login.claims
        if login.answer == "denied":
            del self._logins[device_code]
            return "access_denied", {}
        early, login.polled_at = login.polled_at, now
        if early is not None and (now - early).total_seconds() < login.interval_s:
            login.interval_s += SLOWER_S
            return "slow_down", {}
        return "authorization_pending", {}


def add_device_login(app: FastAPI, settings: Settings) -> DeviceLogins:
    """Give the issuer its two pages; `/token` asks what is returned."""
    logins = DeviceLogins()

    @app.post("/device_authorization")
    async def start() -> dict[str, Any]:
        code, login = logins.start(clock.now())
        page = f"{settings.issuer_url}/device"
        return {
            "device_code": code,
            "user_code": login.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={login.user_code}",
            "expires_in": int(CODE_LIFE.total_seconds()),
            "interval": login.interval_s,
        }

    @app.get("/device")
    async def ask(user_code: str = "") -> HTMLResponse:
        form = _FORM.format(user_code=html.escape(user_code[:20]))
        return _page("Diga quién entra.", form)

    @app.post("/device")
    async def approve(request: Request) -> HTMLResponse:
        said = await form_of(request)
        claims = {name: said.get(name, "") for name in ("sub", "role", "seat")}
        denied = said.get("answer") == "deny"
        if not denied and not _fit(claims):
            return _page("Persona, rol o asiento no válidos; vuelva atrás.", "", status=400)
        answer: Answer = "denied" if denied else "approved"
        if not logins.answer(said.get("user_code", ""), answer, claims, clock.now()):
            return _page("Ese código no existe, venció o ya se usó.", "", status=400)
        return _page("Rechazado." if denied else "Aprobado: vuelva a su terminal.", "")

    return logins


def token_for(logins: DeviceLogins, settings: Settings, said: Mapping[str, str]) -> JSONResponse:
    """The answer of `/token` to a poll; errors are those of OAuth, not ours."""
    outcome, claims = logins.poll(said.get("device_code", ""), clock.now())
    headers = {"Cache-Control": "no-store"}
    if outcome != "ok":
        return JSONResponse({"error": outcome}, 400, headers)
    token = issue(settings, sub=claims["sub"], role=claims["role"], seat=claims["seat"])
    told = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LIFE_S}
    return JSONResponse(told, headers=headers)


async def form_of(request: Request) -> dict[str, str]:
    """The first value of each field of a form."""
    body = (await request.body()).decode("ascii", "replace")
    try:
        found = parse_qs(body, max_num_fields=20)
    except ValueError:
        found = {}
    return {name: values[0] for name, values in found.items()}


def _fit(claims: Mapping[str, str]) -> bool:
    """A person with a role; processes get theirs by client credentials only."""
    texts = all(_CLAIM.fullmatch(claims[name]) for name in ("role", "seat"))
    person = bool(claims["role"]) and claims["role"] != "service"
    return texts and person and bool(_SUB.fullmatch(claims["sub"]))


def _page(told: str, form: str, *, status: int = 200) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(told=told, form=form), status)
