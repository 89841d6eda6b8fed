"""Agroideas' signed messages: each is applied once, and what contradicts us goes to a person."""

from datetime import timedelta
from typing import Any

import pytest

from services.kernel.clock import now
from tests.factories import disbursement as make
from tests.integration.disbursement import accounts
from tests.integration.disbursement.world import OPERATOR_A, World, at_once

AMOUNT = 30_000_00
OTHER_SECRET = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="


async def sent(world: World) -> tuple[dict[str, Any], str, str]:
    """An agreement, its tranche that the partner has taken, and the payment's reference."""
    agreement, tranche_id = await world.ready(grant=(AMOUNT,))
    await world.behave("agroideas", "no_callback", delay_s=60)
    await world.instruct(tranche_id)
    (one,) = await world.instructions(tranche_id)
    return agreement, tranche_id, one["reference"]


async def outcome(world: World, body: dict[str, Any], **signing: Any) -> str:
    answer = await world.tell(body, **signing)
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["outcome"]
    return found


async def test_a_message_that_is_not_the_partners_changes_nothing(world: World) -> None:
    agreement, tranche_id, reference = await sent(world)
    body = make.callback(reference, AMOUNT)
    for signing in (
        {"secret": OTHER_SECRET},
        {"at": now() - timedelta(seconds=301)},
        {"at": now() + timedelta(seconds=310)},
    ):
        answer = await world.tell(body, **signing)
        assert (answer.status_code, answer.json()["code"]) == (401, "disbursement.bad_signature")
    bare = await world.caller.client.post("/v1/partners/agroideas/callbacks", json=body)
    assert bare.status_code == 401
    malformed = await world.tell({**body, "amount": {"amount": 1, "currency": "PEN"}})
    assert (malformed.status_code, malformed.json()["code"]) == (400, "disbursement.bad_callback")
    assert await world.states(tranche_id) == ["acknowledged"]
    assert world.rows("SELECT 1 FROM partner_message WHERE message_id = %s", body["event_id"]) == []
    assert (await world.money(agreement["call_id"]))["in_transit"] == AMOUNT


async def test_a_message_is_applied_once_however_often_it_comes(world: World) -> None:
    agreement, tranche_id, reference = await sent(world)
    body = make.callback(reference, AMOUNT)
    verdicts = await at_once(10, lambda _: outcome(world, body))
    assert sorted(verdicts) == ["applied"] + ["repeated"] * 9
    assert await outcome(world, body) == "repeated"
    assert await outcome(world, make.callback(reference, AMOUNT)) == "repeated"  # another id
    assert world.transfers(reference) == ["instruct", "settle"]
    assert (await world.tranche(tranche_id))["state"] == "confirmed"
    told = world.rows(
        "SELECT 1 FROM outbox WHERE aggregate_id = %s AND type LIKE '%%settled%%'", tranche_id
    )
    assert len(told) == 1
    assert (await world.money(agreement["call_id"]))["paid_out"] == AMOUNT
    assert world.cases(reference) == []


async def test_ten_words_under_ten_ids_at_once_settle_once(world: World) -> None:
    _, tranche_id, reference = await sent(world)
    verdicts = await at_once(10, lambda _: outcome(world, make.callback(reference, AMOUNT)))
    assert sorted(verdicts) == ["applied"] + ["repeated"] * 9
    assert world.transfers(reference) == ["instruct", "settle"]
    assert (await world.tranche(tranche_id))["state"] == "confirmed"


async def test_a_known_id_with_another_body_is_a_case(world: World) -> None:
    _, tranche_id, reference = await sent(world)
    body = make.callback(reference, AMOUNT)
    assert await outcome(world, body) == "applied"
    altered = {**body, "type": "payment.returned", "reason_code": "AC03"}
    assert await outcome(world, altered) == "case"
    assert await outcome(world, altered) == "case"
    assert world.cases(reference) == ["altered_message"]
    assert (await world.tranche(tranche_id))["state"] == "confirmed"


async def test_another_amount_and_an_unknown_reference_are_cases(world: World) -> None:
    agreement, tranche_id, reference = await sent(world)
    for kind in ("executed", "rejected", "returned"):
        assert await outcome(world, make.callback(reference, AMOUNT + 1, kind)) == "case"
    foreign = make.callback("not-ours-01", AMOUNT)
    for _ in range(3):  # once or repeated, it is refused
        answer = await world.tell(foreign)
        assert answer.status_code == 422
        assert answer.json()["code"] == "disbursement.foreign_reference"
    assert world.cases(reference) == ["amount_differs"] * 3
    assert world.cases("not-ours-01") == ["unknown_reference"]
    assert await world.states(tranche_id) == ["acknowledged"]
    assert (await world.money(agreement["call_id"]))["in_transit"] == AMOUNT
    page = await world.get("/v1/reconciliation-cases?channel=agroideas&limit=200", by=OPERATOR_A)
    assert reference in {one["reference"] for one in page["data"]}


WORDS = {
    ("executed", "rejected"): ("settled", "case"),
    ("rejected", "executed"): ("rejected", "case"),
    ("rejected", "returned"): ("rejected", "case"),
    ("returned", "executed"): ("returned", "repeated"),
    ("returned", "rejected"): ("returned", "case"),
    ("executed", "returned"): ("returned", "applied"),
}


@pytest.mark.parametrize("words", WORDS, ids=lambda words: "-".join(words))
async def test_a_contradiction_is_a_case_and_no_state_goes_back(
    world: World, words: tuple[Any, Any]
) -> None:
    agreement, tranche_id, reference = await sent(world)
    state, verdict = WORDS[words]
    first, then = words
    assert await outcome(world, make.callback(reference, AMOUNT, first)) == "applied"
    assert await outcome(world, make.callback(reference, AMOUNT, then)) == verdict
    assert await world.states(tranche_id) == [state]
    assert world.cases(reference) == (["contradiction"] if verdict == "case" else [])
    money = await world.money(agreement["call_id"])
    assert money["paid_out"] == (AMOUNT if state == "settled" else 0)
    assert money["committed"] == (0 if state == "settled" else AMOUNT)


async def test_a_word_before_the_synchronous_answer_stands(world: World) -> None:
    """F40: the answer that comes later does not take it back."""
    agreement, tranche_id = await world.ready(grant=(AMOUNT,))
    (one,) = await world.instructions(tranche_id)
    await world.behave("agroideas", "slow", delay_s=0.6, callback=False)

    async def act(number: int) -> Any:
        if number == 0:
            return await world.instruct(tranche_id)
        await world.until_booked(one["reference"], "executed")
        return await outcome(world, make.callback(one["reference"], AMOUNT))

    _, verdict = await at_once(2, act)
    assert verdict == "applied"
    assert world.attempts(tranche_id) == ["accepted"]
    assert (await world.tranche(tranche_id))["state"] == "confirmed"
    assert (await world.money(agreement["call_id"]))["paid_out"] == AMOUNT


async def test_what_was_accounted_for_does_not_come_back_by_itself(world: World) -> None:
    agreement, tranche_id, reference = await sent(world)
    assert await outcome(world, make.callback(reference, AMOUNT)) == "applied"
    await accounts.accounted(world, agreement, tranche_id, (AMOUNT - 1,))
    assert await outcome(world, make.callback(reference, AMOUNT, "returned")) == "case"
    await accounts.accounted(world, agreement, tranche_id, (1,))
    assert await outcome(world, make.callback(reference, AMOUNT, "returned")) == "case"
    assert world.cases(reference) == ["returned_after_use"] * 2
    assert (await world.tranche(tranche_id))["state"] == "confirmed"
    assert (await world.money(agreement["call_id"]))["paid_out"] == AMOUNT
