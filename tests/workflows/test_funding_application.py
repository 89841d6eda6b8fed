"""The way of an application: what it waits for, which turn it takes, and when."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from services.kernel.working_days import end_of_term
from workflows import messages as m


async def to_board(stage: Any, handle: Any) -> None:
    await stage.waits_for("application/app_1", "evaluation")
    await handle.signal("evaluated", m.ApplicationEvaluated("evt_e", "recommend"))
    await stage.waits_for("ballot/bal_1", "votes")


async def approved(stage: Any, handle: Any) -> None:
    await to_board(stage, handle)
    vote = m.SeatsMoved("evt_v4", complete=True)
    await stage.handle("ballot/bal_1").signal("vote_cast", vote)


async def pay(stage: Any, handle: Any, number: int) -> None:
    await handle.signal("tranche_released", m.TrancheReleased(f"evt_r{number}", f"tra_{number}"))
    await stage.waits_for(f"tranche/tra_{number}", "settlement")
    await stage.handle(f"tranche/tra_{number}").signal(
        "tranche_settled", m.TrancheSettled(f"evt_s{number}", "confirmed", f"tra_{number}")
    )


async def test_an_application_is_led_from_submission_to_its_last_reconciled_tranche(
    stage: Any, script: Any
) -> None:
    handle = await stage.apply()
    await approved(stage, handle)
    await stage.waits_for("application/app_1", "signature")
    await handle.signal("agreement_signed", m.AgreementSigned("evt_a", "agr_1"))
    await stage.waits_for("application/app_1", "tranche_release")
    await pay(stage, handle, 1)
    await pay(stage, handle, 2)
    result = await handle.result()
    assert result == m.FundingResult("app_1", "closed", "bal_1", "agr_1", 2)
    assert script.moves() == ["agreed", "executing", "closed"]
    assert len(script.calls) <= 12


async def test_tranches_released_together_are_paid_one_after_another(
    stage: Any, script: Any
) -> None:
    handle = await stage.apply()
    await approved(stage, handle)
    await handle.signal("agreement_signed", m.AgreementSigned("evt_a", "agr_1"))
    for number in (1, 2):
        await handle.signal(
            "tranche_released", m.TrancheReleased(f"evt_r{number}", f"tra_{number}")
        )
    await stage.waits_for("tranche/tra_1", "settlement")
    status = await stage.status("application/app_1")
    assert status.ids["tranche_id"] == "tra_1"
    assert [message.tranche_id for message in script.of("instruct")] == ["tra_1"]
    assert (await handle.result()).tranches_reconciled == 2
    assert [message.tranche_id for message in script.of("instruct")] == ["tra_1", "tra_2"]


async def test_a_part_released_before_the_last_tranche_is_matched_is_paid_too(
    stage: Any, script: Any
) -> None:
    """Only two tranches are planned; the third is what came back of one."""
    handle = await stage.apply()
    await approved(stage, handle)
    await handle.signal("agreement_signed", m.AgreementSigned("evt_a", "agr_1"))
    for number in (1, 2, 3):
        await handle.signal(
            "tranche_released", m.TrancheReleased(f"evt_r{number}", f"tra_{number}")
        )
    assert (await handle.result()).tranches_reconciled == 3
    assert [message.tranche_id for message in script.of("instruct")] == ["tra_1", "tra_2", "tra_3"]


async def test_an_ineligible_application_is_amended_and_assessed_again(
    stage: Any, script: Any
) -> None:
    found = script.answers["assess"]

    def observed(message: m.AssessInput) -> m.Assessment:
        due_at = end_of_term(message.asked_at, 10)
        return m.Assessment("ass_1", "ineligible", "con_1", "cal_1", "ab" * 32, due_at)

    script.answers["assess"] = [observed, found]
    handle = await stage.apply()
    await stage.waits_for("application/app_1", "amendment")
    await handle.signal("application_submitted", m.ApplicationSubmitted("evt_2", 2))
    status = await stage.waits_for("application/app_1", "evaluation")
    assert status.round == 2
    assert [message.round for message in script.of("assess")] == [1, 2]
    await handle.signal("withdrawn", m.ApplicationWithdrawn("evt_w"))
    assert (await handle.result()).state == "withdrawn"


def _observed(message: m.AssessInput) -> m.Assessment:
    due_at = end_of_term(message.asked_at, 10)
    return m.Assessment("ass_1", "ineligible", "con_1", "cal_1", "ab" * 32, due_at)


async def test_the_amendment_term_ends_after_ten_working_days_and_not_a_second_before(
    stage: Any, script: Any
) -> None:
    script.answers["assess"] = _observed
    start = await stage.skip_to_next(11, 27, 15)
    handle = await stage.apply()
    await stage.waits_for("application/app_1", "amendment")
    day, left = start.date(), 10
    while left:
        day += timedelta(days=1)
        feast = day in (date(start.year, 12, 8), date(start.year, 12, 9))
        left -= day.weekday() < 5 and not feast
    due_at = datetime(day.year, day.month, day.day, 5, tzinfo=UTC) + timedelta(days=1)
    await stage.skip_to(due_at - timedelta(seconds=1))
    assert (await stage.status("application/app_1")).waiting_for == "amendment"
    assert script.of("progress") == []
    await stage.skip_to(due_at + timedelta(seconds=1))
    result = await handle.result()
    assert result.state == "ineligible"
    assert script.moves() == ["ineligible"]
    assert await stage.ended_at("application/app_1") < due_at + timedelta(minutes=1)


async def test_a_dossier_handed_in_at_the_last_moment_counts_although_its_event_is_late(
    stage: Any, script: Any
) -> None:
    script.answers["assess"] = [_observed, script.answers["assess"]]
    script.answers["progress"] = ApplicationError(
        "it is submitted", type="applications.illegal_transition", non_retryable=True
    )
    handle = await stage.apply()
    await stage.waits_for("application/app_1", "amendment")
    due_at = end_of_term(script.of("assess")[0].asked_at, 10)
    await stage.skip_to(due_at + timedelta(seconds=1))
    await stage.called("progress", 1)
    await handle.signal("application_submitted", m.ApplicationSubmitted("evt_2", 2))
    status = await stage.waits_for("application/app_1", "evaluation")
    assert status.round == 2


async def test_a_waived_amendment_ends_the_way_at_once(stage: Any, script: Any) -> None:
    script.answers["assess"] = _observed
    handle = await stage.apply()
    await stage.waits_for("application/app_1", "amendment")
    await handle.signal("amendment_waived", m.AmendmentWaived("evt_w"))
    assert (await handle.result()).state == "ineligible"
    assert script.moves() == ["ineligible"]


async def test_a_last_round_without_amendment_ends_ineligible(stage: Any, script: Any) -> None:
    script.answers["assess"] = m.Assessment("ass_1", "ineligible", "con_1", "cal_1", "ab" * 32)
    handle = await stage.apply()
    assert (await handle.result()).state == "ineligible"
    assert script.moves() == []


async def test_a_late_evaluation_is_reminded_of_and_still_counts(stage: Any, script: Any) -> None:
    handle = await stage.apply()
    await stage.waits_for("application/app_1", "evaluation")
    await stage.env.sleep(timedelta(days=15))
    assert (await stage.status("application/app_1")).reminders == 1
    await to_board(stage, handle)


@pytest.mark.parametrize(("result", "end"), [("rejected", "rejected"), ("lapsed", "deferred")])
async def test_a_ballot_without_approval_ends_the_way(
    stage: Any, script: Any, result: str, end: str
) -> None:
    script.answers["close_ballot"] = m.ClosedBallot(result)
    handle = await stage.apply()
    await approved(stage, handle)
    assert (await handle.result()).state == end
    assert script.moves() == [end]


async def test_a_withdrawal_during_the_ballot_ends_both(stage: Any, script: Any) -> None:
    handle = await stage.apply()
    await to_board(stage, handle)
    await handle.signal("withdrawn", m.ApplicationWithdrawn("evt_w"))
    assert (await handle.result()).state == "withdrawn"
    with pytest.raises(WorkflowFailureError):
        await stage.handle("ballot/bal_1").result()
    assert script.of("close_ballot") == []


def _no_budget(message: m.DraftAgreementInput) -> m.DraftedAgreement:
    return m.DraftedAgreement(end_of_term(message.asked_at, message.budget_term_working_days))


async def test_a_call_without_budget_is_asked_again_the_next_day(stage: Any, script: Any) -> None:
    script.answers["record_approval_and_draft"] = [
        _no_budget,
        _no_budget,
        script.answers["record_approval_and_draft"],
    ]
    handle = await stage.apply()
    await approved(stage, handle)
    await stage.called("record_approval_and_draft", 1)
    assert (await stage.waits_for("application/app_1", "budget")).state == "approved"
    await stage.env.sleep(timedelta(days=2, minutes=1))
    await stage.waits_for("application/app_1", "signature")
    asked = script.of("record_approval_and_draft")
    assert len(asked) == 3
    assert len({message.asked_at for message in asked}) == 1
    await handle.signal("withdrawn", m.ApplicationWithdrawn("evt_w"))
    assert (await handle.result()).state == "withdrawn"


@pytest.mark.parametrize("cached_workflows", [100])
async def test_without_budget_for_thirty_working_days_the_application_expires(
    stage: Any, script: Any
) -> None:
    script.answers["record_approval_and_draft"] = _no_budget
    handle = await stage.apply()
    await approved(stage, handle)
    result = await handle.result()
    assert result.state == "expired"
    assert script.moves() == ["expired"]
    asked = script.of("record_approval_and_draft")
    assert await stage.ended_at("application/app_1") >= end_of_term(asked[0].asked_at, 30)
    assert 35 <= len(asked) <= 60


async def test_a_second_delivery_of_a_signal_changes_nothing(stage: Any, script: Any) -> None:
    handle = await stage.apply()
    await approved(stage, handle)
    await handle.signal("agreement_signed", m.AgreementSigned("evt_a", "agr_1"))
    for _ in range(3):
        await handle.signal("tranche_released", m.TrancheReleased("evt_r1", "tra_1"))
    await stage.waits_for("tranche/tra_1", "settlement")
    for _ in range(2):
        await stage.handle("tranche/tra_1").signal(
            "tranche_settled", m.TrancheSettled("evt_s1", "confirmed", "tra_1")
        )
    await stage.waits_for("application/app_1", "tranche_release")
    assert len(script.of("instruct")) == 1
    await pay(stage, handle, 2)
    assert (await handle.result()).tranches_reconciled == 2


async def test_a_returned_tranche_may_be_released_again_by_a_new_release(
    stage: Any, script: Any
) -> None:
    handle = await stage.apply()
    await approved(stage, handle)
    await handle.signal("agreement_signed", m.AgreementSigned("evt_a", "agr_1"))
    await handle.signal("tranche_released", m.TrancheReleased("evt_r1", "tra_1"))
    await stage.waits_for("tranche/tra_1", "settlement")
    await stage.handle("tranche/tra_1").signal(
        "tranche_settled", m.TrancheSettled("evt_s1", "returned", "tra_1")
    )
    await stage.waits_for("application/app_1", "tranche_release")
    await handle.signal("tranche_released", m.TrancheReleased("evt_r1b", "tra_1"))
    await handle.signal("tranche_released", m.TrancheReleased("evt_r2", "tra_2"))
    assert (await handle.result()).tranches_reconciled == 2
    assert [message.release_id for message in script.of("instruct")] == [
        "evt_r1",
        "evt_r1b",
        "evt_r2",
    ]


async def test_a_late_statement_does_not_hold_up_the_next_tranche(stage: Any, script: Any) -> None:
    paid = script.answers["inquire"]
    script.answers["reconcile"] = [paid, paid, script.answers["reconcile"]]
    handle = await stage.apply()
    await approved(stage, handle)
    await handle.signal("agreement_signed", m.AgreementSigned("evt_a", "agr_1"))
    await pay(stage, handle, 1)
    await stage.waits_for("application/app_1", "tranche_release")
    assert (await stage.status("tranche/tra_1")).waiting_for == "statement"
    await pay(stage, handle, 2)
    assert (await handle.result()).tranches_reconciled == 2


async def test_a_closed_agreement_ends_the_way_with_tranches_left(stage: Any, script: Any) -> None:
    handle = await stage.apply()
    await approved(stage, handle)
    await handle.signal("agreement_signed", m.AgreementSigned("evt_a", "agr_1"))
    await stage.waits_for("application/app_1", "tranche_release")
    await handle.signal("agreement_closed", m.AgreementClosed("evt_c"))
    result = await handle.result()
    assert (result.state, result.tranches_reconciled) == ("closed", 0)


async def test_a_terminated_agreement_ends_the_application_as_terminated(
    stage: Any, script: Any
) -> None:
    handle = await stage.apply()
    await approved(stage, handle)
    await handle.signal("agreement_signed", m.AgreementSigned("evt_a", "agr_1"))
    await stage.waits_for("application/app_1", "tranche_release")
    await handle.signal("agreement_closed", m.AgreementClosed("evt_t", state="terminated"))
    assert (await handle.result()).state == "terminated"
    last = script.of("progress")[-1].moves[-1]
    assert (last.to, last.reference) == ("terminated", "agr_1")
    assert last.reason


async def test_a_refused_tranche_leaves_the_application_waiting(stage: Any, script: Any) -> None:
    script.answers["instruct"] = ApplicationError(
        "not released", type="disbursement.illegal_transition", non_retryable=True
    )
    handle = await stage.apply()
    await approved(stage, handle)
    await handle.signal("agreement_signed", m.AgreementSigned("evt_a", "agr_1"))
    await handle.signal("tranche_released", m.TrancheReleased("evt_r1", "tra_1"))
    await stage.failed("tranche/tra_1")
    status = await stage.waits_for("application/app_1", "tranche_release")
    assert status.reminders == 1


async def test_a_refusal_by_a_rule_fails_the_workflow_instead_of_looping(
    stage: Any, script: Any
) -> None:
    script.answers["open_ballot"] = ApplicationError(
        "no", type="board.dossier_unknown", non_retryable=True
    )
    handle = await stage.apply()
    await stage.waits_for("application/app_1", "evaluation")
    await handle.signal("evaluated", m.ApplicationEvaluated("evt_e", "recommend"))
    with pytest.raises(WorkflowFailureError) as failure:
        await handle.result()
    assert "board.dossier_unknown" in repr(failure.value.cause.__cause__)


async def test_the_way_goes_on_from_what_continue_as_new_carries(stage: Any, script: Any) -> None:
    carried = m.FundingState(
        round=1,
        stage="executing",
        seen=["evt_r1"],
        ballot_id="bal_1",
        agreement_id="agr_1",
        planned=["tra_1", "tra_2"],
        reconciled=["tra_1"],
    )
    handle = await stage.apply(state=carried)
    await stage.waits_for("application/app_1", "tranche_release")
    await handle.signal("tranche_released", m.TrancheReleased("evt_r1", "tra_1"))
    await pay(stage, handle, 2)
    assert (await handle.result()).tranches_reconciled == 2
    assert [message.tranche_id for message in script.of("instruct")] == ["tra_2"]
