"""A ballot on an amendment of an agreement: its file holds what is proposed."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from services.board import domain
from services.kernel import clock
from services.kernel.ids import new_id
from services.kernel.proof import sha256_of
from tests.factories.dossier import subject
from tests.integration.board.conftest import Board

PROPOSED = "cd" * 32


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def amended(board: Board, **changes: Any) -> dict[str, str]:
    """An application with an agreement, and an addendum of it; the body that opens its ballot."""
    about = subject()
    board.neighbours.know(about)
    addendum = {
        "id": new_id("add"),
        "agreement_id": new_id("agr"),
        "application_id": about["application_id"],
        "number": 1,
        "reason": "El proveedor entrega por partes.",
        "drafted_by": "rosa",
        "approver": "sara",
        "due_on": "2026-12-30",
        "changes": {"lines": [], "tranches": [], "totals": [], "texts": []},
        "proposal": {"type": "fondo.addendum.v1", "number": 1},
        "proposal_sha256": PROPOSED,
        **changes,
    }
    path = f"/v1/addenda/{addendum['id']}"
    board.neighbours.bodies["disbursement", path] = addendum
    return {**about, "dossier_sha256": PROPOSED, "addendum_id": str(addendum["id"])}


def opened(board: Board, body: dict[str, str]) -> Any:
    closes_at = (clock.now() + timedelta(hours=1)).isoformat()
    return board.call("POST", "/v1/ballots", body={**body, "closes_at": closes_at})


def test_the_board_votes_on_what_an_addendum_proposes(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    body = amended(board)
    answer = opened(board, body)
    assert answer.status_code == 201, answer.text
    ballot = answer.json()
    assert (ballot["addendum_id"], ballot["dossier_sha256"]) == (body["addendum_id"], PROPOSED)
    assert opened(board, body).json()["id"] == ballot["id"]
    dossier = board.call("GET", f"/v1/ballots/{ballot['id']}/dossier", "auditor").json()
    assert sha256_of(dossier["file"]) == ballot["file_sha256"]
    assert dossier["file"]["addendum"]["proposal"] == {"type": "fondo.addendum.v1", "number": 1}
    assert dossier["file"]["subject"]["dossier_sha256"] == PROPOSED
    assert board.call("GET", f"/v1/ballots/{ballot['id']}/dossier.pdf", "auditor").is_success
    for seat in domain.SEATS:
        assert board.vote(ballot, seat).status_code == 201
    assert board.close(ballot).json()["result"] == "approved"
    resolution = board.call("GET", f"/v1/ballots/{ballot['id']}/resolution", "auditor").json()
    assert resolution["addendum_id"] == body["addendum_id"]
    (told,) = owner.execute(
        "SELECT body FROM outbox WHERE aggregate_id = %s AND type = %s",
        [ballot["id"], "fund.board.ballot.decided.v1"],
    ).fetchall()
    assert body["addendum_id"] in str(told[0])


def test_an_addendum_of_another_text_or_application_is_not_voted_on(board: Board) -> None:
    body = amended(board)
    other = opened(board, {**body, "dossier_sha256": "ef" * 32})
    assert code(other) == (409, "board.dossier_differs")
    strange = amended(board, application_id=new_id("app"))
    assert code(opened(board, strange)) == (409, "board.dossier_differs")
    unknown = opened(board, {**body, "addendum_id": new_id("add")})
    assert code(unknown) == (503, "kernel.neighbour_unavailable")


def test_a_ballot_keeps_its_addendum(board: Board, app_role: psycopg.Connection[Any]) -> None:
    ballot = opened(board, amended(board)).json()
    changed = "UPDATE ballot SET addendum_id = NULL, version = version + 1 WHERE id = %s"
    with pytest.raises(psycopg.errors.RestrictViolation):
        app_role.execute(changed, [ballot["id"]])


def test_a_ballot_of_another_addendum_is_not_cited(board: Board) -> None:
    body = amended(board)
    ballot = opened(board, body).json()
    for seat in domain.SEATS:
        board.vote(ballot, seat, "against")
    assert board.close(ballot).json()["result"] == "rejected"
    again = amended(board)
    cited = opened(board, {**again, "cites_ballot_id": ballot["id"]})
    assert code(cited) == (409, "board.cannot_reopen")
    assert opened(board, {**body, "cites_ballot_id": ballot["id"]}).status_code == 201
