"""A file of many loans: each ends by itself, and the bank's statement is believed whole or not."""

import httpx2
import pytest

from services.disbursement import payments
from services.disbursement.channels.agrobanco import Agrobanco
from services.disbursement.channels.protocol import Sent
from services.kernel import clock
from services.kernel.ids import new_id
from tests.integration.disbursement.world import SERVICE, World
from tests.support.serving import room_here

EACH, COUNT = 1_000_00, 40


async def test_one_of_forty_loans_is_refused_and_the_rest_is_paid(world: World) -> None:
    agreement, tranche_id = await world.ready(loan=(EACH * COUNT,), members=COUNT)
    await world.behave("agrobanco", "reject", applies_to="next", reason_code="AC04")
    await world.instruct(tranche_id)
    await world.until_inquired(tranche_id, "confirmed")
    instructions = await world.instructions(tranche_id)
    (refused,) = [one for one in instructions if one["state"] == "rejected"]
    assert refused["reason_code"] == "AC04"
    assert world.transfers(refused["reference"]) == ["instruct", "return"]
    assert len([one for one in instructions if one["state"] == "settled"]) == COUNT - 1
    money = await world.money(agreement["call_id"])
    assert (money["paid_out"], money["committed"]) == (EACH * (COUNT - 1), EACH)
    answer = await world.reconcile("agrobanco")
    assert (answer.json()["matched"], answer.json()["cases"]) == (COUNT - 1, 0)
    assert (await world.tranche(tranche_id))["state"] == "reconciled"
    told = world.rows(
        "SELECT type, count(*) FROM outbox WHERE aggregate_id = %s AND type LIKE"
        " '%%instruction%%' GROUP BY type ORDER BY type",
        tranche_id,
    )
    assert [row["count"] for row in told] == [1, COUNT - 1]


async def test_one_of_forty_comes_back_and_the_rest_stays_paid(world: World) -> None:
    agreement, tranche_id = await world.ready(loan=(EACH * COUNT,), members=COUNT)
    await world.behave("agrobanco", "return", applies_to="next", delay_s=0)
    await world.instruct(tranche_id)
    await world.until_inquired(tranche_id, "confirmed")
    assert (await world.reconcile("agrobanco")).status_code == 200
    states = await world.states(tranche_id)
    assert states == ["returned"] + ["settled"] * (COUNT - 1)
    money = await world.money(agreement["call_id"])
    assert (money["paid_out"], money["committed"]) == (EACH * (COUNT - 1), EACH)
    assert (await world.tranche(tranche_id))["state"] == "reconciled"


async def test_a_whole_file_that_is_refused_gives_everything_back(world: World) -> None:
    agreement, tranche_id = await world.ready(loan=(EACH * 3,), members=3)
    await world.use(payments.begin_sending, tranche_id=tranche_id)
    refusal = Sent("rejected", "status 422")
    await world.use(payments.end_sending, tranche_id=tranche_id, attempt=1, sent=refusal)
    assert (await world.tranche(tranche_id))["state"] == "rejected"
    assert await world.states(tranche_id) == ["rejected"] * 3
    assert (await world.money(agreement["call_id"]))["committed"] == EACH * 3


async def test_a_file_that_cannot_be_written_is_rejected_not_left_open(world: World) -> None:
    agreement, tranche_id = await world.ready(loan=(EACH,), members=1)
    world.rows(
        "UPDATE instruction SET beneficiary_name = %s WHERE tranche_id = %s", "\ufffe", tranche_id
    )
    assert (await world.instruct(tranche_id))["state"] == "rejected"
    assert (await world.money(agreement["call_id"]))["committed"] == EACH


async def test_the_centimos_that_do_not_divide_are_paid_too(world: World) -> None:
    agreement, tranche_id = await world.ready(loan=(100_01,), members=3)
    await world.instruct(tranche_id)
    await world.until_inquired(tranche_id, "confirmed")
    amounts = sorted(one["amount"]["amount"] for one in await world.instructions(tranche_id))
    assert amounts == ["33.33", "33.34", "33.34"]
    assert (await world.money(agreement["call_id"]))["paid_out"] == 100_01


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<Cd>CLBD</Cd>", "<Cd>CLAV</Cd>"),
        ('<Amt Ccy="PEN">10.00', '<Amt Ccy="PEN">10.01'),
        ("</Document>", ""),
        ("camt.053.001.08", "camt.053.001.02"),
    ],
    ids=["no closing balance", "wrong sum", "truncated", "wrong version"],
)
async def test_a_bent_statement_is_refused_whole(world: World, old: str, new: str) -> None:
    agreement, tranche_id = await world.ready(loan=(10_00,), members=1)
    await world.instruct(tranche_id)
    (one,) = await world.instructions(tranche_id)
    await world.until_booked(one["reference"], "executed")
    day = clock.lima_date(clock.now()).isoformat()

    async def bend(request: httpx2.Request) -> httpx2.Response:
        answer = await world.control.request(
            request.method, request.url, content=request.content, headers=dict(request.headers)
        )
        if "statements" in request.url.path:
            assert old in answer.text
            return httpx2.Response(200, content=answer.text.replace(old, new, 1).encode())
        return httpx2.Response(answer.status_code, content=answer.content)

    bent = Agrobanco(world.settings)
    bent._http._client = httpx2.AsyncClient(transport=httpx2.MockTransport(bend))
    async with room_here("disbursement", world.settings) as (app, caller):
        app.state.channels = {"agrobanco": bent}
        body = {"channel": "agrobanco", "business_date": day}
        answer = await caller.post("/v1/reconciliations", body, by=SERVICE, key=new_id("key"))
    await bent.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "disbursement.statement_unclear")
    assert world.rows("SELECT 1 FROM statement_line WHERE reference = %s", one["reference"]) == []
    assert await world.states(tranche_id) == ["acknowledged"]
    assert (await world.money(agreement["call_id"]))["in_transit"] == 10_00
