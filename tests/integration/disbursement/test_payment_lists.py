"""Lists of suppliers: checked whole, paid as one batch; large tranches are released twice."""

from typing import Any

import pytest

from services.disbursement.models import Tranche
from services.kernel.ids import new_id
from tests.factories import disbursement as make
from tests.integration.disbursement.world import OPERATOR_A, OPERATOR_B, World, at_once
from tests.support.callers import principal
from tests.support.nation import ruc_of

EACH, COUNT = 1_000_00, 40
OPERATOR_C = principal("operator", "cira-operadora")


def listed(count: int = COUNT, *, prefix: str = "", amount: int = EACH) -> list[dict[str, Any]]:
    """Payments to so many suppliers, each with an invoice that nobody else has."""
    prefix = prefix or new_id("inv")[-20:]
    return [
        {
            "kind": "supplier",
            "name": f"Proveedora {place} SAC",
            "document": ruc_of(place),
            "cci": f"018{place:017d}",
            "bank": "018",
            "amount": make.money(amount),
            "budget_line": 1,
            "invoice": f"{prefix}-{place}",
        }
        for place in range(count)
    ]


async def requested(world: World, *, count: int = COUNT, each: int = EACH) -> Any:
    agreement = await world.active(grant=(each * count,))
    path = f"/v1/tranches/{agreement['tranches'][0]['id']}"
    await world.done(f"{path}/request", by=world.consortium(agreement))
    return agreement, path


async def sent(world: World, payments: list[Any]) -> tuple[Any, str]:
    agreement, path = await requested(world, count=len(payments))
    await world.done(f"{path}/payment-list", {"payments": payments}, by=OPERATOR_A)
    world.no_objections(agreement["id"])
    await world.done(f"{path}/release", by=OPERATOR_B)
    tranche_id = path.rsplit("/", 1)[1]
    await world.instruct(tranche_id)
    return agreement, tranche_id


async def test_forty_suppliers_are_paid_as_one_batch_and_one_is_refused(world: World) -> None:
    await world.behave("agroideas", "reject", applies_to="next", reason_code="AC04")
    agreement, tranche_id = await sent(world, listed())
    await world.until_inquired(tranche_id, "confirmed")
    instructions = await world.instructions(tranche_id)
    (refused,) = [one for one in instructions if one["state"] == "rejected"]
    assert refused["reason_code"] == "AC04"
    assert world.transfers(refused["reference"]) == ["instruct", "return"]
    money = await world.money(agreement["call_id"])
    assert (money["paid_out"], money["committed"]) == (EACH * (COUNT - 1), EACH)
    answer = (await world.reconcile("agroideas")).json()
    assert (answer["matched"], answer["cases"]) == (COUNT - 1, 0)
    assert (await world.tranche(tranche_id))["state"] == "reconciled"
    world.check_books()


async def test_a_batch_whose_answer_was_lost_is_asked_about_and_paid_once(world: World) -> None:
    await world.behave("agroideas", "timeout_after_executing", applies_to="next", timeout_hold_s=3)
    agreement, tranche_id = await sent(world, listed(3))
    assert await world.states(tranche_id) == ["unknown"] * 3
    await world.until_inquired(tranche_id, "confirmed")
    for one in await world.instructions(tranche_id):
        (row,) = await world.book(one["reference"])
        assert (row["executed_count"], row["requests"]) == (1, 1)
    assert (await world.money(agreement["call_id"]))["paid_out"] == EACH * 3


async def test_a_list_with_faults_stores_nothing_and_tells_them_all(world: World) -> None:
    _, path = await requested(world, count=3)
    payments = listed(3)
    payments[0]["cci"] = "123"
    payments[1]["document"] = "20131312956"
    payments[2] |= {"amount": make.money(EACH + 1), "invoice": payments[1]["invoice"]}
    answer = await world.post(f"{path}/payment-list", {"payments": payments}, by=OPERATOR_A)
    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "disbursement.list_faults")
    told = [(one["pointer"], one["code"].removeprefix("disbursement.")) for one in body["errors"]]
    assert told == [
        ("/payments/0/cci", "cci_length"),
        ("/payments/1/document", "ruc_invalid"),
        ("/payments", "budget_line_exceeded"),
        ("/payments", "sum_differs"),
    ]
    tranche_id = path.rsplit("/", 1)[1]
    assert world.rows("SELECT 1 FROM instruction WHERE tranche_id = %s", tranche_id) == []
    assert (await world.tranche(tranche_id))["prepared_by"] is None


async def test_an_invoice_is_paid_once_wherever_it_stands(world: World) -> None:
    one, other = listed(2, prefix="F900"), listed(2, prefix="F900")
    paths = [(await requested(world, count=2))[1] for _ in range(2)]

    async def prepare(number: int) -> Any:
        body = {"payments": (one, other)[number]}
        return await world.post(f"{paths[number]}/payment-list", body, by=OPERATOR_A)

    answers = await at_once(2, prepare)
    refused = [answer.json() for answer in answers if not answer.is_success]
    assert len(refused) == 1
    assert refused[0]["code"] in {"disbursement.list_faults", "disbursement.invoice_paid"}
    found = world.rows("SELECT count(*) FROM instruction WHERE invoice LIKE 'F900-%%'")
    assert found[0]["count"] == 2


async def test_doubtful_control_digits_are_told_and_stop_nothing(world: World) -> None:
    _, path = await requested(world, count=2)
    payments = listed(2)
    payments[1]["cci"] = "01800000000000000109"
    answer = await world.done(f"{path}/payment-list", {"payments": payments}, by=OPERATOR_A)
    assert (answer["payments"], answer["tranche"]["prepared_by"]) == (2, OPERATOR_A.sub)
    assert "/payments/1/cci" in [advice["pointer"] for advice in answer["warnings"]]


LARGE = 1_000_000_00


async def test_a_large_tranche_is_released_by_two_and_waits_for_the_second(world: World) -> None:
    agreement = await world.active(grant=(LARGE,))
    tranche_id = agreement["tranches"][0]["id"]
    path = f"/v1/tranches/{tranche_id}"
    first = await world.released(agreement, tranche_id)
    assert (first["state"], first["released_by"]) == ("requested", OPERATOR_B.sub)
    assert (await world.instruct(tranche_id))["state"] == "requested"
    assert await world.book(f"{tranche_id.removeprefix('tra_')}-01") == []
    for by in (OPERATOR_A, OPERATOR_B, principal("operator", "rosa-del-consorcio")):
        answer = await world.post(f"{path}/release", by=by)
        assert (answer.status_code, answer.json()["code"]) == (403, "disbursement.same_person")
    second = await world.done(f"{path}/release", by=OPERATOR_C)
    assert (second["state"], second["second_released_by"]) == ("released", OPERATOR_C.sub)
    events = world.rows(
        "SELECT 1 FROM outbox WHERE aggregate_id = %s AND type LIKE '%%tranche.released%%'",
        tranche_id,
    )
    assert len(events) == 1
    answer = await world.post(f"{path}/release", by=principal("operator", "dora-operadora"))
    assert answer.json()["code"] == "disbursement.not_prepared"


async def test_below_the_amount_one_release_is_enough(world: World) -> None:
    _, tranche_id = await world.ready(grant=(LARGE - 1,))
    assert (await world.tranche(tranche_id))["state"] == "released"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("state = 'released'", "ck_tranche_released_twice"),
        ("second_released_by = released_by", "ck_tranche_second_releaser_is_another"),
        ("second_released_by = prepared_by", "ck_tranche_second_releaser_is_another"),
        ("second_released_by = requested_by", "ck_tranche_second_releaser_is_another"),
    ],
)
async def test_postgresql_holds_the_second_releaser(
    world: World, change: str, constraint: str
) -> None:
    agreement = await world.active(grant=(LARGE,))
    tranche_id = agreement["tranches"][0]["id"]
    await world.released(agreement, tranche_id)
    url = world.settings.database_url.replace("+psycopg", "")
    table = Tranche.__tablename__
    error = world.refused(url, f"UPDATE {table} SET {change} WHERE id = '{tranche_id}'")
    assert error.diag.constraint_name == constraint
