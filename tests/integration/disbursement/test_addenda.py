"""Amendments of agreements: four eyes for the small, the board for the large, both sign, and until
then the version in force stands."""

from typing import Any

import pytest

from services.disbursement import service
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
    await service.keep_resolution(work, package)
    await addenda.decide(work, package=package)


def voted(agreement: dict[str, Any], addendum: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The board's package on the addendum."""
    of = {"id": agreement["application_id"], "dossier_sha256": addendum["proposal_sha256"]}
    return make.resolution(of, addendum_id=addendum["id"], **changes)


async def in_board(world: World, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """An agreement whose addendum, with another object, waits for the board."""
    agreement, plan = await begun(world, **changes)
    addendum = await amending.drafted(world, agreement, {**plan, "title": "Mango de Piura"})
    return agreement, await amending.approved(world, addendum)


async def test_what_the_board_rejects_or_does_not_decide_leaves_the_version_in_force(
    world: World,
) -> None:
    agreement, addendum = await in_board(world)
    votes = make.votes(dict.fromkeys(make.SEATS, "against"))
    await world.use(_heard, package=voted(agreement, addendum, result="rejected", votes=votes))
    path = f"/v1/addenda/{addendum['id']}"
    refused = await world.get(path)
    assert (refused["state"], refused["document_version"]) == ("refused", None)
    agreement, addendum = await in_board(world)
    path = f"/v1/addenda/{addendum['id']}"
    body = {"reason": "Sin quórum."}
    assert (await world.done(f"{path}/unvoted", body))["state"] == "refused"
    await world.use(_heard, package=voted(agreement, addendum))
    assert (await world.get(path))["state"] == "refused"
    assert (await world.get(f"/v1/agreements/{agreement['id']}"))["document_version"] == 1


async def test_the_board_must_have_voted_on_this_text(world: World) -> None:
    agreement, addendum = await in_board(world)
    package = {**voted(agreement, addendum), "dossier_sha256": "ef" * 32}
    with pytest.raises(ValueError, match="another text"):
        await world.use(_heard, package=package)
    assert (await world.get(f"/v1/addenda/{addendum['id']}"))["state"] == "in_board"


async def test_small_steps_that_add_up_go_to_the_board(world: World) -> None:
    agreement, plan = await begun(world, grant=(600_00, 400_00), loan=())
    first = plan["budget_lines"][0]
    second = {**first, "line_no": 2, "item": "riego", "description": "Tubería."}

    def split(centimos: int) -> dict[str, Any]:
        lines = [
            amending.priced(first, agroideas=1000_00 - centimos),
            amending.priced(second, agroideas=centimos, own=0),
        ]
        return {**plan, "budget_lines": lines}

    small = await amending.drafted(world, agreement, split(100_00))
    assert small["route"] == "secretariat"
    await amending.in_force(world, agreement, await amending.approved(world, small))
    second_one = await amending.drafted(world, agreement, split(150_00))
    assert (second_one["number"], second_one["route"]) == (2, "board")


async def test_an_addendum_adds_a_tranche_with_its_milestone_and_money(world: World) -> None:
    agreement, plan = await begun(world)
    wanted = amending.paid(plan, agroideas_2=300_00)
    third = {**plan["tranches"][1], "sequence": 3, "amount": make.money(100_00)}
    third["milestone"] = "Cosecha"
    wanted["tranches"].append({**third, "evidence": "Acta de cosecha.", "due_working_days": None})
    addendum = await amending.drafted(world, agreement, wanted)
    await amending.in_force(world, agreement, await amending.approved(world, addendum))
    whole = await world.get(f"/v1/agreements/{agreement['id']}")
    (added,) = [one for one in whole["tranches"] if one["sequence"] == 3]
    assert (added["milestone"], added["amount"], added["state"]) == (
        "Cosecha",
        make.money(100_00),
        "planned",
    )
    milestones = (await world.get(f"/v1/agreements/{agreement['id']}/milestones"))["data"]
    (shown,) = [one for one in milestones if one["tranche_id"] == added["id"]]
    assert shown["evidence_required"] == "Acta de cosecha."
    (told,) = world.rows(
        "SELECT body::json -> 'data' -> 'tranche_ids' AS added FROM outbox WHERE type = %s"
        " AND aggregate_id = %s",
        "fund.disbursement.addendum.entered.v1",
        addendum["id"],
    )
    assert told["added"] == [added["id"]]
    world.check_books()


async def test_what_has_begun_is_not_changed(world: World) -> None:
    agreement, plan = await begun(world, loan=())
    first = agreement["tranches"][0]["id"]
    await world.done(f"/v1/tranches/{first}/request", by=world.consortium(agreement))
    await world.done(f"/v1/tranches/{first}/prepare", by=OPERATOR_A)
    wanted = amending.paid(plan, agroideas_1=650_00, agroideas_2=350_00)
    path = f"/v1/agreements/{agreement['id']}/addenda"
    body = {"reason": "Otra cuenta.", "plan": wanted}
    refused = await world.post(path, body, by=world.consortium(agreement))
    assert code(refused) == (422, "disbursement.addendum_refused")
    assert [one["code"] for one in refused.json()["errors"]] == ["ADD-009"]


async def test_a_milestone_that_was_shown_keeps_its_words(world: World) -> None:
    agreement, plan = await begun(world, loan=())
    world.evidence(agreement["id"])
    wanted = amending.paid(plan, agroideas_1=650_00, agroideas_2=350_00)
    wanted["tranches"][0]["milestone"] = "Otro hito"
    path = f"/v1/agreements/{agreement['id']}/addenda"
    body = {"reason": "Otra cuenta.", "plan": wanted}
    refused = await world.post(path, body, by=world.consortium(agreement))
    assert code(refused) == (409, "disbursement.milestone_shown")


async def test_one_addendum_at_a_time_and_it_can_be_taken_back(world: World) -> None:
    agreement, plan = await begun(world)
    wanted = amending.paid(plan, agroideas_1=650_00, agroideas_2=350_00)
    addendum = await amending.drafted(world, agreement, wanted)
    path = f"/v1/agreements/{agreement['id']}/addenda"
    body = {"reason": "Otra.", "plan": wanted}
    second = await world.post(path, body, by=world.consortium(agreement))
    assert code(second) == (409, "disbursement.addendum_open")
    end = f"/v1/addenda/{addendum['id']}/withdrawal"
    why = {"reason": "El proveedor mantuvo su fecha."}
    for _ in range(2):
        taken = await world.done(end, why, by=world.consortium(agreement))
        assert taken["state"] == "withdrawn"
    again = await amending.drafted(world, agreement, wanted)
    assert again["number"] == 2
    moved = await world.post(f"/v1/addenda/{addendum['id']}/approval", by=SECRETARIAT)
    assert code(moved) == (409, "disbursement.addendum_moved")


async def test_postgresql_holds_an_addendum_and_the_version_in_force(world: World) -> None:
    agreement, plan = await begun(world)
    wanted = amending.paid(plan, agroideas_1=650_00, agroideas_2=350_00)
    addendum = await amending.drafted(world, agreement, wanted)
    url = world.settings.database_url.replace("+psycopg", "")
    of = f"WHERE id = '{addendum['id']}'"
    for change, states in (
        ("state = 'in_force', in_force_at = now()", {"23001", "23514"}),
        ("reason = 'otra'", {"23001"}),
        ("approver = drafted_by, state = 'in_board'", {"23514", "23001"}),
    ):
        error = world.refused(url, f"UPDATE addendum SET {change} {of}")
        assert error.sqlstate in states, change
    plan_changed = f"UPDATE agreement SET own_centimos = 1 WHERE id = '{agreement['id']}'"
    assert world.refused(url, plan_changed).diag.constraint_name == "ck_agreement_amended"


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
