"""A ballot that ends otherwise than by a count, comes again, or approves on conditions; and who
may read of it meanwhile."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from services.board import domain
from services.kernel import clock
from services.kernel.working_days import working_day
from tests.factories.dossier import SUBJECT
from tests.integration.board.conftest import Board, holder
from tests.support import signing

PARTS = ("application_id", "consortium_id", "call_id", "dossier_sha256")


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def defer(board: Board, ballot: dict[str, Any], seat: str, days: int = 10) -> Any:
    sub = holder(seat)
    board.with_key(sub)
    until = working_day(clock.lima_date(clock.now()), days)
    body = signing.signed_deferral(ballot, seat, sub, reason="Falta un informe.", until=until)
    path = f"/v1/ballots/{ballot['id']}/deferral"
    return board.call("POST", path, "board_member", body, seat=seat, sub=sub)


def again(board: Board, ballot: dict[str, Any], **changes: Any) -> Any:
    body = {name: ballot[name] for name in PARTS} | {"cites_ballot_id": ballot["id"], **changes}
    body["closes_at"] = (clock.now() + timedelta(hours=1)).isoformat()
    return board.call("POST", "/v1/ballots", body=body)


def test_who_presides_defers_and_a_new_ballot_takes_it_up_again(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    ballot = board.open()
    board.vote(ballot, "produce")
    assert code(defer(board, ballot, "mef")) == (403, "board.not_presiding")
    assert code(defer(board, ballot, "midagri", 31)) == (422, "board.deferral_date")
    deferred = defer(board, ballot, "midagri")
    assert deferred.status_code == 200, deferred.text
    body = deferred.json()
    assert (body["state"], body["deferral"]["seat"]) == ("deferred", "midagri")
    assert [vote["choice"] for vote in body["votes"]] == [None]
    assert code(board.vote(ballot, "mef")) == (409, "board.ballot_closed")
    assert board.close(ballot).json()["result"] is None
    signature = owner.execute(
        "SELECT signature FROM deferral WHERE ballot_id = %s", [ballot["id"]]
    ).fetchone()
    assert signature is not None

    reopened = again(board, ballot)
    assert reopened.status_code == 201, reopened.text
    second = reopened.json()
    assert (second["cites_ballot_id"], second["seats_voted"]) == (ballot["id"], 0)
    assert again(board, ballot).json()["id"] == second["id"]
    for seat in domain.SEATS:
        assert board.vote(second, seat).status_code == 201
    assert board.close(second).json()["result"] == "approved"
    assert code(again(board, second)) == (409, "board.cannot_reopen")


def test_only_an_ended_ballot_of_the_same_application_is_cited(board: Board) -> None:
    ballot, other = board.open(), board.open()
    assert code(again(board, ballot)) == (409, "board.cannot_reopen")
    for seat in domain.SEATS:
        board.vote(ballot, seat, "against")
    assert board.close(ballot).json()["result"] == "rejected"
    cited = again(board, other, cites_ballot_id=ballot["id"])
    assert code(cited) == (409, "board.cannot_reopen")
    first = again(board, ballot)
    assert first.status_code == 201, first.text
    board.call("POST", f"/v1/ballots/{first.json()['id']}/withdrawal", body={"reason": "x"})
    board.neighbours.know({**{n: ballot[n] for n in SUBJECT}, "dossier_sha256": "cd" * 32})
    changed = again(board, ballot, dossier_sha256="cd" * 32)
    assert code(changed) == (409, "board.ballot_reopened")


def test_a_withdrawn_ballot_takes_no_votes_and_frees_its_application(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    ballot = board.open()
    path = f"/v1/ballots/{ballot['id']}/withdrawal"
    body = {"reason": "El consorcio retiró su solicitud."}
    withdrawn = board.call("POST", path, body=body)
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "withdrawn")
    assert board.call("POST", path, body=body).json() == withdrawn.json()
    assert code(board.vote(ballot, "mef")) == (409, "board.ballot_closed")
    told = owner.execute(
        "SELECT type FROM outbox WHERE aggregate_id = %s ORDER BY seq", [ballot["id"]]
    ).fetchall()
    assert told[-1] == ("fund.board.ballot.withdrawn.v1",)
    next_one = board.open(application_id=ballot["application_id"], dossier_sha256="ef" * 32)
    assert next_one["state"] == "open"
    decided = board.open()
    for seat in domain.SEATS:
        board.vote(decided, seat)
    board.close(decided)
    late = board.call("POST", f"/v1/ballots/{decided['id']}/withdrawal", body=body)
    assert code(late) == (409, "board.transition_refused")


def condition(text: str, days: int = 10) -> dict[str, Any]:
    return {"text": text, "evidence": "Copia certificada.", "due_working_days": days}


def test_an_approval_is_subject_to_the_conditions_of_its_votes(board: Board) -> None:
    ballot = board.open()
    water, policy = condition("Licencia de agua.", 20), condition("Póliza de caución.")
    board.vote(ballot, "midagri", conditions=[water])
    board.vote(ballot, "produce", conditions=[policy, water])
    board.vote(ballot, "mincetur")
    board.vote(ballot, "mef", "against")
    assert board.close(ballot).json()["conditions"] == [water, policy]
    package = board.call("GET", f"/v1/ballots/{ballot['id']}/resolution").json()
    assert package["conditions"] == [water, policy]
    assert package["file_sha256"] == ballot["file_sha256"]
    assert all(vote["signature"] and vote["key_id"] for vote in package["votes"])
    refused = board.open()
    board.vote(refused, "midagri", conditions=[water])
    for seat in ("produce", "mincetur", "mef"):
        board.vote(refused, seat, "against")
    assert board.close(refused).json()["conditions"] == []


def choices(board: Board, ballot: dict[str, Any], role: str, **by: Any) -> list[str | None]:
    body = board.call("GET", f"/v1/ballots/{ballot['id']}", role, **by).json()
    return [vote["choice"] for vote in body["votes"]]


@pytest.mark.parametrize("blind", [True, False])
def test_who_learns_of_a_vote_before_the_decision(board: Board, blind: bool) -> None:
    ballot = board.open(blind=blind)
    board.vote(ballot, "produce", "against")
    board.vote(ballot, "mef")
    everything = ["against", "for"]
    nothing: list[str | None] = [None, None]
    shown = nothing if blind else everything
    own = {"seat": "mef", "sub": holder("mef")}
    assert choices(board, ballot, "board_member", **own) == ([None, "for"] if blind else everything)
    for role in ("secretariat", "auditor"):
        assert choices(board, ballot, role) == shown
    for role in ("service", "operator"):
        assert choices(board, ballot, role) == nothing
    board.vote(ballot, "midagri")
    board.vote(ballot, "mincetur")
    board.close(ballot)
    assert choices(board, ballot, "operator") == ["for", "against", "for", "for"]


def test_whom_it_is_about_learns_nothing_before_the_decision(board: Board) -> None:
    ballot = board.open()
    mine = {"consortium_id": ballot["consortium_id"]}
    paths = [f"/v1/ballots/{ballot['id']}{suffix}" for suffix in ("", "/resolution")]
    for path in paths:
        assert board.call("GET", path, "applicant", claims=mine).status_code == 404
        partner = board.call("GET", path, "partner", claims={"program": "agroideas"})
        assert partner.status_code == 403
    for seat in domain.SEATS:
        board.vote(ballot, seat)
    board.close(ballot)
    other = {"consortium_id": board.open()["consortium_id"]}
    for path in paths:
        assert board.call("GET", path, "applicant", claims=mine).status_code == 200
        assert board.call("GET", path, "applicant", claims=other).status_code == 404


def test_the_inbox_tells_what_waits_and_why_not(board: Board) -> None:
    def waiting(ballot: dict[str, Any], seat: str, sub: str | None = None) -> dict[str, Any]:
        who = {"seat": seat, "sub": sub or holder(seat)}
        body = board.call("GET", "/v1/inbox", "board_member", **who).json()
        return next(item for item in body["ballots"] if item["ballot"]["id"] == ballot["id"])

    ballot = board.open(closes_at=(clock.now() + timedelta(days=7)).isoformat())
    mine = waiting(ballot, "mef")
    assert (mine["may_vote"], mine["refusal"], mine["presides"]) == (True, None, False)
    assert 3 <= mine["working_days_left"] <= 5
    board.vote(ballot, "mef")
    after = waiting(ballot, "mef")
    assert (after["may_vote"], after["refusal"], after["voted"]) == (
        False,
        "board.seat_already_voted",
        True,
    )
    assert waiting(ballot, "midagri")["presides"] is True
    assert board.appoint("mef", "mef-stand-in", capacity="alternate").status_code == 200
    stand_in = waiting(ballot, "mef", "mef-stand-in")
    assert (stand_in["capacity"], stand_in["refusal"]) == (
        "alternate",
        "board.alternate_not_called",
    )
    nobody = board.call("GET", "/v1/inbox", "board_member", seat="mef", sub="stranger")
    assert nobody.json() == {
        "seat": None,
        "ballots": [],
        "recusals": [],
        "actas": [],
    }
