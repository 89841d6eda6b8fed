"""Who may act for a seat: terms by date, alternates, absences, and one place a person."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from services.board import domain
from services.kernel import clock
from tests.integration.board.conftest import Board, holder

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def seat(board: Board, name: str, at: datetime | None = None) -> dict[str, Any]:
    query = f"?at={at.strftime('%Y-%m-%dT%H:%M:%SZ')}" if at else ""
    seats = board.call("GET", f"/v1/seats{query}", "auditor").json()["data"]
    found: dict[str, Any] = next(item for item in seats if item["seat"] == name)
    return found


def absent(board: Board, name: str, from_at: datetime, to_at: datetime, **by: Any) -> Any:
    body = {
        "from_at": from_at.isoformat(),
        "to_at": to_at.isoformat(),
        "reason": "Comisión de servicio.",
    }
    role = "board_member" if by else "secretariat"
    return board.call("POST", f"/v1/seats/{name}/absences", role, body, **by)


@pytest.fixture
def alternate(board: Board) -> str:
    """MEF's alternate, in force."""
    answer = board.appoint("mef", "mef-alt", capacity="alternate", resolution="RM 1-2026-EF")
    assert answer.status_code == 200, answer.text
    return "mef-alt"


def test_an_alternate_stands_beside_the_titular_and_waits(board: Board, alternate: str) -> None:
    shown = seat(board, "mef")
    assert (shown["holder_sub"], shown["alternate"]["holder_sub"]) == (holder("mef"), alternate)
    assert shown["alternate"]["resolution"] == "RM 1-2026-EF"
    ballot = board.open()
    refused = board.vote(ballot, "mef", sub=alternate)
    assert code(refused) == (403, "board.alternate_not_called")
    assert board.vote(ballot, "mef").status_code == 201


def test_the_alternate_votes_while_the_titular_is_absent(board: Board) -> None:
    assert board.appoint("produce", "produce-alt", capacity="alternate").status_code == 200
    now = clock.now()
    assert absent(board, "produce", now - DAY, now + HOUR).status_code == 201
    shown = seat(board, "produce")
    assert (shown["absent"], seat(board, "mef")["absent"]) == (True, False)
    ballot, other = board.open(), board.open()
    vote = board.vote(ballot, "produce", sub="produce-alt")
    assert (vote.status_code, vote.json()["capacity"]) == (201, "alternate")
    assert code(board.vote(ballot, "produce")) == (409, "board.seat_already_voted")
    assert board.vote(other, "produce").json()["capacity"] == "titular"
    listed = board.call("GET", "/v1/seats/produce/absences", "auditor").json()["data"]
    assert listed[-1]["reason"] == "Comisión de servicio."


def test_a_member_notes_its_own_absence_only(board: Board) -> None:
    now = clock.now()
    mine = absent(
        board, "mincetur", now + DAY, now + 2 * DAY, seat="mincetur", sub=holder("mincetur")
    )
    assert mine.status_code == 201, mine.text
    theirs = absent(board, "mincetur", now + DAY, now + 2 * DAY, seat="mef", sub=holder("mef"))
    assert code(theirs) == (403, "board.not_seat_holder")
    past = absent(board, "mincetur", now - 2 * DAY, now - DAY)
    assert code(past) == (422, "board.absence_period")


def test_called_alternates_may_vote_where_nobody_has(board: Board, alternate: str) -> None:
    ballot = board.open()
    assert board.vote(ballot, "produce").status_code == 201
    path = f"/v1/ballots/{ballot['id']}/alternates"
    called = board.call("POST", path)
    assert called.status_code == 200, called.text
    assert called.json()["alternates_called_at"] is not None
    assert board.call("POST", path, "secretariat").json() == called.json()
    assert board.vote(ballot, "mef", sub=alternate).status_code == 201
    assert code(board.vote(ballot, "mef")) == (409, "board.seat_already_voted")


def test_a_recused_titulars_alternate_votes_once_called(board: Board, alternate: str) -> None:
    ballot = board.open()
    assert board.decide(board.recuse(ballot, "mef")).status_code == 200
    assert code(board.vote(ballot, "mef", sub=alternate)) == (403, "board.alternate_not_called")
    for name in ("midagri", "produce", "mincetur"):
        board.vote(ballot, name)
    assert board.read(ballot)["complete"] is True
    board.call("POST", f"/v1/ballots/{ballot['id']}/alternates")
    assert board.read(ballot)["complete"] is False
    assert board.vote(ballot, "mef", sub=alternate).status_code == 201
    closed = board.close(ballot).json()
    assert (closed["result"], closed["votes_for"], closed["recused"]) == ("approved", 4, [])


def test_a_person_holds_one_place(board: Board, alternate: str) -> None:
    taken = (409, "board.person_holds_other_place")
    assert code(board.appoint("produce", holder("mef"))) == taken
    assert code(board.appoint("produce", alternate, capacity="alternate")) == taken
    assert code(board.appoint("mef", holder("mef"), capacity="alternate")) == taken
    assert seat(board, "produce")["holder_sub"] == holder("produce")


def test_the_deputy_chair_breaks_a_tie_where_the_chair_is_recused(board: Board) -> None:
    for name in domain.SEATS[1:3]:
        deputy = board.appoint(name, holder(name) + "-v", deputy_chair=True)
        assert deputy.status_code == 200, deputy.text
    seats = board.call("GET", "/v1/seats", "auditor").json()["data"]
    assert [item["seat"] for item in seats if item["deputy_chair"]] == ["mincetur"]
    assert [item["seat"] for item in seats if item["presides"]] == ["midagri"]
    ballot = board.open()
    deputy_sub = holder("mincetur") + "-v"
    raised = board.recuse(ballot, "midagri")
    assert board.decide(raised, "mincetur", sub=deputy_sub).status_code == 200
    assert board.read(ballot)["presiding"] == "mincetur"
    board.vote(ballot, "produce", "against", sub=holder("produce") + "-v")
    board.vote(ballot, "mincetur", sub=deputy_sub)
    assert board.decide(board.recuse(ballot, "mef"), "mincetur", sub=deputy_sub).status_code == 200
    closed = board.close(ballot).json()
    assert (closed["result"], closed["tie_broken_by"]) == ("approved", "mincetur")


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"capacity": "alternate", "chair": True}, "board.presides_invalid"),
        ({"chair": True, "deputy_chair": True}, "board.presides_invalid"),
        ({"valid_from": "2020-01-01T00:00:00Z"}, "board.term_period"),
        ({"valid_to": "2020-01-01T00:00:00Z"}, "board.term_period"),
        ({"valid_from": "2999-01-01T00:00:00Z"}, "board.term_period"),
    ],
)
def test_an_appointment_that_cannot_be_is_refused(
    board: Board, more: dict[str, Any], refusal: str
) -> None:
    assert code(board.appoint("produce", "someone-new", **more)) == (422, refusal)


def test_each_term_is_told_once(board: Board, owner: psycopg.Connection[Any]) -> None:
    told = owner.execute(
        "SELECT count(*), count(DISTINCT aggregate_id) FROM outbox"
        " WHERE type = 'fund.board.seat.appointed.v1'"
    ).fetchone()
    terms = owner.execute("SELECT count(*) FROM seat_term").fetchone()
    assert told is not None
    assert terms is not None
    assert told == (terms[0], terms[0])


def test_a_vote_stays_valid_when_its_seat_falls_vacant(
    board: Board, later: Callable[[timedelta], datetime]
) -> None:
    soon = (clock.now() + HOUR / 2).isoformat()
    assert board.appoint("produce", "produce-short", valid_to=soon).status_code == 200
    ballot = board.open()
    for name in ("midagri", "mef"):
        assert board.vote(ballot, name).status_code == 201
    assert board.vote(ballot, "produce", sub="produce-short").status_code == 201
    later(2 * HOUR)
    closed = board.close(ballot).json()
    assert (closed["result"], closed["votes_for"]) == ("approved", 3)
    package = board.call("GET", f"/v1/ballots/{ballot['id']}/resolution").json()
    voted = {vote["seat"] for vote in package["votes"]}
    assert voted <= {item["seat"] for item in package["seats"]}
    held = {item["seat"]: item["holder_sub"] for item in package["seats"]}
    assert held["produce"] in {"produce-short", "produce-alt"}


def test_a_term_begins_and_ends_by_date(
    board: Board, later: Callable[[timedelta], datetime]
) -> None:
    now = clock.now()
    answer = board.appoint(
        "mincetur",
        "mincetur-next",
        valid_from=(now + 2 * HOUR).isoformat(),
        valid_to=(now + 4 * HOUR).isoformat(),
    )
    assert answer.status_code == 200, answer.text
    assert seat(board, "mincetur")["holder_sub"] == holder("mincetur")
    assert seat(board, "mincetur", now + 3 * HOUR)["holder_sub"] == "mincetur-next"
    assert seat(board, "mincetur", now + 5 * HOUR)["holder_sub"] is None
    again = board.appoint("mincetur", holder("mincetur"), valid_to=(now + 3 * HOUR).isoformat())
    assert code(again) == (409, "board.term_overlaps")
    ballot = board.open(closes_at=(now + 9 * HOUR).isoformat())
    early = board.vote(ballot, "mincetur", sub="mincetur-next")
    assert code(early) == (403, "board.not_seat_holder")
    assert board.vote(ballot, "mincetur").status_code == 201
    later(3 * HOUR)
    second = board.open(closes_at=(now + 9 * HOUR).isoformat())
    assert code(board.vote(second, "mincetur")) == (403, "board.term_ended")
    assert board.vote(second, "mincetur", sub="mincetur-next").status_code == 201
    later(5 * HOUR)
    third = board.open(closes_at=(now + 9 * HOUR).isoformat())
    ended = board.vote(third, "mincetur", sub="mincetur-next")
    assert code(ended) == (403, "board.term_ended")
    assert board.read(ballot)["seats_voted"] == 1
