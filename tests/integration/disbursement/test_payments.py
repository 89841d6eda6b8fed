"""Payments end once and the money is somewhere, whatever the partner does."""

import asyncio
from typing import Any

import pytest

from services.disbursement import payments
from services.disbursement.channels.protocol import Sent
from tests.factories import disbursement as make
from tests.integration.disbursement.world import World, at_once

GRANT = {"grant": (30_000_01,)}
LOAN = {"loan": (30_000_01,)}
BOTH = pytest.mark.parametrize(
    ("channel", "terms"), [("agroideas", GRANT), ("agrobanco", LOAN)], ids=["grant", "loan"]
)
AMOUNT = 30_000_01


async def sole_reference(world: World, tranche_id: str, lineage: int = 1) -> str:
    (one,) = await world.instructions(tranche_id, lineage)
    reference: str = one["reference"]
    return reference


@BOTH
async def test_a_payment_is_made_once_and_reconciled(
    world: World, channel: str, terms: dict[str, Any]
) -> None:
    agreement = await world.active(left=5_00, **terms)
    call_id, tranche_id = agreement["call_id"], agreement["tranches"][0]["id"]
    committed = await world.money(call_id)
    assert (committed["available"], committed["committed"]) == (5_00, AMOUNT)
    await world.released(agreement, tranche_id)
    await world.behave("agroideas", "no_callback")
    assert (await world.instruct(tranche_id))["state"] == "instructed"
    assert (await world.money(call_id))["in_transit"] == AMOUNT
    tranche = await world.until_inquired(tranche_id, "confirmed")
    assert tranche["confirmed_at"] is not None
    paid = await world.money(call_id)
    assert (paid["paid_out"], paid["in_transit"], paid["committed"]) == (AMOUNT, 0, 0)
    for one in await world.instructions(tranche_id):
        assert world.transfers(one["reference"]) == ["instruct", "settle"]
        (booked,) = await world.book(one["reference"])
        assert (booked["requests"], booked["executed_count"]) == (1, 1)
    answer = await world.reconcile(channel)
    assert answer.status_code == 200, answer.text
    assert tranche_id in answer.json()["tranches_reconciled"]
    assert (await world.tranche(tranche_id))["state"] == "reconciled"
    assert await world.money(call_id) == paid


async def test_a_callback_settles_a_grant_without_any_inquiry(world: World) -> None:
    agreement, tranche_id = await world.ready(**GRANT)
    await world.behave("agroideas", "duplicate_callback", copies=5)
    await world.instruct(tranche_id)
    async with asyncio.timeout(10):
        while (await world.tranche(tranche_id))["state"] != "confirmed":
            await asyncio.sleep(0.05)
    reference = await sole_reference(world, tranche_id)
    assert world.transfers(reference) == ["instruct", "settle"]
    assert (await world.money(agreement["call_id"]))["paid_out"] == AMOUNT


@BOTH
async def test_executed_with_its_answer_lost_is_unknown_then_settled_once(
    world: World, channel: str, terms: dict[str, Any]
) -> None:
    """F36."""
    agreement, tranche_id = await world.ready(**terms)
    await world.behave(
        channel, "timeout_after_executing", applies_to="next", callback=False, timeout_hold_s=2
    )
    await world.instruct(tranche_id)
    assert set(await world.states(tranche_id)) == {"unknown"}
    assert world.attempts(tranche_id) == ["unknown"]
    assert (await world.money(agreement["call_id"]))["in_transit"] == AMOUNT
    await world.instruct(tranche_id)  # by hand, meanwhile (F60)
    assert world.attempts(tranche_id) == ["unknown"]
    assert (await world.inquire(tranche_id))["state"] == "confirmed"
    await world.inquire(tranche_id)
    for one in await world.instructions(tranche_id):
        assert world.transfers(one["reference"]) == ["instruct", "settle"]
        (booked,) = await world.book(one["reference"])
        assert (booked["requests"], booked["executed_count"]) == (1, 1)
    assert (await world.money(agreement["call_id"]))["paid_out"] == AMOUNT


@BOTH
async def test_a_rejected_payment_gives_back_and_is_asked_for_again_under_a_new_lineage(
    world: World, channel: str, terms: dict[str, Any]
) -> None:
    agreement, tranche_id = await world.ready(**terms)
    await world.behave(channel, "reject", callback=False)
    await world.instruct(tranche_id)
    await world.until_inquired(tranche_id, "rejected")
    assert (await world.money(agreement["call_id"]))["committed"] == AMOUNT
    first = {one["reference"] for one in await world.instructions(tranche_id, 1)}
    await world.behave(channel, "normal")
    await world.behave("agroideas", "no_callback")
    tranche = await world.released(agreement, tranche_id)
    assert (tranche["lineage"], tranche["confirmed_at"]) == (2, None)
    await world.instruct(tranche_id)
    await world.until_inquired(tranche_id, "confirmed")
    second = await world.instructions(tranche_id, 2)
    assert first.isdisjoint(one["reference"] for one in second)
    assert {one["state"] for one in second} == {"settled"}
    assert {one["state"] for one in await world.instructions(tranche_id, 1)} == {"rejected"}
    for reference in first:
        assert world.transfers(reference) == ["instruct", "return"]
    assert (await world.money(agreement["call_id"]))["paid_out"] == AMOUNT


async def test_a_late_word_on_a_former_lineage_does_not_touch_the_present_one(
    world: World,
) -> None:
    agreement, tranche_id = await world.ready(**GRANT)
    await world.behave("agroideas", "reject", callback=False)
    await world.instruct(tranche_id)
    await world.until_inquired(tranche_id, "rejected")
    await world.released(agreement, tranche_id)
    former = await sole_reference(world, tranche_id, 1)
    verdicts: dict[make.CallbackKind, str] = {
        "rejected": "repeated",
        "executed": "case",
        "returned": "case",
    }
    for kind, verdict in verdicts.items():
        answer = await world.tell(make.callback(former, AMOUNT, kind))
        assert answer.json() == {"outcome": verdict}
    assert (await world.tranche(tranche_id))["state"] == "released"
    assert (await world.instructions(tranche_id, 2))[0]["state"] == "created"
    assert (await world.money(agreement["call_id"]))["committed"] == AMOUNT


@BOTH
async def test_a_payment_that_comes_back_is_committed_again(
    world: World, channel: str, terms: dict[str, Any]
) -> None:
    agreement, tranche_id = await world.ready(**terms)
    await world.behave(channel, "return", delay_s=2, callback=False)
    await world.instruct(tranche_id)
    await world.until_inquired(tranche_id, "confirmed")
    await world.reconcile(channel)
    assert (await world.tranche(tranche_id))["state"] == "reconciled"
    for one in await world.instructions(tranche_id):
        await world.until_booked(one["reference"], "returned")
    answer = await world.reconcile(channel)
    assert answer.status_code == 200, answer.text
    assert (await world.tranche(tranche_id))["state"] == "returned"
    assert (await world.money(agreement["call_id"]))["committed"] == AMOUNT
    for one in await world.instructions(tranche_id):
        assert world.transfers(one["reference"]) == ["instruct", "settle", "return"]
    tranche = await world.released(agreement, tranche_id)
    assert (tranche["state"], tranche["lineage"]) == ("released", 2)


async def test_ten_at_once_send_once(world: World) -> None:
    agreement, tranche_id = await world.ready(**GRANT)
    await world.behave("agroideas", "slow", delay_s=0.5, callback=False)
    answers = await at_once(10, lambda _: world.post(f"/v1/tranches/{tranche_id}/instruct"))
    assert {answer.status_code for answer in answers} <= {200, 409}
    refused = [answer.json()["code"] for answer in answers if answer.status_code == 409]
    assert set(refused) <= {"disbursement.send_in_progress"}
    assert len(refused) < 10
    (booked,) = await world.book(await sole_reference(world, tranche_id))
    assert booked["requests"] == 1
    assert world.attempts(tranche_id) == ["accepted"]
    assert (await world.money(agreement["call_id"]))["in_transit"] == AMOUNT


async def test_an_attempt_cut_by_a_crash_is_unknown_and_only_asked_about(world: World) -> None:
    agreement, tranche_id = await world.ready(**GRANT)
    await world.behave("agroideas", "no_callback")
    await world.instruct(tranche_id)
    reference = await sole_reference(world, tranche_id)
    await world.until_booked(reference, "executed")
    world.cut_attempt(tranche_id, minutes=0)
    for verb in ("instruct", "inquire"):
        answer = await world.post(f"/v1/tranches/{tranche_id}/{verb}")
        assert answer.status_code == 409
        assert answer.json()["code"] == "disbursement.send_in_progress"
    world.cut_attempt(tranche_id)
    await world.instruct(tranche_id)
    assert await world.states(tranche_id) == ["unknown"]
    assert world.attempts(tranche_id) == ["unknown"]
    late = Sent("rejected", "AC04")
    await world.use(payments.end_sending, tranche_id=tranche_id, attempt=1, sent=late)
    assert await world.states(tranche_id) == ["unknown"]
    assert (await world.inquire(tranche_id))["state"] == "confirmed"
    await world.use(payments.end_sending, tranche_id=tranche_id, attempt=1, sent=late)
    assert (await world.tranche(tranche_id))["state"] == "confirmed"
    (booked,) = await world.book(reference)
    assert booked["requests"] == 1
    assert (await world.money(agreement["call_id"]))["paid_out"] == AMOUNT


async def test_a_cut_attempt_of_a_former_lineage_does_not_stop_the_next(world: World) -> None:
    agreement, tranche_id = await world.ready(**GRANT)
    await world.behave("agroideas", "reject", callback=False, applies_to="next")
    await world.instruct(tranche_id)
    await world.until_inquired(tranche_id, "rejected")
    world.cut_attempt(tranche_id)
    await world.behave("agroideas", "no_callback")
    await world.released(agreement, tranche_id)
    assert (await world.instruct(tranche_id))["state"] == "instructed"
    assert world.attempts(tranche_id) == ["unknown", "accepted"]
    await world.until_inquired(tranche_id, "confirmed")


@BOTH
async def test_what_never_arrived_is_sent_again_by_the_same_references_past_the_window(
    world: World, channel: str, terms: dict[str, Any]
) -> None:
    agreement, tranche_id = await world.ready(**terms)
    await world.behave("agroideas", "no_callback")
    await world.behave(channel, "down_503", applies_to="next")
    await world.instruct(tranche_id)
    assert set(await world.states(tranche_id)) == {"unknown"}
    await world.behave("agroideas", "no_callback")
    await world.inquire(tranche_id)  # not found, but too soon to be final
    assert world.attempts(tranche_id) == ["unknown"]
    references = {one["reference"] for one in await world.instructions(tranche_id)}
    world.rows(
        "UPDATE attempt SET started_at = started_at - interval '1 hour',"
        " ended_at = ended_at - interval '1 hour' WHERE tranche_id = %s",
        tranche_id,
    )
    await at_once(5, lambda _: world.post(f"/v1/tranches/{tranche_id}/inquire"))
    assert world.attempts(tranche_id) == ["unknown", "accepted"]
    await world.until_inquired(tranche_id, "confirmed")
    assert references == {one["reference"] for one in await world.instructions(tranche_id)}
    for reference in references:
        (booked,) = await world.book(reference)
        assert (booked["requests"], booked["executed_count"]) == (1, 1)
        assert world.transfers(reference) == ["instruct", "settle"]
    assert (await world.money(agreement["call_id"]))["paid_out"] == AMOUNT


@BOTH
async def test_an_order_that_arrives_late_is_not_sent_a_second_time(
    world: World, channel: str, terms: dict[str, Any]
) -> None:
    """F37."""
    agreement, tranche_id = await world.ready(**terms)
    await world.behave(channel, "late_arrival", delay_s=0.6, applies_to="next", callback=False)
    await world.instruct(tranche_id)
    assert set(await world.states(tranche_id)) == {"unknown"}
    await world.inquire(tranche_id)
    assert set(await world.states(tranche_id)) == {"unknown"}
    await world.until_inquired(tranche_id, "confirmed")
    assert world.attempts(tranche_id) == ["unknown"]
    for one in await world.instructions(tranche_id):
        (booked,) = await world.book(one["reference"])
        assert (booked["requests"], booked["executed_count"]) == (1, 1)
    assert (await world.money(agreement["call_id"]))["paid_out"] == AMOUNT


async def test_after_five_attempts_nothing_more_is_sent(world: World) -> None:
    _, tranche_id = await world.ready(**GRANT)
    await world.behave("agroideas", "down_503")
    await world.instruct(tranche_id)
    world.rows(
        "INSERT INTO attempt SELECT tranche_id, number + extra, lineage, outcome, detail,"
        " started_at, ended_at FROM attempt, generate_series(1, 4) AS extra"
        " WHERE tranche_id = %s",
        tranche_id,
    )
    world.rows(
        "UPDATE attempt SET started_at = started_at - interval '1 hour',"
        " ended_at = ended_at - interval '1 hour' WHERE tranche_id = %s",
        tranche_id,
    )
    await world.behave("agroideas", "normal")
    await world.inquire(tranche_id)
    assert len(world.attempts(tranche_id)) == 5
    assert await world.book(await sole_reference(world, tranche_id)) == []


async def test_a_late_answer_of_a_given_up_attempt_does_not_speak_for_the_next(
    world: World,
) -> None:
    agreement, tranche_id = await world.ready(**GRANT)
    await world.use(payments.begin_sending, tranche_id=tranche_id)
    world.cut_attempt(tranche_id)
    asked = await world.use(payments.begin_inquiry, tranche_id=tranche_id)
    world.rows(
        "UPDATE attempt SET ended_at = ended_at - interval '1 hour' WHERE tranche_id = %s",
        tranche_id,
    )
    again = await world.use(
        payments.begin_resending, tranche_id=tranche_id, asked_at=asked.asked_at
    )
    assert (again.attempt, again.batch) == (2, asked.batch)
    late, present = Sent("rejected", "AC04"), Sent("accepted")
    await world.use(payments.end_sending, tranche_id=tranche_id, attempt=1, sent=late)
    assert await world.states(tranche_id) == ["sent"]
    await world.use(payments.end_sending, tranche_id=tranche_id, attempt=2, sent=present)
    assert await world.states(tranche_id) == ["acknowledged"]
    assert world.attempts(tranche_id) == ["unknown", "accepted"]
    assert (await world.money(agreement["call_id"]))["in_transit"] == AMOUNT


async def test_an_inquiry_from_before_the_last_send_sends_nothing(world: World) -> None:
    """Two ask at once and both hear 'not found': the second one's answer is out of date."""
    _, tranche_id = await world.ready(**GRANT)
    await world.use(payments.begin_sending, tranche_id=tranche_id)
    unknown = Sent("unknown", "ReadTimeout")
    await world.use(payments.end_sending, tranche_id=tranche_id, attempt=1, sent=unknown)
    first = await world.use(payments.begin_inquiry, tranche_id=tranche_id)
    second = await world.use(payments.begin_inquiry, tranche_id=tranche_id)
    resend = {"tranche_id": tranche_id}
    assert await world.use(payments.begin_resending, asked_at=first.asked_at, **resend)
    await world.use(payments.end_sending, tranche_id=tranche_id, attempt=2, sent=unknown)
    assert await world.use(payments.begin_resending, asked_at=second.asked_at, **resend) is None
    assert world.attempts(tranche_id) == ["unknown", "unknown"]
