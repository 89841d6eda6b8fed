"""A small client of the fund's public API: one token a person, one key a write."""

import atexit
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx2
import stamina

from services.kernel.ids import new_id
from services.kernel.settings import Settings
from services.kernel.tokens import issue

WAIT_LIMIT_S = 90
POLL_S = 0.1
REPEAT_LIMIT_S = 60
PUT_OFF = frozenset({"idempotency.in_progress", "disbursement.send_in_progress"})


@cache
def _client_of(api_url: str) -> httpx2.Client:
    """One pool of connections for everybody, closed when the process ends."""
    client = httpx2.Client(base_url=api_url, timeout=30, trust_env=False)
    atexit.register(client.close)
    return client


class Refused(Exception):
    """The API answered with a problem."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        fields = "; ".join(
            f"{error['pointer']}: {error['detail']}" for error in problem.get("errors", [])
        )
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')} {fields}")
        self.status = status
        self.problem = problem


class Interrupted(Exception):
    """Nobody can say whether the request arrived, or it was told to come again: repeat it."""


class Person:
    """Someone who calls the API under one token.

    A request that was cut off or put off is repeated for a bounded time, a write under the same
    key, so that its effect comes about once.
    """

    def __init__(self, settings: Settings, role: str, sub: str, **claims: str) -> None:
        token = issue(settings, sub=sub, role=role, life_s=4 * 3600, **claims)
        self.sub = sub
        self._headers = {"Authorization": f"Bearer {token}"}
        self._client = _client_of(settings.api_url)

    def read(self, path: str, **params: str) -> dict[str, Any]:
        """GET; raises Refused."""
        return self._ask("GET", path, params=params or None, headers=self._headers)

    def write(
        self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None
    ) -> dict[str, Any]:
        """POST under a fresh key, or under `key` to repeat an earlier write; raises Refused."""
        headers = {"Idempotency-Key": key or new_id("key"), **self._headers}
        return self._ask("POST", path, json=body, headers=headers)

    def write_once(self, path: str, body: dict[str, Any], *, key: str) -> dict[str, Any]:
        """POST without another try; raises Interrupted when nobody can say whether it arrived."""
        headers = {"Idempotency-Key": key, **self._headers}
        return self._once("POST", path, json=body, headers=headers)

    def put(self, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        """PUT under a fresh key; raises Refused."""
        sent = {"Idempotency-Key": new_id("key"), **self._headers, **headers}
        return self._ask("PUT", path, json=body, headers=sent)

    def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        for attempt in stamina.retry_context(
            on=Interrupted, attempts=None, timeout=REPEAT_LIMIT_S, wait_initial=0.1, wait_max=1
        ):
            with attempt:
                return self._once(method, path, **request)
        raise AssertionError("stamina raises the last error itself")

    def _once(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, **request)
        except httpx2.TransportError as error:
            raise Interrupted(f"{method} {path}: {type(error).__name__}") from error
        body: dict[str, Any] = answer.json()
        if answer.status_code == 503 or body.get("code") in PUT_OFF:
            raise Interrupted(f"{method} {path}: {body.get('code')}")
        if answer.status_code >= 400:
            raise Refused(answer.status_code, body)
        return body

    def wait_until(
        self, path: str, reached: Callable[[dict[str, Any]], bool], what: str
    ) -> dict[str, Any]:
        """Read until `reached`; raises TimeoutError naming what did not come."""
        deadline = time.monotonic() + WAIT_LIMIT_S
        body: dict[str, Any] = {}
        while time.monotonic() < deadline:
            body = self.read(path)
            if reached(body):
                return body
            time.sleep(POLL_S)
        raise TimeoutError(
            f"{what} did not come within {WAIT_LIMIT_S} s; state {body.get('state')!r}."
            " See `make status` and `make logs NAME=worker`."
        )


def first(page: dict[str, Any]) -> dict[str, Any] | None:
    """The first row of a page, if there is one."""
    rows: list[dict[str, Any]] = page["data"]
    return rows[0] if rows else None
