"""The closing of a morning: which days, whose statement must be there, and by which clock."""

from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError

from services.kernel.clock import lima_date
from tests.workflows.test_activities import Http, problem, run
from workflows import messages as m
from workflows import schedules
from workflows.activities.disbursement import DisbursementActivities
from workflows.clients import RoomUnavailable

RECONCILE, CLOSE = "POST /v1/reconciliations", "POST /v1/closings"
CLOSING = {"id": "clo_1", "balanced": True}
CLOSED = m.ClosedDays([m.ClosedDay("2026-11-23", "clo_1", balanced=True)])
SILENT = problem(503, "disbursement.channel_unclear")


async def test_the_days_before_a_morning_are_closed(stage: Any, script: Any) -> None:
    script.answers["close_days"] = CLOSED
    started = await stage.now()
    assert await (await begun(stage)).result() == CLOSED
    asked = m.CloseDaysInput("agrobanco", lima_date(started).isoformat())
    assert script.of("close_days") == [asked]


async def test_a_closing_waits_for_a_statement_that_is_late(stage: Any, script: Any) -> None:
    late = 9
    script.answers["close_days"] = [RoomUnavailable("the statement is not there")] * late + [CLOSED]
    assert await (await begun(stage)).result() == CLOSED
    assert len(script.of("close_days")) == late + 1


async def test_a_closing_that_a_rule_refuses_fails_and_is_seen(stage: Any, script: Any) -> None:
    refusal = ApplicationError("the day has not ended", non_retryable=True)
    script.answers["close_days"] = refusal
    await begun(stage)
    await stage.failed("closing")
    assert len(script.of("close_days")) == 1


async def begun(stage: Any) -> WorkflowHandle[Any, m.ClosedDays]:
    """The closing of this morning, started as a schedule starts it."""
    handle: WorkflowHandle[Any, m.ClosedDays] = await stage.client.start_workflow(
        "DailyClosing",
        m.ClosingInput("agrobanco"),
        id="closing",
        task_queue=stage.task_queue,
        result_type=m.ClosedDays,
    )
    return handle


async def closed_on(morning: str, http: Http) -> list[str]:
    """The days closed on a morning, in their order."""
    activities = DisbursementActivities(http.rooms())
    done = await run(activities.close_days, m.CloseDaysInput("agroideas", morning))
    days = [day.business_date for day in done.days]
    assert [body["business_date"] for what, _, body in http.asked if what == CLOSE] == days
    return days


@pytest.mark.parametrize(
    ("morning", "days"),
    [
        ("2026-11-25", ["2026-11-24"]),
        ("2026-11-23", ["2026-11-20", "2026-11-21", "2026-11-22"]),
        ("2026-11-22", []),
        ("2026-12-10", ["2026-12-07", "2026-12-08", "2026-12-09"]),  # two holidays
    ],
)
async def test_a_morning_closes_the_days_since_the_last_working_day(
    morning: str, days: list[str]
) -> None:
    assert await closed_on(morning, Http({RECONCILE: {}, CLOSE: CLOSING})) == days


async def test_a_working_day_without_its_statement_is_tried_again_and_closed_only_then() -> None:
    http = Http({RECONCILE: [SILENT, {}], CLOSE: CLOSING})
    with pytest.raises(RoomUnavailable):
        await closed_on("2026-11-25", http)
    assert [what for what, _, _ in http.asked] == [RECONCILE]
    assert await closed_on("2026-11-25", http) == ["2026-11-24"]
    keys = [key for what, key, _ in http.asked if what == RECONCILE]
    assert len(keys) == 2
    assert len(set(keys)) == 1


async def test_no_statement_is_needed_for_a_day_without_work() -> None:
    http = Http({RECONCILE: [{}, SILENT, SILENT], CLOSE: CLOSING})
    assert await closed_on("2026-11-23", http) == ["2026-11-20", "2026-11-21", "2026-11-22"]


def test_the_clock_is_limas_and_a_missed_morning_is_made_up_for() -> None:
    schedule = schedules.daily_closing("agroideas", "fund")
    assert schedule.spec.time_zone_name == "America/Lima"
    assert [part.start for part in schedule.spec.calendars[0].hour] == [7]
    assert schedule.policy.catchup_window == schedules.CAUGHT_UP
