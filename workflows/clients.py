"""The rooms over HTTP, as an activity calls them: one key a step, and errors sorted.

A refusal by a rule becomes a non-retryable ApplicationError whose type is the problem's code. All
else (no answer, 5xx, 429, no right yet) is plain and retried as the step's limits say.
"""

from collections.abc import Mapping
from typing import Any, Final

import httpx2
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from services.kernel import tracing
from services.kernel.errors import Unavailable
from services.kernel.service_tokens import ServiceTokens
from services.kernel.settings import Settings
from services.kernel.telemetry import counter

READ_TIMEOUT_S: Final = 10.0
CHANNEL_READ_TIMEOUT_S: Final = 20.0
"""For requests behind which a partner is asked: longer than FUND_CHANNEL_TIMEOUT_S."""
CONNECT_TIMEOUT_S: Final = 2.0
MAX_CONNECTIONS: Final = 64

RETRIED_STATUSES: Final = frozenset({401, 408, 423, 425, 429})
"""Besides 5xx: keys being rotated, a hold that will be lifted, too many requests."""
PASSING_CODES: Final = frozenset(
    {
        # The board's resolution travels by event and arrives a moment later.
        "disbursement.resolution_missing",
        # Our own earlier try is still at work.
        "idempotency.in_progress",
        "disbursement.send_in_progress",
        # The board's clock is a little behind Temporal's.
        "board.session_too_early",
        "board.recusal_term_open",
    }
)
"""States of other things that are over within moments."""
EXPECTED_CODES: Final = frozenset({"board.not_complete", "board.recusal_pending"})
"""Answers that a workflow waits upon: no failures."""
RETRIED_CODES: Final = PASSING_CODES | frozenset(
    {
        # A service is denied only by a wrong policy bundle; the work waits for the right one.
        "authz.denied",
        # Our ids come from the rooms, so this is a room that is not mounted yet.
        "http.not_found",
    }
)

CALLS = counter(
    "fund_workflows_room_requests_total",
    "Requests of activities to rooms: done, refused by a rule, or unanswered.",
    ["room", "outcome"],
    by="worker",
)


class RoomUnavailable(Exception):
    """The room gave no answer that counts; a later try may."""


class Rooms:
    """An open connection to all rooms, shared by the activities of a worker."""

    def __init__(self, settings: Settings, transport: httpx2.AsyncBaseTransport | None = None):
        self._settings = settings
        self._client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            limits=httpx2.Limits(
                max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS
            ),
            follow_redirects=False,
            trust_env=False,
            transport=transport,
        )
        self._tokens = ServiceTokens(settings, self._client)

    async def get(self, room: str, path: str) -> dict[str, Any]:
        """The body of a GET."""
        return await self._ask("GET", room, path, {}, None, READ_TIMEOUT_S)

    async def post(
        self,
        room: str,
        path: str,
        body: dict[str, Any] | None,
        *,
        step: str,
        counter: int | str,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> dict[str, Any]:
        """The answer to a POST, whose key is the workflow's id, the step and its counter.

        The counter must not depend on the run, so that a restarted workflow asks by the same key.
        """
        headers = {"Idempotency-Key": f"{workflow_id()}:{step}:{counter}"}
        return await self._ask("POST", room, path, headers, body, read_timeout_s)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(
        self,
        method: str,
        room: str,
        path: str,
        headers: Mapping[str, str],
        body: dict[str, Any] | None,
        read_timeout_s: float,
    ) -> dict[str, Any]:
        outcome = "unanswered"
        try:
            token = await self._tokens.token()
            with tracing.span("room", f"{method} {room}") as span:
                answer = await self._client.request(
                    method,
                    f"{self._settings.room_url(room)}{path}",
                    json=body,
                    headers={
                        **headers,
                        **tracing.outgoing(),
                        "Authorization": f"Bearer {token}",
                        "X-Request-ID": workflow_id()[:64],
                    },
                    timeout=httpx2.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S),
                )
                if span is not None:
                    span.facts |= {"http.response.status_code": answer.status_code}
            if answer.is_success:
                result = _object(answer)
                outcome = "done"
                return result
            refusal = _refusal(room, answer)
            if refusal is None:
                raise RoomUnavailable(f"{room} answered {answer.status_code} to {method} {path}")
            outcome = "refused"
            raise refusal
        except httpx2.HTTPError as error:
            raise RoomUnavailable(f"{room} does not answer: {type(error).__name__}") from error
        except Unavailable as error:
            raise RoomUnavailable(f"no token for {room}: {error.code}") from error
        finally:
            CALLS.labels(room, outcome).inc()


def workflow_id() -> str:
    """The id of the workflow that asked for the running activity."""
    return activity.info().workflow_id or ""


def is_refusal(error: ApplicationError, code: str) -> bool:
    """Whether a room refused by this code."""
    return error.type == code


def _object(answer: httpx2.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError as error:
        raise RoomUnavailable(f"not JSON, with status {answer.status_code}") from error
    if not isinstance(body, dict):
        raise RoomUnavailable("not a JSON object")
    return body


def _refusal(room: str, answer: httpx2.Response) -> ApplicationError | None:
    """The rule's refusal, or None when another try may help."""
    if answer.status_code >= 500 or answer.status_code in RETRIED_STATUSES:
        return None
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict) or not isinstance(problem.get("code"), str):
        return None
    code: str = problem["code"]
    return ApplicationError(
        f"{room}: {code}: {problem.get('detail', '')}",
        type=code,
        non_retryable=code not in RETRIED_CODES,
        category=ApplicationErrorCategory.BENIGN  # expected: no alarm, no stack trace in the log
        if code in PASSING_CODES | EXPECTED_CODES
        else ApplicationErrorCategory.UNSPECIFIED,
    )
