"""Sessions of the board: notice, agenda, attendance, both calls, votes, end; served by the room."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import psycopg
import pytest
from psycopg import errors

from services.board import domain
from services.kernel import clock
from services.kernel.ids import new_id
from services.kernel.working_days import end_of_term, same_hour
from tests.integration.board.conftest import Board, holder, pretend

Later = Callable[[timedelta], datetime]


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


class Sessions:
    """The sessions' API on top of the board's."""

    def __init__(self, board: Board, patch: pytest.MonkeyPatch) -> None:
        self.board = board
        self.patch = patch
        self.now = clock.now()

    def move_to(self, instant: datetime) -> None:
        """Let every write believe that it is this time."""
        self.now = instant
        pretend(self.patch, lambda: instant)

    def body(self, ballots: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
        first = end_of_term(self.now, 5) + timedelta(hours=15)
        return {
            "kind": "ordinary",
            "mode": "virtual",
            "place": "Sala virtual",
            "first_call_at": first.isoformat(),
            "voting_closes_at": end_of_term(first, 3).isoformat(),
            "agenda": [ballot["id"] for ballot in ballots],
            **changes,
        }

    def convene(self, ballots: list[dict[str, Any]], **changes: Any) -> httpx2.Response:
        body = self.body(ballots, **changes)
        return self.board.call("POST", "/v1/sessions", "secretariat", body)

    def convened(self, ballots: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
        answer = self.convene(ballots, **changes)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def step(self, held: dict[str, Any], step: str) -> httpx2.Response:
        return self.board.call("POST", f"/v1/sessions/{held['id']}/{step}")

    def attend(self, held: dict[str, Any], seat: str, sub: str | None = None) -> httpx2.Response:
        path = f"/v1/sessions/{held['id']}/attendance"
        sub = sub or holder(seat)
        return self.board.call("POST", path, "board_member", seat=seat, sub=sub)

    def read(self, held: dict[str, Any]) -> dict[str, Any]:
        answer = self.board.call("GET", f"/v1/sessions/{held['id']}", "auditor")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def opened(self, held: dict[str, Any], *seats: str) -> dict[str, Any]:
        """The session after its first call, with these seats present."""
        self.move_to(datetime.fromisoformat(held["first_call_at"]))
        for seat in seats:
            assert self.attend(held, seat).status_code == 201
        answer = self.step(held, "open")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
def sessions(board: Board, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    for seat in domain.SEATS:
        board.with_key(holder(seat))  # signed now, before any time is pretended
    return Sessions(board, monkeypatch)


def told(owner: psycopg.Connection[Any], aggregate: str) -> list[tuple[str, dict[str, Any]]]:
    rows = owner.execute(
        "SELECT type, body->'data' FROM outbox WHERE aggregate_id = %s ORDER BY aggregate_version",
        [aggregate],
    ).fetchall()
    return [(name.removeprefix("fund.board.").removesuffix(".v1"), data) for name, data in rows]


def test_a_session_from_its_notice_to_its_end(
    sessions: Sessions, owner: psycopg.Connection[Any]
) -> None:
    board = sessions.board
    ballots = [board.open(), board.open()]
    held = sessions.convened(ballots[::-1], blind=False)
    assert [item["ballot_id"] for item in held["agenda"]] == [
        ballots[1]["id"],
        ballots[0]["id"],
    ]
    assert held["number"].startswith("SES-")
    first = datetime.fromisoformat(held["first_call_at"])
    assert datetime.fromisoformat(held["second_call_at"]) == same_hour(first, 1)
    assert board.read(ballots[0])["closes_at"] == held["voting_closes_at"]
    assert code(board.vote(ballots[0], "mef")) == (409, "board.session_not_open")
    assert code(sessions.step(held, "open")) == (409, "board.session_too_early")

    assert sessions.opened(held, "midagri", "produce", "mincetur")["state"] == "voting"
    assert code(sessions.step(held, "close")) == (409, "board.session_unfinished")
    for ballot in ballots:
        for seat in domain.SEATS:
            assert board.vote(ballot, seat).status_code == 201
        assert board.close(ballot).json()["result"] == "approved"
    closed = sessions.step(held, "close").json()
    assert closed["state"] == "closed"
    assert {item["result"] for item in closed["agenda"]} == {"approved"}
    # Mef did not say that it attends: its first vote in a virtual session does.
    attended = {(row["seat"], row["call"]) for row in closed["attendance"]}
    assert attended == {(seat, "first") for seat in domain.SEATS}
    assert sessions.step(held, "close").json() == closed
    events = told(owner, held["id"])
    assert [name for name, _ in events] == [
        "session.convened",
        "session.opened",
        "session.closed",
    ]
    assert events[0][1]["agenda"][0]["ballot_id"] == ballots[1]["id"]
    assert events[1][1]["present"] == ["midagri", "mincetur", "produce"]
    moved = dict(told(owner, ballots[0]["id"]))["ballot.rescheduled"]
    assert (moved["session_id"], moved["votes_from"]) == (held["id"], held["first_call_at"])


@pytest.mark.parametrize(("kind", "days"), [("ordinary", 5), ("extraordinary", 2)])
def test_the_notice_is_counted_in_working_days_and_the_refusal_names_the_earliest_hour(
    sessions: Sessions, kind: str, days: int
) -> None:
    ballot = sessions.board.open()
    earliest = end_of_term(sessions.now, days)
    early = earliest - timedelta(seconds=1)
    times = {"kind": kind, "voting_closes_at": (earliest + timedelta(days=9)).isoformat()}
    refused = sessions.convene([ballot], first_call_at=early.isoformat(), **times)
    assert code(refused) == (422, "board.notice_too_short")
    assert f"{earliest.astimezone(clock.LIMA):%d/%m/%Y %H:%M}" in refused.json()["detail"]
    assert refused.json()["errors"][0]["pointer"] == "/first_call_at"
    sessions.convened([ballot], first_call_at=earliest.isoformat(), **times)


def test_without_notice_it_is_held_only_if_all_four_attend(sessions: Sessions) -> None:
    board = sessions.board
    soon = sessions.now + timedelta(minutes=10)
    times = {
        "first_call_at": soon.isoformat(),
        "voting_closes_at": end_of_term(soon, 2).isoformat(),
        "waived_notice": True,
    }
    three = sessions.convened([board.open()], **times)
    assert sessions.opened(three, "midagri", "produce", "mef")["state"] == "not_held"
    sessions.move_to(soon - timedelta(minutes=5))
    four = sessions.convened([board.open()], **times)
    assert sessions.opened(four, *domain.SEATS)["state"] == "voting"


def test_a_second_call_is_the_next_working_day_and_needs_its_own_quorum(
    sessions: Sessions, owner: psycopg.Connection[Any]
) -> None:
    board = sessions.board
    ballot = board.open()
    held = sessions.convened([ballot])
    assert sessions.opened(held, "midagri", "mef")["state"] == "second_call"
    second = datetime.fromisoformat(held["second_call_at"])
    assert code(sessions.step(held, "open")) == (409, "board.session_too_early")
    assert code(board.vote(ballot, "mef")) == (409, "board.session_not_open")
    assert code(sessions.attend(held, "mef")) == (409, "board.too_early_to_attend")
    sessions.move_to(second)
    for seat in ("midagri", "produce", "mincetur"):
        assert sessions.attend(held, seat).json()["call"] == "second"
    opened = sessions.step(held, "open").json()
    assert (opened["state"], opened["opened_on_call"]) == ("voting", "second")
    assert board.vote(ballot, "mef").status_code == 201
    assert [name for name, _ in told(owner, held["id"])] == [
        "session.convened",
        "session.second_called",
        "session.opened",
    ]


def test_a_session_not_held_gives_its_dossiers_back_with_a_new_term(
    sessions: Sessions, owner: psycopg.Connection[Any]
) -> None:
    board = sessions.board
    ballot = board.open()
    held = sessions.convened([ballot], blind=False)
    sessions.opened(held)
    sessions.move_to(datetime.fromisoformat(held["second_call_at"]))
    assert sessions.attend(held, "mef").status_code == 201
    ended = sessions.step(held, "open").json()
    assert ended["state"] == "not_held"
    assert ended["agenda"][0]["state"] == "open"
    back = board.read(ballot)
    assert datetime.fromisoformat(back["closes_at"]) == end_of_term(sessions.now, 5)
    for seat in domain.SEATS:
        assert board.vote(ballot, seat).status_code == 201
    assert board.close(ballot).json()["state"] == "decided"
    moved = [data for name, data in told(owner, ballot["id"]) if name == "ballot.rescheduled"]
    assert [data["session_id"] for data in moved] == [held["id"], held["id"], None]
    assert code(sessions.attend(held, "mef")) == (409, "board.session_over")
    assert told(owner, held["id"])[-1][0] == "session.not_held"


def test_in_person_vote_those_who_attend(sessions: Sessions) -> None:
    board = sessions.board
    ballot = board.open()
    held = sessions.convened([ballot], mode="in_person", place="Av. La Universidad 200, Lima")
    sessions.opened(held, "midagri", "produce", "mincetur")
    assert code(board.vote(ballot, "mef")) == (403, "board.not_attending")
    assert board.vote(ballot, "produce").status_code == 201
    assert sessions.attend(held, "mef").status_code == 201
    assert board.vote(ballot, "mef").status_code == 201


def test_who_attends_holds_the_seat_or_stands_in_for_it(sessions: Sessions) -> None:
    board = sessions.board
    alternate = "sessions-alternate-produce"
    board.appoint("produce", alternate, capacity="alternate")
    held = sessions.convened([board.open()])
    sessions.move_to(datetime.fromisoformat(held["first_call_at"]))
    assert code(sessions.attend(held, "produce", alternate)) == (403, "board.alternate_not_called")
    assert code(sessions.attend(held, "produce", "stranger")) == (403, "board.not_seat_holder")
    again = [sessions.attend(held, "produce").json() for _ in range(2)]
    assert again[0] == again[1]
    absence = {
        "from_at": (sessions.now + timedelta(minutes=1)).isoformat(),
        "to_at": (sessions.now + timedelta(days=1)).isoformat(),
        "reason": "Comisión de servicios.",
    }
    noted = board.call("POST", "/v1/seats/mef/absences", "secretariat", absence)
    assert noted.status_code == 201, noted.text
    board.appoint("mef", "sessions-alternate-mef", capacity="alternate")
    sessions.move_to(sessions.now + timedelta(minutes=2))
    assert sessions.attend(held, "mef", "sessions-alternate-mef").json()["capacity"] == "alternate"
    attended = {(row["seat"], row["capacity"]) for row in sessions.read(held)["attendance"]}
    assert attended == {("produce", "titular"), ("mef", "alternate")}


def test_what_may_be_on_an_agenda(sessions: Sessions) -> None:
    board = sessions.board
    ballot, voted = board.open(), board.open()
    board.vote(voted, "mef")
    assert code(sessions.convene([voted])) == (409, "board.ballot_not_free")
    sessions.convened([ballot])
    assert code(sessions.convene([ballot])) == (409, "board.ballot_not_free")
    unknown = {"id": new_id("bal")}
    assert code(sessions.convene([unknown])) == (422, "board.ballot_unknown")
    assert sessions.convene([voted, voted]).status_code == 422
    assert sessions.convene([]).status_code == 422


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"first_call_at": "2020-01-01T15:00:00Z"}, "board.first_call_past"),
        ({"first_call_at": "9999-12-31T23:59:59Z"}, "board.first_call_past"),
        ({"voting_closes_at": "2020-01-01T15:00:00Z"}, "board.voting_too_short"),
        ({"voting_closes_at": "9999-12-31T23:59:59Z"}, "board.voting_too_short"),
        ({"kind": "secret"}, None),
        ({"mode": "paper"}, None),
        ({"place": ""}, None),
        ({"agenda": ["bal_x"]}, None),
    ],
)
def test_an_impossible_session_is_refused(
    sessions: Sessions, changes: dict[str, Any], refusal: str | None
) -> None:
    answer = sessions.convene([sessions.board.open()], **changes)
    assert answer.status_code == 422, answer.text
    assert refusal is None or answer.json()["code"] == refusal


def test_a_notice_over_the_end_of_the_year_does_not_count_its_holidays(sessions: Sessions) -> None:
    ballot = sessions.board.open()
    sessions.move_to(datetime(sessions.now.year + 1, 12, 23, 15, tzinfo=UTC))
    refused = sessions.convene(
        [ballot],
        first_call_at=datetime(sessions.now.year, 12, 30, 15, tzinfo=UTC).isoformat(),
    )
    assert code(refused) == (422, "board.notice_too_short")


def test_members_are_reminded_while_the_session_lies_ahead(
    sessions: Sessions, owner: psycopg.Connection[Any]
) -> None:
    held = sessions.convened([sessions.board.open()])
    assert sessions.step(held, "reminder").json()["version"] == 2
    sessions.opened(held, "midagri", "produce", "mef")
    assert sessions.step(held, "reminder").json()["version"] == 3
    names = [name for name, _ in told(owner, held["id"])]
    assert names == ["session.convened", "session.reminded", "session.opened"]


def test_who_may_do_what(sessions: Sessions) -> None:
    board = sessions.board
    held = sessions.convened([board.open()])
    for role in ("partner", "applicant", "operator"):
        for path in ("/v1/sessions", f"/v1/sessions/{held['id']}", "/v1/board-terms"):
            assert board.call("GET", path, role).status_code == 403
    body = sessions.body([])
    assert board.call("POST", "/v1/sessions", "board_member", body, seat="mef").status_code == 403
    for step in ("open", "close", "reminder"):
        path = f"/v1/sessions/{held['id']}/{step}"
        assert board.call("POST", path, "secretariat").status_code == 403
    listed = board.call("GET", "/v1/sessions?state=convened&limit=100", "secretariat").json()
    assert held["id"] in [item["id"] for item in listed["data"]]
    terms = board.call("GET", "/v1/board-terms", "secretariat").json()
    assert (terms["notice"], terms["notice_extraordinary"], terms["escalation"]) == (5, 2, 1)


def test_postgresql_keeps_what_a_session_was_convened_with(
    sessions: Sessions, owner: psycopg.Connection[Any]
) -> None:
    held = sessions.convened([sessions.board.open()])
    for change in (
        "first_call_at = first_call_at + interval '1 hour'",
        "state = 'closed', opened_at = now(), opened_on_call = 'first', closed_at = now()",
        "waived_notice = true",
    ):
        with pytest.raises(errors.RestrictViolation):
            owner.execute(
                f"UPDATE board_session SET {change}, version = version + 1 WHERE id = %s",
                [held["id"]],
            )
    for table in ("agenda_item", "board_session"):
        with pytest.raises(errors.RestrictViolation):
            owner.execute(f"DELETE FROM {table}")
