"""A tranche's payment: called back, asked for, unknown for long, refused, given back."""

from datetime import timedelta
from typing import Any

import pytest

from services.kernel.clock import lima_date
from workflows import messages as m


def report(state: str, channel: str = "agroideas") -> m.TrancheReport:
    return m.TrancheReport("tra_1", state, channel)


async def test_a_callback_settles_the_payment_without_any_inquiry(stage: Any, script: Any) -> None:
    handle = await stage.tranche()
    await stage.waits_for("tranche/tra_1", "settlement")
    fact = m.TrancheSettled("evt_s", "confirmed", "tra_1", "2026-12-02")
    await handle.signal("tranche_settled", fact)
    await handle.signal("tranche_settled", fact)
    assert await handle.result() == m.TrancheResult("tra_1", "confirmed", True, 0)
    assert [name for name, _ in script.calls] == ["instruct", "reconcile"]
    assert script.of("reconcile")[0].business_date == "2026-12-02"


async def test_an_unknown_payment_is_inquired_until_it_is_confirmed_and_never_sent_again(
    stage: Any, script: Any
) -> None:
    script.answers["instruct"] = report("unknown")
    script.answers["inquire"] = [report("unknown")] * 9 + [report("confirmed")]
    handle = await stage.tranche()
    assert await handle.result() == m.TrancheResult("tra_1", "confirmed", True, 10)
    assert len(script.of("instruct")) == 1
    assert [message.number for message in script.of("inquire")] == list(range(1, 11))


async def test_inquiries_grow_apart(stage: Any, script: Any) -> None:
    script.answers["inquire"] = [report("unknown")] * 8 + [report("confirmed")]
    start = await stage.now()
    handle = await stage.tranche()
    await handle.result()
    waited = await stage.ended_at("tranche/tra_1") - start
    least = timedelta(seconds=1 + 2 + 5 + 15 + 60 + 300 + 900 + 900 + 900)
    assert least <= waited < least + timedelta(minutes=1)


async def test_agrobanco_is_asked_soon_because_it_calls_nobody_back(
    stage: Any, script: Any
) -> None:
    script.answers["instruct"] = report("acknowledged", "agrobanco")
    script.answers["inquire"] = report("confirmed", "agrobanco")
    handle = await stage.tranche()
    assert await handle.result() == m.TrancheResult("tra_1", "confirmed", True, 1)
    assert script.of("reconcile")[0].channel == "agrobanco"


@pytest.mark.parametrize("outcome", ["returned", "rejected"])
async def test_money_that_came_back_ends_the_release(stage: Any, script: Any, outcome: str) -> None:
    handle = await stage.tranche()
    await stage.waits_for("tranche/tra_1", "settlement")
    await handle.signal("tranche_settled", m.TrancheSettled("evt_s", outcome, "tra_1"))
    assert await handle.result() == m.TrancheResult("tra_1", outcome, False, 0)
    assert script.of("reconcile") == []


async def test_a_payment_rejected_at_once_is_not_followed(stage: Any, script: Any) -> None:
    script.answers["instruct"] = report("rejected")
    handle = await stage.tranche()
    assert await handle.result() == m.TrancheResult("tra_1", "rejected", False, 0)
    assert script.of("inquire") == []


@pytest.mark.parametrize("cached_workflows", [100])
async def test_a_channel_that_never_answers_is_asked_on_over_continue_as_new(
    stage: Any, script: Any
) -> None:
    script.answers["inquire"] = [report("unknown")] * 204 + [report("confirmed")]
    handle = await stage.tranche()
    result = await handle.result()
    assert (result.state, result.inquiries) == ("confirmed", 205)
    assert [message.number for message in script.of("inquire")] == list(range(1, 206))
    assert len(script.of("instruct")) == 1


@pytest.mark.parametrize("cached_workflows", [100])
async def test_a_statement_that_never_shows_the_payment_is_given_up(
    stage: Any, script: Any
) -> None:
    script.answers["reconcile"] = report("confirmed")
    today = lima_date(await stage.now()).isoformat()
    state = m.TrancheState("confirmed", "agroideas", today, 3, today)
    handle = await stage.tranche(state)
    assert await handle.result() == m.TrancheResult("tra_1", "confirmed", False, 3)
    assert 60 <= len(script.of("reconcile")) <= 600


async def test_the_statements_of_all_days_on_which_it_may_have_been_paid_are_read(
    stage: Any, script: Any
) -> None:
    paid, matched = report("confirmed"), report("reconciled")
    script.answers["reconcile"] = lambda message: (
        matched if message.business_date == "2026-03-02" else paid
    )
    state = m.TrancheState("confirmed", "agrobanco", "2026-03-02", 40, "2026-03-05")
    handle = await stage.tranche(state)
    assert (await handle.result()).reconciled
    read = [message.business_date for message in script.of("reconcile")]
    assert read[0] == "2026-03-05"
    assert read[-1] == "2026-03-02"


async def test_a_payment_returned_after_its_confirmation_is_told_as_returned(
    stage: Any, script: Any
) -> None:
    script.answers["reconcile"] = report("returned")
    handle = await stage.tranche(m.TrancheState("confirmed", "agroideas", "2026-12-01"))
    assert await handle.result() == m.TrancheResult("tra_1", "returned", False, 0)
