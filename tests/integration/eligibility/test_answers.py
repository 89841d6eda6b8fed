"""The flagged consortium answers; whoever decides reads it, another consortium cannot."""

from typing import Any

import httpx2
import pytest
from sqlalchemy.exc import DBAPIError

from services.kernel.ids import new_id
from services.kernel.work import Principal
from tests.factories.eligibility import ScriptedOpa, application, decision, finding
from tests.integration.eligibility.conftest import Room

SECRETARIAT = Principal(sub="secretaria", role="secretariat")
BOARD = Principal(sub="mef", role="board_member", seat="mef")
DOCUMENT = new_id("doc")
ANSWER = {"text": "Vienen de la sucesión de don Julián.", "document_ids": [DOCUMENT]}


def applicant(consortium_id: str) -> Principal:
    return Principal(sub="socia", role="applicant", consortium_id=consortium_id)


async def flagged(room: Room, **changes: Any) -> dict[str, Any]:
    """An assessment with a signal about splitting; the room's caller is then the consortium."""
    room.opa.script = ScriptedOpa(decision(finding("SPL-001", severity="signal")))
    body = room.neighbours.know(application(documents=[{"id": DOCUMENT}], **changes))
    made = await room.assess(body["id"])
    assert made.status_code == 201, made.text
    given: dict[str, Any] = made.json()
    assert given["answers"] == []
    room.principal = applicant(given["consortium_id"])
    return given


async def answer(
    room: Room, given: dict[str, Any], code: str = "SPL-001", **changes: Any
) -> httpx2.Response:
    path = f"/v1/assessments/{given['id']}/findings/{code}/answers"
    return await room.post(path, {**ANSWER, **changes})


async def test_the_flagged_party_sees_the_reason_and_answers(room: Room) -> None:
    given = await flagged(room)
    seen = (await room.get(f"/v1/assessments/{given['id']}")).json()
    assert seen["findings"] == given["findings"]
    said = await answer(room, given)
    assert said.status_code == 201, said.text
    kept = said.json()
    assert (kept["finding_code"], kept["text"], kept["answered_by"]) == (
        "SPL-001",
        ANSWER["text"],
        "socia",
    )
    second = (await answer(room, given, document_ids=[])).json()
    for reader in (SECRETARIAT, BOARD, applicant(given["consortium_id"])):
        room.principal = reader
        read = (await room.get(f"/v1/assessments/{given['id']}")).json()
        assert read == {**given, "answers": [kept, second]}
        listed = await room.get(f"/v1/assessments/{given['id']}/findings/SPL-001/answers")
        assert listed.json() == {"data": [kept, second], "next_cursor": None}
    [(count,)] = await room.rows(
        "SELECT count(*) FROM audit WHERE subject = :id AND action = 'eligibility.answer.give'",
        id=given["id"],
    )
    assert count == 2


async def test_another_consortium_and_who_decides_cannot_answer(room: Room) -> None:
    given = await flagged(room)
    room.principal = applicant(new_id("con"))
    assert (await answer(room, given)).status_code == 404
    path = f"/v1/assessments/{given['id']}/findings/SPL-001/answers"
    assert (await room.get(path)).status_code == 404
    for other in (SECRETARIAT, BOARD):
        room.principal = other
        assert (await answer(room, given)).status_code == 403
    [(count,)] = await room.rows(
        "SELECT count(*) FROM finding_answer WHERE assessment_id = :id", id=given["id"]
    )
    assert count == 0


async def test_only_what_was_found_is_answered(room: Room) -> None:
    given = await flagged(room)
    assert (await answer(room, given, code="SPL-002")).status_code == 404
    assert (await answer(room, given, code="nothing")).status_code == 422
    missing = {**given, "id": new_id("ass")}
    assert (await answer(room, missing)).status_code == 404


async def test_after_the_term_no_answer_is_taken(room: Room) -> None:
    over = await flagged(room, amendment_due_at="2026-03-20T05:00:00Z")
    late = await answer(room, over)
    assert (late.status_code, late.json()["code"]) == (409, "eligibility.answer_term_over")
    assert "20/03/2026 00:00" in late.json()["detail"]


async def test_the_amendments_term_counts_when_there_is_one(room: Room) -> None:
    room_term = "2099-01-02T05:00:00Z"
    given = await flagged(room, amendment_due_at=room_term)
    assert (await answer(room, given)).json()["due_at"] == room_term


async def test_a_document_must_be_in_the_dossier(room: Room) -> None:
    given = await flagged(room)
    said = await answer(room, given, document_ids=[DOCUMENT, new_id("doc")])
    assert (said.status_code, said.json()["code"]) == (422, "eligibility.document_unknown")
    assert [error["pointer"] for error in said.json()["errors"]] == ["/document_ids/1"]


@pytest.mark.parametrize(
    "changes",
    [{"text": ""}, {"text": "\x00"}, {"text": None}, {"document_ids": ["doc_1"]}, {"more": 1}],
)
async def test_no_body_breaks_it(room: Room, changes: dict[str, Any]) -> None:
    given = await flagged(room)
    assert (await answer(room, given, **changes)).status_code == 422


async def test_there_is_an_end_to_answering(room: Room) -> None:
    given = await flagged(room)
    for _ in range(20):
        assert (await answer(room, given)).status_code == 201
    full = await answer(room, given)
    assert (full.status_code, full.json()["code"]) == (409, "eligibility.answers_full")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE finding_answer SET text = 'otra' WHERE assessment_id = :id",
        "DELETE FROM finding_answer WHERE assessment_id = :id",
    ],
)
async def test_postgresql_refuses_to_change_an_answer(room: Room, sql: str) -> None:
    given = await flagged(room)
    assert (await answer(room, given)).status_code == 201
    with pytest.raises(DBAPIError):
        await room.rows(sql, id=given["id"])
