"""Statements against our books: matched to the céntimo, the same twice, never guessed."""

from collections.abc import Sequence
from typing import Any, Literal

import pytest

from services.disbursement import payments, reconciliation
from services.disbursement.channels.protocol import Line, Sent, Status
from services.kernel import clock
from services.kernel.ids import new_id
from tests.factories import disbursement as make
from tests.integration.disbursement.world import OPERATOR_A, World

Kind = Literal["payment", "return"]


def line(one: dict[str, Any], kind: Kind = "payment", **changes: Any) -> Line:
    """The statement's line of an instruction."""
    given: dict[str, Any] = {
        "line_id": new_id("lin"),
        "reference": one["reference"],
        "kind": kind,
        "amount_centimos": int(one["amount"]["amount"].replace(".", "")),
        "business_date": clock.lima_date(clock.now()),
    }
    return Line(**{**given, **changes})


async def read(
    world: World, lines: Sequence[Line], channel: str = "agrobanco"
) -> reconciliation.Reconciled:
    found: reconciliation.Reconciled = await world.use(
        reconciliation.reconcile, channel=channel, lines=lines
    )
    return found


async def sent(world: World, *, members: int = 3, amount: int = 300_00) -> Any:
    """A loan's tranche whose file the bank took: the agreement, the tranche, the instructions."""
    agreement, tranche_id = await world.ready(loan=(amount,), members=members)
    await world.use(payments.begin_sending, tranche_id=tranche_id)
    taken = Sent("accepted")
    await world.use(payments.end_sending, tranche_id=tranche_id, attempt=1, sent=taken)
    return agreement, tranche_id, await world.instructions(tranche_id)


async def say(world: World, tranche_id: str, words: dict[str, Status]) -> None:
    """What the bank's status report says."""
    await world.use(
        payments.end_inquiry, tranche_id=tranche_id, statuses=words, asked_at=clock.now()
    )


async def test_lines_settle_what_was_open_and_the_last_one_reconciles(world: World) -> None:
    agreement, tranche_id, (first, second, third) = await sent(world)
    done = await read(world, [line(first)])
    assert (done.lines, done.new, done.matched, done.cases, done.tranches) == (1, 1, 1, 0, ())
    assert (await world.tranche(tranche_id))["state"] == "instructed"
    await say(world, tranche_id, {second["reference"]: Status("executed")})
    await say(world, tranche_id, {third["reference"]: Status("executed")})
    assert (await world.tranche(tranche_id))["state"] == "confirmed"
    rest = [line(second), line(third)]
    assert (await read(world, rest[:1])).tranches == ()  # one line is missing
    assert (await world.tranche(tranche_id))["state"] == "confirmed"
    assert (await read(world, rest)).tranches == (tranche_id,)
    assert (await world.tranche(tranche_id))["state"] == "reconciled"
    assert (await world.money(agreement["call_id"]))["paid_out"] == 300_00


async def test_the_same_statement_twice_changes_nothing(world: World) -> None:
    agreement, tranche_id, instructions = await sent(world)
    lines = [line(one) for one in instructions]
    assert (await read(world, lines)).tranches == (tranche_id,)
    money, version = await world.money(agreement["call_id"]), await world.tranche(tranche_id)
    again = await read(world, lines)
    assert (again.lines, again.new, again.matched, again.cases, again.tranches) == (3, 0, 0, 0, ())
    assert await world.money(agreement["call_id"]) == money
    assert await world.tranche(tranche_id) == version


async def test_a_tranche_whose_last_word_comes_after_its_lines_is_reconciled(
    world: World,
) -> None:
    agreement, tranche_id, (first, second, third) = await sent(world)
    lines = [line(first), line(second)]
    await read(world, lines)
    await say(world, tranche_id, {third["reference"]: Status("rejected", "AC04")})
    assert (await world.tranche(tranche_id))["state"] == "confirmed"
    assert (await read(world, lines)).tranches == (tranche_id,)
    assert (await world.tranche(tranche_id))["state"] == "reconciled"
    money = await world.money(agreement["call_id"])
    assert (money["paid_out"], money["committed"]) == (200_00, 100_00)


async def test_what_we_do_not_know_or_know_otherwise_is_a_case(world: World) -> None:
    _, tranche_id, (first, second, third) = await sent(world)
    lines = [
        line(first, amount_centimos=100_01),
        line(second, reference="not-ours"),
        line(second, reference=""),
        line(third, "return", amount_centimos=1),
    ]
    done = await read(world, lines)
    assert (done.new, done.matched, done.cases) == (4, 0, 4)
    assert (await read(world, lines)).new == 0
    assert world.cases(first["reference"], third["reference"]) == ["amount_differs"] * 2
    assert "unknown_reference" in world.cases("not-ours", "")
    assert await world.states(tranche_id) == ["acknowledged"] * 3


async def test_a_second_payment_of_one_reference_is_a_case_not_a_match(world: World) -> None:
    """A partner that paid twice must not look reconciled."""
    _, tranche_id, (first, second, third) = await sent(world)
    lines = [line(first), line(first), line(second), line(third)]
    done = await read(world, lines)
    assert (done.matched, done.cases, done.tranches) == (3, 1, (tranche_id,))
    assert (await read(world, [line(second)])).cases == 1
    for one in (first, second):
        assert world.cases(one["reference"]) == ["second_line"]
        assert world.transfers(one["reference"]) == ["instruct", "settle"]


async def test_a_known_line_with_other_content_is_a_case(world: World) -> None:
    _, _, (first, *_) = await sent(world)
    known = line(first)
    await read(world, [known])
    changed = line(first, line_id=known.line_id, amount_centimos=999)
    for _ in range(2):
        assert (await read(world, [changed])).new == 0
    assert world.cases(first["reference"]) == ["line_changed"]


@pytest.mark.parametrize("turned", [False, True], ids=["in order", "the return first"])
async def test_a_payment_and_its_return_in_one_statement_end_as_returned(
    world: World, turned: bool
) -> None:
    agreement, tranche_id, instructions = await sent(world)
    lines = [line(one, kind) for one in instructions for kind in ("payment", "return")]
    done = await read(world, lines[::-1] if turned else lines)
    assert (done.matched, done.cases) == (6, 0)
    assert await world.states(tranche_id) == ["returned"] * 3
    assert (await world.tranche(tranche_id))["state"] == "returned"
    assert (await world.money(agreement["call_id"]))["committed"] == 300_00


async def test_a_return_read_before_its_payment_stands(world: World) -> None:
    agreement, tranche_id, instructions = await sent(world)
    for kind in ("return", "payment"):
        done = await read(world, [line(one, kind) for one in instructions])
        assert (done.matched, done.cases) == (3, 0)
        assert (await world.tranche(tranche_id))["state"] == "returned"
    assert (await world.money(agreement["call_id"]))["committed"] == 300_00


@pytest.mark.parametrize("state", ["confirmed", "reconciled"])
async def test_one_of_a_paid_batch_comes_back_late(world: World, state: str) -> None:
    agreement, tranche_id, (first, *rest) = await sent(world)
    words = {one["reference"]: Status("executed") for one in (first, *rest)}
    await say(world, tranche_id, words)
    if state == "reconciled":
        await read(world, [line(one) for one in (first, *rest)])
    done = await read(world, [line(first, "return")])
    assert (done.matched, done.cases) == (1, 0)
    assert await world.states(tranche_id) == ["returned", "settled", "settled"]
    assert (await world.tranche(tranche_id))["state"] == state
    money = await world.money(agreement["call_id"])
    assert (money["paid_out"], money["committed"]) == (200_00, 100_00)
    await read(world, [line(one, "return") for one in rest])
    assert (await world.tranche(tranche_id))["state"] == "returned"
    assert (await world.money(agreement["call_id"]))["committed"] == 300_00
    again = await world.released(agreement, tranche_id)
    assert (again["lineage"], again["confirmed_at"]) == (2, None)


async def test_what_was_repaid_does_not_come_back_and_the_rest_of_the_statement_does(
    world: World,
) -> None:
    agreement, tranche_id, instructions = await sent(world)
    other, other_id, others = await sent(world)
    await read(world, [line(one) for one in (*instructions, *others)])
    body = {"amount": make.money(150_00)}
    await world.done(f"/v1/tranches/{tranche_id}/repayments", body, by=OPERATOR_A)
    done = await read(world, [line(one, "return") for one in (*instructions, *others)])
    assert (done.matched, done.cases) == (4, 2)
    assert await world.states(tranche_id) == ["returned", "settled", "settled"]
    assert (await world.tranche(other_id))["state"] == "returned"
    references = [one["reference"] for one in instructions]
    assert world.cases(*references) == ["returned_after_use"] * 2
    assert (await world.money(agreement["call_id"]))["paid_out"] == 200_00
    assert (await world.money(other["call_id"]))["committed"] == 300_00


async def test_another_channels_reference_is_not_ours_there(world: World) -> None:
    _, tranche_id, (first, *_) = await sent(world)
    assert (await read(world, [line(first)], "agroideas")).cases == 1
    assert await world.states(tranche_id) == ["acknowledged"] * 3


async def test_a_statement_that_does_not_add_up_is_refused_whole(world: World) -> None:
    agreement, tranche_id = await world.ready(grant=(300_00,))
    await world.behave("agroideas", "no_callback")
    await world.instruct(tranche_id)
    (one,) = await world.instructions(tranche_id)
    await world.until_booked(one["reference"], "executed")
    money = await world.money(agreement["call_id"])
    await world.behave("agroideas", "down_503")
    answer = await world.reconcile("agroideas")
    assert (answer.status_code, answer.json()["code"]) == (503, "disbursement.statement_unclear")
    assert answer.headers["Retry-After"]
    await world.behave("agroideas", "normal")
    assert world.rows("SELECT 1 FROM statement_line WHERE reference = %s", one["reference"]) == []
    assert await world.states(tranche_id) == ["acknowledged"]
    assert await world.money(agreement["call_id"]) == money
    answer = await world.reconcile("agroideas")
    assert answer.json()["tranches_reconciled"] == [tranche_id]


@pytest.mark.parametrize(
    "body",
    [
        {"channel": "agroideas", "business_date": "1999-12-31"},
        {"channel": "agroideas", "business_date": "0001-01-01"},
        {"channel": "agroideas", "business_date": "x"},
        {"channel": "bcp", "business_date": "2026-11-24"},
        {"channel": "agroideas"},
    ],
)
async def test_a_statement_is_asked_for_by_channel_and_day(
    world: World, body: dict[str, str]
) -> None:
    assert (await world.post("/v1/reconciliations", body)).status_code == 422
