"""What an applicant is told before submitting: the same answer, and nothing kept."""

from datetime import date
from typing import Any

import pytest

from services.kernel.auth import not_found
from services.kernel.clock import lima_date, now
from services.kernel.ids import new_id
from services.kernel.work import Principal
from tests.factories.eligibility import application, call
from tests.integration.eligibility.conftest import Room

KEPT = "SELECT (SELECT count(*) FROM {}), (SELECT count(*) FROM {}), (SELECT count(*) FROM {})"
TABLES = ("assessment", "outbox", "idempotency")


def own(body: dict[str, Any]) -> Principal:
    return Principal(sub="socia", role="applicant", consortium_id=body["consortium_id"])


def draft(room: Room, *, members: int = 12) -> dict[str, Any]:
    """A draft whose call is open today."""
    body = application(
        state="draft", round=0, dossier_sha256=None, submitted_at=None, first_submitted_at=None
    )
    room.neighbours.know(body, members=members)
    today = lima_date(now())
    for facts in room.neighbours.bodies.values():
        for member in facts.get("members", []) if isinstance(facts, dict) else []:
            member["ppa"] = {"valid_from": str(date(today.year - 1, 1, 1)), "valid_to": None}
    path = f"/v1/calls/{body['call_id']}"
    terms = {"opens_on": f"{today.year}-01-01", "closes_on": f"{today.year + 1}-12-31"}
    room.neighbours.bodies["applications", path] = call(body["call_id"], **terms)
    return body


async def simulated(room: Room, application_id: Any) -> Any:
    return await room.post("/v1/assessments/simulate", {"application_id": application_id})


async def test_a_draft_is_told_what_the_policy_says_and_nothing_is_kept(room: Room) -> None:
    body = draft(room, members=2)
    before = await room.rows(KEPT.format(*TABLES))
    room.principal = own(body)
    answer = await simulated(room, body["id"])
    assert answer.status_code == 200, answer.text
    assert room.neighbours.asked.count(("applications", f"/v1/applications/{body['id']}")) == 1
    said = answer.json()
    assert (said["simulation"], said["eligible"]) == (True, False)
    assert "simulación" in said["notice"]
    assert said["as_of"] == str(lima_date(now()))
    assert "CON-001" in [one["code"] for one in said["findings"]]
    assert await room.rows(KEPT.format(*TABLES)) == before


async def test_it_says_what_the_real_assessment_then_says(room: Room) -> None:
    body = draft(room)
    room.principal = Principal(sub="secretaria", role="secretariat")
    said = (await simulated(room, body["id"])).json()
    at = now().isoformat()
    room.neighbours.bodies["applications", f"/v1/applications/{body['id']}"] = body | {
        "state": "submitted",
        "round": 1,
        "dossier_sha256": "ab" * 32,
        "submitted_at": at,
        "first_submitted_at": at,
    }
    room.principal = Principal(sub="fund-services", role="service")
    given = (await room.assess(body["id"])).json()
    parts = ("eligible", "outcome", "findings", "limits", "score", "parameters_used", "as_of")
    assert {one: said[one] for one in parts} == {one: given[one] for one in parts}
    assert given["eligible"] is True, given["findings"]


@pytest.mark.parametrize("role", ["board_member", "partner", "operator", "auditor", "service"])
async def test_other_roles_may_not(room: Room, role: str) -> None:
    body = draft(room)
    room.principal = Principal(sub="otra", role=role)
    assert (await simulated(room, body["id"])).status_code == 403


async def test_another_consortiums_draft_is_answered_as_one_that_is_not_there(room: Room) -> None:
    body = draft(room)
    missing = new_id("app")
    room.neighbours.bodies["applications", f"/v1/applications/{missing}"] = not_found()
    room.principal = Principal(sub="ajena", role="applicant", consortium_id=new_id("con"))
    theirs, absent = await simulated(room, body["id"]), await simulated(room, missing)
    assert (theirs.status_code, absent.status_code) == (404, 404)
    assert theirs.json()["code"] == absent.json()["code"]
    assert theirs.json()["detail"] == absent.json()["detail"]


@pytest.mark.parametrize("wrong", [None, "", "app_\x00", 5, ["app"], {"a": 1}])
async def test_no_body_breaks_it(room: Room, wrong: Any) -> None:
    room.principal = Principal(sub="secretaria", role="secretariat")
    assert (await simulated(room, wrong)).status_code == 422
    room.principal = Principal(sub="ajena", role="applicant", consortium_id=new_id("con"))
    assert (await simulated(room, wrong)).status_code == 404
