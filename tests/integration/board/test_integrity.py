"""What holds when everybody acts at once, and what PostgreSQL refuses whoever asks."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import psycopg
import pytest
from psycopg import errors

from services.board import domain
from services.kernel import clock
from services.kernel.ids import new_id
from tests.integration.board.conftest import Board, holder, pretend
from tests.support import signing

Action = Callable[[], Any]


def at_once(actions: list[Action]) -> list[Any]:
    """Run all actions from a common start."""
    barrier = Barrier(len(actions))

    def run(action: Action) -> Any:
        barrier.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def stored_votes(owner: psycopg.Connection[Any], ballot: dict[str, Any]) -> dict[str, str]:
    rows = owner.execute("SELECT seat, choice FROM vote WHERE ballot_id = %s", [ballot["id"]])
    return dict(rows.fetchall())


def test_fifty_votes_of_one_seat_at_once_leave_one(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    ballot = board.open()
    answers = at_once(
        [partial(board.vote, ballot, "mef", choice) for choice in ["for", "against"] * 25]
    )
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {201: 1, 409: 49}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {
        "board.seat_already_voted"
    }
    won = next(answer.json() for answer in answers if answer.status_code == 201)
    assert stored_votes(owner, ballot) == {"mef": won["choice"]}


def test_one_key_sent_many_times_at_once_votes_once(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    ballot = board.open()
    body = signing.signed_vote(ballot, "mef", holder("mef"))
    vote = partial(board.vote, ballot, "mef", body=body, idempotency=ballot["id"])
    answers = at_once([vote] * 20)
    assert {answer.status_code for answer in answers} <= {201, 409}
    told = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(told) == 1
    assert len(stored_votes(owner, ballot)) == 1


def test_all_seats_at_the_same_instant_and_the_last_one_knows_it(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    for _ in range(5):
        ballot = board.open()
        answers = at_once([partial(board.vote, ballot, seat) for seat in domain.SEATS])
        assert {answer.status_code for answer in answers} == {201}
        rows = owner.execute(
            "SELECT body->'data' FROM outbox WHERE aggregate_id = %s AND type LIKE '%%vote%%'"
            " ORDER BY aggregate_version",
            [ballot["id"]],
        ).fetchall()
        assert [(row[0]["seats_voted"], row[0]["complete"]) for row in rows] == [
            (1, False),
            (2, False),
            (3, False),
            (4, True),
        ]


def test_a_vote_in_the_instant_of_closing_is_counted_or_refused(
    board: Board, owner: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(10):
        ballot = board.open(closes_at=(clock.now() + timedelta(seconds=4)).isoformat())
        for seat in ("midagri", "produce", "mincetur"):
            assert board.vote(ballot, seat).status_code == 201
        closes_at = datetime.fromisoformat(ballot["closes_at"])
        # One of two requests sees the last microsecond before the close, the other the close.
        instants = iter([closes_at - timedelta(microseconds=1), closes_at] * 8)
        with monkeypatch.context() as patch:
            pretend(patch, partial(next, instants))
            last = partial(board.vote, ballot, "mef", "against", signed_at=closes_at)
            vote, close = at_once([last, partial(board.close, ballot)])
            if close.status_code == 409:
                pretend(patch, partial(max, closes_at, closes_at))
                assert close.json()["code"] == "board.not_complete"
                close = board.close(ballot)
        assert close.status_code == 200, close.text
        package = board.call("GET", f"/v1/ballots/{ballot['id']}/resolution").json()
        counted = {item["seat"]: item["choice"] for item in package["votes"]}
        assert counted == stored_votes(owner, ballot)
        assert ("mef" in counted) == (vote.status_code == 201)
        if vote.status_code != 201:
            assert vote.json()["code"] == "board.ballot_closed"
        recount = domain.tally(call="first", chair="midagri", recused=[], choices=counted)
        assert package["result"] == recount.result
    # The last votes were cast in a pretended future: who holds the seats next begins after them.
    time.sleep(max(0.0, (closes_at - clock.now()).total_seconds()))


def test_a_seat_votes_or_is_recused_never_both(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    for _ in range(10):
        ballot = board.open()
        answers = at_once(
            [partial(board.vote, ballot, "mef"), partial(board.recuse, ballot, "mef")]
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        rows = owner.execute(
            "SELECT 1 FROM vote WHERE ballot_id = %(b)s UNION ALL"
            " SELECT 1 FROM recusal WHERE ballot_id = %(b)s",
            {"b": ballot["id"]},
        ).fetchall()
        assert len(rows) == 1


def test_many_closes_at_once_decide_once_and_numbers_have_no_gap(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    ballots = [board.open() for _ in range(4)]
    for ballot in ballots:
        for seat in domain.SEATS:
            board.vote(ballot, seat)
    answers = at_once([partial(board.close, ballot) for ballot in ballots * 4])
    assert {answer.status_code for answer in answers} == {200}
    numbers = sorted({int(answer.json()["resolution_number"].split("-")[0]) for answer in answers})
    assert numbers == list(range(numbers[0], numbers[0] + 4))
    decided = owner.execute(
        "SELECT count(*) FROM outbox WHERE aggregate_id = ANY(%s) AND type LIKE '%%decided%%'",
        [[ballot["id"] for ballot in ballots]],
    ).fetchone()
    assert decided == (4,)


def test_appointments_at_once_leave_one_holder_and_one_chair(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    answers = at_once(
        [
            partial(board.appoint, seat, f"rival-{number}", chair=True)
            for number, seat in enumerate(domain.SEATS * 3)
        ]
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    in_force = owner.execute(
        "SELECT count(*), count(DISTINCT seat), count(*) FILTER (WHERE chair) FROM seat_term"
        " WHERE valid_to IS NULL"
    ).fetchone()
    assert in_force == (4, 4, 1)


def new_vote(owner: psycopg.Connection[Any], ballot: dict[str, Any], **changes: Any) -> Any:
    seat = changes.pop("seat", "mef")
    term = owner.execute(
        "SELECT id, holder_sub FROM seat_term WHERE seat = %s AND valid_to IS NULL", [seat]
    ).fetchone()
    assert term is not None
    key = owner.execute(
        "SELECT id FROM member_key WHERE holder_sub = %s LIMIT 1", [term[1]]
    ).fetchone()
    assert key is not None
    row = {
        "id": new_id("vot"),
        "ballot_id": ballot["id"],
        "seat": seat,
        "choice": "for",
        "reason": None,
        "dossier_sha256": ballot["dossier_sha256"],
        "file_sha256": ballot["file_sha256"],
        "capacity": "titular",
        "term_id": term[0],
        "holder_sub": term[1],
        "cast_at": clock.now(),
        "signed_at": clock.now(),
        "nonce": new_id("non"),
        "key_id": key[0],
        "signature": "a..b",
        **changes,
    }
    names = ", ".join(row)
    places = ", ".join(f"%({name})s" for name in row)
    return f"INSERT INTO vote ({names}) VALUES ({places})", row


def test_postgresql_refuses_a_vote_that_no_service_would_write(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    ballot = board.open()
    for seat in domain.SEATS:
        board.with_key(holder(seat))
    closes_at = datetime.fromisoformat(ballot["closes_at"])
    refused = [
        ({"cast_at": closes_at}, errors.RestrictViolation),
        ({"file_sha256": "cd" * 32}, errors.RestrictViolation),
        ({"capacity": "alternate"}, errors.RestrictViolation),
        ({"choice": "abstain", "reason": "x"}, errors.CheckViolation),
        ({"signature": None}, errors.CheckViolation),
        ({"key_id": "nobody's"}, errors.ForeignKeyViolation),
        ({"choice": "against"}, errors.CheckViolation),
        ({"dossier_sha256": "cd" * 32}, errors.ForeignKeyViolation),
        ({"holder_sub": "somebody"}, errors.ForeignKeyViolation),
        ({"ballot_id": new_id("bal")}, errors.ForeignKeyViolation),
    ]
    for changes, error in refused:
        with pytest.raises(error):
            owner.execute(*new_vote(owner, ballot, **changes))
    assert board.recuse(ballot, "mef").status_code == 201
    with pytest.raises(errors.RestrictViolation):
        owner.execute(*new_vote(owner, ballot))
    for seat in ("midagri", "produce", "mincetur"):
        assert board.vote(ballot, seat).status_code == 201
    with pytest.raises(errors.UniqueViolation):
        owner.execute(*new_vote(owner, ballot, seat="produce"))


def test_postgresql_refuses_any_change_once_a_ballot_is_decided(
    board: Board, owner: psycopg.Connection[Any], app_role: psycopg.Connection[Any]
) -> None:
    ballot = board.open()
    for seat in ("midagri", "produce", "mincetur"):
        board.vote(ballot, seat)
    board.decide(board.recuse(ballot, "mef"))
    assert board.close(ballot).json()["state"] == "decided"
    with pytest.raises(errors.RestrictViolation):
        owner.execute(*new_vote(owner, ballot))
    changes = [
        "UPDATE vote SET choice = 'against', reason = 'x' WHERE ballot_id = %s",
        "UPDATE vote SET signature = 'x' WHERE ballot_id = %s",
        "DELETE FROM vote WHERE ballot_id = %s",
        "DELETE FROM recusal WHERE ballot_id = %s",
        "UPDATE ballot SET state = 'open', version = version + 1 WHERE id = %s",
        "UPDATE ballot SET result = 'rejected', version = version + 1 WHERE id = %s",
        "DELETE FROM ballot WHERE id = %s",
    ]
    for change in changes:
        with pytest.raises(errors.RestrictViolation):
            owner.execute(change, [ballot["id"]])
    for table in ("vote", "recusal", "ballot", "seat_term"):
        with pytest.raises(errors.InsufficientPrivilege):
            app_role.execute(f"DELETE FROM {table}")
        with pytest.raises(errors.Error):
            owner.execute(f"TRUNCATE {table} CASCADE")
    assert stored_votes(owner, ballot) == dict.fromkeys(("midagri", "produce", "mincetur"), "for")


def test_postgresql_keeps_an_open_ballots_dossier_and_life_cycle(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    ballot = board.open()
    for change in (
        "dossier_sha256 = repeat('cd', 32)",
        "state = 'scheduled'",
        "state = 'lapsed'",
        "application_id = 'other'",
        "state = 'decided', result = 'approved', votes_for = 3, votes_against = 0",
    ):
        with pytest.raises(errors.RestrictViolation):
            owner.execute(
                f"UPDATE ballot SET {change}, version = version + 1 WHERE id = %s",
                [ballot["id"]],
            )
    with pytest.raises(errors.CheckViolation):
        owner.execute(
            "UPDATE ballot SET state = 'decided', result = 'approved', votes_for = 0,"
            " votes_against = 0, version = version + 1 WHERE id = %s",
            [ballot["id"]],
        )


def test_the_board_refuses_to_decide_when_the_two_counts_differ(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    ballot = board.open()
    for seat in domain.SEATS:
        board.vote(ballot, seat)
    honest = domain.tally

    def other(**given: Any) -> domain.Tally:
        return honest(**{**given, "choices": dict.fromkeys(domain.SEATS, "against")})

    with monkeypatch.context() as patch:
        patch.setattr(domain, "tally", other)
        refused = board.close(ballot)
    assert (refused.status_code, refused.json()["code"]) == (503, "board.tally_disagrees")
    assert board.read(ballot)["state"] == "open"
    assert board.close(ballot).json()["result"] == "approved"


def test_an_ended_term_is_history(board: Board, owner: psycopg.Connection[Any]) -> None:
    board.appoint("mef", "successor")
    board.appoint("mef", holder("mef"))
    for change in (
        "UPDATE seat_term SET valid_to = NULL WHERE holder_sub = 'successor'",
        "UPDATE seat_term SET holder_sub = 'x' WHERE seat = 'mef'",
        "DELETE FROM seat_term WHERE seat = 'mef'",
    ):
        with pytest.raises(errors.RestrictViolation):
            owner.execute(change)
