"""Reading another room over its public HTTP API, as a service."""

from typing import Any

import httpx2

from services.kernel import tracing
from services.kernel.auth import not_found
from services.kernel.errors import Unavailable
from services.kernel.service_tokens import ServiceTokens
from services.kernel.settings import Settings


class Neighbours:
    """GETs on other rooms: the JSON body, Missing for 404, Unavailable for all else."""

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
            raise Unavailable(
                "kernel.neighbour_unavailable",
                f"El servicio {room} no responde; no se hizo ningún cambio.",
                retry_after_s=2,
            ) from error
        return body

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
