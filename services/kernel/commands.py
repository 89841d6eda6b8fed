"""Writes over HTTP: one transaction, one key, one answer.

The idempotency row commits with the effect (IETF draft `Idempotency-Key`): the same key and body
give the first answer again, another body 422, one still running 409. A refused request leaves no
row, so a corrected one may use the key again.
"""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Final, TypeVar

from asgi_correlation_id import correlation_id
from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from services.kernel import clock, sealing
from services.kernel.auth import authenticated
from services.kernel.db import AsyncSession, Database, rows_in
from services.kernel.errors import Conflict, Invalid, Malformed
from services.kernel.owed import json_text, owe
from services.kernel.settings import Settings
from services.kernel.telemetry import COMMANDS
from services.kernel.work import Principal, Work

Result = TypeVar("Result")

KEY_PATTERN: Final = "^[!-~]{1,255}$"
_COLUMNS: Final = "kept.fingerprint, kept.status, kept.headers, kept.body"
_KEPT: Final = (
    "idempotency AS kept WHERE kept.principal = %s AND kept.operation = %s"
    " AND kept.resource = %s AND kept.key = %s"
)
_REPLAYED: Final = f"SELECT {_COLUMNS} FROM {_KEPT}"
# One trip for both. Its view of the table is a moment older than the lock: who ended in that
# moment is met again as a duplicate of `pk_idempotency`, upon which the whole attempt is repeated.
_CLAIMED: Final = (
    f"SELECT pg_try_advisory_xact_lock(%s), {_COLUMNS}"
    f" FROM (SELECT) AS always LEFT JOIN (SELECT * FROM {_KEPT}) AS kept ON true"
)


class Command:
    """A write in the making: who, which key, which request."""

    def __init__(self, request: Request, room: str, principal: Principal, key: str) -> None:
        self._request = request
        self._database: Database = request.app.state.databases[room]
        self._settings: Settings = request.app.state.settings
        self._key = key
        self.principal = principal
        self._operation = f"{request.method} {request.scope['route'].path}"
        self._resource = request.url.path
        self._claim = (principal.sub, self._operation, self._resource, key)

    async def replay(self) -> Response | None:
        """The first answer to this key, if it is known: ask before work outside the database."""
        fingerprint = await self._fingerprint()
        found = await self._database.rows(_REPLAYED, self._claim)
        return self._stored(found[0], fingerprint) if found else None

    async def run(
        self,
        use_case: Callable[..., Awaitable[Result]],
        /,
        *,
        render: Callable[[Result], BaseModel],
        status: int = 200,
        headers: Callable[[Result], dict[str, str]] | None = None,
        sealed: bool = False,
        **arguments: Any,
    ) -> Response:
        """Run `use_case(work, **arguments)` in one transaction and answer with its rendering;
        `sealed`: the answer shows a secret, and is stored so that the database cannot tell it."""
        fingerprint = await self._fingerprint()

        async def attempt(session: AsyncSession) -> Response:
            stored = await self._claimed(session, fingerprint)
            if stored is not None:
                return stored
            work = Work(session, self.principal, clock.now(), correlation_id.get() or "")
            result = await use_case(work, **arguments)
            await session.flush()
            named = headers(result) if headers else {}
            body = render(result).model_dump_json()
            kept = sealing.seal(self._settings, body) if sealed else body
            self._keep(work, fingerprint, status, named, kept)
            return _answer(status, named, body)

        outcome = "refused"
        try:
            response = await self._database.run(attempt)
            outcome = "replayed" if "Idempotency-Replayed" in response.headers else "done"
            return response
        finally:
            COMMANDS.labels(self._operation, outcome).inc()

    async def step(self, use_case: Callable[..., Awaitable[Result]], /, **arguments: Any) -> Result:
        """A transaction of its own before or after a call outside; it leaves no answer behind,
        so the use case must find out itself what an earlier try has done."""

        async def attempt(session: AsyncSession) -> Result:
            work = Work(session, self.principal, clock.now(), correlation_id.get() or "")
            return await use_case(work, **arguments)

        return await self._database.run(attempt)

    async def _claimed(self, session: AsyncSession, fingerprint: str) -> Response | None:
        """Take the key until the end of the transaction; the answer that it has got already."""
        lock = hashlib.sha256("\x00".join(self._claim).encode()).digest()
        number = int.from_bytes(lock[:8], "big", signed=True)
        ((taken, *kept),) = await rows_in(session, _CLAIMED, (number, *self._claim))
        if not taken:
            raise Conflict(
                "idempotency.in_progress",
                "Otra solicitud con la misma Idempotency-Key está en curso; espere su respuesta.",
                retry_after_s=1,
            )
        return None if kept[0] is None else self._stored(kept, fingerprint)

    def _stored(self, kept: Sequence[Any], fingerprint: str) -> Response:
        known, status, headers, body = kept
        if known != fingerprint:
            raise Invalid(
                "idempotency.key_reused",
                "Esa Idempotency-Key ya se usó con otro cuerpo; use una llave nueva.",
            )
        if body.startswith(sealing.MARK):
            body = sealing.opened(self._settings, body)
        return _answer(status, {**headers, "Idempotency-Replayed": "true"}, body)

    def _keep(
        self, work: Work, fingerprint: str, status: int, headers: dict[str, str], body: str
    ) -> None:
        names = ("principal", "operation", "resource", "key")
        answer = {
            "fingerprint": fingerprint,
            "status": status,
            "headers": json_text(headers),
            "body": body,
            "created_at": work.now,
        }
        owe(work.session, "idempotency", dict(zip(names, self._claim, strict=True)) | answer)

    async def _fingerprint(self) -> str:
        body = await self._request.body()
        parts = (self._request.url.query.encode(), _canonical(body))
        return hashlib.sha256(b"\x00".join(parts)).hexdigest()


def _canonical(body: bytes) -> bytes:
    try:
        return json.dumps(json.loads(body), sort_keys=True).encode()
    except ValueError:
        return body


def _answer(status: int, headers: dict[str, str], body: str) -> Response:
    return Response(
        content=body, status_code=status, headers=headers, media_type="application/json"
    )


def command_of(room: str) -> Callable[..., Awaitable[Command]]:
    """A dependency: `Run = Annotated[Command, Depends(command_of("board"))]`."""

    async def command(
        request: Request,
        principal: Annotated[Principal, Depends(authenticated)],
        idempotency_key: Annotated[
            str | None,
            Header(
                alias="Idempotency-Key",
                description="A fresh value for each intended effect.",
                json_schema_extra={
                    "x-required": True,
                    "pattern": KEY_PATTERN,
                    "minLength": 1,
                    "maxLength": 255,
                    "examples": ["5d1f0a9c-2f43-4c53-9d0b-8a4a3f6f2f10"],
                },
            ),
        ] = None,
    ) -> Command:
        if not re.fullmatch(KEY_PATTERN, idempotency_key or ""):
            raise Malformed(
                "idempotency.key_missing",
                "Falta la cabecera Idempotency-Key (1 a 255 caracteres ASCII visibles).",
            )
        return Command(request, room, principal, str(idempotency_key))

    return command
