"""Assessing, reading and asking again, on the real database."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from services.eligibility import policy
from services.kernel.auth import not_found
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.opa import Opa
from services.kernel.settings import settings
from services.kernel.work import Principal
from tests.factories.eligibility import ScriptedOpa, application, decision, finding
from tests.integration.eligibility.conftest import Room

AUDITOR = Principal(sub="auditora", role="auditor")


def applicant(consortium_id: str) -> Principal:
    return Principal(sub="socia", role="applicant", consortium_id=consortium_id)


async def assessed(room: Room, *findings: dict[str, Any]) -> dict[str, Any]:
    """An assessment with these findings, of a fresh application."""
    room.opa.script = ScriptedOpa(decision(*findings))
    body = room.neighbours.know(application())
    answer = await room.assess(body["id"])
    assert answer.status_code == 201, answer.text
    given: dict[str, Any] = answer.json()
    return given


async def test_a_decision_is_kept_with_question_evidence_and_revision(room: Room) -> None:
    given = await assessed(room, finding(), finding("PLA-003", severity="signal"))
    assert (given["eligible"], given["outcome"]) == (False, "ineligible")
    assert given["findings"] == [finding(), finding("PLA-003", severity="signal")]
    assert (given["as_of"], given["round"], given["policy_revision"]) == ("2026-03-01", 1, "r1")
    assert given["input_sha256"] == policy.sha256_of(given["input"])
    assert isinstance(room.opa.script, ScriptedOpa)
    assert room.opa.script.questions == [given["input"]]
    assert [one["source"] for one in given["evidence"]] == [
        "applications",
        "applications",
        "registry",
    ]
    again = await room.get(f"/v1/assessments/{given['id']}")
    assert (again.status_code, again.json()) == (200, given)


async def test_event_and_audit_row_commit_with_the_decision(room: Room) -> None:
    given = await assessed(room, finding())
    [(topic, key, body)] = await room.rows(
        "SELECT topic, aggregate_id, body FROM outbox WHERE aggregate_id = :id", id=given["id"]
    )
    assert (topic, key, body["applicationid"], body["aggregateversion"]) == (
        "fund.eligibility.v1",
        given["id"],
        given["application_id"],
        1,
    )
    assert body["data"] == {
        "assessment_id": given["id"],
        "application_id": given["application_id"],
        "eligible": False,
        "outcome": "ineligible",
        "findings": [{"code": "MEM-003", "severity": "blocking"}],
        "policy_revision": "r1",
    }
    [(action, linked)] = await room.rows(
        "SELECT action, l.seq IS NOT NULL FROM audit a LEFT JOIN audit_link l ON l.audit_id = a.id"
        " WHERE subject = :id",
        id=given["id"],
    )
    assert (action, linked) == ("eligibility.assessment.assess", True)


async def test_a_round_keeps_its_first_assessment_and_a_new_round_has_its_own(room: Room) -> None:
    first = await assessed(room, finding())
    room.opa.script = ScriptedOpa(decision(), revision="r2")
    again = await room.assess(first["application_id"])
    assert (again.status_code, again.json()) == (201, first)
    path = f"/v1/applications/{first['application_id']}"
    body = room.neighbours.bodies["applications", path]
    assert isinstance(body, dict)
    # The application may have moved on since: a repeat still finds what was decided.
    room.neighbours.bodies["applications", path] = {**body, "state": "ineligible"}
    assert (await room.assess(first["application_id"])).json() == first
    room.neighbours.bodies["applications", path] = {**body, "round": 2}
    second = (await room.assess(first["application_id"])).json()
    assert (second["round"], second["eligible"], second["policy_revision"]) == (2, True, "r2")
    listed = await room.get(f"/v1/assessments?application_id={first['application_id']}")
    assert [one["id"] for one in listed.json()["data"]] == [first["id"], second["id"]]
    assert listed.json()["data"][0]["findings"] == [{"code": "MEM-003", "severity": "blocking"}]


async def test_the_same_key_gives_the_first_answer_without_asking_anybody(room: Room) -> None:
    room.opa.script = ScriptedOpa(decision())
    body = room.neighbours.know(application())
    key = new_id("key")
    first = await room.assess(body["id"], key=key)
    room.neighbours.bodies.clear()
    second = await room.assess(body["id"], key=key)
    assert (second.status_code, second.text) == (first.status_code, first.text)
    assert second.headers["Idempotency-Replayed"] == "true"


async def test_two_at_once_make_one_assessment(room: Room) -> None:
    room.opa.script = ScriptedOpa(decision())
    body = room.neighbours.know(application())
    answers = await asyncio.gather(*(room.assess(body["id"]) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    events = await room.rows(
        "SELECT 1 FROM outbox WHERE body ->> 'applicationid' = :id", id=body["id"]
    )
    assert len(events) == 1


@pytest.mark.parametrize("state", ["draft", "observed", "withdrawn", "eligible", "approved"])
async def test_only_an_application_that_waits_is_assessed(room: Room, state: str) -> None:
    body = room.neighbours.know(application(state=state))
    answer = await room.assess(body["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "eligibility.not_assessable")
    assert await kept(room, body["id"]) == 0


async def kept(room: Room, application_id: str) -> int:
    [(count,)] = await room.rows(
        "SELECT count(*) FROM assessment WHERE application_id = :id", id=application_id
    )
    return int(count)


@pytest.mark.parametrize("silent", ["applications", "calls", "consortia"])
async def test_while_a_neighbour_is_down_nothing_is_decided(room: Room, silent: str) -> None:
    room.opa.script = ScriptedOpa(decision())
    body = room.neighbours.know(application())
    whole = dict(room.neighbours.bodies)
    for place in whole:
        if f"/v1/{silent}/" in place[1]:
            del room.neighbours.bodies[place]
    key = new_id("key")
    answer = await room.assess(body["id"], key=key)
    assert answer.status_code == 503
    assert await kept(room, body["id"]) == 0
    room.neighbours.bodies = whole
    assert (await room.assess(body["id"], key=key)).status_code == 201


@pytest.mark.parametrize(
    "result",
    [
        {},
        {**decision(), "eligible": "true"},
        {**decision(finding()), "eligible": True, "outcome": "eligible"},
        {**decision(), "eligible": False, "outcome": "ineligible"},
    ],
)
async def test_a_malformed_answer_decides_nothing(room: Room, result: dict[str, Any]) -> None:
    room.opa.script = ScriptedOpa(result)
    body = room.neighbours.know(application())
    answer = await room.assess(body["id"])
    assert (answer.status_code, answer.json()["code"]) == (503, "policy.unavailable")
    assert await kept(room, body["id"]) == 0


async def test_without_the_policy_nothing_is_decided(room: Room) -> None:
    body = room.neighbours.know(application())
    nowhere = settings().model_copy(update={"opa_url": "http://127.0.0.1:1"})
    async with Opa(nowhere) as room.opa.script:
        answer = await room.assess(body["id"])
    assert (answer.status_code, answer.json()["code"]) == (503, "policy.unavailable")
    assert await kept(room, body["id"]) == 0


async def test_an_unknown_application_is_not_found(room: Room) -> None:
    missing = new_id("app")
    room.neighbours.bodies["applications", f"/v1/applications/{missing}"] = not_found()
    assert (await room.assess(missing)).status_code == 404


async def test_asking_again_says_the_same(room: Room) -> None:
    given = await assessed(room, finding())
    answer = await room.post(f"/v1/assessments/{given['id']}/replay")
    assert answer.status_code == 201
    said = answer.json()
    assert (said["same"], said["revision_changed"], said["differences"]) == (True, False, [])
    assert isinstance(room.opa.script, ScriptedOpa)
    assert room.opa.script.questions[1] == room.opa.script.questions[0] == given["input"]
    [(by, same)] = await room.rows(
        "SELECT replayed_by, same FROM replay WHERE assessment_id = :id", id=given["id"]
    )
    assert (by, same) == ("fund-services", True)


async def test_other_rules_may_say_otherwise_and_the_decision_stands(room: Room) -> None:
    given = await assessed(room, finding())
    room.opa.script = ScriptedOpa(decision(), revision="r2")
    room.principal = AUDITOR
    path = f"/v1/assessments/{given['id']}/replay"
    said = (await room.post(f"{path}?revision=current")).json()
    assert (said["same"], said["revision_changed"]) == (False, True)
    assert (said["outcome_changed"], said["findings_added"]) == (True, [])
    assert said["findings_removed"] == [finding()]
    assert (said["stored_revision"], said["current_revision"]) == ("r1", "r2")
    assert said["replayed_by"] == "auditora"
    assert "r1 → r2" in said["note"]
    assert {one["path"] for one in said["differences"]} == {
        "/eligible",
        "/outcome",
        "/findings/MEM-003 producer pro_1",
    }
    assert (await room.get(f"/v1/assessments/{given['id']}")).json() == given


async def test_roles(room: Room) -> None:
    given = await assessed(room, finding())
    one = f"/v1/assessments/{given['id']}"
    many = f"/v1/assessments?application_id={given['application_id']}"
    room.principal = applicant(given["consortium_id"])
    assert (await room.get(one)).status_code == 200
    assert (await room.get(many)).status_code == 200
    assert (await room.post(f"{one}/replay")).status_code == 403
    assert (await room.assess(given["application_id"])).status_code == 403
    room.principal = applicant(new_id("con"))
    assert (await room.get(one)).status_code == 404
    assert (await room.get(many)).status_code == 404


async def test_a_list_before_any_assessment_asks_whose_the_application_is(room: Room) -> None:
    body = room.neighbours.know(application())
    many = f"/v1/assessments?application_id={body['id']}"
    room.principal = applicant(body["consortium_id"])
    answer = await room.get(many)
    assert (answer.status_code, answer.json()) == (200, {"data": [], "next_cursor": None})
    room.principal = applicant(new_id("con"))
    assert (await room.get(many)).status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/assessments", 422),
        ("/v1/assessments?application_id=", 422),
        ("/v1/assessments?application_id=app_%00", 422),
        ("/v1/assessments?application_id=app_1&application_id=app_2", 422),
        ("/v1/assessments/ass_%00", 404),
        ("/v1/assessments/nothing", 404),
        ("/v1/assessments/ass_01k9zq0v8xepzrv1rk0nnd5anw", 404),
        ("/v1/assessments/app_01k9zq0v8xepzrv1rk0nnd5anw", 404),
    ],
)
async def test_no_path_breaks_it(room: Room, path: str, status: int) -> None:
    room.principal = AUDITOR
    answer = await room.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body", [{}, {"application_id": None}, {"application_id": "app_\x00"}, {"extra": 1}, None]
)
async def test_no_body_breaks_it(room: Room, body: Any) -> None:
    answer = await room.post("/v1/assessments", body)
    assert answer.status_code == 422, answer.text


CHANGES = [
    "UPDATE assessment SET outcome = 'eligible' WHERE id = :id",
    "DELETE FROM assessment WHERE id = :id",
    "TRUNCATE assessment",
]


@pytest.mark.parametrize("sql", CHANGES)
async def test_postgresql_refuses_to_change_an_assessment(room: Room, sql: str) -> None:
    given = await assessed(room, finding())
    with pytest.raises(DBAPIError):
        await room.rows(sql, **({"id": given["id"]} if ":id" in sql else {}))


@pytest.mark.parametrize(
    ("eligible", "outcome", "document"),
    [
        (True, "eligible", decision(finding())),
        (True, "ineligible", decision()),
        (True, "eligible", {**decision(), "eligible": "true"}),
        (False, "ineligible", {**decision(), "eligible": False}),
        (True, "eligible", {"findings": []}),
        (True, "eligible", {}),
    ],
)
async def test_postgresql_refuses_a_decision_that_contradicts_itself(
    room: Room, eligible: bool, outcome: str, document: dict[str, Any]
) -> None:
    with pytest.raises(Conflict):
        await room.rows(
            "INSERT INTO assessment VALUES (:id, 'app', 'con', 'cal', 1, :hash, '2026-03-01',"
            " '{}', :hash, CAST(:decision AS jsonb), :eligible, :outcome, 'r1', '[]', now())"
            " RETURNING id",
            id=new_id("ass"),
            hash="ab" * 32,
            decision=json.dumps(document),
            eligible=eligible,
            outcome=outcome,
        )


async def test_the_real_policy_answers_what_the_room_reads(room: Room) -> None:
    few = room.neighbours.know(application(), members=2)
    refused = (await room.assess(few["id"])).json()
    assert refused["outcome"] == "ineligible", refused
    assert "CON-001" in [one["code"] for one in refused["findings"]]
    enough = room.neighbours.know(application(), members=12)
    accepted = (await room.assess(enough["id"])).json()
    assert (accepted["outcome"], accepted["eligible"]) == ("eligible", True), accepted["findings"]
    for given in (refused, accepted):
        said = (await room.post(f"/v1/assessments/{given['id']}/replay")).json()
        assert said["same"] is True
