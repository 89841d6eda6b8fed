"""The read side: every way of grouping sums to the trial balance, to the céntimo."""

from typing import Any

import pytest

from services.disbursement import payments
from services.kernel.ids import new_id
from tests.factories import disbursement as make
from tests.integration.disbursement import accounts
from tests.integration.disbursement.world import AUDITOR, OPERATOR_A, World

NAMES = ("committed", "in_transit", "paid", "accounted", "recovered")
PAID = {"grants", "loans", "accounted", "recoveries"}


def centimos(amount: dict[str, str]) -> int:
    return int(amount["amount"].replace(".", ""))


def sums(money: dict[str, Any]) -> dict[str, int]:
    return {name: centimos(money[name]) for name in NAMES}


async def trial(world: World, query: str) -> dict[str, int]:
    balance = await world.get(f"/v1/ledger/trial-balance{query}")
    kinds: dict[str, int] = {}
    for one in balance["accounts"]:
        kinds[one["kind"]] = kinds.get(one["kind"], 0) + centimos(one["balance"])
    return {
        "committed": kinds.get("committed", 0),
        "in_transit": kinds.get("in_transit", 0),
        "paid": sum(kinds.get(kind, 0) for kind in PAID),
        "accounted": kinds.get("accounted", 0),
        "recovered": kinds.get("recoveries", 0),
    }


async def test_every_grouping_sums_to_the_trial_balance(world: World) -> None:
    call_id = new_id("cal")
    first = await world.active(grant=(100_00, 50_01), loan=(70_00,), call_id=call_id)
    second = await world.active(grant=(30_03,), call_id=call_id)
    by_channel = {one["channel"]: one["id"] for one in first["tranches"] if one["sequence"] == 1}
    for tranche_id in by_channel.values():
        await world.released(first, tranche_id)
        await world.instruct(tranche_id)
    await world.until_inquired(by_channel["agroideas"], "confirmed")
    await accounts.accounted(world, first, by_channel["agroideas"], [60_02])
    await world.until_inquired(by_channel["agrobanco"], "confirmed")
    path = f"/v1/tranches/{by_channel['agrobanco']}/repayments"
    await world.done(path, {"amount": make.money(20_00)}, by=OPERATOR_A)
    await world.released(second, second["tranches"][0]["id"])
    await world.use(payments.begin_sending, tranche_id=second["tranches"][0]["id"])
    found = {}
    for group_by in ("agreement", "call", "region", "crop", "channel"):
        for query, balance in ((f"&call_id={call_id}", f"?call_id={call_id}"), ("", "")):
            told = await world.get(f"/v1/portfolio?group_by={group_by}{query}")
            parts = [sums(group["money"]) for group in told["groups"]]
            whole = {name: sum(part[name] for part in parts) for name in NAMES}
            assert whole == sums(told["total"]) == await trial(world, balance)
        told = await world.get(f"/v1/portfolio?group_by={group_by}&call_id={call_id}")
        found[group_by] = {group["name"]: sums(group["money"]) for group in told["groups"]}
    assert found["channel"] == {
        "agroideas": dict(zip(NAMES, (50_01, 30_03, 100_00, 60_02, 0), strict=True)),
        "agrobanco": dict(zip(NAMES, (0, 0, 70_00, 0, 20_00), strict=True)),
    }
    assert found["agreement"][second["id"]]["in_transit"] == 30_03
    assert set(found["region"]) == {"INEI-12"}
    assert set(found["crop"]) == {"palta"}
    assert set(found["call"]) == {call_id}


async def test_days_in_each_state_are_those_that_passed(world: World) -> None:
    agreement = await world.active(grant=(100_00, 50_00))
    first, second = (one["id"] for one in agreement["tranches"])
    await world.released(agreement, first)
    world.rows("ALTER TABLE tranche_passage DISABLE TRIGGER USER")
    for tranche_id, state, days in (
        (first, "planned", 5),
        (first, "requested", 4),
        (second, "planned", 3),
    ):
        world.rows(
            "UPDATE tranche_passage SET entered_at = now() - make_interval(days => %s)"
            " WHERE tranche_id = %s AND state = %s",
            days,
            tranche_id,
            state,
        )
    world.rows("ALTER TABLE tranche_passage ENABLE TRIGGER USER")
    told = await world.get(f"/v1/portfolio?group_by=agreement&call_id={agreement['call_id']}")
    (group,) = told["groups"]
    days = {
        one["state"]: (one["stays"], one["median_days"], one["longest_days"])
        for one in group["days"]
    }
    assert days == {
        "planned": (2, "2.00", "3.00"),
        "requested": (1, "4.00", "4.00"),
        "released": (1, "0.00", "0.00"),
    }
    url = world.settings.database_url.replace("+psycopg", "")
    for statement in (
        "UPDATE tranche_passage SET entered_at = now()",
        "INSERT INTO tranche_passage (tranche_id, state, entered_at)"
        f" VALUES ('{first}', 'x', now())",
    ):
        assert world.refused(url, statement).sqlstate in {"42501", "23001"}


@pytest.mark.parametrize("query", ["", "?group_by=ruc", "?group_by=call&call_id=x"])
async def test_a_question_that_makes_no_sense_is_refused(world: World, query: str) -> None:
    assert (await world.caller.get(f"/v1/portfolio{query}", by=AUDITOR)).status_code == 422
