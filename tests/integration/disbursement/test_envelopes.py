"""An instrument spends its own envelope of a call, never another's."""

from typing import Any

from services.kernel.ids import new_id
from tests.factories import disbursement as make
from tests.integration.disbursement.world import OPERATOR_A, SECRETARIAT, World, at_once

RACERS = 24


async def give(world: World, call_id: str, amount: int, channel: str) -> None:
    world.rooms.bodies[f"/v1/calls/{call_id}"] = {"id": call_id}
    body = {"call_id": call_id, "amount": make.money(amount), "channel": channel}
    await world.done("/v1/budgets", body, by=OPERATOR_A)


async def envelopes(world: World, call_id: str) -> dict[str, tuple[str, ...]]:
    """Available, committed, in transit, paid out; each instrument's parts sum to the call's."""
    view: dict[str, Any] = await world.get(f"/v1/budgets?call_id={call_id}")
    names = ("available", "committed", "in_transit", "paid_out")
    for name in names[1:]:
        parts = [make_int(one[name]) for one in view["envelopes"]]
        assert sum(parts) == make_int(view[name])
    return {
        one["channel"]: tuple(one[name]["amount"] for name in names) for one in view["envelopes"]
    }


def make_int(amount: dict[str, str]) -> int:
    return int(amount["amount"].replace(".", ""))


async def test_a_race_never_passes_the_envelope_of_either_instrument(world: World) -> None:
    call_id = new_id("cal")
    await give(world, call_id, 5 * 400_00 + 399_99, "agroideas")
    await give(world, call_id, 1_000_000_00, "agrobanco")
    await world.budget(call_id, 1_000_000_00)  # for any instrument without an envelope: none here
    racers = [
        await world.approved(grant=(400_00,), loan=(600_00,), call_id=call_id)
        for _ in range(RACERS)
    ]
    answers = await at_once(RACERS, lambda number: world.draft(*racers[number]))
    won = [answer for answer in answers if answer.status_code == 201]
    lost = {
        (answer.status_code, answer.json()["code"])
        for answer in answers
        if answer.status_code != 201
    }
    assert (len(won), lost) == (5, {(409, "disbursement.budget_exceeded")})
    told = [answer.json()["detail"] for answer in answers if answer.status_code == 409]
    assert any("para agroideas" in detail for detail in told)
    assert await envelopes(world, call_id) == {
        "agroideas": ("399.99", "2000.00", "0.00", "0.00"),
        "agrobanco": ("997000.00", "3000.00", "0.00", "0.00"),
    }
    await world.money(call_id)


async def test_what_an_agreement_gives_back_goes_where_it_came_from(world: World) -> None:
    call_id = new_id("cal")
    await give(world, call_id, 300_00, "agroideas")
    agreement = await world.active(grant=(100_00, 50_00), loan=(70_00,), call_id=call_id)
    grant = next(one["id"] for one in agreement["tranches"] if one["channel"] == "agroideas")
    await world.released(agreement, grant)
    await world.instruct(grant)
    await world.until_inquired(grant, "confirmed")
    assert await envelopes(world, call_id) == {
        "agroideas": ("150.00", "50.00", "0.00", "100.00"),
        "agrobanco": ("0.00", "70.00", "0.00", "0.00"),
    }
    path = f"/v1/agreements/{agreement['id']}/terminate"
    await world.done(path, {"reason": "No siembra."}, by=SECRETARIAT)
    assert await envelopes(world, call_id) == {
        "agroideas": ("200.00", "0.00", "0.00", "100.00"),
        "agrobanco": ("0.00", "0.00", "0.00", "0.00"),
    }
    (payment,) = await world.instructions(grant)
    await world.tell(make.callback(payment["reference"], 100_00, "returned"))
    assert (await envelopes(world, call_id))["agroideas"] == ("300.00", "0.00", "0.00", "0.00")
    assert (await world.money(call_id))["available"] == 300_00 + 220_00


async def test_an_envelope_is_of_an_instrument_that_there_is(world: World) -> None:
    call_id = new_id("cal")
    world.rooms.bodies[f"/v1/calls/{call_id}"] = {"id": call_id}
    body = {"call_id": call_id, "amount": make.money(1), "channel": "procompite"}
    assert (await world.post("/v1/budgets", body, by=OPERATOR_A)).status_code == 422


async def test_postgresql_ties_a_tranche_to_its_own_accounts(world: World) -> None:
    agreement = await world.active(grant=(100_00,))
    url = world.settings.database_url.replace("+psycopg", "")
    for column, account in (
        ("committed_account", "agreement:other:committed"),
        ("budget_account", "call:other:available"),
    ):
        change = f"UPDATE tranche SET {column} = '{account}' WHERE agreement_id = '"
        error = world.refused(url, f"{change}{agreement['id']}'")
        assert error.diag.constraint_name == "ck_tranche_own_accounts"
