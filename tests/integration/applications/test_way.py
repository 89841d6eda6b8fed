"""An application on its way: each step one commit of state, audit, event and timeline."""

import hashlib
from datetime import timedelta
from typing import Any

import rfc8785

from services.kernel.clock import now
from services.kernel.db import instant_text
from services.kernel.ids import new_id
from tests.factories.applications import (
    budget_line,
    call,
    document,
    finding_result,
    money,
    plan,
    today,
)
from tests.integration.applications.conftest import AUDITOR, SECRETARIAT, SERVICE, Room, applicant

EVALUATION = {"score": 82, "recommendation": "recommend", "reasons": "Plan viable."}


def observation(**changes: Any) -> dict[str, Any]:
    due_at = instant_text(now() + timedelta(days=10))
    return finding_result(
        **{"outcome": "ineligible", "findings_count": 2, "amendment_due_at": due_at, **changes}
    )


async def test_the_whole_way_from_draft_to_closed(room: Room) -> None:
    application = await room.eligible()
    await room.done(application, "evaluation", EVALUATION, by=SECRETARIAT)
    for to in ("in_board", "approved", "agreed", "executing", "closed"):
        body = {"to": to, "reference": "bal_de_prueba"}
        assert (await room.done(application, "progress", body, by=SERVICE))["state"] == to

    shown = (await room.get(f"/v1/applications/{application['id']}")).json()
    assert shown["evaluation"]["score"] == 82
    assert shown["budget"]["agroideas"] == money("70000.00")
    events = await room.events_of(application["id"])
    assert [event["type"].split(".")[3] for event in events] == [
        "submitted",
        "progressed",
        "assessment_recorded",
        "evaluated",
        *["progressed"] * 5,
    ]
    versions = [event["aggregateversion"] for event in events]
    assert versions == list(range(2, 11))
    assert all(event["applicationid"] == application["id"] for event in events)
    audited = await room.rows(
        "SELECT change FROM audit WHERE subject = :id ORDER BY id", id=application["id"]
    )
    assert [row.change["to"] for row in audited] == [
        "draft",
        "submitted",
        "under_assessment",
        "eligible",
        "evaluated",
        "in_board",
        "approved",
        "agreed",
        "executing",
        "closed",
    ]
    timeline = (await room.get(f"/v1/applications/{application['id']}/timeline")).json()["data"]
    assert [entry["what"] for entry in timeline][:3] == [
        "none->draft",
        "draft->submitted",
        "submitted->under_assessment",
    ]
    assert timeline[-1]["text_es"] == "La solicitud quedó cerrada."


async def test_anybody_can_compute_the_dossiers_hash_from_the_api(room: Room) -> None:
    application = await room.draft()
    answer = await room.act(application, "submit")
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/applications/{application['id']}"
    shown = (await room.get(answer.headers["Location"], by=AUDITOR)).json()
    covered = {"application_id": shown["id"], "round": 1, "plan": shown["plan"]}
    covered |= {name: shown[name] for name in ("call_id", "consortium_id")}
    assert hashlib.sha256(rfc8785.dumps(covered)).hexdigest() == shown["dossier_sha256"]


async def test_an_observed_application_is_amended_and_submitted_as_another_round(
    room: Room,
) -> None:
    application = await room.under_assessment()
    observed = await room.done(application, "assessment-result", observation(), by=SERVICE)
    assert observed["state"] == "observed"
    path = f"/v1/applications/{application['id']}"
    amended = await room.ask(
        "PUT",
        f"{path}/plan",
        plan(title="Plan corregido"),
        by=applicant(application["consortium_id"]),
        headers={"If-Match": f'"{observed["version"]}"'},
    )
    assert amended.status_code == 200, amended.text
    assert amended.json()["state"] == "observed"
    submitted = await room.done(application, "submit")
    assert (submitted["round"], submitted["amendment_due_at"]) == (2, None)
    assert submitted["dossier_sha256"] != application["dossier_sha256"]
    rounds = (await room.get(f"{path}/rounds")).json()["data"]
    assert [kept["plan"]["title"] for kept in rounds] == [
        "Riego y acopio en Huanta",
        "Plan corregido",
    ]
    assert rounds[1]["dossier_sha256"] == submitted["dossier_sha256"]


async def test_findings_without_a_term_end_as_ineligible(room: Room) -> None:
    application = await room.under_assessment()
    result = observation(amendment_due_at=None)
    ended = await room.done(application, "assessment-result", result, by=SERVICE)
    assert (ended["state"], ended["findings_count"]) == ("ineligible", 2)


async def test_an_amendment_is_waived_or_lapses(room: Room) -> None:
    waived = await room.under_assessment()
    await room.done(waived, "assessment-result", observation(), by=SERVICE)
    assert (await room.done(waived, "waive-amendment"))["state"] == "ineligible"
    lapsed = await room.under_assessment()
    await room.done(lapsed, "assessment-result", observation(), by=SERVICE)
    body = {"to": "ineligible", "reference": "plazo", "reason": "Venció la subsanación."}
    ended = await room.done(lapsed, "progress", body, by=SERVICE)
    assert (ended["state"], ended["state_reason"]) == ("ineligible", "Venció la subsanación.")


async def test_after_the_term_no_amendment_is_taken(room: Room) -> None:
    application = await room.under_assessment()
    past = observation(amendment_due_at=instant_text(now() - timedelta(seconds=1)))
    await room.done(application, "assessment-result", past, by=SERVICE)
    answer = await room.act(application, "submit")
    assert (answer.status_code, answer.json()["code"]) == (
        409,
        "applications.amendment_term_over",
    )


async def test_service_steps_repeated_change_nothing(room: Room) -> None:
    application = await room.under_assessment()
    again = await room.done(application, "take-up", by=SERVICE)
    assert again["version"] == application["version"]
    result = finding_result()
    first = await room.done(application, "assessment-result", result, by=SERVICE)
    second = await room.done(application, "assessment-result", result, by=SERVICE)
    assert first == second
    await room.done(application, "evaluation", EVALUATION, by=SECRETARIAT)
    late = await room.done(application, "assessment-result", result, by=SERVICE)
    assert late["state"] == "evaluated"
    body = {"to": "in_board", "reference": "x"}
    boarded = await room.done(application, "progress", body, by=SERVICE)
    assert await room.done(application, "progress", body, by=SERVICE) == boarded
    assert len(await room.events_of(application["id"])) == boarded["version"] - 1


async def test_a_call_outside_its_dates_takes_no_application(room: Room) -> None:
    future = {"opens_on": (today() + timedelta(days=1)).isoformat()}
    application = await room.draft(call_id=(await room.call(**future))["id"])
    answer = await room.act(application, "submit")
    assert (answer.status_code, answer.json()["code"]) == (409, "applications.call_not_open")
    assert await room.events_of(application["id"]) == []


async def test_a_plan_without_lines_stays_a_draft(room: Room) -> None:
    application = await room.draft(budget_lines=[], tranches=[])
    answer = await room.act(application, "submit")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [
        "/plan/budget_lines",
        "/plan/tranches",
    ]


async def test_withdrawn_until_the_agreement_only(room: Room) -> None:
    application = await room.draft()
    assert (await room.done(application, "withdraw"))["state"] == "withdrawn"
    agreed = await room.eligible()
    await room.done(agreed, "evaluation", EVALUATION, by=SECRETARIAT)
    for to in ("in_board", "approved", "agreed"):
        await room.done(agreed, "progress", {"to": to, "reference": "x"}, by=SERVICE)
    answer = await room.act(agreed, "withdraw")
    assert (answer.status_code, answer.json()["code"]) == (
        409,
        "applications.illegal_transition",
    )


async def test_the_registrar_does_not_evaluate(room: Room) -> None:
    application = await room.eligible(sub=SECRETARIAT.sub)
    answer = await room.act(application, "evaluation", EVALUATION, by=SECRETARIAT)
    assert (answer.status_code, answer.json()["code"]) == (
        403,
        "applications.evaluator_is_registrar",
    )


async def test_documents_are_kept_once_while_the_dossier_is_open(room: Room) -> None:
    application = await room.draft()
    first = await room.act(application, "documents", document())
    assert first.status_code == 201
    again = await room.act(application, "documents", document())
    assert again.json()["code"] == "applications.document_already_attached"
    shown = (await room.get(f"/v1/applications/{application['id']}")).json()
    assert shown["documents"] == [first.json()]
    assert shown["version"] == 2
    await room.done(application, "submit")
    late = await room.act(application, "documents", document(sha256="ef" * 32))
    assert (late.status_code, late.json()["code"]) == (409, "applications.not_editable")


async def test_one_open_application_a_consortium_and_call(room: Room) -> None:
    first = await room.draft()
    body = {"call_id": first["call_id"], "consortium_id": first["consortium_id"], "plan": plan()}
    by = applicant(first["consortium_id"])
    refused = await room.post("/v1/applications", body, by=by)
    assert (refused.status_code, refused.json()["code"]) == (409, "applications.already_applied")
    await room.done(first, "withdraw")
    assert (await room.post("/v1/applications", body, by=by)).status_code == 201


async def test_unknown_calls_and_consortia_are_named(room: Room) -> None:
    consortium_id = new_id("con")
    body = {"call_id": new_id("cal"), "consortium_id": consortium_id, "plan": plan()}
    by = applicant(consortium_id)
    answer = await room.post("/v1/applications", body, by=by)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/consortium_id"
    room.registry.known.add(consortium_id)
    answer = await room.post("/v1/applications", body, by=by)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/call_id"


async def test_a_repeated_draft_is_answered_without_asking_the_registry(room: Room) -> None:
    body = {
        "call_id": (await room.call())["id"],
        "consortium_id": new_id("con"),
        "plan": plan(budget_lines=[budget_line()]),
    }
    room.registry.known.add(body["consortium_id"])
    by = applicant(body["consortium_id"])
    first = await room.post("/v1/applications", body, by=by, key="la-misma")
    second = await room.post("/v1/applications", body, by=by, key="la-misma")
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert room.registry.reads == 1


async def test_calls_are_found_by_their_code_which_nobody_repeats(room: Room) -> None:
    made = await room.call(amendment_term_working_days=5)
    found = (await room.get(f"/v1/calls?code={made['code']}")).json()["data"]
    assert found == [made]
    assert found[0]["amendment_term_working_days"] == 5
    (opened,) = await room.events_of(made["id"])
    assert opened["type"] == "fund.applications.call.opened.v1"
    again = await room.post("/v1/calls", call(code=made["code"]))
    assert (again.status_code, again.json()["code"]) == (409, "applications.call_code_taken")
    backwards = await room.post("/v1/calls", call(closes_on="2001-01-01"))
    assert backwards.json()["code"] == "applications.call_period"
