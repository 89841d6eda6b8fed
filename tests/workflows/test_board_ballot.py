"""A ballot's timing: complete, term over, second call, lapse."""

from datetime import timedelta
from typing import Any

from services.kernel.working_days import end_of_term
from workflows import messages as m


async def test_a_ballot_closes_as_soon_as_every_seat_has_spoken(stage: Any, script: Any) -> None:
    opened_at = await stage.now()
    handle = await stage.ballot(opened_at, end_of_term(opened_at, 5))
    for number, complete in ((1, False), (2, False), (4, True)):
        await handle.signal("vote_cast", m.SeatsMoved(f"evt_{number}", complete=complete))
    await handle.signal("seat_recused", m.SeatsMoved("evt_5", complete=True))
    result = await handle.result()
    assert result == m.BallotResult("bal_1", "approved")
    assert await stage.ended_at("ballot/bal_1") < opened_at + timedelta(days=1)
    assert [message.call for message in script.of("close_ballot")] == [1]


async def test_a_ballot_closes_at_its_term_and_reminds_at_half_time(
    stage: Any, script: Any
) -> None:
    opened_at = await stage.now()
    closes_at = end_of_term(opened_at, 5)
    handle = await stage.ballot(opened_at, closes_at)
    await handle.signal("vote_cast", m.SeatsMoved("evt_1"))
    await stage.skip_to(closes_at - timedelta(seconds=1))
    status = await stage.status("ballot/bal_1")
    assert (status.waiting_for, status.reminders) == ("votes", 1)
    assert script.of("close_ballot") == []
    assert (await handle.result()).result == "approved"
    assert await stage.ended_at("ballot/bal_1") >= closes_at


async def test_without_quorum_there_is_a_second_call_and_then_a_decision(
    stage: Any, script: Any
) -> None:
    script.answers["close_ballot"] = [m.ClosedBallot("no_quorum"), m.ClosedBallot("rejected")]
    opened_at = await stage.now()
    handle = await stage.ballot(opened_at, end_of_term(opened_at, 1))
    await stage.skip_to(end_of_term(opened_at, 1) + timedelta(seconds=1))
    await stage.called("second_call", 1)
    status = await stage.waits_for("ballot/bal_1", "votes")
    assert (status.state, status.round) == ("second_call", 2)
    await handle.signal("vote_cast", m.SeatsMoved("evt_3", complete=True))
    assert (await handle.result()).result == "rejected"
    assert [message.call for message in script.of("close_ballot")] == [1, 2]


async def test_without_quorum_on_the_second_call_the_ballot_lapses(stage: Any, script: Any) -> None:
    script.answers["close_ballot"] = m.ClosedBallot("no_quorum")
    opened_at = await stage.now()
    handle = await stage.ballot(opened_at, end_of_term(opened_at, 2))
    assert (await handle.result()).result == "lapsed"
    asked_at = script.of("second_call")[0].asked_at
    assert asked_at >= end_of_term(opened_at, 2)
    assert await stage.ended_at("ballot/bal_1") >= end_of_term(asked_at, 1)


async def test_seats_that_all_spoke_without_a_quorum_get_the_whole_second_call(
    stage: Any, script: Any
) -> None:
    script.answers["close_ballot"] = [m.ClosedBallot("no_quorum"), m.ClosedBallot("lapsed")]
    opened_at = await stage.now()
    handle = await stage.ballot(opened_at, end_of_term(opened_at, 5))
    await handle.signal("seat_recused", m.SeatsMoved("evt_1", complete=True))
    assert (await handle.result()).result == "lapsed"
    assert await stage.ended_at("ballot/bal_1") >= end_of_term(opened_at, 1)
