"""An amendment before the board: its ballot, again after a deferral, and its end."""

from datetime import timedelta
from typing import Any

from services.kernel.clock import lima_date
from services.kernel.working_days import working_day
from workflows import addendum_messages as am
from workflows import messages as m


async def test_an_amendment_is_approved_by_the_board(stage: Any, script: Any) -> None:
    addendum = await stage.addendum()
    await stage.waits_for("addendum/add_1", "ballot")
    await stage.handle("ballot/bal_1").signal("vote_cast", m.SeatsMoved("evt_1", complete=True))
    assert await addendum.result() == am.AddendumResult("add_1", "bal_1", "approved")
    (opened,) = script.of("open_addendum_ballot")
    assert (opened.addendum.proposal_sha256, opened.cites_ballot_id) == ("ab" * 32, "")
    assert script.of("end_addendum") == []
    assert script.of("progress") == []


async def test_what_the_board_rejects_is_told_by_its_event_alone(stage: Any, script: Any) -> None:
    script.answers["close_ballot"] = m.ClosedBallot("rejected")
    addendum = await stage.addendum()
    assert (await addendum.result()).result == "rejected"
    assert script.of("end_addendum") == []


async def test_a_ballot_without_quorum_refuses_the_amendment(stage: Any, script: Any) -> None:
    script.answers["close_ballot"] = m.ClosedBallot("no_quorum")
    addendum = await stage.addendum()
    assert (await addendum.result()).result == "lapsed"
    (told,) = script.of("end_addendum")
    assert (told.addendum_id, told.ballot_id) == ("add_1", "bal_1")
    assert "quórum" in told.reason


async def test_an_amendment_put_off_comes_again_by_a_ballot_that_cites_the_last(
    stage: Any, script: Any
) -> None:
    until = working_day(lima_date(await stage.now()), 3)
    once = script.answers["open_addendum_ballot"]
    script.answers["open_addendum_ballot"] = lambda message: m.OpenedBallot(
        f"bal_{message.number}", once(message).closes_at
    )
    addendum = await stage.addendum()
    await stage.waits_for("addendum/add_1", "ballot")
    deferred = m.BallotPutOff("evt_1", until=until.isoformat())
    await stage.handle("ballot/bal_1").signal("deferred", deferred)
    await stage.waits_for("addendum/add_1", "reopening")
    assert (await addendum.result()).ballot_id == "bal_2"
    assert [one.cites_ballot_id for one in script.of("open_addendum_ballot")] == ["", "bal_1"]
    assert lima_date(script.of("open_addendum_ballot")[1].asked_at) == until


async def test_an_amendment_taken_back_ends_the_boards_ballot_too(stage: Any, script: Any) -> None:
    addendum = await stage.addendum()
    await stage.waits_for("addendum/add_1", "ballot")
    await addendum.signal("withdrawn", am.AddendumWithdrawn("evt_1"))
    await stage.called("withdraw_ballot", 1)
    await stage.handle("ballot/bal_1").signal("withdrawn", m.BallotPutOff("evt_2"))
    assert (await addendum.result()).result == "withdrawn"
    assert script.of("end_addendum") == []


async def test_an_amendment_put_off_may_be_taken_back(stage: Any, script: Any) -> None:
    until = (lima_date(await stage.now()) + timedelta(days=20)).isoformat()
    addendum = await stage.addendum()
    await stage.waits_for("addendum/add_1", "ballot")
    await stage.handle("ballot/bal_1").signal("deferred", m.BallotPutOff("evt_1", until=until))
    await stage.waits_for("addendum/add_1", "reopening")
    await addendum.signal("withdrawn", am.AddendumWithdrawn("evt_2"))
    assert (await addendum.result()).result == "withdrawn"
    assert len(script.of("open_addendum_ballot")) == 1


async def test_tranches_that_an_amendment_adds_are_waited_for(stage: Any, script: Any) -> None:
    application = await stage.apply()
    await stage.waits_for("application/app_1", "evaluation")
    await application.signal("evaluated", m.ApplicationEvaluated("evt_1"))
    await stage.waits_for("application/app_1", "ballot")
    await stage.handle("ballot/bal_1").signal("vote_cast", m.SeatsMoved("evt_v", complete=True))
    await stage.waits_for("application/app_1", "signature")
    await application.signal("agreement_signed", m.AgreementSigned("evt_2", "agr_1"))
    await application.signal("tranches_added", am.TranchesAdded("evt_3", ["tra_3", "tra_1"]))
    for number in (1, 2):
        await application.signal(
            "tranche_released", m.TrancheReleased(f"evt_r{number}", f"tra_{number}")
        )
    await stage.called("reconcile", 2)
    await stage.waits_for("application/app_1", "tranche_release")
    await application.signal("tranche_released", m.TrancheReleased("evt_r3", "tra_3"))
    assert (await application.result()).tranches_reconciled == 3
