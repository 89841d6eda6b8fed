"""A ballot's compiled dossier over HTTP: read, drawn, compiled again."""

import hashlib
import io
from datetime import timedelta
from typing import Any

import httpx2
import psycopg
import pytest
from pypdf import PdfReader

from services.kernel import clock
from services.kernel.ids import new_id
from services.kernel.proof import canonical, sha256_of
from services.paper.drawing import attachments_of
from tests.factories.dossier import SUBJECT
from tests.integration.board.conftest import Board, holder
from tests.support import signing


def ok(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code in {200, 201}, answer.text
    body: dict[str, Any] = answer.json()
    return body


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def dossier(board: Board, ballot: dict[str, Any], seat: str = "mef") -> dict[str, Any]:
    path = f"/v1/ballots/{ballot['id']}/dossier"
    return ok(board.call("GET", path, "board_member", seat=seat, sub=holder(seat)))


def again(
    board: Board, ballot: dict[str, Any], reason: str = "Se adjuntó el contrato.", **more: Any
) -> httpx2.Response:
    path = f"/v1/ballots/{ballot['id']}/dossier"
    return board.call("POST", path, "secretariat", {"reason": reason}, **more)


def application(board: Board, ballot: dict[str, Any]) -> dict[str, Any]:
    return board.neighbours.bodies["applications", f"/v1/applications/{ballot['application_id']}"]


@pytest.fixture
def ballot(board: Board) -> dict[str, Any]:
    return board.open()


def test_one_call_gives_all_to_decide_on_under_the_hash_that_is_signed(
    board: Board, ballot: dict[str, Any]
) -> None:
    found = dossier(board, ballot)
    assert found["file_sha256"] == ballot["file_sha256"] == sha256_of(found["file"])
    assert hashlib.sha256(canonical(found["file"])).hexdigest() == found["file_sha256"]
    assert (found["sequence"], found["earlier"]) == (1, [])
    assert found["file"]["subject"] == {**{n: ballot[n] for n in SUBJECT}, "round": 1}
    assert {one["part"] for one in found["parts"]} == set(found["file"]) - {"type"}
    assert found["ballot"]["closes_at"] == ballot["closes_at"]
    assert "votes" not in found["ballot"]


def test_the_paper_says_the_same_and_carries_the_file(board: Board, ballot: dict[str, Any]) -> None:
    path = f"/v1/ballots/{ballot['id']}/dossier.pdf"
    answer = board.call("GET", path, "board_member", seat="mef", sub=holder("mef"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    inside = attachments_of(answer.content)["expediente.json"]
    assert hashlib.sha256(inside).hexdigest() == ballot["file_sha256"]
    text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert "Expediente para decisión del consejo directivo" in text
    assert board.call("GET", path, "secretariat").content == answer.content


def test_members_secretariat_and_auditor_read_it_and_nobody_else(
    board: Board, ballot: dict[str, Any]
) -> None:
    for end in ("dossier", "dossier.pdf"):
        path = f"/v1/ballots/{ballot['id']}/{end}"
        for role in ("applicant", "partner", "operator"):
            assert board.call("GET", path, role).status_code in {403, 404}
        for role in ("secretariat", "auditor"):
            assert board.call("GET", path, role).status_code == 200
    missing = new_id("bal")
    assert board.call("GET", f"/v1/ballots/{missing}/dossier", "auditor").status_code == 404
    assert board.call("GET", f"/v1/ballots/{missing}/dossier.pdf", "auditor").status_code == 404
    assert code(again(board, {"id": missing})) == (404, "http.not_found")
    body = {"reason": "Porque sí."}
    path = f"/v1/ballots/{ballot['id']}/dossier"
    assert board.call("POST", path, "service", body).status_code == 403


def test_an_unchanged_dossier_is_not_replaced(board: Board, ballot: dict[str, Any]) -> None:
    ok(board.vote(ballot, "mef"))
    assert code(again(board, ballot)) == (409, "board.dossier_unchanged")
    assert dossier(board, ballot)["sequence"] == 1
    assert board.read(ballot)["seats_voted"] == 1


def test_a_changed_one_voids_the_votes_and_says_why(
    board: Board, ballot: dict[str, Any], owner: psycopg.Connection[Any]
) -> None:
    ok(board.vote(ballot, "mef"))
    ok(board.vote(ballot, "midagri"))
    old = signing.signed_vote(ballot, "produce", holder("produce"), signed_at=clock.now())
    application(board, ballot)["documents"][0]["sha256"] = "00" * 32

    key = new_id("key")
    answer = again(board, ballot, key=key)
    replaced = ok(answer)
    assert again(board, ballot, key=key).json() == replaced
    assert replaced["sequence"] == 2
    assert replaced["reason"] == "Se adjuntó el contrato."
    assert replaced["file"]["replaces"] == ballot["file_sha256"]
    assert [one["file_sha256"] for one in replaced["earlier"]] == [ballot["file_sha256"]]

    now = board.read(ballot)
    assert (now["seats_voted"], now["file_sha256"]) == (0, replaced["file_sha256"])
    board.with_key(holder("produce"))
    refused = board.vote(ballot, "produce", body=old)
    assert code(refused) == (409, "board.wrong_dossier")
    assert "Se adjuntó el contrato." in refused.json()["detail"]
    for seat in ("midagri", "produce", "mincetur", "mef"):
        ok(board.vote(now, seat))
    assert ok(board.close(ballot))["result"] == "approved"
    kept = owner.execute(
        "SELECT file_sha256, count(*) FROM vote WHERE ballot_id = %s GROUP BY 1", [ballot["id"]]
    ).fetchall()
    assert dict(kept) == {ballot["file_sha256"]: 2, now["file_sha256"]: 4}
    event = owner.execute(
        "SELECT body->'data' FROM outbox WHERE aggregate_id = %s AND type LIKE %s",
        [ballot["id"], "%dossier_replaced%"],
    ).fetchall()
    assert [row[0]["voided"] for row in event] == [["midagri", "mef"]]
    assert event[0][0]["reason"] == "Se adjuntó el contrato."


def test_going_back_to_what_it_was_revives_no_vote(board: Board, ballot: dict[str, Any]) -> None:
    ok(board.vote(ballot, "mef"))
    documents = application(board, ballot)["documents"]
    before = documents[0]["sha256"]
    documents[0]["sha256"] = "00" * 32
    ok(again(board, ballot))
    documents[0]["sha256"] = before
    third = ok(again(board, ballot, "El documento era el primero."))
    assert third["sequence"] == 3
    assert third["file_sha256"] != ballot["file_sha256"]
    assert board.read(ballot)["seats_voted"] == 0
    assert code(again(board, ballot)) == (409, "board.dossier_unchanged")


def test_another_dossier_of_the_application_needs_another_ballot(
    board: Board, ballot: dict[str, Any]
) -> None:
    application(board, ballot)["dossier_sha256"] = "cd" * 32
    refused = again(board, ballot)
    assert code(refused) == (409, "board.dossier_differs")
    assert "retire la votación" in refused.json()["detail"]


def test_a_closed_ballot_keeps_its_dossier(board: Board, ballot: dict[str, Any]) -> None:
    for seat in ("midagri", "produce", "mincetur", "mef"):
        ok(board.vote(ballot, seat))
    ok(board.close(ballot))
    application(board, ballot)["documents"].clear()
    assert code(again(board, ballot)) == (409, "board.ballot_closed")


def test_a_silent_neighbour_opens_and_changes_nothing(
    board: Board, ballot: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board.neighbours, "bodies", {})
    answer = board.call("POST", "/v1/ballots", body=_opening(board))
    assert code(answer) == (422, "board.application_unknown")
    known = {name: ballot[name] for name in SUBJECT}
    board.neighbours.know(known)
    for asked in [one for one in board.neighbours.bodies if one[0] != "applications"]:
        body = board.neighbours.bodies.pop(asked)
        assert again(board, ballot).status_code == 503
        board.neighbours.bodies[asked] = body
    assert dossier(board, ballot)["sequence"] == 1


def _opening(board: Board) -> dict[str, Any]:
    return {
        "application_id": new_id("app"),
        "consortium_id": new_id("con"),
        "call_id": new_id("cal"),
        "dossier_sha256": "ab" * 32,
        "closes_at": (clock.now() + timedelta(hours=1)).isoformat(),
    }


def test_earlier_ballots_of_the_consortium_are_told(board: Board, ballot: dict[str, Any]) -> None:
    for seat in ("midagri", "produce", "mincetur", "mef"):
        ok(board.vote(ballot, seat, "against"))
    ended = ok(board.close(ballot))
    later = board.open(consortium_id=ballot["consortium_id"])
    told = dossier(board, later)["file"]["earlier"]["ballots"]
    assert [(one["ballot_id"], one["result"], one["resolution_number"]) for one in told] == [
        (ballot["id"], "rejected", ended["resolution_number"])
    ]


def test_a_party_that_comes_with_a_later_file_is_matched_too(
    board: Board, ballot: dict[str, Any]
) -> None:
    number = "10447915125"
    interest = {
        "kind": "ruc",
        "value": number,
        "name": "Un proveedor",
        "relation": "Es de mi hermano",
        "ground": 1,
        "valid_from": "2020-01-01",
    }
    ok(board.call("POST", "/v1/interests", "board_member", interest, seat="mef", sub=holder("mef")))
    facts = board.neighbours.facts({name: ballot[name] for name in SUBJECT})
    facts["profile"]["suppliers"].append({"ruc": number, "name": "Un proveedor"})
    ok(board.vote(ballot, "mef"))
    replaced = ok(again(board, ballot, "Hay un proveedor más."))
    assert [(one["seat"], one["origin"]) for one in replaced["recusals"]] == [("mef", "detected")]
    assert code(board.vote(board.read(ballot), "mef")) == (409, "board.recusal_pending")
