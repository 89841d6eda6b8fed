"""Who asks: principals by role, and a client that carries a real token of whoever it is told."""

from dataclasses import dataclass
from typing import Any

import httpx2

from services.kernel.ids import new_id
from services.kernel.settings import Settings
from services.kernel.tokens import issue
from services.kernel.work import Principal


def principal(role: str, sub: str | None = None, **claims: str | None) -> Principal:
    """Somebody of this role; claims are seat, program and consortium_id."""
    return Principal(sub=sub or f"test-{role}", role=role, **claims)


def token_of(settings: Settings, by: Principal) -> str:
    """A token that the settings' issuer would give."""
    return issue(
        settings,
        sub=by.sub,
        role=by.role,
        seat=by.seat,
        program=by.program,
        consortium_id=by.consortium_id,
    )


@dataclass(frozen=True)
class Caller:
    """The API as each of its callers sees it."""

    client: httpx2.AsyncClient
    settings: Settings

    async def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        by: Principal,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """Ask as this principal; bytes are sent as they are, every write has a key of its own."""
        sent = {"Authorization": f"Bearer {token_of(self.settings, by)}"}
        content: dict[str, Any] = {}
        if method != "GET":
            sent["Idempotency-Key"] = key or new_id("key")
        if isinstance(body, bytes):
            sent["Content-Type"] = "application/json"
            content["content"] = body
        elif body is not None:
            content["json"] = body
        return await self.client.request(
            method, path, headers={**sent, **(headers or {})}, **content
        )

    async def get(self, path: str, *, by: Principal) -> httpx2.Response:
        """GET as this principal."""
        return await self.request("GET", path, by=by)

    async def post(
        self,
        path: str,
        body: Any = None,
        *,
        by: Principal,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """POST as this principal."""
        return await self.request("POST", path, body, by=by, key=key, headers=headers)
