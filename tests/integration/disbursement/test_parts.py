"""What came back of a tranche that is otherwise paid is paid again, once, as a part of its own."""

from typing import Any

from services.disbursement import payments
from services.disbursement.channels.protocol import Sent, Status
from tests.factories import disbursement as make
from tests.integration.disbursement import accounts
from tests.integration.disbursement.test_ledger import urls
from tests.integration.disbursement.test_paid_again import chain, correct_account
from tests.integration.disbursement.test_payment_lists import EACH, listed, requested
from tests.integration.disbursement.test_reconciliation import line, read, say
from tests.integration.disbursement.test_reconciliation import sent as lent
from tests.integration.disbursement.world import OPERATOR_A, OPERATOR_B, World, at_once
from tests.integration.disbursement.world import principal as person


async def answered(world: World, tranche_id: str, attempt: int, **words: Status) -> None:
    """Send the released tranche; the bank takes it and says of each document what became of it,
    executed if nothing is told."""
    await world.use(payments.begin_sending, tranche_id=tranche_id)
    taken = Sent("accepted")
    await world.use(payments.end_sending, tranche_id=tranche_id, attempt=attempt, sent=taken)
    rows = world.rows(
        "SELECT reference, beneficiary_document AS document FROM instruction"
        " WHERE tranche_id = %s AND live",
        tranche_id,
    )
    said = {row["reference"]: words.get(f"d{row['document']}", Status("executed")) for row in rows}
    await say(world, tranche_id, said)


async def again(world: World, agreement: dict[str, Any], tranche_id: str) -> Any:
    path = f"/v1/tranches/{tranche_id}/parts"
    return await world.post(path, by=world.consortium(agreement))


async def release(world: World, part_id: str) -> None:
    await world.done(f"/v1/tranches/{part_id}/prepare", by=OPERATOR_A)
    await world.done(f"/v1/tranches/{part_id}/release", by=OPERATOR_B)


async def test_one_of_three_came_back_and_is_paid_again_once(world: World) -> None:
    agreement, tranche_id, (first, *rest) = await lent(world)
    assert (await again(world, agreement, tranche_id)).json()["code"] == "disbursement.not_paid"
    await say(world, tranche_id, {one["reference"]: Status("executed") for one in (first, *rest)})
    refused = await again(world, agreement, tranche_id)
    assert refused.json()["code"] == "disbursement.nothing_came_back"
    await read(world, [line(one) for one in (first, *rest)])
    await read(world, [line(first, "return")])
    answers = await at_once(5, lambda _: again(world, agreement, tranche_id))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 4
    (part,) = [answer.json() for answer in answers if answer.status_code == 201]
    assert (part["part"], part["part_of"], part["lineage"]) == (2, tranche_id, 2)
    assert (part["state"], part["amount"]) == ("requested", make.money(100_00))
    former = await world.tranche(tranche_id)
    assert (former["state"], former["amount"]) == ("reconciled", make.money(200_00))
    assert (await world.money(agreement["call_id"]))["committed"] == 100_00
    correct_account(world, agreement, "40000001", "00200000000000000777")
    asker = world.consortium(agreement)
    for verb, by in (("prepare", person("operator", asker.sub)), ("release", OPERATOR_A)):
        if verb == "release":
            await world.done(f"/v1/tranches/{part['id']}/prepare", by=OPERATOR_A)
        same = await world.post(f"/v1/tranches/{part['id']}/{verb}", by=by)
        assert same.json()["code"] == "disbursement.same_person"
    await world.done(f"/v1/tranches/{part['id']}/release", by=OPERATOR_B)
    await answered(world, part["id"], 1)
    (second,) = await world.instructions(part["id"])
    assert (await read(world, [line(second)])).tranches == (part["id"],)
    assert second["beneficiary_cci"] == "002…0777"
    chains = [await chain(world, one) for one in (first, second)]
    assert chains[0] == chains[1]
    assert [link["id"] for link in chains[0]["links"]] == [first["id"], second["id"]]
    assert chains[0]["paid"] == make.money(100_00)
    money = await world.money(agreement["call_id"])
    assert (money["paid_out"], money["committed"]) == (300_00, 0)
    for tranche in (tranche_id, part["id"]):
        nothing = await again(world, agreement, tranche)
        assert nothing.json()["code"] == "disbursement.nothing_came_back"


async def test_a_part_that_comes_back_is_asked_for_again_and_may_give_a_part(world: World) -> None:
    """Whole: the same two people are paid, not all three; in part: the one that came back."""
    agreement, tranche_id = await world.ready(loan=(300_00,), members=3)
    wrong = Status("rejected", "AC04")
    await answered(world, tranche_id, 1, d40000001=wrong, d40000002=wrong)
    part: dict[str, Any] = (await again(world, agreement, tranche_id)).json()
    await release(world, part["id"])
    await answered(world, part["id"], 1, d40000001=wrong, d40000002=wrong)
    assert (await world.tranche(part["id"]))["state"] == "rejected"
    await world.released(agreement, part["id"])
    await answered(world, part["id"], 2, d40000002=wrong)
    assert await world.states(part["id"]) == ["rejected"] * 3 + ["settled"]
    last = (await again(world, agreement, part["id"])).json()
    assert (last["part"], last["part_of"], last["lineage"]) == (3, tranche_id, 4)
    await release(world, last["id"])
    await answered(world, last["id"], 1)
    (one,) = await world.instructions(last["id"])
    links = (await chain(world, one))["links"]
    assert [link["lineage"] for link in links] == [1, 2, 3, 4]
    assert [link["tranche_id"] for link in links] == [
        tranche_id,
        part["id"],
        part["id"],
        last["id"],
    ]
    whole = await world.get(f"/v1/agreements/{agreement['id']}")
    assert [one["amount"] for one in whole["tranches"]] == [make.money(100_00)] * 3
    money = await world.money(agreement["call_id"])
    assert (money["paid_out"], money["committed"]) == (300_00, 0)


async def test_what_a_supplier_did_not_get_needs_a_list_of_the_same_payments(world: World) -> None:
    agreement, path = await requested(world, count=2)
    both = listed(2)
    await world.done(f"{path}/payment-list", {"payments": both}, by=OPERATOR_A)
    world.no_objections(agreement["id"])
    await world.done(f"{path}/release", by=OPERATOR_B)
    tranche_id = path.rsplit("/", 1)[1]
    refused = {f"d{both[0]['document']}": Status("rejected", "AC04")}
    await answered(world, tranche_id, 1, **refused)
    items = await world.instructions(tranche_id)
    paid = [line(one) for one in items if one["state"] == "settled"]
    await read(world, paid, "agroideas")
    await accounts.accounted(world, agreement, tranche_id, (EACH,))
    assert (await world.tranche(tranche_id))["state"] == "accounted"
    part = (await again(world, agreement, tranche_id)).json()
    path = f"/v1/tranches/{part['id']}"
    unknown = await world.post(f"{path}/prepare", by=OPERATOR_A)
    assert unknown.json()["code"] == "disbursement.account_not_told"
    other = {"payments": [{**both[0], "invoice": "F009-1"}]}
    answer = await world.post(f"{path}/payment-list", other, by=OPERATOR_A)
    assert [fault["code"] for fault in answer.json()["errors"]] == ["not_what_came_back"]
    right = {"payments": [{**both[0], "cci": f"002{both[0]['cci'][3:]}", "bank": "002"}]}
    await world.done(f"{path}/payment-list", right, by=OPERATOR_A)
    await world.done(f"{path}/release", by=OPERATOR_B)
    await answered(world, part["id"], 1)
    (one,) = await world.instructions(part["id"])
    assert [link["state"] for link in (await chain(world, one))["links"]] == ["rejected", "settled"]
    assert (await world.money(agreement["call_id"]))["committed"] == 0


async def test_postgresql_refuses_a_part_of_another_sum(world: World) -> None:
    agreement, tranche_id = await world.ready(loan=(300_00,), members=3)
    await answered(world, tranche_id, 1, d40000001=Status("rejected", "AC04"))
    part = (await again(world, agreement, tranche_id)).json()
    url = urls(world)["fund_app"]
    off_by_one, too_little = (
        (
            f"UPDATE tranche SET amount_centimos = {part_sum} WHERE id = '{part['id']}'",
            f"UPDATE tranche SET amount_centimos = {300_00 - part_sum} WHERE id = '{tranche_id}'",
        )
        for part_sum in (99_99, 100_01)
    )
    for sqlstate, *statements in (
        ("23000", *off_by_one),
        ("23000", *too_little),
        ("23001", f"UPDATE instruction SET repaid_in = NULL WHERE repaid_in = '{part['id']}'"),
        ("23514", f"UPDATE instruction SET repaid_in = '{part['id']}' WHERE live"),
        ("23001", "UPDATE instruction SET supersedes = id WHERE live"),
    ):
        assert world.refused(url, *statements).sqlstate == sqlstate
