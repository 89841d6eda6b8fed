"""Amendments of agreements: four eyes for the small, the board for the large, both sign, and until
then the version in force stands."""

from typing import Any

from services.disbursement.addenda import service as addenda
from services.kernel import proof
from tests.factories import disbursement as make
from tests.integration.disbursement import amending
from tests.integration.disbursement.world import OPERATOR_A, OPERATOR_B, SECRETARIAT, World


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def begun(world: World, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """An agreement of two grant tranches and a loan, and its plan."""
    left = changes.pop("left", 0)
    given = {"grant": (600_00, 400_00), "loan": (200_00,), **changes}
    agreement = await world.active(left=left, evidenced=False, **given)
    application = world.rooms.bodies[f"/v1/applications/{agreement['application_id']}"]
    return agreement, amending.plan_of(application)


async def test_a_small_change_is_approved_by_another_and_signed_by_both(world: World) -> None:
    agreement, plan = await begun(world)
    wanted = amending.paid(plan, agroideas_1=650_00, agroideas_2=350_00)
    wanted["tranches"][0]["due_working_days"] = 20
    addendum = await amending.drafted(world, agreement, wanted)
    assert (addendum["state"], addendum["route"], addendum["number"]) == (
        "drafted",
        "secretariat",
        1,
    )
    assert proof.sha256_of(addendum["proposal"]) == addendum["proposal_sha256"]
    assert addendum["changes"]["tranches"][0]["parts"] == [
        {"part": "amount_centimos", "from": "600.00", "to": "650.00"},
        {"part": "due_working_days", "from": None, "to": "20"},
    ]
    moved = await amending.approved(world, addendum)
    assert (moved["state"], moved["document_version"]) == ("approved", 2)
    path = f"/v1/agreements/{agreement['id']}"
    assert (await world.get(path))["document_version"] == 1
    entered = await amending.in_force(world, agreement, moved)
    whole = await world.get(path)
    assert whole["document_version"] == 2
    amounts = {
        (one["sequence"], one["channel"]): one["amount"]["amount"] for one in whole["tranches"]
    }
    assert amounts == {
        (1, "agroideas"): "650.00",
        (2, "agroideas"): "350.00",
        (1, "agrobanco"): "200.00",
    }
    first, second = [await world.get(f"{path}/document/file?version={n}") for n in (1, 2)]
    assert await world.get(f"{path}/document/file") == second
    assert second["content"]["replaces"] == first["content_sha256"]
    assert second["content"]["addendum"]["id"] == entered["id"]
    for file in (first, second):
        keys = {key["id"]: key["jwk"] for key in file["keys"]}
        assert len(file["signatures"]) == 2
        for one in file["signatures"]:
            proof.check(one["statement"], one["signature"], keys[one["key_id"]])
    for version in (1, 2):
        drawn = await world.caller.get(f"{path}/document?version={version}", by=SECRETARIAT)
        assert drawn.headers["content-type"] == "application/pdf"
    milestones = (await world.get(f"{path}/milestones"))["data"]
    assert [one["due_on"] is not None for one in milestones if one["due_working_days"]] == [True]


async def test_one_centimo_of_difference_is_refused_with_both_sums(world: World) -> None:
    agreement, plan = await begun(world)
    path = f"/v1/agreements/{agreement['id']}/addenda"
    body = {"reason": "Otra cuenta.", "plan": amending.paid(plan, agroideas_1=600_01)}
    answer = await world.post(path, body, by=world.consortium(agreement))
    assert code(answer) == (409, "disbursement.tranches_off")
    assert "1000.00" in answer.json()["detail"]
    assert "1000.01" in answer.json()["detail"]
    off = amending.paid(plan, agroideas_1=650_00, agroideas_2=350_00)
    off["budget_lines"][0]["total"] = make.money(1300_01)
    answer = await world.post(path, {**body, "plan": off}, by=world.consortium(agreement))
    assert code(answer) == (422, "disbursement.line_off")
    assert "1300.01" in answer.json()["detail"]
    assert "1300.00" in answer.json()["detail"]


async def test_who_drafted_does_not_approve(world: World) -> None:
    agreement, plan = await begun(world)
    wanted = amending.paid(plan, agroideas_1=650_00, agroideas_2=350_00)
    addendum = await amending.drafted(world, agreement, wanted, by=SECRETARIAT)
    path = f"/v1/addenda/{addendum['id']}/approval"
    assert code(await world.post(path, by=SECRETARIAT)) == (403, "disbursement.same_person")
    assert (await amending.approved(world, addendum, by=amending.SECOND))["state"] == "approved"


async def test_another_total_goes_to_the_board_and_commits_the_difference(world: World) -> None:
    agreement, plan = await begun(world, left=50_00)
    wanted = amending.paid(plan, agroideas_2=450_00)
    wanted["budget_lines"][0] = amending.priced(plan["budget_lines"][0], agroideas=1050_00)
    addendum = await amending.approved(world, await amending.drafted(world, agreement, wanted))
    assert (addendum["state"], addendum["route"]) == ("in_board", "board")
    package = make.resolution(
        {"id": agreement["application_id"], "dossier_sha256": addendum["proposal_sha256"]},
        addendum_id=addendum["id"],
        resolution_number="002-2026-FC",
        conditions=[{"text": "Cotizar.", "evidence": "Tres cotizaciones.", "due_working_days": 5}],
    )
    await world.use(_heard, package=package)
    addendum = await world.get(f"/v1/addenda/{addendum['id']}")
    assert (addendum["state"], addendum["ballot_id"]) == ("approved", package["ballot_id"])
    await amending.in_force(world, agreement, addendum)
    whole = await world.get(f"/v1/agreements/{agreement['id']}")
    assert whole["agroideas"]["amount"] == "1050.00"
    assert [(one["text"], bool(one["due_on"])) for one in whole["conditions"]] == [
        ("Cotizar.", True)
    ]
    budget = await world.get(f"/v1/budgets?call_id={agreement['call_id']}")
    assert (budget["available"]["amount"], budget["committed"]["amount"]) == ("0.00", "1250.00")


async def _heard(work: Any, *, package: dict[str, Any]) -> None:
    from services.disbursement import service

    await service.keep_resolution(work, package)
    await addenda.decide(work, package=package)


async def test_what_a_pending_addendum_changes_waits_and_the_rest_is_paid(world: World) -> None:
    agreement, plan = await begun(world)
    world.evidence(agreement["id"])
    wanted = amending.paid(plan, agroideas_1=650_00, agroideas_2=350_00)
    addendum = await amending.drafted(world, agreement, wanted)
    ids = {(one["channel"], one["sequence"]): one["id"] for one in agreement["tranches"]}
    touched, other = ids["agroideas", 1], ids["agrobanco", 1]
    await world.done(f"/v1/tranches/{touched}/request", by=world.consortium(agreement))
    prepared = await world.post(f"/v1/tranches/{touched}/prepare", by=OPERATOR_A)
    assert code(prepared) == (409, "disbursement.addendum_open")
    assert (await world.released(agreement, other))["state"] == "released"
    await amending.in_force(world, agreement, await amending.approved(world, addendum))
    await world.done(f"/v1/tranches/{touched}/prepare", by=OPERATOR_A)
    released = await world.done(f"/v1/tranches/{touched}/release", by=OPERATOR_B)
    assert (released["state"], released["amount"]["amount"]) == ("released", "650.00")
