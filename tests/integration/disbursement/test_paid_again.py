"""A payment that did not stay and what paid it again: one chain, read from both ends."""

from typing import Any

from services.disbursement import payments
from services.disbursement.channels.protocol import Sent, Status
from tests.factories import disbursement as make
from tests.integration.disbursement.test_reconciliation import line, read, say
from tests.integration.disbursement.world import OPERATOR_A, World

AMOUNT = 30_000_00


def correct_account(world: World, agreement: dict[str, Any], document: str, cci: str) -> None:
    """What the registry says from now on of whoever has this document."""
    facts = world.rooms.bodies[f"/v1/consortia/{agreement['consortium_id']}/facts"]
    if facts["consortium"]["id"] == document:
        facts["consortium"] = {**facts["consortium"], "cci": cci}
    facts["members"] = [
        {**member, "cci": cci} if member["dni"] == document else member
        for member in facts["members"]
    ]


async def chain(world: World, instruction: dict[str, Any]) -> Any:
    return await world.get(f"/v1/instructions/{instruction['id']}/chain", by=OPERATOR_A)


async def tell(world: World, reference: str, kind: Any) -> None:
    answer = await world.tell(make.callback(reference, AMOUNT, kind))
    assert answer.json() == {"outcome": "applied"}


async def test_a_wrong_account_corrected_after_a_return_reads_as_one_chain_both_ways(
    world: World,
) -> None:
    agreement, tranche_id = await world.ready(grant=(AMOUNT,))
    await world.behave("agroideas", "no_callback", delay_s=60)
    for lineage, last in ((1, "returned"), (2, "returned"), (3, "executed")):
        await world.instruct(tranche_id)
        (one,) = await world.instructions(tranche_id, lineage)
        await tell(world, one["reference"], "executed")
        if last == "returned":
            await tell(world, one["reference"], last)
            corrected = f"00200000000000000{lineage:03d}"
            correct_account(world, agreement, agreement["consortium_id"], corrected)
            await world.released(agreement, tranche_id)
    ends = [(await world.instructions(tranche_id, lineage))[0] for lineage in (1, 2, 3)]
    chains = [await chain(world, one) for one in ends]
    assert chains[0] == chains[1] == chains[2]
    links = chains[0]["links"]
    assert [link["id"] for link in links] == [one["id"] for one in ends]
    assert [link["supersedes"] for link in links] == [None, links[0]["id"], links[1]["id"]]
    assert [link["state"] for link in links] == ["returned", "returned", "settled"]
    assert [link["beneficiary_cci"] for link in links] == ["018…0108", "002…0001", "002…0002"]
    assert chains[0]["paid"] == make.money(AMOUNT)


async def test_two_payments_of_one_document_are_two_chains(world: World) -> None:
    """The link is by invoice and amount, not by place, also where one statement writes both."""
    _, tranche_id = await world.ready(grant=(AMOUNT,))
    (one,) = world.rows("SELECT * FROM instruction WHERE tranche_id = %s", tranche_id)
    copy = (
        "INSERT INTO instruction (id, tranche_id, lineage, item, reference, channel,"
        " beneficiary_name, beneficiary_document, beneficiary_cci, beneficiary_kind,"
        " amount_centimos, state, invoice) SELECT 'ins_' || %s || n, tranche_id, %s, abs(%s - n),"
        " %s || n, channel, beneficiary_name, beneficiary_document, beneficiary_cci, 'supplier',"
        " n, %s, CASE n WHEN 7 THEN 'F001-7' END FROM instruction,"
        " generate_series(6, 9) AS n WHERE instruction.id = %s"
    )
    key = one["id"].removeprefix("ins_")
    world.rows(copy, key + "a", 1, 0, key + "a", "rejected", one["id"])
    world.rows(copy, key + "b", 2, 15, key + "b", "created", one["id"])
    linked = world.rows(
        "SELECT right(supersedes, 2) AS former FROM instruction"
        " WHERE tranche_id = %s AND lineage = 2 ORDER BY id",
        tranche_id,
    )
    assert [row["former"] for row in linked] == ["a6", "a7", "a8", "a9"]


async def test_two_tranches_of_one_day_are_told_apart_by_id_never_by_date(world: World) -> None:
    """One agreement, one amount, one day: lines, entries and lists name their own tranche."""
    agreement = await world.active(loan=(300_00, 300_00))
    first, second = (one["id"] for one in agreement["tranches"])
    items = {}
    for tranche_id in (first, second):
        await world.released(agreement, tranche_id)
        await world.use(payments.begin_sending, tranche_id=tranche_id)
        taken = Sent("accepted")
        await world.use(payments.end_sending, tranche_id=tranche_id, attempt=1, sent=taken)
        items[tranche_id] = await world.instructions(tranche_id)
        words = {one["reference"]: Status("executed") for one in items[tranche_id]}
        await say(world, tranche_id, words)
    assert [one["amount"] for one in items[first]] == [one["amount"] for one in items[second]]
    done = await read(world, [line(one) for one in items[second]])
    assert (done.matched, done.cases, done.tranches) == (3, 0, (second,))
    await read(world, [line(items[second][0], "return")])
    assert await world.states(first) == ["settled"] * 3
    assert await world.states(second) == ["returned", "settled", "settled"]
    states = [(await world.tranche(tranche_id))["state"] for tranche_id in (first, second)]
    assert states == ["confirmed", "reconciled"]
    assert {one["tranche_id"] for one in items[first]} == {first}
    for one in items[first]:
        assert world.transfers(one["reference"]) == ["instruct", "settle"]
    assert world.transfers(items[second][0]["reference"])[-1] == "return"
    money = await world.money(agreement["call_id"])
    assert (money["paid_out"], money["committed"]) == (500_00, 100_00)
