"""Asking another room over its public HTTP API, as a service."""

from typing import Any

import httpx2

from services.kernel import tracing
from services.kernel.auth import not_found
from services.kernel.errors import Unavailable
from services.kernel.service_tokens import ServiceTokens
from services.kernel.settings import Settings


class Neighbours:
    """Other rooms: what they answer, Missing for a 404, Unavailable for all else."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = httpx2.AsyncClient(timeout=5, follow_redirects=False, trust_env=False)
        self._tokens = ServiceTokens(settings, self._client)

    async def read(self, room: str, path: str) -> dict[str, Any]:
        """The body of `GET <room><path>`."""
        token = await self._tokens.token()
        try:
            with tracing.span("room", f"read {room}"):
                answer = await self._client.get(
                    f"{self._settings.room_url(room)}{path}",
                    headers={"Authorization": f"Bearer {token}", **tracing.outgoing()},
                )
            if answer.status_code == 404:
                raise not_found()
            answer.raise_for_status()
            body: dict[str, Any] = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise _unavailable(room) from error
        return body

    async def tell(self, room: str, path: str, body: dict[str, Any], *, key: str) -> None:
        """POST what the room is to keep; the same key again is the same note. Raises Unavailable
        until the room has it."""
        try:
            token = await self._tokens.token()
            answer = await self._client.post(
                f"{self._settings.room_url(room)}{path}",
                json=body,
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
            )
            answer.raise_for_status()
        except httpx2.HTTPError as error:
            raise _unavailable(room) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _unavailable(room: str) -> Unavailable:
    return Unavailable(
        "kernel.neighbour_unavailable",
        f"El servicio {room} no responde; no se hizo ningún cambio.",
        retry_after_s=2,
    )
