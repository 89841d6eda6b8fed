"""What every counter of the sandbox shares: its parts, its tokens, its way of being down."""

import asyncio
import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import parse_qs, unquote

import jwt
from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import OAuth2
from fastapi.security.http import HTTPBasicCredentials
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import BaseModel

from deploy.sandbox import behaviours, clock, keys
from deploy.sandbox.books import Books
from deploy.sandbox.clerk import Clerk
from deploy.sandbox.metrics import Metrics
from deploy.sandbox.problems import Problem
from deploy.sandbox.settings import SandboxSettings

HOLD_STEP_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    settings: SandboxSettings
    books: Books
    clerk: Clerk
    metrics: Metrics
    now: clock.Pushed

    def client_of(self, partner: str) -> tuple[str, str]:
        if partner == "agroideas":
            return self.settings.agroideas_client_id, self.settings.agroideas_client_secret
        return self.settings.agrobanco_client_id, self.settings.agrobanco_client_secret


def sandbox_of(request: Request) -> Sandbox:
    """The fund's sandbox, or that of the test keys: by the token's client, or, at the control
    desk, by `?keys=test`."""
    state = request.app.state
    kind, token = get_authorization_scheme_param(request.headers.get("authorization"))
    testing = request.query_params.get("keys") == "test"
    if kind.lower() == "bearer":
        testing = _client_in(token).startswith(keys.PREFIX)
    sandbox: Sandbox = state.test_sandbox if testing else state.sandbox
    return sandbox


def _client_in(token: str) -> str:
    """The client that a token names, not yet believed: it only says whose key will check it."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return ""
    return str(claims.get("sub"))


TheSandbox = Annotated[Sandbox, Depends(sandbox_of)]


TOKEN_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": ["client_credentials"]},
                        "client_id": {"type": "string"},
                        "client_secret": {"type": "string"},
                    },
                }
            }
        },
    }
}


class TokenAnswer(BaseModel):
    access_token: str
    token_type: str = "Bearer"
    expires_in: int


def _signing_key(secret: str) -> bytes:
    return hashlib.sha256(b"sandbox-token:" + secret.encode()).digest()


def _basic_credentials(request: Request) -> HTTPBasicCredentials | None:
    scheme, value = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return HTTPBasicCredentials(username=unquote(name), password=unquote(secret))


def _oauth_error(status: int, error: str, description: str) -> JSONResponse:
    """RFC 6749 section 5.2: the token endpoint has an error shape of its own."""
    body = {"error": error, "error_description": description}
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = "Basic"
    return JSONResponse(body, status_code=status, headers=headers)


async def issue_token(request: Request, sandbox: Sandbox, partner: str) -> Response:
    """Client credentials, by HTTP Basic or in the form."""
    form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
    if form.get("grant_type") != "client_credentials":
        return _oauth_error(400, "unsupported_grant_type", "Solo client_credentials.")
    basic = _basic_credentials(request)
    given_id = basic.username if basic else form.get("client_id", "")
    given_secret = basic.password if basic else form.get("client_secret", "")
    if given_id.startswith(keys.PREFIX):
        sandbox = request.app.state.test_sandbox
    client_id, secret = sandbox.client_of(partner)
    right = hmac.compare_digest(given_id.encode(), client_id.encode())
    if not (hmac.compare_digest(given_secret.encode(), secret.encode()) and right):
        return _oauth_error(401, "invalid_client", "Cliente o secreto incorrectos.")
    ttl_s = sandbox.settings.sandbox_token_ttl_s
    claims = {"sub": client_id, "aud": partner, "exp": sandbox.now() + timedelta(seconds=ttl_s)}
    token = jwt.encode(claims, _signing_key(secret), algorithm="HS256")
    answer = TokenAnswer(access_token=token, expires_in=ttl_s)
    return JSONResponse(answer.model_dump(), headers={"Cache-Control": "no-store"})


def scheme_of(partner: str, token_url: str) -> OAuth2:
    return OAuth2(
        flows={"clientCredentials": {"tokenUrl": token_url, "scopes": {}}},
        scheme_name=f"{partner}_oauth2",
        auto_error=False,
    )


def counter_of(partner: str, scheme: OAuth2) -> Callable[..., None]:
    """The dependency of a partner's own routes: a valid token first, then whether it is open."""

    def check(sandbox: TheSandbox, header: Annotated[str | None, Depends(scheme)]) -> None:
        kind, token = get_authorization_scheme_param(header)
        if kind.lower() != "bearer" or not _token_holds(sandbox, partner, token):
            raise Problem(
                401,
                "unauthorized",
                "Falta un token válido.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        with sandbox.books.write() as db:
            down = behaviours.take(db, partner, behaviours.DOWN).mode in behaviours.DOWN
        if down:
            raise Problem(
                503, "unavailable", "Servicio no disponible.", headers={"Retry-After": "1"}
            )

    return check


def _token_holds(sandbox: Sandbox, partner: str, token: str) -> bool:
    _, secret = sandbox.client_of(partner)
    try:
        claims = jwt.decode(
            token,
            _signing_key(secret),
            algorithms=["HS256"],
            audience=partner,
            options={"require": ["exp", "aud"], "verify_exp": False},
        )
    except jwt.InvalidTokenError:
        return False
    return float(claims["exp"]) > sandbox.now().timestamp()


async def answer_late(request: Request, sandbox: Sandbox, behaviour: behaviours.Behaviour) -> None:
    """Keep the caller waiting when told to; end early when the caller or the sandbox leaves."""
    if behaviour.mode in behaviours.LATE:
        raise Problem(504, "gateway_timeout", "No hubo respuesta a tiempo.")
    if behaviour.mode == "timeout_after_executing":
        left_s = behaviour.timeout_hold_s
    elif behaviour.mode == "slow":
        left_s = 2.0 if behaviour.delay_s is None else behaviour.delay_s
    else:
        return
    ends_at = asyncio.get_running_loop().time() + left_s
    while (left_s := ends_at - asyncio.get_running_loop().time()) > 0:
        if sandbox.clerk.closing.is_set() or await request.is_disconnected():
            return
        await asyncio.sleep(min(HOLD_STEP_S, left_s))
