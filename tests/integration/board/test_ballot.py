"""A ballot over HTTP from its opening to its resolution."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from services.kernel import clock
from services.kernel.ids import new_id
from tests.integration.board.conftest import Board, holder
from tests.support import signing

HOUR = timedelta(hours=1)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def events(owner: psycopg.Connection[Any], ballot: dict[str, Any]) -> list[dict[str, Any]]:
    rows = owner.execute(
        "SELECT body FROM outbox WHERE aggregate_id = %s ORDER BY aggregate_version",
        [ballot["id"]],
    )
    return [row[0] for row in rows]


def test_four_votes_decide_and_the_resolution_tells_all(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    ballot = board.open()
    for seat in ("midagri", "produce", "mincetur"):
        answer = board.vote(ballot, seat)
        assert answer.status_code == 201, answer.text
    assert code(board.close(ballot)) == (409, "board.not_complete")
    assert board.vote(ballot, "mef", "against").status_code == 201

    hidden = board.read(ballot)
    assert hidden["complete"] is True
    assert [vote["choice"] for vote in hidden["votes"]] == [None] * 4
    assert code(board.call("GET", f"/v1/ballots/{ballot['id']}/resolution")) == (
        409,
        "board.not_decided",
    )

    decided = board.close(ballot)
    assert decided.status_code == 200, decided.text
    assert decided.json()["state"] == "decided"
    assert decided.json()["result"] == "approved"
    assert [vote["choice"] for vote in decided.json()["votes"]] == ["for", "for", "for", "against"]

    package = board.call("GET", f"/v1/ballots/{ballot['id']}/resolution").json()
    told = events(owner, ballot)
    assert [event["type"].removeprefix("fund.board.") for event in told] == [
        "ballot.opened.v1",
        *["vote.cast.v1"] * 4,
        "ballot.decided.v1",
    ]
    assert told[-1]["data"] == package
    assert [event["aggregateversion"] for event in told] == [1, 2, 3, 4, 5, 6]
    casts = [event["data"] for event in told[1:-1]]
    assert [(cast["seats_voted"], cast["complete"]) for cast in casts] == [
        (1, False),
        (2, False),
        (3, False),
        (4, True),
    ]
    assert not any("choice" in cast for cast in casts)
    assert package["resolution_number"].endswith(f"-{clock.lima_date(clock.now()).year}-FC")
    assert {vote["seat"]: vote["holder_sub"] for vote in package["votes"]} == {
        seat["seat"]: seat["holder_sub"] for seat in package["seats"]
    }
    stored = owner.execute(
        "SELECT policy_input, policy_answer, policy_revision FROM ballot WHERE id = %s",
        [ballot["id"]],
    ).fetchone()
    assert stored is not None
    assert stored[0]["votes"][3] == {"seat": "mef", "choice": "against", "conditions": []}
    assert stored[1]["result"] == "approved"
    assert stored[2] == package["policy_revision"]

    assert board.close(ballot).json() == decided.json()
    assert code(board.vote(ballot, "mef")) == (409, "board.ballot_closed")


@pytest.mark.parametrize(("chair_choice", "result"), [("for", "approved"), ("against", "rejected")])
def test_the_chair_breaks_a_tie(board: Board, chair_choice: str, result: str) -> None:
    ballot = board.open()
    other = "against" if chair_choice == "for" else "for"
    choices = {"midagri": chair_choice, "produce": chair_choice, "mincetur": other, "mef": other}
    for seat, choice in choices.items():
        assert board.vote(ballot, seat, choice).status_code == 201
    closed = board.close(ballot).json()
    assert (closed["result"], closed["tie_broken_by"]) == (result, "midagri")


def test_without_quorum_comes_a_second_call_and_then_it_lapses(
    board: Board, later: Callable[[timedelta], datetime], owner: psycopg.Connection[Any]
) -> None:
    ballot = board.open()
    board.vote(ballot, "mef")
    board.vote(ballot, "produce")
    now = later(2 * HOUR)
    assert code(board.vote(ballot, "mincetur")) == (409, "board.ballot_closed")
    assert code(board.close(ballot)) == (409, "board.quorum_not_met")
    assert board.read(ballot)["state"] == "open"

    called = board.second_call(ballot, now + HOUR)
    assert (called.status_code, called.json()["state"]) == (200, "second_call")
    assert code(board.second_call(ballot, now + HOUR)) == (
        409,
        "board.transition_refused",
    )
    assert code(board.close(ballot)) == (409, "board.not_complete")
    later(4 * HOUR)
    lapsed = board.close(ballot).json()
    assert (lapsed["state"], lapsed["result"], lapsed["resolution_number"]) == (
        "lapsed",
        None,
        None,
    )
    assert board.close(ballot).json() == lapsed
    told = events(owner, ballot)
    assert told[-1]["type"] == "fund.board.ballot.lapsed.v1"
    assert told[-1]["data"]["present"] == 2


def test_a_third_vote_on_the_second_call_decides(
    board: Board, later: Callable[[timedelta], datetime]
) -> None:
    ballot = board.open()
    board.vote(ballot, "mef")
    board.vote(ballot, "produce", "against")
    now = later(2 * HOUR)
    board.second_call(ballot, now + HOUR)
    assert board.vote(ballot, "mincetur").status_code == 201
    later(4 * HOUR)
    closed = board.close(ballot).json()
    assert (closed["state"], closed["result"], closed["call"]) == ("decided", "approved", "second")


def test_a_recusal_may_complete_the_ballot_and_its_seat_never_votes(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    ballot = board.open()
    for seat in ("midagri", "produce", "mincetur"):
        board.vote(ballot, seat, "against")
    assert code(board.recuse(ballot, "produce")) == (409, "board.seat_already_voted")
    raised = board.recuse(ballot, "mef")
    assert code(board.recuse(ballot, "mef")) == (409, "board.recusal_pending")
    assert code(board.vote(ballot, "mef")) == (409, "board.recusal_pending")
    assert code(board.close(ballot)) == (409, "board.recusal_pending")
    assert board.decide(raised).status_code == 200
    assert code(board.vote(ballot, "mef")) == (409, "board.seat_recused")
    told = events(owner, ballot)[-1]
    assert told["type"] == "fund.board.seat.recused.v1"
    assert (told["data"]["seats_voted"], told["data"]["complete"]) == (3, True)
    closed = board.close(ballot).json()
    assert (closed["result"], closed["recused"]) == ("rejected", ["mef"])


def test_the_same_dossier_opens_one_ballot(board: Board, owner: psycopg.Connection[Any]) -> None:
    ballot = board.open()
    same = {
        name: ballot[name]
        for name in ("application_id", "consortium_id", "call_id", "dossier_sha256")
    }
    assert board.open(**same) == ballot
    assert len(events(owner, ballot)) == 1

    def open_as(**changes: str) -> tuple[int, str]:
        other = {**same, **changes}
        closes_at = {"closes_at": ballot["closes_at"]}
        unlike = code(board.call("POST", "/v1/ballots", body={**other, **closes_at}))
        assert unlike == (409, "board.dossier_differs")
        board.neighbours.know(other)
        return code(board.call("POST", "/v1/ballots", body={**other, **closes_at}))

    assert open_as(dossier_sha256="cd" * 32) == (409, "board.ballot_live")
    assert open_as(consortium_id=new_id("con")) == (409, "board.ballot_differs")


def test_only_the_holder_in_force_votes_for_a_seat(board: Board) -> None:
    ballot = board.open()
    assert code(board.vote(ballot, "mef", sub="somebody")) == (403, "board.not_seat_holder")
    assert code(board.vote(ballot, "minsa", sub="somebody")) == (403, "board.seat_unknown")
    assert board.appoint("mef", "successor").status_code == 200
    assert code(board.vote(ballot, "mef")) == (403, "board.term_ended")
    assert board.vote(ballot, "mef", sub="successor").status_code == 201
    assert code(board.call("GET", f"/v1/ballots/{new_id('bal')}")) == (404, "http.not_found")
    vote = board.call("POST", f"/v1/ballots/{ballot['id']}/votes", "operator", {"choice": "for"})
    assert code(vote) == (403, "authz.denied")


def test_there_is_exactly_one_chair(board: Board, owner: psycopg.Connection[Any]) -> None:
    def chairs() -> list[str]:
        seats = board.call("GET", "/v1/seats", "auditor").json()["data"]
        assert [seat["seat"] for seat in seats] == ["midagri", "produce", "mincetur", "mef"]
        return [seat["seat"] for seat in seats if seat["chair"]]

    assert chairs() == ["midagri"]
    assert board.appoint("mef", holder("mef"), chair=True).status_code == 200
    assert chairs() == ["mef"]
    assert code(board.appoint("mef", holder("mef"), chair=False)) == (409, "board.chair_required")
    assert code(board.appoint("minsa", "x")) == (403, "board.seat_unknown")
    overlapping = owner.execute(
        "SELECT count(*) FROM seat_term a JOIN seat_term b ON a.id < b.id"
        " AND tstzrange(a.valid_from, a.valid_to) && tstzrange(b.valid_from, b.valid_to)"
        " WHERE a.seat = b.seat OR (a.chair AND b.chair)"
    ).fetchone()
    assert overlapping == (0,)


def test_a_vote_against_without_reason_is_refused_at_its_field(board: Board) -> None:
    ballot = board.open()
    body = signing.signed_vote(ballot, "mef", holder("mef"), "against")
    answer = board.vote(ballot, "mef", body={**body, "reason": None})
    assert code(answer) == (422, "board.reason_required")
    assert answer.json()["errors"][0]["pointer"] == "/reason"


def test_the_same_key_gives_the_first_answer_again(board: Board) -> None:
    ballot = board.open()
    body = signing.signed_vote(ballot, "mef", holder("mef"))
    first, again = [
        board.vote(ballot, "mef", body=body, idempotency="k1-" + ballot["id"]) for _ in range(2)
    ]
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert code(board.vote(ballot, "mef")) == (409, "board.seat_already_voted")


def test_lists_are_filtered_and_paged(board: Board) -> None:
    ballot = board.open()
    found = board.call("GET", f"/v1/ballots?application_id={ballot['application_id']}").json()
    assert [item["id"] for item in found["data"]] == [ballot["id"]]
    none = board.call(
        "GET", f"/v1/ballots?state=decided&application_id={ballot['application_id']}"
    ).json()
    assert none == {"data": [], "next_cursor": None}
    assert len(board.call("GET", "/v1/ballots?limit=1").json()["data"]) == 1


@pytest.mark.parametrize(
    "closes_at",
    [
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "2020-01-01T00:00:00Z",
        "2027-01-01",
        "2027-01-01T00:00:00",
        0,
        1e300,
        None,
    ],
)
def test_an_impossible_closing_time_is_refused(board: Board, closes_at: Any) -> None:
    body = {
        "application_id": new_id("app"),
        "consortium_id": new_id("con"),
        "call_id": new_id("cal"),
        "dossier_sha256": "ab" * 32,
        "closes_at": closes_at,
    }
    assert board.call("POST", "/v1/ballots", body=body).status_code == 422


@pytest.mark.parametrize("path", ["%00", "bal_%00", "x" * 300, "bal_%ED%A0%80", "bal_é"])
def test_no_path_breaks_the_service(board: Board, path: str) -> None:
    for suffix in ("", "/resolution"):
        answer = board.call("GET", f"/v1/ballots/{path}{suffix}")
        assert answer.status_code in {404, 422}, answer.text


@pytest.mark.parametrize(
    ("ground", "reason"), [(0, "x"), (7, "x"), (True, "x"), (1.0, "x"), (1, " "), (1, "\x00")]
)
def test_a_recusal_names_one_of_the_six_grounds(board: Board, ground: Any, reason: str) -> None:
    ballot = board.open()
    answer = board.call(
        "POST",
        f"/v1/ballots/{ballot['id']}/recusals",
        "board_member",
        {"ground": ground, "reason": reason},
        seat="mef",
        sub=holder("mef"),
    )
    assert answer.status_code == 422
