"""What every definition needs: waiting until an instant, and knowing an event again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

REMEMBERED_EVENTS: Final = 1_000


async def until(condition: Callable[[], bool], instant: datetime) -> bool:
    """Wait for the condition, at most until the instant and never shorter; whether it holds."""
    while not condition():
        left = instant - workflow.now()
        if left <= timedelta():
            return False
        try:
            await workflow.wait_condition(condition, timeout=left)
        except TimeoutError:
            continue
    return True


def is_new(seen: list[str], event_id: str) -> bool:
    """Whether the event is met for the first time; from now on it is known."""
    if event_id in seen:
        return False
    seen.append(event_id)
    del seen[:-REMEMBERED_EVENTS]
    return True


def refusal_of(error: ActivityError) -> str:
    """The code by which a room refused the activity, or an empty text."""
    cause = error.cause
    return cause.type or "" if isinstance(cause, ApplicationError) else ""
