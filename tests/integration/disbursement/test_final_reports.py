"""The end of an agreement: closed only with all accounted for and its final report approved."""

from typing import Any

from tests.integration.disbursement import accounts
from tests.integration.disbursement.world import SECRETARIAT, World
from tests.support.callers import principal

SHA = "ab" * 32
REPORT = {"results": "La línea trabaja.", "spending": "Todo se gastó.", "document_sha256": SHA}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def missing(world: World, agreement: dict[str, Any]) -> list[str]:
    path = f"/v1/agreements/{agreement['id']}/settlement"
    told = await world.get(path, by=world.consortium(agreement))
    assert told["settled"] is not bool(told["missing"])
    return [one["part"] for one in told["missing"]]


async def test_an_agreement_is_closed_once_all_is_settled(world: World) -> None:
    agreement, tranche_id = await accounts.paid(world, 300_00)
    path = f"/v1/agreements/{agreement['id']}"
    assert set(await missing(world, agreement)) >= {"final_report"}
    refused = await world.post(f"{path}/close", by=SECRETARIAT)
    assert code(refused) == (409, "disbursement.agreement_unsettled")
    assert "informe final" in refused.json()["detail"]
    filed = await world.done(f"{path}/final-reports", REPORT, by=world.consortium(agreement))
    again = await world.post(f"{path}/final-reports", REPORT, by=world.consortium(agreement))
    assert code(again) == (409, "disbursement.final_report_filed")
    asker = principal("secretariat", filed["filed_by"])
    judge = f"/v1/final-reports/{filed['id']}"
    assert code(await world.post(f"{judge}/approval", by=asker)) == (
        403,
        "disbursement.same_person",
    )
    observed = await world.done(
        f"{judge}/observation", {"reason": "Faltan las ventas."}, by=SECRETARIAT
    )
    assert observed["state"] == "observed"
    second = await world.done(f"{path}/final-reports", REPORT, by=world.consortium(agreement))
    judge = f"/v1/final-reports/{second['id']}"
    assert (await world.done(f"{judge}/approval", by=SECRETARIAT))["state"] == "approved"
    assert code(await world.post(f"{judge}/approval", by=SECRETARIAT)) == (
        409,
        "disbursement.final_report_judged",
    )
    assert "final_report" not in await missing(world, agreement)
    await accounts.accounted(world, agreement, tranche_id, (300_00,))
    await world.reconcile("agroideas")
    assert await missing(world, agreement) == []
    assert (await world.done(f"{path}/close", by=SECRETARIAT))["state"] == "closed"


async def test_what_is_not_accounted_for_keeps_an_agreement_open(world: World) -> None:
    agreement, _ = await accounts.paid(world, 300_00)
    await world.reconcile("agroideas")
    world.final_report(agreement["id"])
    refused = await world.post(f"/v1/agreements/{agreement['id']}/close", by=SECRETARIAT)
    assert code(refused) == (409, "disbursement.agreement_unsettled")
    assert "300.00" in refused.json()["detail"]
    assert "final_report" not in await missing(world, agreement)


async def test_postgresql_closes_nothing_without_the_report(world: World) -> None:
    agreement = await world.active(grant=(300_00,))
    url = world.settings.database_url.replace("+psycopg", "")
    change = f"UPDATE agreement SET state = 'closed' WHERE id = '{agreement['id']}'"
    assert world.refused(url, change).diag.constraint_name == "ck_agreement_final_report"
    budget = await world.money(agreement["call_id"])
    assert budget["committed"] == 300_00
