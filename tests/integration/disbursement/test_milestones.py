"""What a payment waits for: sums that agree, milestones verified, own contributions made."""

from datetime import date
from typing import Any

import pytest

from services.kernel import clock
from services.kernel.working_days import working_day
from tests.factories import disbursement as make
from tests.integration.disbursement import accounts
from tests.integration.disbursement.world import OPERATOR_A, OPERATOR_B, SECRETARIAT, World

HASH = "cd" * 32
PROOF = {"text": "Acta de puesta en marcha.", "document_sha256": HASH}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def refusals(world: World, agreement: dict[str, Any], tranche_id: str) -> list[str]:
    answer = await world.post(f"/v1/tranches/{tranche_id}/release", by=OPERATOR_B)
    assert code(answer) == (422, "disbursement.release_refused")
    return [error["code"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("off", [-1, 1])
async def test_one_centimo_between_lines_and_tranches_is_refused_with_both_sums(
    world: World, off: int
) -> None:
    plan = make.application(grant=(100_00, 50_00), loan=(10_00,))["plan"]
    plan["tranches"][1]["amount"] = make.money(50_00 + off)
    application, ballot_id = await world.approved(plan=plan)
    await world.budget(application["call_id"], 500_00)
    answer = await world.draft(application, ballot_id)
    assert code(answer) == (409, "disbursement.tranches_off")
    told = answer.json()["detail"]
    assert "S/ 150.00" in told
    assert f"S/ {'150.01' if off > 0 else '149.99'}" in told
    assert "agrobanco" not in told
    assert (await world.money(application["call_id"]))["committed"] == 0


async def test_postgresql_refuses_a_centimo_more_or_less(world: World) -> None:
    agreement = await world.active(grant=(100_00, 50_00), loan=(10_00,))
    url = world.settings.database_url.replace("+psycopg", "")
    sums, amended = "ck_agreement_tranche_sums", "ck_agreement_amended"
    for change, rule in (
        (
            f"UPDATE tranche SET amount_centimos = amount_centimos + 1 WHERE id ="
            f" '{agreement['tranches'][0]['id']}'",
            sums,
        ),
        (f"UPDATE agreement SET agrobanco_centimos = 999 WHERE id = '{agreement['id']}'", amended),
        (
            f"UPDATE tranche SET channel = 'agrobanco', sequence = 9 WHERE agreement_id ="
            f" '{agreement['id']}' AND sequence = 2",
            sums,
        ),
    ):
        error = world.refused(url, change)
        assert error.diag.constraint_name == rule


async def test_two_tranches_of_one_day_and_amount_are_told_apart_by_id(world: World) -> None:
    agreement = await world.active(grant=(100_00, 100_00))
    first, second = (tranche["id"] for tranche in agreement["tranches"])
    references = {}
    for tranche_id in (first, second):
        await world.released(agreement, tranche_id)
        await world.instruct(tranche_id)
        await world.until_inquired(tranche_id, "confirmed")
        (payment,) = await world.instructions(tranche_id)
        references[tranche_id] = payment["reference"]
        if tranche_id == first:
            await accounts.accounted(world, agreement, first, [60_00])
    days = {(await world.tranche(item))["confirmed_at"][:10] for item in references}
    assert len(days) == 1
    told = await world.tell(make.callback(references[second], 100_00, "returned"))
    assert told.is_success
    assert (await world.tranche(second))["state"] == "returned"
    assert (await world.tranche(first))["state"] == "confirmed"
    assert world.transfers(references[first]) == ["instruct", "settle"]
    assert world.transfers(references[second]) == ["instruct", "settle", "return"]


async def test_a_release_waits_for_the_milestone_and_the_own_contribution(world: World) -> None:
    plan = make.application(grant=(100_00, 100_00))["plan"]
    plan["tranches"][0] |= {"evidence": "Acta firmada.", "due_working_days": 5}
    agreement = await world.active(evidenced=False, plan=plan, left=200_00)
    path, consortium = f"/v1/agreements/{agreement['id']}", world.consortium(agreement)
    told = (await world.get(f"{path}/milestones", by=consortium))["data"]
    assert [(one["evidence_required"], one["due_working_days"]) for one in told] == [
        ("Acta firmada.", 5),
        ("Informe del hito con sus sustentos.", None),
    ]
    due = working_day(clock.lima_date(clock.now()), 5)
    assert (date.fromisoformat(told[0]["due_on"]), told[1]["due_on"]) == (due, None)
    tranche_id = agreement["tranches"][0]["id"]
    await world.done(f"/v1/tranches/{tranche_id}/request", by=consortium)
    await world.done(f"/v1/tranches/{tranche_id}/prepare", by=OPERATOR_A)
    assert await refusals(world, agreement, tranche_id) == ["DIS-023", "DIS-024"]
    filed = await world.done(f"/v1/tranches/{tranche_id}/evidence", PROOF, by=consortium)
    twice = await world.post(f"/v1/tranches/{tranche_id}/evidence", PROOF, by=consortium)
    assert code(twice) == (409, "disbursement.evidence_filed")
    seen = await world.done(
        f"/v1/evidence/{filed['id']}/observation", {"reason": "Sin firma."}, by=SECRETARIAT
    )
    assert (seen["state"], seen["reason"]) == ("observed", "Sin firma.")
    assert "DIS-023" in await refusals(world, agreement, tranche_id)
    filed = await world.done(f"/v1/tranches/{tranche_id}/evidence", PROOF, by=consortium)
    await world.done(f"/v1/evidence/{filed['id']}/verification", by=OPERATOR_B)
    assert await refusals(world, agreement, tranche_id) == ["DIS-024"]
    own = {"amount": make.money(24_99), **PROOF}  # half of half of the S/ 100.00, but a céntimo
    some = await world.done(f"{path}/own-contributions", own, by=consortium)
    await world.done(f"/v1/evidence/{some['id']}/verification", by=OPERATOR_A)
    assert await refusals(world, agreement, tranche_id) == ["DIS-024"]
    again = await world.post(f"{path}/own-contributions", own, by=consortium)
    assert code(again) == (409, "disbursement.document_used")
    own |= {"amount": make.money(1), "document_sha256": "ef" * 32}
    some = await world.done(f"{path}/own-contributions", own, by=consortium)
    await world.done(f"/v1/evidence/{some['id']}/verification", by=OPERATOR_A)
    released = await world.done(f"/v1/tranches/{tranche_id}/release", by=OPERATOR_B)
    assert released["state"] == "released"
    page = await world.get(f"/v1/evidence?agreement_id={agreement['id']}&state=verified")
    assert [row["kind"] for row in page["data"]] == ["milestone", "own", "own"]


async def test_evidence_is_of_the_consortium_and_judged_once(world: World) -> None:
    agreement = await world.active(grant=(100_00,), evidenced=False)
    path = f"/v1/tranches/{agreement['tranches'][0]['id']}/evidence"
    stranger = world.consortium({"consortium_id": "con_01k9zq4v7hf8qbn0w2d5r6t3ye"})
    assert (await world.post(path, PROOF, by=stranger)).status_code == 404
    assert (await world.post(path, PROOF, by=OPERATOR_A)).status_code == 403
    for bad in ({}, {**PROOF, "document_sha256": "x"}, {**PROOF, "text": ""}, {**PROOF, "more": 1}):
        assert (await world.post(path, bad, by=world.consortium(agreement))).status_code == 422
    nothing = {"amount": make.money(0), **PROOF}
    own = f"/v1/agreements/{agreement['id']}/own-contributions"
    assert (await world.post(own, nothing, by=world.consortium(agreement))).status_code == 422
    filed = await world.done(path, PROOF, by=world.consortium(agreement))
    await world.done(f"/v1/evidence/{filed['id']}/verification", by=OPERATOR_A)
    again = await world.post(f"/v1/evidence/{filed['id']}/verification", by=OPERATOR_B)
    assert code(again) == (409, "disbursement.evidence_judged")
    url = world.settings.database_url.replace("+psycopg", "")
    of = f"WHERE id = '{filed['id']}'"
    for change in ("text = 'x'", "state = 'filed', judged_by = NULL, judged_at = NULL"):
        assert world.refused(url, f"UPDATE evidence SET {change} {of}").sqlstate == "23001"
    insert = (
        "INSERT INTO evidence SELECT 'evi_y', kind, agreement_id, consortium_id, tranche_id,"
        " NULL, text, 'y', 'verified', 'rosa', now(), 'rosa', now(), NULL FROM evidence"
    )
    error = world.refused(url, f"{insert} {of}")
    assert error.diag.constraint_name == "ck_evidence_judge_is_another"
