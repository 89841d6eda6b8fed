"""A statement file that an operator brings: matched like a fetched one, or refused with its line
and reason; nothing half-done."""

from typing import Any

from services.kernel import clock
from tests.factories.statements import statement
from tests.integration.disbursement.test_reconciliation import sent
from tests.integration.disbursement.world import OPERATOR_A, World


def file_of(instructions: list[Any]) -> str:
    lines = [
        (f"AGB-{one['reference'][-12:]}", one["reference"], centimos(one)) for one in instructions
    ]
    return statement(lines, clock.lima_date(clock.now()))


def centimos(one: dict[str, Any]) -> int:
    return int(one["amount"]["amount"].replace(".", ""))


async def brought(world: World, text: str, day: str | None = None) -> Any:
    day = day or clock.lima_date(clock.now()).isoformat()
    headers = {"Content-Type": "application/xml"}
    return await world.caller.post(
        f"/v1/statements?business_date={day}", text.encode(), by=OPERATOR_A, headers=headers
    )


async def test_a_file_settles_and_reconciles_and_changes_nothing_twice(world: World) -> None:
    agreement, tranche_id, instructions = await sent(world)
    text = file_of(instructions)
    first = await brought(world, text)
    assert first.status_code == 200, first.text
    told = {"lines": 3, "new": 3, "matched": 3, "cases": 0, "tranches_reconciled": [tranche_id]}
    assert first.json() == told
    again = (await brought(world, text)).json()
    assert again == {**told, "new": 0, "matched": 0, "tranches_reconciled": []}
    assert (await world.money(agreement["call_id"]))["paid_out"] == 300_00


async def test_a_broken_file_is_refused_with_its_line_and_changes_nothing(world: World) -> None:
    agreement, tranche_id, instructions = await sent(world)
    text = file_of(instructions)
    before = await world.money(agreement["call_id"])
    line = text[: text.index("<Ntry>")].count("\n") + 1
    for broken, why in (
        (text.replace('Ccy="PEN">100.00', 'Ccy="USD">100.00', 1), f"line {line}"),
        (text.replace("<Sts>", "<Status>", 1), "line"),
        (text[: len(text) // 2], "not a sound"),
        (text.replace("100.00", "100.01", 1), "closing balance"),
    ):
        answer = await brought(world, broken)
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == "disbursement.statement_refused"
        assert why in answer.json()["errors"][0]["detail"], answer.text
    other_day = await brought(world, text, "2026-01-01")
    assert "another day" in other_day.json()["errors"][0]["detail"]
    assert await world.money(agreement["call_id"]) == before
    assert (await world.tranche(tranche_id))["state"] == "instructed"
