"""A ballot between sessions, recusals, alternates and holidays: each ends in a lawful state."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.kernel.working_days import end_of_term, is_working_day
from workflows import messages as m

SECOND = timedelta(seconds=1)


async def opened(stage: Any, working_days: int = 5) -> tuple[Any, datetime, datetime]:
    opened_at = await stage.now()
    closes_at = end_of_term(opened_at, working_days)
    return await stage.ballot(opened_at, closes_at), opened_at, closes_at


async def test_nobody_votes_at_all(stage: Any, script: Any) -> None:
    script.answers["close_ballot"] = [m.ClosedBallot("no_quorum"), m.ClosedBallot("lapsed")]
    handle, _, closes_at = await opened(stage)
    assert (await handle.result()).result == "lapsed"
    asked_at = script.of("second_call")[0].asked_at
    assert asked_at >= closes_at
    assert await stage.ended_at("ballot/bal_1") >= end_of_term(asked_at, 1)
    assert len(script.of("call_alternates")) == 2  # before the end of each call


async def test_only_two_vote_and_the_second_call_brings_the_third(stage: Any, script: Any) -> None:
    script.answers["close_ballot"] = [m.ClosedBallot("no_quorum"), m.ClosedBallot("approved")]
    handle, _, closes_at = await opened(stage)
    for number in (1, 2):
        await handle.signal("vote_cast", m.SeatsMoved(f"evt_{number}"))
    await stage.skip_to(closes_at + SECOND)
    await stage.called("second_call", 1)
    await handle.signal("vote_cast", m.SeatsMoved("evt_3", complete=True))
    assert (await handle.result()).result == "approved"
    assert [message.call for message in script.of("close_ballot")] == [1, 2]


async def test_the_chair_is_recused_and_the_other_three_decide(stage: Any, script: Any) -> None:
    script.answers["close_ballot"] = m.ClosedBallot("rejected")
    handle, opened_at, _ = await opened(stage)
    due = end_of_term(opened_at, 3)
    await handle.signal("recusal_raised", m.RecusalRaised("evt_1", "rec_1", due))
    for number in (2, 3, 4):
        await handle.signal("vote_cast", m.SeatsMoved(f"evt_{number}"))
    await handle.signal("recusal_decided", m.RecusalDecided("evt_5", "rec_1", complete=True))
    assert (await handle.result()).result == "rejected"
    assert script.of("expire_recusal") == []
    assert await stage.ended_at("ballot/bal_1") < due


async def test_alternates_are_called_a_working_day_before_the_end(stage: Any, script: Any) -> None:
    handle, opened_at, closes_at = await opened(stage)
    await stage.skip_to(closes_at - timedelta(days=1, hours=1))
    assert script.of("call_alternates") == []
    await stage.skip_to(closes_at - timedelta(hours=1))
    assert script.of("call_alternates") == [m.AlternatesInput("bal_1", closes_at)]
    assert (await handle.result()).result == "approved"
    assert script.of("escalation") == [m.EscalationInput("bal_1", opened_at, closes_at)]


@pytest.mark.parametrize(("month", "day"), [(7, 22), (12, 4), (12, 24)])
async def test_a_holiday_week_does_not_count(stage: Any, month: int, day: int) -> None:
    start = await stage.skip_to_next(month, day, 15)
    handle, _, closes_at = await opened(stage)
    days = [
        (start + timedelta(days=number)).date() for number in range(1, (closes_at - start).days + 1)
    ]
    assert sum(is_working_day(one) for one in days) == 5
    assert any(one.weekday() < 5 and not is_working_day(one) for one in days)
    await stage.skip_to(closes_at - SECOND)
    assert (await stage.status("ballot/bal_1")).waiting_for == "votes"
    assert (await handle.result()).result == "approved"
    assert await stage.ended_at("ballot/bal_1") >= closes_at


async def test_a_vote_in_the_closing_second_closes_the_ballot_before_its_end(
    stage: Any, script: Any
) -> None:
    handle, _, closes_at = await opened(stage)
    await stage.skip_to(closes_at - SECOND)
    await handle.signal("vote_cast", m.SeatsMoved("evt_1", complete=True))
    assert (await handle.result()).result == "approved"
    assert len(script.of("close_ballot")) == 1


async def test_the_boards_clock_may_be_a_little_behind(stage: Any, script: Any) -> None:
    script.answers["close_ballot"] = [m.ClosedBallot("not_complete"), m.ClosedBallot("approved")]
    handle, _, closes_at = await opened(stage)
    assert (await handle.result()).result == "approved"
    assert closes_at <= await stage.ended_at("ballot/bal_1") < closes_at + timedelta(minutes=1)


async def test_a_dossier_replaced_after_all_have_voted_is_voted_on_again(
    stage: Any, script: Any
) -> None:
    script.answers["close_ballot"] = [m.ClosedBallot("not_complete"), m.ClosedBallot("approved")]
    handle, _, closes_at = await opened(stage)
    await handle.signal("vote_cast", m.SeatsMoved("evt_1", complete=True))
    await stage.called("close_ballot", 1)
    await handle.signal("dossier_replaced", m.DossierReplaced("evt_2"))
    status = await stage.waits_for("ballot/bal_1", "votes")
    assert status.state == "open"
    await handle.signal("vote_cast", m.SeatsMoved("evt_3", complete=True))
    assert (await handle.result()).result == "approved"
    assert await stage.ended_at("ballot/bal_1") < closes_at - timedelta(days=1)


async def test_a_pending_recusal_holds_up_the_close_until_it_is_decided(
    stage: Any, script: Any
) -> None:
    opened_at = await stage.now()
    due = end_of_term(opened_at, 3)
    pending = m.ClosedBallot("recusal_pending", pending=[m.PendingRecusal("rec_1", due)])
    script.answers["close_ballot"] = [pending, m.ClosedBallot("approved")]
    handle = await stage.ballot(opened_at, end_of_term(opened_at, 1))
    await stage.skip_to(end_of_term(opened_at, 1) + timedelta(hours=1))
    assert (await stage.waits_for("ballot/bal_1", "recusal")).state == "open"
    await handle.signal("recusal_decided", m.RecusalDecided("evt_1", "rec_1", complete=True))
    assert (await handle.result()).result == "approved"
    assert script.of("expire_recusal") == []


async def test_nobody_decides_a_recusal_and_its_term_does(stage: Any, script: Any) -> None:
    handle, opened_at, closes_at = await opened(stage)
    due = end_of_term(opened_at, 3)
    await handle.signal("recusal_raised", m.RecusalRaised("evt_1", "rec_1", due))
    await stage.skip_to(due + SECOND)
    await stage.called("expire_recusal", 1)
    assert script.of("expire_recusal") == [m.ExpireRecusalInput("bal_1", "rec_1")]
    assert script.of("close_ballot") == []
    await handle.signal("recusal_decided", m.RecusalDecided("evt_2", "rec_1", complete=True))
    assert (await handle.result()).result == "approved"
    assert await stage.ended_at("ballot/bal_1") < closes_at


async def test_recusals_that_leave_too_few_call_the_alternates_at_once(
    stage: Any, script: Any
) -> None:
    handle, _, closes_at = await opened(stage)
    decided = m.RecusalDecided("evt_1", "rec_1", alternates_needed=True)
    await handle.signal("recusal_decided", decided)
    await stage.called("call_alternates", 1)
    assert await stage.now() < closes_at - timedelta(days=2)
    await handle.signal("vote_cast", m.SeatsMoved("evt_2", complete=True))
    assert (await handle.result()).result == "approved"


async def test_a_ballot_in_a_session_has_the_sessions_hours_and_tells_it_its_end(
    stage: Any, script: Any
) -> None:
    script.answers["close_session"] = [m.SessionFound("voting"), m.SessionFound("closed")]
    handle, opened_at, closes_at = await opened(stage)
    first = end_of_term(opened_at, 6) + timedelta(hours=15)
    session = await stage.session(first, end_of_term(first, 3))
    moved = m.BallotRescheduled("evt_1", first, end_of_term(first, 3), "ses_1")
    await handle.signal("rescheduled", moved)
    await stage.skip_to(closes_at + SECOND)
    assert script.of("close_ballot") == []
    await stage.skip_to(first + SECOND)
    await stage.waits_for("session/ses_1", "votes")
    await handle.signal("vote_cast", m.SeatsMoved("evt_2", complete=True))
    assert (await handle.result()).result == "approved"
    await stage.called("close_session", 1)
    assert (await session.result()).state == "closed"


async def test_a_ballot_whose_session_is_not_held_gets_its_new_term(
    stage: Any, script: Any
) -> None:
    handle, opened_at, _ = await opened(stage)
    first = end_of_term(opened_at, 6) + timedelta(hours=15)
    moved = m.BallotRescheduled("evt_1", first, end_of_term(first, 3), "ses_1")
    await handle.signal("rescheduled", moved)
    await stage.skip_to(first + timedelta(days=1))
    new_end = end_of_term(first + timedelta(days=1), 5)
    back = m.BallotRescheduled("evt_2", first + timedelta(days=1), new_end)
    await handle.signal("rescheduled", back)
    await handle.signal("rescheduled", moved)  # delivered again, in the wrong place
    assert (await handle.result()).result == "approved"
    assert await stage.ended_at("ballot/bal_1") >= new_end
    assert [message.closes_at for message in script.of("call_alternates")] == [new_end]


@pytest.mark.parametrize("how", ["deferred", "withdrawn"])
async def test_a_ballot_put_off_ends_uncounted(stage: Any, script: Any, how: str) -> None:
    handle, _, _ = await opened(stage)
    until = "2030-01-02" if how == "deferred" else ""
    await handle.signal(how, m.BallotPutOff("evt_1", until=until))
    assert await handle.result() == m.BallotResult("bal_1", how, until=until)
    assert script.of("close_ballot") == []
