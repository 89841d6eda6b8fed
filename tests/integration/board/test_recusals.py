"""Recusals over HTTP: raised, decided, expired, detected; and what the ballot makes of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx2
import psycopg
import pytest

from services.board import domain
from services.kernel import clock
from tests.factories.dossier import SUBJECT
from tests.integration.board.conftest import Board, holder

DAY = timedelta(days=1)
NUMBERS = count(70_000_000)
Later = Callable[[timedelta], datetime]


@pytest.fixture
def board(board: Board) -> Board:
    """The same, with Produce as deputy chair."""
    answer = board.appoint("produce", holder("produce"), deputy_chair=True)
    assert answer.status_code == 200, answer.text
    return board


@pytest.fixture
def ballot(board: Board) -> dict[str, Any]:
    return board.open(closes_at=(clock.now() + 40 * DAY).isoformat())


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def ok(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code in {200, 201}, answer.text
    body: dict[str, Any] = answer.json()
    return body


def expire(board: Board, raised: httpx2.Response) -> httpx2.Response:
    return board.call("POST", f"/v1/recusals/{ok(raised)['id']}/expire")


def told(
    owner: psycopg.Connection[Any], ballot: dict[str, Any]
) -> list[tuple[str, dict[str, Any]]]:
    rows = owner.execute(
        "SELECT type, body, aggregate_version FROM outbox WHERE aggregate_id = %s"
        " ORDER BY aggregate_version, id",
        [ballot["id"]],
    ).fetchall()
    assert [row[2] for row in rows] == list(range(1, len(rows) + 1))
    return [
        (row[0].removeprefix("fund.board.").removesuffix(".v1"), row[1]["data"]) for row in rows
    ]


def test_a_declared_recusal_waits_then_leaves_the_vote(
    board: Board, ballot: dict[str, Any], owner: psycopg.Connection[Any]
) -> None:
    raised = board.recuse(ballot, "mef")
    body = ok(raised)
    assert (body["outcome"], body["origin"], body["late"]) == ("pending", "declared", False)
    assert (body["decider"], body["holder_sub"]) == ("midagri", holder("mef"))
    assert code(board.vote(ballot, "mef")) == (409, "board.recusal_pending")
    for seat in ("midagri", "produce", "mincetur"):
        ok(board.vote(ballot, seat))
    assert board.read(ballot)["complete"] is False
    assert code(board.close(ballot)) in {
        (409, "board.recusal_pending"),
        (409, "board.not_complete"),
    }
    decided = ok(board.decide(raised))
    assert (decided["outcome"], decided["decided_by"]) == ("accepted", holder("midagri"))
    assert decided["standing"] == {"can_be_present": 4, "can_vote": 3, "alternates_needed": False}
    assert code(board.vote(ballot, "mef")) == (409, "board.seat_recused")
    closed = ok(board.close(ballot))
    assert (closed["result"], closed["recused"]) == ("approved", ["mef"])
    events = told(owner, ballot)
    assert [name for name, _ in events if not name.startswith("vote")] == [
        "ballot.opened",
        "recusal.raised",
        "recusal.decided",
        "seat.recused",
        "ballot.decided",
    ]
    assert [
        data["complete"] for name, data in events if "recus" in name and "complete" in data
    ] == [
        True,
        True,
    ]


def test_a_dismissed_one_votes_after_all(board: Board, ballot: dict[str, Any]) -> None:
    ok(board.decide(board.recuse(ballot, "mef"), accepted=False))
    ok(board.vote(ballot, "mef"))
    assert board.read(ballot)["recused"] == []


def test_a_person_may_be_questioned_again_after_a_dismissal_but_not_twice_at_once(
    board: Board, ballot: dict[str, Any]
) -> None:
    first = board.recuse(ballot, "mef")
    assert code(board.recuse(ballot, "mef")) == (409, "board.recusal_pending")
    assert code(board.recuse(ballot, "produce", of="mef")) == (409, "board.recusal_pending")
    ok(board.decide(first, accepted=False))
    again = board.recuse(ballot, "produce", of="mef")
    ok(board.decide(again))
    assert code(board.recuse(ballot, "mef")) == (409, "board.seat_recused")


def test_proposed_of_another_and_who_may_not_decide_it(
    board: Board, ballot: dict[str, Any]
) -> None:
    raised = board.recuse(ballot, "midagri", of="mef")
    body = ok(raised)
    assert (body["origin"], body["seat"], body["raised_by"]) == (
        "proposed",
        "mef",
        holder("midagri"),
    )
    assert body["decider"] == "produce"
    for seat in ("midagri", "mef", "mincetur"):
        assert code(board.decide(raised, seat)) == (403, "board.not_presiding")
    ok(board.decide(raised, "produce"))


def test_the_chairs_own_is_the_deputys_to_decide(board: Board, ballot: dict[str, Any]) -> None:
    raised = board.recuse(ballot, "midagri")
    assert code(board.decide(raised, "midagri")) == (403, "board.not_presiding")
    ok(board.decide(raised, "produce"))
    ok(board.vote(ballot, "mef", "for"))
    ok(board.vote(ballot, "mincetur", "against"))
    ok(board.vote(ballot, "produce", "for"))
    assert ok(board.close(ballot))["result"] == "approved"


def test_a_second_decision_is_refused(board: Board, ballot: dict[str, Any]) -> None:
    raised = board.recuse(ballot, "mef")
    ok(board.decide(raised))
    assert code(board.decide(raised, accepted=False)) == (409, "board.recusal_decided")


@pytest.mark.parametrize(
    ("of", "outcome"), [(None, "accepted"), ("mef", "dismissed")], ids=["declared", "proposed"]
)
def test_undecided_by_the_third_working_day(
    board: Board, ballot: dict[str, Any], later: Later, of: str | None, outcome: str
) -> None:
    raised = board.recuse(ballot, "mincetur", of=of)
    assert code(expire(board, raised)) == (409, "board.recusal_term_open")
    later(9 * DAY)
    ended = ok(expire(board, raised))
    assert (ended["outcome"], "Venció" in ended["decision_reason"]) == (outcome, True)
    assert ok(expire(board, raised)) == ended


def test_nobody_presides_so_it_expires(board: Board, ballot: dict[str, Any], later: Later) -> None:
    raised = board.recuse(ballot, "produce", of="midagri")
    assert ok(raised)["decider"] is None
    for seat in domain.SEATS:
        assert code(board.decide(raised, seat)) == (403, "board.not_presiding")
    later(9 * DAY)
    assert ok(expire(board, raised))["outcome"] == "dismissed"


def test_declared_after_the_second_working_day_is_late_but_counts(
    board: Board, ballot: dict[str, Any], later: Later
) -> None:
    later(7 * DAY)
    raised = board.recuse(ballot, "mef")
    assert ok(raised)["late"] is True
    assert ok(board.recuse(ballot, "produce", of="mincetur"))["late"] is False
    assert ok(board.decide(raised))["outcome"] == "accepted"


@pytest.mark.parametrize("of", [None, "mef"], ids=["declared", "proposed"])
def test_after_the_vote_it_is_too_late(
    board: Board, ballot: dict[str, Any], of: str | None
) -> None:
    ok(board.vote(ballot, "mef"))
    seat = "mef" if of is None else "produce"
    assert code(board.recuse(ballot, seat, of=of)) == (409, "board.seat_already_voted")


def test_not_after_the_close(board: Board, ballot: dict[str, Any], later: Later) -> None:
    later(41 * DAY)
    assert code(board.recuse(ballot, "mef")) == (409, "board.ballot_closed")


def test_three_recused_call_for_the_alternates(
    board: Board, ballot: dict[str, Any], owner: psycopg.Connection[Any]
) -> None:
    for seat, by in (("mef", "midagri"), ("mincetur", "midagri"), ("midagri", "produce")):
        last = ok(board.decide(board.recuse(ballot, seat), by))
    assert last["standing"] == {"can_be_present": 4, "can_vote": 1, "alternates_needed": True}
    decisions = [data for name, data in told(owner, ballot) if name == "recusal.decided"]
    assert [data["alternates_needed"] for data in decisions] == [False, False, True]


def test_a_recused_titulars_alternate_votes_when_called(
    board: Board, ballot: dict[str, Any]
) -> None:
    ok(board.appoint("mef", "suplente-mef", capacity="alternate"))
    ok(board.decide(board.recuse(ballot, "mef")))
    assert code(board.vote(ballot, "mef", sub="suplente-mef")) == (
        403,
        "board.alternate_not_called",
    )
    ok(board.call("POST", f"/v1/ballots/{ballot['id']}/alternates", "secretariat"))
    ok(board.vote(ballot, "mef", sub="suplente-mef"))
    assert board.read(ballot)["recused"] == []


def test_only_who_sits_on_the_board_raises_and_nobody_outside_reads(
    board: Board, ballot: dict[str, Any]
) -> None:
    assert code(board.recuse(ballot, "mef", sub="otra-persona")) == (403, "board.not_seat_holder")
    path = f"/v1/ballots/{ballot['id']}/recusals"
    ok(board.recuse(ballot, "mef"))
    for role in ("applicant", "partner", "operator"):
        assert board.call("GET", path, role).status_code in {403, 404}
    for role in ("board_member", "secretariat", "auditor", "service"):
        read = ok(board.call("GET", path, role, seat="mef"))
        assert [one["outcome"] for one in read["data"]] == ["pending"]
    assert (
        board.call("GET", "/v1/ballots/bal_01k9zq4v7hf8qbn0w2d5r6t3ye/recusals").status_code == 404
    )


def test_the_inbox_tells_who_is_to_decide(board: Board, ballot: dict[str, Any]) -> None:
    def waiting(seat: str) -> list[str]:
        answer = board.call("GET", "/v1/inbox", "board_member", seat=seat, sub=holder(seat))
        return [one["id"] for one in ok(answer)["recusals"]]

    raised = ok(board.recuse(ballot, "midagri"))["id"]
    assert raised in waiting("produce")
    assert raised not in waiting("midagri") + waiting("mef")
    ok(board.call("POST", f"/v1/ballots/{ballot['id']}/withdrawal", body={"reason": "Se retiró."}))
    assert raised not in waiting("produce")


# Interests, declared before and after a ballot opens.


def declare(board: Board, seat: str, **changes: Any) -> httpx2.Response:
    body = {
        "kind": "ruc",
        "value": "20100070970",
        "name": "Valle Verde",
        "relation": "Fui gerente comercial",
        "ground": 5,
        "valid_from": "2024-01-01",
        "valid_to": None,
        **changes,
    }
    sub = body.pop("sub", holder(seat))
    return board.call("POST", "/v1/interests", "board_member", body, seat=seat, sub=sub)


@pytest.fixture
def number(board: Board, monkeypatch: pytest.MonkeyPatch) -> str:
    """The DNI of a producer of every dossier from now on; no other test's interest meets it."""
    number = f"{next(NUMBERS):08d}"
    known = board.neighbours.know

    def know(subject: dict[str, str], **of_application: Any) -> dict[str, Any]:
        body = known(subject, **of_application)
        board.neighbours.facts(subject)["members"][0]["dni"] = number
        return body

    monkeypatch.setattr(board.neighbours, "know", know)
    return number


def detected(board: Board, ballot: dict[str, Any]) -> list[tuple[str, str]]:
    found = ok(board.call("GET", f"/v1/ballots/{ballot['id']}/recusals", "secretariat"))["data"]
    return [(one["seat"], one["holder_sub"]) for one in found if one["origin"] == "detected"]


def test_an_interest_is_found_at_the_opening(board: Board, number: str) -> None:
    interest = ok(declare(board, "mincetur", kind="dni", value=number, ground=1, relation="Primo"))
    ballot = board.open()
    assert detected(board, ballot) == [("mincetur", holder("mincetur"))]
    raised = ok(board.call("GET", f"/v1/ballots/{ballot['id']}/recusals", "secretariat"))["data"][0]
    assert (raised["ground"], raised["decider"]) == (1, "midagri")
    assert "Primo: Productora 1 (productor del consorcio)." in raised["reason"]
    assert code(board.vote(ballot, "mincetur")) == (409, "board.recusal_pending")
    dossier = ok(
        board.call(
            "GET",
            f"/v1/ballots/{ballot['id']}/dossier",
            "board_member",
            seat="mincetur",
            sub=holder("mincetur"),
        )
    )
    assert [tie["interest_id"] for tie in dossier["my_conflicts"]] == [interest["id"]]
    who = {"seat": "mincetur", "sub": holder("mincetur")}
    inbox = ok(board.call("GET", "/v1/inbox", "board_member", **who))
    ours = next(one for one in inbox["ballots"] if one["ballot"]["id"] == ballot["id"])
    assert [tie["party_role"] for tie in ours["conflicts"]] == ["producer"]


def test_an_interest_is_found_when_it_is_declared_late(board: Board, number: str) -> None:
    ballot = board.open()
    assert detected(board, ballot) == []
    ok(declare(board, "mef", kind="dni", value=number))
    assert detected(board, ballot) == [("mef", holder("mef"))]
    ok(declare(board, "mef", kind="dni", value=number, ground=3))
    assert detected(board, ballot) == [("mef", holder("mef"))]


def test_who_has_voted_is_left_alone(board: Board, number: str) -> None:
    ballot = board.open()
    ok(board.vote(ballot, "mef"))
    ok(declare(board, "mef", kind="dni", value=number))
    assert detected(board, ballot) == []


def test_an_ended_interest_no_longer_counts_but_a_former_post_does(
    board: Board, number: str
) -> None:
    ok(declare(board, "mef", kind="dni", value=number, ground=3, valid_to="2024-06-30"))
    assert detected(board, board.open()) == []
    last_month = (clock.now() - 30 * DAY).date().isoformat()
    ok(declare(board, "mef", kind="dni", value=number, ground=5, valid_to=last_month))
    assert detected(board, board.open()) == [("mef", holder("mef"))]


def test_an_alternates_interest_is_found_too(board: Board, number: str) -> None:
    ok(board.appoint("produce", "suplente-produce", capacity="alternate"))
    ok(declare(board, "produce", kind="dni", value=number, sub="suplente-produce"))
    ballot = board.open()
    assert detected(board, ballot) == [("produce", "suplente-produce")]
    ok(board.vote(ballot, "produce"))


def test_undecided_detection_stands_at_the_end_of_its_term(
    board: Board, number: str, later: Later
) -> None:
    ok(declare(board, "mef", kind="dni", value=number))
    ballot = board.open(closes_at=(clock.now() + 40 * DAY).isoformat())
    later(9 * DAY)
    found = ok(board.call("GET", f"/v1/ballots/{ballot['id']}/recusals", "secretariat"))["data"]
    ended = ok(board.call("POST", f"/v1/recusals/{found[0]['id']}/expire"))
    assert ended["outcome"] == "accepted"
    assert board.read(ballot)["recused"] == ["mef"]


def test_one_sees_and_ends_ones_own_interests_only(board: Board) -> None:
    mine = ok(declare(board, "mef", value="10447915125", ground=3))
    path = f"/v1/interests/{mine['id']}/end"

    def end(seat: str, day: str) -> httpx2.Response:
        return board.call(
            "POST", path, "board_member", {"valid_to": day}, seat=seat, sub=holder(seat)
        )

    assert end("produce", "2025-01-01").status_code == 404
    assert code(end("mef", "2023-12-31")) == (422, "board.interest_period")
    assert ok(end("mef", "2025-01-01"))["valid_to"] == "2025-01-01"
    assert code(end("mef", "2025-01-02")) == (409, "board.interest_ended")

    def listed(role: str, seat: str, query: str = "") -> set[str]:
        answer = board.call(
            "GET", f"/v1/interests?limit=200{query}", role, seat=seat, sub=holder(seat)
        )
        return {one["holder_sub"] for one in ok(answer)["data"]}

    assert listed("board_member", "mef", "&holder_sub=" + holder("produce")) == {holder("mef")}
    assert holder("mef") in listed("auditor", "mef")
    assert listed("secretariat", "mef", "&holder_sub=nadie") == set()
    assert board.call("GET", "/v1/interests", "applicant").status_code in {403, 404}


@pytest.mark.parametrize(
    "changes",
    [
        {"value": "20100070971"},
        {"value": "41234567"},
        {"kind": "dni"},
        {"ground": 7},
        {"relation": "   "},
        {"valid_to": "2023-12-31"},
    ],
)
def test_a_malformed_interest_is_refused(board: Board, changes: dict[str, Any]) -> None:
    assert declare(board, "mef", **changes).status_code == 422


def test_the_subject_names_are_those_of_the_ballot(ballot: dict[str, Any]) -> None:
    assert set(SUBJECT) <= set(ballot)
