"""What both partners' HTTP has in common: client credentials, time limits, three outcomes."""

import re
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, BinaryIO, Final

import httpx2
from pydantic import SecretStr

from services.disbursement.channels.protocol import PartnerUnclear
from services.kernel import tracing
from services.kernel.values import to_centimos

RENEW_BEFORE_S: Final = 20
DEFINITIVE_REFUSALS: Final = frozenset({400, 409, 413, 415, 422})
"""Statuses by which these partners refuse an order before anything is executed. Nothing else is
a refusal: not a 401 (our token), not a 429, not any 5xx."""
SPOOLED_BYTES: Final = 1_000_000
LONG_READ_S: Final = 120
"""How long the first bytes of a long answer may take: it moves nothing, and is made whole first."""
FINAL_AFTER_LONGEST_S: Final = 30 * 86_400


class PartnerHttp:
    """An authenticated client of one partner."""

    def __init__(
        self, partner: str, base_url: str, client_id: str, secret: SecretStr, timeout_s: float
    ) -> None:
        self._partner = partner
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
        with tracing.span("channel", f"order {self._partner}", path=path):
            headers |= tracing.outgoing(outside=True)
            answer = await self._client.post(f"{self._base_url}{path}", headers=headers, **request)
        self._forget_refused_token(answer)
        return answer

    async def read(self, path: str, **params: str) -> httpx2.Response:
        """GET; a 200 or a 404, else PartnerUnclear."""
        try:
            with tracing.span("channel", f"ask {self._partner}", path=path):
                headers = await self._authorization() | tracing.outgoing(outside=True)
                answer = await self._client.get(
                    f"{self._base_url}{path}", params=params, headers=headers
                )
        except httpx2.HTTPError as error:
            raise PartnerUnclear(type(error).__name__) from error
        self._forget_refused_token(answer)
        if answer.status_code not in {200, 404}:
            raise PartnerUnclear(f"status {answer.status_code}")
        return answer

    @asynccontextmanager
    async def reading(self, path: str, **params: str) -> AsyncIterator[BinaryIO]:
        """GET what may be long: its bytes as a file, which lies on disk past a megabyte; a 200,
        else PartnerUnclear."""
        headers = await self._authorization()
        with tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES) as file:
            try:
                with tracing.span("channel", f"read {self._partner}", path=path):
                    headers |= tracing.outgoing(outside=True)
                    async with self._client.stream(
                        "GET",
                        f"{self._base_url}{path}",
                        params=params,
                        headers=headers,
                        timeout=LONG_READ_S,
                    ) as answer:
                        self._forget_refused_token(answer)
                        if answer.status_code != 200:
                            raise PartnerUnclear(f"status {answer.status_code}")
                        async for piece in answer.aiter_bytes(SPOOLED_BYTES):
                            file.write(piece)
            except httpx2.HTTPError as error:
                raise PartnerUnclear(type(error).__name__) from error
            file.seek(0)
            yield file  # type: ignore[misc]

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
            except (httpx2.HTTPError, KeyError, TypeError, ValueError) as error:
                raise PartnerUnclear(f"no token: {type(error).__name__}") from error
        return {"Authorization": f"Bearer {self._token}"}

    def _forget_refused_token(self, answer: httpx2.Response) -> None:
        """A partner that restarted may not know our token any more: the next call gets another."""
        if answer.status_code == 401:
            self._expires_at_s = float("-inf")


def final_after_s(answer: httpx2.Response) -> int:
    """How long after the last attempt this 404 is final; a day when the partner does not say."""
    stated = answer.headers.get("Final-After-S", "")
    if not re.fullmatch("[0-9]{1,9}", stated):
        return 86_400
    return min(int(stated), FINAL_AFTER_LONGEST_S)


def object_of(answer: httpx2.Response) -> dict[str, Any]:
    """The JSON object of an answer; raises PartnerUnclear."""
    try:
        body = answer.json()
    except (ValueError, RecursionError) as error:
        raise PartnerUnclear("not JSON") from error
    if not isinstance(body, dict):
        raise PartnerUnclear("not an object")
    return body


def text_of(value: object, *, longest: int = 64) -> str:
    """A partner's short text that can be kept; raises ValueError for any other thing."""
    if not isinstance(value, str) or not re.fullmatch(f"[ -~]{{0,{longest}}}", value):
        raise ValueError(f"not a text of at most {longest} plain characters: {value!r:.80}")
    return value


def centimos_of(money: object) -> int:
    """Céntimos of a partner's {amount, currency}; raises ValueError unless it is PEN as text."""
    if not isinstance(money, dict) or money.get("currency") != "PEN":
        raise ValueError(f"not an amount in PEN: {money!r:.80}")
    return to_centimos(text_of(money.get("amount")))
