"""However a ballot ends, whoever answered it: its acta is drawn, signed, sealed and proven."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from clients.fondo.verifying import verify
from services.board import domain
from services.kernel import clock
from tests.integration.board.conftest import Board, holder
from tests.integration.board.test_actas import download, drawn, seal, sign, with_secretary
from tests.integration.board.test_endings import again, defer
from tests.integration.board.test_seats import absent

Later = Callable[[timedelta], datetime]
CONDITION = {"text": "Contar con agua", "evidence": "Licencia de la ANA", "due_working_days": 20}


def proven(board: Board, ballot: dict[str, Any]) -> dict[str, Any]:
    """The content of the ballot's acta, once all who took part have signed it."""
    acta = drawn(board, ballot)
    for one in acta["missing"]:
        answer = sign(board, acta, one["seat"], sub=one["holder_sub"])
        assert answer.status_code == 201, answer.text
    if not acta["missing"]:
        assert seal(board, acta).status_code == 200
    for form in ("file", "pdf"):
        assert verify(download(board, acta, form)).faults == ()
    content: dict[str, Any] = acta["content"]
    return content


def votes_of(content: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        vote["statement"]["seat"]: (vote["statement"]["choice"], vote["capacity"])
        for vote in content["matters"][0]["votes"]
    }


def test_an_approval_on_conditions_with_one_who_may_not_vote(board: Board) -> None:
    ballot = board.open()
    board.vote(ballot, "midagri", conditions=[CONDITION])
    board.vote(ballot, "produce", "abstain")
    board.vote(ballot, "mincetur", conditions=[CONDITION, {**CONDITION, "text": "Otra"}])
    board.vote(ballot, "mef", "against", reason="Cuesta mucho 😀.")
    assert board.close(ballot).json()["result"] == "approved"
    content = proven(board, ballot)
    (matter,) = content["matters"]
    assert [one["text"] for one in matter["outcome"]["conditions"]] == ["Contar con agua", "Otra"]
    assert [one["seat"] for one in matter["dissent"]] == ["mef"]


def test_an_absent_titulars_alternate_and_a_recused_chair(board: Board) -> None:
    assert board.appoint("produce", "produce-alt", capacity="alternate").status_code == 200
    board.appoint("mincetur", holder("mincetur"), deputy_chair=True)
    now = clock.now()
    assert absent(board, "produce", now - timedelta(1), now + timedelta(hours=1)).status_code == 201
    ballot = board.open()
    board.decide(board.recuse(ballot, "midagri"), "mincetur")
    assert board.vote(ballot, "produce", "against", sub="produce-alt").status_code == 201
    assert board.vote(ballot, "mincetur").status_code == 201
    board.decide(board.recuse(ballot, "mef"), "mincetur")
    assert board.close(ballot).json()["tie_broken_by"] == "mincetur"
    content = proven(board, ballot)
    assert votes_of(content)["produce"] == ("against", "alternate")
    assert content["presiding"] == {"seat": "mincetur", "holder_sub": holder("mincetur")}


def test_called_alternates_and_a_successor(board: Board) -> None:
    assert board.appoint("mef", "mef-alt", capacity="alternate").status_code == 200
    ballot = board.open()
    for seat in ("midagri", "produce"):
        assert board.vote(ballot, seat).status_code == 201
    assert board.appoint("mincetur", "sucesora-1").status_code == 200
    assert board.vote(ballot, "mincetur", sub="sucesora-1").status_code == 201
    assert board.call("POST", f"/v1/ballots/{ballot['id']}/alternates").status_code == 200
    assert board.vote(ballot, "mef", sub="mef-alt").status_code == 201
    assert board.appoint("produce", "sucesor-2").status_code == 200
    assert board.close(ballot).status_code == 200
    content = proven(board, ballot)
    assert votes_of(content)["mef"] == ("for", "alternate")
    assert {term["holder_sub"] for term in content["terms"]} >= {"sucesora-1", holder("produce")}


@pytest.mark.parametrize("voters", [("mef",), ()])
def test_a_second_call_without_quorum(board: Board, later: Later, voters: tuple[str, ...]) -> None:
    with_secretary(board)
    ballot = board.open()
    for seat in voters:
        assert board.vote(ballot, seat).status_code == 201
    after = later(timedelta(hours=2))
    assert board.second_call(ballot, after + timedelta(hours=1)).status_code == 200
    later(timedelta(hours=4))
    assert board.close(ballot).json()["state"] == "lapsed"
    (matter,) = proven(board, ballot)["matters"]
    assert matter["outcome"]["result"] is None
    assert matter["outcome"]["resolution_number"] is None
    assert [one["seat"] for one in matter["answered"]] == list(voters)
    assert "choice" not in json.dumps(matter), "what was chosen stays with who chose it"


def test_a_deferral_and_the_ballot_that_takes_it_up(board: Board) -> None:
    ballot = board.open()
    assert board.vote(ballot, "produce").status_code == 201
    assert defer(board, ballot, "midagri").status_code == 200
    content = proven(board, ballot)
    (matter,) = content["matters"]
    assert matter["deferral"]["statement"]["reason"] == "Falta un informe."
    assert [one["seat"] for one in matter["answered"]] == ["produce"]
    assert matter["votes"] == []
    assert [one["seat"] for one in content["attendance"]] == ["midagri", "produce"]
    assert content["presiding"] == {"seat": "midagri", "holder_sub": holder("midagri")}
    reopened = again(board, ballot).json()
    for seat in domain.SEATS:
        assert board.vote(reopened, seat).status_code == 201
    assert board.close(reopened).status_code == 200
    assert proven(board, reopened)["matters"][0]["cites_ballot_id"] == ballot["id"]
