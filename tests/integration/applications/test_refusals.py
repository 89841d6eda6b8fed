"""What nobody may do, who may not see what, and what PostgreSQL refuses by itself."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from services.kernel.errors import FundError
from services.kernel.ids import new_id
from tests.factories.applications import finding_result, plan
from tests.integration.applications.conftest import SECRETARIAT, SERVICE, Room, applicant


async def test_a_consortium_sees_its_own_application_only(room: Room) -> None:
    application = await room.draft()
    path = f"/v1/applications/{application['id']}"
    stranger = applicant(new_id("con"))
    for suffix in ("", "/timeline", "/rounds", "/documents"):
        mine = await room.get(path + suffix, by=applicant(application["consortium_id"]))
        assert mine.status_code == 200
        assert (await room.get(path + suffix, by=stranger)).status_code == 404
    for verb in ("submit", "withdraw", "waive-amendment"):
        assert (await room.act(application, verb, by=stranger)).status_code == 404
    absent = await room.get(f"/v1/applications/{new_id('app')}", by=stranger)
    assert absent.json()["code"] == "http.not_found"


async def test_an_applicants_list_needs_its_own_consortium(room: Room) -> None:
    application = await room.draft()
    by = applicant(application["consortium_id"])
    listed = await room.get(
        f"/v1/applications?consortium_id={application['consortium_id']}&state=draft", by=by
    )
    assert [item["id"] for item in listed.json()["data"]] == [application["id"]]
    assert "plan" not in listed.json()["data"][0]
    assert (await room.get("/v1/applications", by=by)).status_code == 404
    other = await room.get(f"/v1/applications?consortium_id={new_id('con')}", by=by)
    assert other.status_code == 404


async def test_nobody_drafts_for_another_consortium(room: Room) -> None:
    body = {"call_id": new_id("cal"), "consortium_id": new_id("con"), "plan": plan()}
    answer = await room.post("/v1/applications", body, by=applicant(new_id("con")))
    assert answer.status_code == 404


async def test_steps_of_the_workflow_are_the_services_only(room: Room) -> None:
    application = await room.draft()
    bodies: dict[str, Any] = {
        "take-up": None,
        "assessment-result": finding_result(),
        "progress": {"to": "expired", "reference": "x"},
    }
    for verb, body in bodies.items():
        for by in (SECRETARIAT, applicant(application["consortium_id"])):
            assert (await room.act(application, verb, body, by=by)).status_code == 403
    evaluation = {"score": 1, "recommendation": "recommend", "reasons": "x"}
    assert (await room.act(application, "evaluation", evaluation)).status_code == 403


@pytest.mark.parametrize(
    ("if_match", "status", "code"),
    [
        (None, 400, "applications.if_match_missing"),
        ("1", 400, "applications.if_match_missing"),
        ('"7"', 412, "applications.stale"),
        ('"1"', 200, None),
        ("*", 200, None),
    ],
)
async def test_a_plan_is_changed_by_who_saw_it_last(
    room: Room, if_match: str | None, status: int, code: str | None
) -> None:
    application = await room.draft()
    answer = await room.ask(
        "PUT",
        f"/v1/applications/{application['id']}/plan",
        plan(title="Otro"),
        by=applicant(application["consortium_id"]),
        headers={"If-Match": if_match} if if_match else {},
    )
    assert answer.status_code == status, answer.text
    assert answer.json().get("code") == code
    if status == 200:
        shown = await room.get(f"/v1/applications/{application['id']}")
        assert shown.headers["ETag"] == answer.headers["ETag"] == '"2"'


async def test_two_submissions_at_once_make_one_round(room: Room) -> None:
    application = await room.draft()
    answers = await asyncio.gather(*(room.act(application, "submit") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    assert len(await room.events_of(application["id"])) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"consortium_id": 5}',
        b'{"consortium_id": "con_\\u0000"}',
        b'{"consortium_id": "\\ud800"}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"call_id": "x", "consortium_id": "con_01k9v1q0m5f3tt0p6k1s9w2r4e", "plan": 1e999}',
    ],
)
async def test_no_body_breaks_the_room(room: Room, body: bytes) -> None:
    by = applicant("con_01k9v1q0m5f3tt0p6k1s9w2r4e")
    answer = await room.post("/v1/applications", body, by=by)
    assert answer.status_code in {400, 404, 422}, answer.text


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/applications/app_%00", 404),
        ("/v1/applications/nada", 404),
        ("/v1/applications?state=%00", 422),
        ("/v1/applications?consortium_id=%00", 422),
        ("/v1/applications?cursor=AA==", 400),
        ("/v1/calls?code=%00", 422),
        ("/v1/calls/cal_%ff", 422),
    ],
)
async def test_no_path_breaks_the_room(room: Room, path: str, expected: int) -> None:
    assert (await room.get(path)).status_code == expected


@pytest.mark.parametrize(
    "due_at",
    [
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "1969-12-31T23:59:59Z",
        "2026-01-01T00:00:00",
        "ayer",
        5,
        1e300,
    ],
)
async def test_a_term_is_a_readable_instant_of_our_times(room: Room, due_at: object) -> None:
    application = await room.under_assessment()
    result = finding_result(outcome="ineligible", findings_count=1, amendment_due_at=due_at)
    answer = await room.act(application, "assessment-result", result, by=SERVICE)
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE application SET evaluated_by = created_by, evaluated_at = now(),"
        " evaluation_score = 1, evaluation_recommendation = 'recommend', evaluation_reasons = 'x'",
        "UPDATE application SET state = 'pagada'",
        "UPDATE application SET state = 'draft'",
        "UPDATE application SET dossier_sha256 = NULL",
        "UPDATE application SET state = 'observed', amendment_due_at = NULL",
        "UPDATE application_round SET round = 9",
        "DELETE FROM application_round",
        "UPDATE timeline_entry SET text_es = 'otra cosa'",
        "DELETE FROM timeline_entry",
        "DELETE FROM application",
    ],
)
async def test_postgresql_itself_refuses(room: Room, statement: str) -> None:
    await room.eligible()
    with pytest.raises((FundError, DBAPIError)):
        await room.rows(f"{statement} RETURNING 1")
