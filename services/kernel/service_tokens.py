"""Tokens by which our processes call each other: OAuth 2.0 client credentials at the issuer."""

import asyncio
import time
from typing import Final

import httpx2

from services.kernel.errors import Unavailable
from services.kernel.settings import Settings

RENEW_BEFORE_S: Final = 30


class ServiceTokens:
    """Gives a valid access token, fetched when the last one is about to expire."""

    def __init__(self, settings: Settings, client: httpx2.AsyncClient) -> None:
        self._settings = settings
        self._client = client
        self._token = ""
        self._expires_at_s = float("-inf")
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """A token good for at least half a minute; raises Unavailable without the issuer."""
        async with self._lock:
            if time.monotonic() >= self._expires_at_s - RENEW_BEFORE_S:
                await self._fetch()
            return self._token

    async def _fetch(self) -> None:
        try:
            answer = await self._client.post(
                f"{self._settings.issuer_url}/token",
                data={"grant_type": "client_credentials"},
                auth=(
                    self._settings.service_client_id,
                    self._settings.service_client_secret.get_secret_value(),
                ),
                timeout=3,
            )
            answer.raise_for_status()
            body = answer.json()
            self._token = body["access_token"]
            self._expires_at_s = time.monotonic() + float(body["expires_in"])
        except (httpx2.HTTPError, KeyError, ValueError) as error:
            raise Unavailable(
                "auth.issuer_unavailable", "El emisor de tokens no responde.", retry_after_s=2
            ) from error
