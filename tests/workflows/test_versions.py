"""Open ballots that an older release began go on under this one, to a lawful end.

`old/` holds the definitions of release 1.0 as they were; they are never changed.
"""

from datetime import timedelta
from typing import Any

import pytest

from services.kernel.settings import Settings
from services.kernel.working_days import end_of_term
from tests.workflows.old import board_ballot, funding_application
from workflows import messages as m
from workflows.definitions.tranche_disbursement import TrancheDisbursement
from workflows.worker import WORKFLOWS, build_worker

OLD = [board_ballot.BoardBallot, funding_application.FundingApplication, TrancheDisbursement]
HOUR = timedelta(hours=1)


def worker(stage: Any, workflows: Any) -> Any:
    """A worker of one release; it keeps no workflow in memory, as after a restart."""
    return build_worker(
        stage.client,
        Settings(temporal_task_queue=stage.task_queue),
        stage.script.activities(),
        workflows=list(workflows),
        max_cached_workflows=0,
        identity="stage",
    )


async def patches(stage: Any, workflow_id: str) -> list[str]:
    """The marks of changed code in a workflow's history."""
    history = await stage.handle(workflow_id).fetch_history()
    return [
        event.marker_recorded_event_attributes.marker_name
        for event in history.events
        if event.HasField("marker_recorded_event_attributes")
    ]


@pytest.mark.parametrize(("voted_half", "escalated"), [(False, 1), (True, 0)])
async def test_an_open_ballot_of_the_old_code_ends_under_the_new(
    unmanned: Any, *, voted_half: bool, escalated: int
) -> None:
    """Before half time the old ballot gains the call of the alternates; after it, its history
    says that there was none, and it ends as it began."""
    stage, script = unmanned, unmanned.script
    opened_at = await stage.now()
    closes_at = end_of_term(opened_at, 5)
    half_time = opened_at + (closes_at - opened_at) / 2
    async with worker(stage, OLD):
        handle = await stage.ballot(opened_at, closes_at)
        await handle.signal("vote_cast", m.SeatsMoved("evt_1"))
        await stage.skip_to(half_time + (HOUR if voted_half else -HOUR))
        status = await stage.waits_for("ballot/bal_1", "votes")
        assert status.reminders == (1 if voted_half else 0)
    async with worker(stage, WORKFLOWS):
        await handle.signal("vote_cast", m.SeatsMoved("evt_2"))
        assert (await handle.result()).result == "approved"
    assert await stage.ended_at("ballot/bal_1") >= closes_at
    assert len(script.of("call_alternates")) == escalated
    assert len(await patches(stage, "ballot/bal_1")) == escalated


async def test_an_old_ballot_in_its_second_call_ends_under_the_new_code(unmanned: Any) -> None:
    stage, script = unmanned, unmanned.script
    script.answers["close_ballot"] = [m.ClosedBallot("no_quorum"), m.ClosedBallot("lapsed")]
    opened_at = await stage.now()
    async with worker(stage, OLD):
        handle = await stage.ballot(opened_at, end_of_term(opened_at, 1))
        await stage.skip_to(end_of_term(opened_at, 1) + HOUR)
        await stage.called("second_call", 1)
        assert (await stage.waits_for("ballot/bal_1", "votes")).round == 2
    async with worker(stage, WORKFLOWS):
        assert (await handle.result()).result == "lapsed"
    assert [message.call for message in script.of("close_ballot")] == [1, 2]


async def test_an_old_ballot_takes_what_only_the_new_code_knows(unmanned: Any) -> None:
    """A session takes it up; a recusal holds up its close: no mark is needed, for no old history
    holds such a signal or answer."""
    stage, script = unmanned, unmanned.script
    opened_at = await stage.now()
    closes_at = end_of_term(opened_at, 5)
    due = end_of_term(opened_at, 9)
    pending = m.ClosedBallot("recusal_pending", pending=[m.PendingRecusal("rec_1", due)])
    script.answers["close_ballot"] = [pending, m.ClosedBallot("rejected")]
    async with worker(stage, OLD):
        handle = await stage.ballot(opened_at, closes_at)
        await stage.skip_to(closes_at - 30 * HOUR)
        await stage.waits_for("ballot/bal_1", "votes")
    async with worker(stage, WORKFLOWS):
        first, last = closes_at + HOUR, end_of_term(closes_at, 2)
        moved = m.BallotRescheduled("evt_1", first, last, "ses_1")
        await handle.signal("rescheduled", moved)
        await stage.skip_to(last + HOUR)
        await stage.waits_for("ballot/bal_1", "recusal")
        assert (await handle.result()).result == "rejected"
    assert script.of("expire_recusal") == [m.ExpireRecusalInput("bal_1", "rec_1")]
    assert await patches(stage, "ballot/bal_1") == []


async def test_an_old_application_on_the_board_may_be_given_up_under_the_new_code(
    unmanned: Any,
) -> None:
    stage = unmanned
    async with worker(stage, OLD):
        handle = await stage.apply()
        await stage.waits_for("application/app_1", "evaluation")
        await handle.signal("evaluated", m.ApplicationEvaluated("evt_e", "recommend"))
        await stage.waits_for("ballot/bal_1", "votes")
    async with worker(stage, WORKFLOWS):
        await handle.signal("withdrawn", m.ApplicationWithdrawn("evt_w"))
        await stage.called("withdraw_ballot", 1)
        await stage.handle("ballot/bal_1").signal("withdrawn", m.BallotPutOff("evt_b"))
        assert (await handle.result()).state == "withdrawn"
    assert len(await patches(stage, "application/app_1")) == 1


async def test_a_worker_may_be_started_again_in_the_middle(unmanned: Any) -> None:
    stage, script = unmanned, unmanned.script
    opened_at = await stage.now()
    closes_at = end_of_term(opened_at, 5)
    points = [opened_at + HOUR, closes_at - 30 * HOUR, closes_at - 20 * HOUR, closes_at - HOUR]
    async with worker(stage, WORKFLOWS):
        handle = await stage.ballot(opened_at, closes_at)
    for number, point in enumerate(points):
        async with worker(stage, WORKFLOWS):
            await stage.skip_to(point)
            await handle.signal("vote_cast", m.SeatsMoved(f"evt_{number}"))
            await stage.waits_for("ballot/bal_1", "votes")
    async with worker(stage, WORKFLOWS):
        assert (await handle.result()).result == "approved"
    assert len(script.of("call_alternates")) == 1
    assert len(script.of("close_ballot")) == 1
