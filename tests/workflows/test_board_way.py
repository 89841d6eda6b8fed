"""What an application's workflow makes of a ballot that does not simply decide."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.kernel.clock import LIMA
from services.kernel.working_days import end_of_term
from workflows import messages as m


def opening(*ballots: str) -> list[Any]:
    """One ballot after another, each with the term that is asked for."""

    def opened(ballot_id: str) -> Any:
        return lambda message: m.OpenedBallot(
            ballot_id, end_of_term(message.asked_at, message.term_working_days)
        )

    return [opened(ballot_id) for ballot_id in ballots]


async def to_board(stage: Any) -> Any:
    handle = await stage.apply()
    await stage.waits_for("application/app_1", "evaluation")
    await handle.signal("evaluated", m.ApplicationEvaluated("evt_e", "recommend"))
    await stage.waits_for("ballot/bal_1", "votes")
    return handle


async def defer(stage: Any, ballot_id: str, until: date) -> None:
    fact = m.BallotPutOff(f"evt_{ballot_id}", until=until.isoformat())
    await stage.handle(f"ballot/{ballot_id}").signal("deferred", fact)


async def test_a_deferred_dossier_comes_again_by_a_ballot_that_cites_the_last(
    stage: Any, script: Any
) -> None:
    script.answers["open_ballot"] = opening("bal_1", "bal_2", "bal_3")
    handle = await to_board(stage)
    for number in (1, 2):
        until = (await stage.now()).date() + timedelta(days=10)
        await defer(stage, f"bal_{number}", until)
        assert (await stage.waits_for("application/app_1", "reopening")).state == "deferred"
        day = datetime(until.year, until.month, until.day, tzinfo=LIMA).astimezone(UTC)
        await stage.skip_to(day - timedelta(seconds=1))
        assert len(script.of("open_ballot")) == number
        await stage.skip_to(day + timedelta(seconds=1))
        await stage.waits_for(f"ballot/bal_{number + 1}", "votes")
    vote = m.SeatsMoved("evt_v4", complete=True)
    await stage.handle("ballot/bal_3").signal("vote_cast", vote)
    await stage.waits_for("application/app_1", "signature")
    assert [one.cites_ballot_id for one in script.of("open_ballot")] == ["", "bal_1", "bal_2"]
    progressed = script.of("progress")
    assert [(one.moves[0].to, one.moves[0].reference) for one in progressed] == [
        ("deferred", "bal_1"),
        ("deferred", "bal_2"),
    ]
    assert [one.occasion for one in progressed] == ["", "bal_2"]
    assert script.of("record_approval_and_draft")[0].ballot_id == "bal_3"
    await handle.signal("withdrawn", m.ApplicationWithdrawn("evt_w"))
    assert (await handle.result()).state == "withdrawn"


async def test_an_application_may_be_given_up_while_its_dossier_is_put_off(
    stage: Any, script: Any
) -> None:
    handle = await to_board(stage)
    await defer(stage, "bal_1", (await stage.now()).date() + timedelta(days=10))
    await stage.waits_for("application/app_1", "reopening")
    await handle.signal("withdrawn", m.ApplicationWithdrawn("evt_w"))
    assert (await handle.result()).state == "withdrawn"
    assert len(script.of("open_ballot")) == 1
    assert script.of("withdraw_ballot") == []


async def test_a_withdrawal_ends_the_boards_ballot_too(stage: Any, script: Any) -> None:
    handle = await to_board(stage)
    await handle.signal("withdrawn", m.ApplicationWithdrawn("evt_w"))
    await stage.called("withdraw_ballot", 1)
    await stage.handle("ballot/bal_1").signal("withdrawn", m.BallotPutOff("evt_b"))
    assert (await handle.result()).state == "withdrawn"
    assert script.of("withdraw_ballot") == [m.WithdrawBallotInput("bal_1", "app_1")]
    assert (await stage.handle("ballot/bal_1").result()) is not None
    assert script.of("close_ballot") == []
