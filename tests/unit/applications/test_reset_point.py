"""Where a workflow that ended badly is taken up again."""

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from services.applications.temporal import reset_point
from services.kernel.errors import Conflict


def task_done(number: int) -> HistoryEvent:
    return HistoryEvent(event_id=number, event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)


def scheduled(number: int, by: int) -> HistoryEvent:
    event = HistoryEvent(event_id=number, event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
    event.activity_task_scheduled_event_attributes.workflow_task_completed_event_id = by
    return event


def failed(number: int, of: int) -> HistoryEvent:
    event = HistoryEvent(event_id=number, event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED)
    event.activity_task_failed_event_attributes.scheduled_event_id = of
    return event


def test_the_activity_that_failed_last_is_asked_for_anew() -> None:
    history = [
        task_done(4),
        scheduled(5, by=4),
        failed(7, of=5),
        task_done(10),
        scheduled(11, by=10),
        failed(13, of=11),
        task_done(16),
    ]
    assert reset_point(history) == 10


def test_without_a_failed_activity_the_last_task_is_done_again() -> None:
    assert reset_point([task_done(4), scheduled(5, by=4), task_done(10)]) == 10


def test_what_has_done_nothing_yet_has_nothing_to_retry() -> None:
    with pytest.raises(Conflict, match="nothing_to_retry"):
        reset_point([])
