"""What both partners' HTTP has in common: client credentials, time limits, three outcomes."""

import time
from typing import Any, Final

import httpx2
from pydantic import SecretStr

from services.disbursement.channels.protocol import PartnerUnclear

RENEW_BEFORE_S: Final = 20
DEFINITIVE_REFUSALS: Final = frozenset({400, 409, 413, 415, 422})
"""Statuses by which these partners refuse an order before anything is executed. Nothing else is
a refusal: not a 401 (our token), not a 429, not any 5xx."""


class PartnerHttp:
    """An authenticated client of one partner."""

    def __init__(self, base_url: str, client_id: str, secret: SecretStr, timeout_s: float) -> None:
        self._base_url = base_url
        self._credentials = (client_id, secret.get_secret_value())
        self._client = httpx2.AsyncClient(
            timeout=timeout_s, follow_redirects=False, trust_env=False
        )
        self._token = ""
        self._expires_at_s = float("-inf")

    async def post(self, path: str, **request: Any) -> httpx2.Response:
        """POST once. Raises httpx2.HTTPError; a failure to get a token is raised before anything
        is sent, as PartnerUnclear."""
        headers = {**await self._authorization(), **request.pop("headers", {})}
        return await self._client.post(f"{self._base_url}{path}", headers=headers, **request)

    async def read(self, path: str, **params: str) -> httpx2.Response:
        """GET; a 200 or a 404, else PartnerUnclear."""
        try:
            answer = await self._client.get(
                f"{self._base_url}{path}", params=params, headers=await self._authorization()
            )
        except httpx2.HTTPError as error:
            raise PartnerUnclear(type(error).__name__) from error
        if answer.status_code not in {200, 404}:
            raise PartnerUnclear(f"status {answer.status_code}")
        return answer

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _authorization(self) -> dict[str, str]:
        if time.monotonic() >= self._expires_at_s - RENEW_BEFORE_S:
            try:
                answer = await self._client.post(
                    f"{self._base_url}/oauth/token",
                    data={"grant_type": "client_credentials"},
                    auth=self._credentials,
                )
                answer.raise_for_status()
                body = answer.json()
                self._token = str(body["access_token"])
                self._expires_at_s = time.monotonic() + float(body["expires_in"])
            except (httpx2.HTTPError, KeyError, ValueError) as error:
                raise PartnerUnclear(f"no token: {type(error).__name__}") from error
        return {"Authorization": f"Bearer {self._token}"}


def final_after_s(answer: httpx2.Response) -> int:
    """How long after the last attempt this 404 is final; a day when the partner does not say."""
    stated = answer.headers.get("Final-After-S", "")
    return int(stated) if stated.isdigit() else 86_400
