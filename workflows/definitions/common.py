"""What every definition needs: waiting until an instant, and knowing an event again."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from services.kernel.clock import LIMA

with workflow.unsafe.imports_passed_through():
    from workflows import messages as m

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


def start_of(day: str) -> datetime:
    """The first instant of a day in Lima, as YYYY-MM-DD."""
    return datetime.combine(date.fromisoformat(day), time(), tzinfo=LIMA)


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


async def start_ballot(
    opened: m.OpenedBallot, application_id: str
) -> "workflow.ChildWorkflowHandle[object, m.BallotResult]":
    """Start the workflow of a ballot that the board has opened."""
    return await workflow.start_child_workflow(
        "BoardBallot",
        m.BallotInput(
            ballot_id=opened.ballot_id,
            application_id=application_id,
            opened_at=workflow.now(),
            closes_at=opened.closes_at,
        ),
        id=f"ballot/{opened.ballot_id}",
        result_type=m.BallotResult,
        parent_close_policy=workflow.ParentClosePolicy.REQUEST_CANCEL,
    )
