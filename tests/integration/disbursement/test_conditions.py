"""What the board's approval is subject to: told, due, fulfilled, verified, and waited for."""

from datetime import date
from typing import Any

from services.kernel import clock
from services.kernel.working_days import working_day
from tests.integration.disbursement.world import OPERATOR_A, OPERATOR_B, SECRETARIAT, World

WATER = {"text": "Licencia de agua.", "evidence": "Resolución de la ANA.", "due_working_days": 20}
POLICY = {"text": "Póliza de caución.", "evidence": "Copia de la póliza.", "due_working_days": 1}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def let_pass(world: World, agreement_id: str, number: int) -> None:
    """Put a condition's day into the past, as waiting would."""
    for statement in (
        "ALTER TABLE agreement_condition DISABLE TRIGGER agreement_condition_kept",
        f"UPDATE agreement_condition SET due_on = '2026-01-05' WHERE number = {number}"
        f" AND agreement_id = '{agreement_id}'",
        "ALTER TABLE agreement_condition ENABLE TRIGGER agreement_condition_kept",
    ):
        world.rows(statement)


async def test_conditions_are_copied_and_due_once_both_have_signed(world: World) -> None:
    application, ballot_id = await world.approved(grant=(100_00,), conditions=[WATER, POLICY])
    await world.budget(application["call_id"], 100_00)
    path = f"/v1/agreements/{(await world.draft(application, ballot_id)).json()['id']}"
    told = (await world.get(path))["conditions"]
    assert [{name: item[name] for name in WATER} for item in told] == [WATER, POLICY]
    assert [(item["number"], item["due_on"]) for item in told] == [(1, None), (2, None)]
    consortium = world.consortium(application)
    for party, by in (("fund", SECRETARIAT), ("consortium", consortium)):
        assert (await world.sign(path.split("/")[-1], party, by)).status_code == 201
    told = (await world.get(path, by=consortium))["conditions"]
    today = clock.lima_date(clock.now())
    assert [date.fromisoformat(item["due_on"]) for item in told] == [
        working_day(today, 20),
        working_day(today, 1),
    ]


async def test_a_release_waits_for_a_condition_that_is_due_until_another_verifies_it(
    world: World,
) -> None:
    agreement = await world.active(grant=(100_00, 200_00), conditions=[WATER, POLICY])
    first, second = (tranche["id"] for tranche in agreement["tranches"])
    assert (await world.released(agreement, first))["state"] == "released"
    let_pass(world, agreement["id"], 2)
    await world.done(f"/v1/tranches/{second}/request", by=world.consortium(agreement))
    await world.done(f"/v1/tranches/{second}/prepare", by=OPERATOR_A)

    async def codes() -> list[str]:
        answer = await world.post(f"/v1/tranches/{second}/release", by=OPERATOR_B)
        assert code(answer) == (422, "disbursement.release_refused")
        return [error["code"] for error in answer.json()["errors"]]

    assert "DIS-013" in await codes()
    path = f"/v1/agreements/{agreement['id']}/conditions/2"
    early = await world.post(f"{path}/verification", by=OPERATOR_A)
    assert code(early) == (409, "disbursement.condition_open")
    evidence = {"evidence": "Póliza 123, folio 4."}
    done = await world.done(f"{path}/fulfilment", evidence, by=OPERATOR_A)
    assert (done["fulfilled_by"], done["fulfilled_with"]) == (
        OPERATOR_A.sub,
        "Póliza 123, folio 4.",
    )
    assert "DIS-013" in await codes()
    same = await world.post(f"{path}/verification", by=OPERATOR_A)
    assert code(same) == (403, "disbursement.same_person")
    assert (await world.done(f"{path}/verification", by=OPERATOR_B))[
        "verified_by"
    ] == OPERATOR_B.sub
    assert "DIS-013" not in await codes()
    again = await world.post(f"{path}/fulfilment", evidence, by=OPERATOR_A)
    assert code(again) == (409, "disbursement.condition_verified")


async def test_only_operators_settle_conditions_that_there_are(world: World) -> None:
    agreement = await world.active(grant=(100_00,), conditions=[WATER])
    path = f"/v1/agreements/{agreement['id']}/conditions"
    evidence = {"evidence": "Folio 4."}
    for by in (SECRETARIAT, world.consortium(agreement)):
        assert (await world.post(f"{path}/1/fulfilment", evidence, by=by)).status_code == 403
    missing = await world.post(f"{path}/2/fulfilment", evidence, by=OPERATOR_A)
    assert code(missing) == (404, "http.not_found")


async def test_postgresql_keeps_what_the_board_said(world: World) -> None:
    agreement = await world.active(grant=(100_00,), conditions=[WATER])
    url = world.settings.database_url.replace("+psycopg", "")
    of = f"WHERE agreement_id = '{agreement['id']}'"
    for change in ("text = 'x'", "due_working_days = 90", "due_on = '2099-01-01'"):
        error = world.refused(url, f"UPDATE agreement_condition SET {change} {of}")
        assert error.sqlstate == "23001"
    error = world.refused(url, f"DELETE FROM agreement_condition {of}")
    assert error.sqlstate in {"23001", "42501"}
    error = world.refused(
        url,
        "UPDATE agreement_condition SET fulfilled_by = 'ana', fulfilled_with = 'x',"
        f" fulfilled_at = now(), verified_by = 'ana', verified_at = now() {of}",
    )
    assert error.diag.constraint_name == "ck_agreement_condition_verifier_is_another"
