"""Who calls and whether they may: JWT against the issuer's JWKS, then OPA's `fund.authz`.

Deny by default: a route without a guard does not pass the architecture test, a question without
an answer is a refusal. An object that is not the caller's is answered exactly like one that does
not exist.
"""

import asyncio
import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import jwt
import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, JsonValue
from sqlalchemy import inspect

from services.kernel import clock, tracing
from services.kernel.db import AsyncSession, Database, SQLModel
from services.kernel.errors import Denied, Missing, Unauthenticated, Unavailable
from services.kernel.ids import id_pattern
from services.kernel.opa import Opa
from services.kernel.settings import Settings
from services.kernel.tokens import ALGORITHM, TOKEN_TYPE
from services.kernel.work import Principal

LEEWAY_S: Final = 30
KEYS_LIFE_S: Final = 600
UNKNOWN_KID_COOLDOWN_S: Final = 10
FAILURE_COOLDOWN_S: Final = 1
REMEMBERED_TOKENS: Final = 4096

Scope = Callable[[AsyncSession, Request], Awaitable[dict[str, Any] | None]]
"""What the policy must know of the object named by the path: its consortium, its programme.
None when there is no such object."""

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    bearerFormat="JWT",
    description="Access token (typ at+jwt, ES256) of the fund's issuer",
)


class Keys:
    """The issuer's public keys: fetched by age, and once for an unknown `kid` at most each ten
    seconds; a miss never evicts good keys, and an issuer that fails is left alone for a second."""

    def __init__(self, settings: Settings) -> None:
        self._client = jwt.PyJWKClient(
            f"{settings.issuer_url}/jwks", cache_jwk_set=False, cache_keys=False, timeout=3
        )
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at_s = float("-inf")
        self._failed_at_s = float("-inf")
        self._lock = asyncio.Lock()

    async def key(self, kid: str) -> jwt.PyJWK:
        """The key with this id; raises Unauthenticated when the issuer has none."""
        if kid in self._keys and self._age_s() < KEYS_LIFE_S:
            return self._keys[kid]
        async with self._lock:
            stale = self._age_s() >= KEYS_LIFE_S
            if stale or (kid not in self._keys and self._age_s() >= UNKNOWN_KID_COOLDOWN_S):
                await self._fetch()
        if kid not in self._keys:
            raise _unauthenticated("auth.unknown_key", "La llave del token no es del emisor.")
        return self._keys[kid]

    def _age_s(self) -> float:
        return time.monotonic() - self._fetched_at_s

    async def _fetch(self) -> None:
        if time.monotonic() - self._failed_at_s < FAILURE_COOLDOWN_S:
            raise _issuer_unavailable()
        try:
            found = await asyncio.to_thread(self._client.get_signing_keys)
        except jwt.PyJWKClientError as error:
            self._failed_at_s = time.monotonic()
            raise _issuer_unavailable() from error
        self._keys = {key.key_id: key for key in found if key.key_id}
        self._fetched_at_s = time.monotonic()


@dataclass(frozen=True, slots=True)
class Verified:
    """What a token was found to say, under which key, and until when it says so."""

    principal: Principal
    kid: str
    key: jwt.PyJWK
    expires_at_s: float


class Authenticator:
    """Turns a bearer token into a principal, or refuses it.

    A token that was verified is known again by its hash, so that its signature is computed once:
    until it expires, and as long as its key stands among the issuer's as it was last fetched.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._keys = Keys(settings)
        self._known: OrderedDict[bytes, Verified] = OrderedDict()

    async def principal(self, token: str) -> Principal:
        """The principal of a token: algorithm pinned; issuer, audience, type and times checked."""
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        known = self._known.get(digest)
        if known is None or not await self._holds(known):
            known = await self._verified(token)
            self._known[digest] = known
            if len(self._known) > REMEMBERED_TOKENS:
                self._known.popitem(last=False)
        self._known.move_to_end(digest)
        return known.principal

    async def _holds(self, known: Verified) -> bool:
        return (
            known.expires_at_s + LEEWAY_S > clock.now().timestamp()
            and await self._keys.key(known.kid) is known.key
        )

    async def _verified(self, token: str) -> Verified:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") != ALGORITHM or header.get("typ") != TOKEN_TYPE:
                raise _unauthenticated("auth.invalid_token", "El token no es de acceso.")
            kid = str(header.get("kid"))
            key = await self._keys.key(kid)
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[ALGORITHM],
                audience=self._settings.audience,
                issuer=self._settings.issuer_url,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise _unauthenticated("auth.expired_token", "El token venció; pida otro.") from error
        except jwt.InvalidTokenError as error:
            raise _unauthenticated("auth.invalid_token", "El token no es válido.") from error
        return Verified(_principal_of(claims), kid, key, float(claims["exp"]))


def _principal_of(claims: dict[str, Any]) -> Principal:
    def text(name: str) -> str | None:
        value = claims.get(name)
        return value if isinstance(value, str) and value else None

    return Principal(
        sub=str(claims["sub"]),
        role=text("role") or "",
        seat=text("seat"),
        program=text("program"),
        consortium_id=text("consortium_id"),
    )


def _issuer_unavailable() -> Unavailable:
    return Unavailable(
        "auth.issuer_unavailable",
        "El emisor de tokens no responde; vuelva a intentarlo.",
        retry_after_s=2,
    )


def _unauthenticated(code: str, detail: str) -> Unauthenticated:
    return Unauthenticated(code, detail)


async def authenticated(
    request: Request, credentials: HTTPAuthorizationCredentials | None = Depends(_bearer)
) -> Principal:
    """The caller; raises Unauthenticated without a valid token."""
    if credentials is None:
        raise _unauthenticated("auth.token_missing", "Falta el token: Authorization: Bearer …")
    authenticator: Authenticator = request.app.state.authenticator
    principal = await authenticator.principal(credentials.credentials)
    structlog.contextvars.bind_contextvars(sub=principal.sub, role=principal.role)
    if principal.role == "service":
        tracing.trust()
    return principal


async def allow(
    opa: Opa, principal: Principal, action: str, resource: dict[str, Any] | None
) -> None:
    """Ask `fund.authz`; raises Denied when the role may never, Missing when the object is not
    the caller's or is not there."""
    decision = await opa.ask(
        "fund.authz",
        {"principal": principal.as_input(), "action": action, "resource": resource},
    )
    if decision.result.get("allow") is True:
        return
    if decision.result.get("reason") == "object":
        raise not_found()
    raise Denied("authz.denied", f"Su rol ({principal.role or 'ninguno'}) no puede: {action}.")


class AuthzInput(BaseModel):
    """The question to `fund.authz`: may this principal do this to that?"""

    model_config = ConfigDict(extra="forbid")

    principal: Principal
    action: str
    resource: dict[str, JsonValue] | None


class AuthzDecision(BaseModel):
    """Its answer: `role`, the role may never; `object`, it may, but not to this object."""

    model_config = ConfigDict(extra="forbid")

    allow: bool
    reason: Literal["role", "object", "ok"]


def policy_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of question and answer, by the name of their contract file."""
    return {
        "fund.authz.input": AuthzInput.model_json_schema(mode="serialization"),
        "fund.authz.decision": AuthzDecision.model_json_schema(),
    }


def not_found() -> Missing:
    """The one answer for what is not there and for what is not the caller's."""
    return Missing("http.not_found", "No existe, o no es suyo.")


class RowScope:
    """The scope of the row whose id stands in the path: policy field → column."""

    def __init__(
        self, table: type[SQLModel], parameter: str, prefix: str, fields: dict[str, str]
    ) -> None:
        columns = inspect(table).columns
        self._names = tuple(fields)
        # Which application it is about is worth knowing before anything else is asked.
        self._tells = "application_id" in columns
        first = "application_id" if self._tells else "id"
        self._parameter = parameter
        self._pattern = re.compile(id_pattern(prefix))
        self._statement = "SELECT {} FROM {} WHERE id = %s".format(
            ", ".join(f'"{columns[at].name}"' for at in (first, *fields.values())),
            f'"{inspect(table).local_table.name}"',
        )

    async def __call__(self, database: Database, request: Request) -> dict[str, Any] | None:
        """It runs before the path is checked, so it checks the id's form itself."""
        row_id = str(request.path_params[self._parameter])
        if not self._pattern.fullmatch(row_id):
            return None
        found = await database.rows(self._statement, (row_id,))
        if found and self._tells:
            tracing.about(found[0][0])
        return dict(zip(self._names, found[0][1:], strict=True)) if found else None


def scope_of(table: type[SQLModel], parameter: str, prefix: str, **fields: str) -> RowScope:
    """The scope of the row whose id stands in the path: policy field → column."""
    return RowScope(table, parameter, prefix, fields)


async def consortium_in_query(_: AsyncSession, request: Request) -> dict[str, Any]:
    """The scope of a list filtered by `consortium_id`: an applicant must name its own."""
    return {"consortium_id": request.query_params.get("consortium_id")}


def reading(room: str) -> Callable[[Request], AsyncIterator[AsyncSession]]:
    """A dependency that gives a session of the room for a read."""

    async def session_of(request: Request) -> AsyncIterator[AsyncSession]:
        database: Database = request.app.state.databases[room]
        async with database.begin() as session:
            yield session

    return session_of


def guard(action: str, scope: Scope | RowScope | None) -> Callable[..., Awaitable[Principal]]:
    """A dependency that lets only allowed principals through to the route."""
    room = action.split(".")[0]

    async def guarding(
        request: Request, principal: Principal = Depends(authenticated)
    ) -> Principal:
        resource: dict[str, Any] | None = None
        if scope is not None:
            database: Database = request.app.state.databases[room]
            if isinstance(scope, RowScope):
                resource = await scope(database, request)
            else:
                async with database.begin() as session:
                    resource = await scope(session, request)
            resource = {"exists": False} if resource is None else {"exists": True, **resource}
        await allow(request.app.state.opa, principal, action, resource)
        return principal

    return guarding


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": title,
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    for status, title in (
        (400, "Solicitud mal formada"),
        (401, "No autenticado"),
        (403, "No permitido"),
        (404, "No encontrado"),
        (409, "El estado actual no lo permite"),
        (412, "Otra persona lo cambió antes"),
        (413, "Cuerpo demasiado grande"),
        (422, "Datos no válidos"),
        (503, "Servicio no disponible"),
    )
}


def guarded(
    action: str, *, scope: Scope | RowScope | None = None, conflicts: bool = False
) -> dict[str, Any]:
    """The keyword arguments of a route that only allowed principals reach.

    `action` is `<room>.<noun>.<verb>` as in the policy's table; it also stands in the OpenAPI as
    `x-policy`. `conflicts` marks a GET that the state of things may refuse, as every write.
    """
    unscoped = {404} if scope is None else set()
    return {
        "dependencies": [Depends(guard(action, scope))],
        "openapi_extra": {"x-policy": action} | ({"x-conflicts": True} if conflicts else {}),
        "responses": {s: told for s, told in PROBLEM_RESPONSES.items() if s not in unscoped},
    }
