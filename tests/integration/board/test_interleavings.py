"""Votes, recusals, closings and calls at once on two instances, one of which is started anew: no
ballot is decided but by the tally of its stored votes, with quorum, each seat once.

Short by default; FUND_INTERLEAVINGS=5000 runs that many ballots.
"""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Final

import httpx2
import psycopg

from services.board import domain
from services.kernel import clock
from services.kernel.app import create_app
from tests.integration.board.conftest import Board, holder
from tests.support.serving import served

BALLOTS: Final = int(os.environ.get("FUND_INTERLEAVINGS", "24"))
BATCH: Final = 24
AT_ONCE: Final = 8
LAWFUL: Final = {
    "board.seat_already_voted",
    "board.seat_recused",
    "board.recusal_pending",
    "board.recusal_decided",
    "board.not_presiding",
    "board.ballot_closed",
    "board.not_complete",
    "board.quorum_not_met",
    "board.transition_refused",
    "idempotency.in_progress",
}
CHOICES: Final = ("for", "for", "for", "against", "against", "abstain")


@dataclass
class Life:
    """One ballot, and the votes that the API said it took."""

    ballot: dict[str, Any]
    taken: set[str] = field(default_factory=set)

    def vote(self, board: Board, seat: str, choice: str) -> None:
        answer = lawful(board.vote(self.ballot, seat, choice))
        if answer.status_code == 201:
            self.taken.add(answer.json()["id"])

    def recuse(self, board: Board, seat: str, accepted: bool) -> None:
        raised = lawful(board.recuse(self.ballot, seat))
        if raised.status_code == 201 and raised.json().get("outcome") == "pending":
            path = f"/v1/recusals/{raised.json()['id']}/decision"
            body = {"accepted": accepted, "reason": "Visto el sustento."}
            who = {"seat": "midagri", "sub": holder("midagri")}
            lawful(board.call("POST", path, "board_member", body, **who))

    def close(self, board: Board) -> httpx2.Response:
        return lawful(board.close(self.ballot))


def lawful(answer: httpx2.Response) -> httpx2.Response:
    assert answer.is_success or answer.json()["code"] in LAWFUL, answer.text
    return answer


@contextmanager
def another(board: Board) -> Iterator[Board]:
    """A second instance of the room on the same database, stopped at the end."""
    with (
        served(create_app(["board"], board.settings)) as url,
        httpx2.Client(base_url=url, timeout=30, trust_env=False) as http,
    ):
        yield replace(board, http=http)


def acts_of(life: Life, boards: list[Board], chance: Random) -> list[Callable[[], Any]]:
    """What happens to a ballot, in an order of its own."""
    acts: list[Callable[[], Any]] = []
    for seat in domain.SEATS:
        for odds in (0.8, 0.15):
            if chance.random() < odds:
                choice = chance.choice(CHOICES)
                acts.append(partial(life.vote, chance.choice(boards), seat, choice))
        if chance.random() < 0.2:
            accepted = chance.random() < 0.8
            acts.append(partial(life.recuse, chance.choice(boards), seat, accepted))
    acts += [partial(life.close, chance.choice(boards)) for _ in range(2)]
    chance.shuffle(acts)
    return acts


def at_once(acts: list[Callable[[], Any]]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(act) for act in acts]:
            done.result()


def wait_for(instant: datetime) -> None:
    time.sleep(max(0.0, (instant - clock.now()).total_seconds()) + 0.01)


def settle(lives: list[Life], board: Board, chance: Random) -> None:
    """Let the first call end, call a second time where it must be, and let that end too."""
    wait_for(max(datetime.fromisoformat(life.ballot["closes_at"]) for life in lives))
    again = []
    for life in lives:
        answer = life.close(board)
        if answer.status_code == 409 and answer.json()["code"] == "board.quorum_not_met":
            again.append(life)
    ends = clock.now() + timedelta(seconds=2)
    for life in again:
        lawful(board.second_call(life.ballot, ends))
    acts = [act for life in again for act in acts_of(life, [board], chance)]
    chance.shuffle(acts)
    at_once(acts)
    wait_for(ends)
    for life in again:
        life.close(board)


def check(life: Life, owner: psycopg.Connection[Any]) -> str:
    """The ballot's state, once all that the law wants of it is seen to hold."""
    ballot_id = life.ballot["id"]
    row = owner.execute(
        "SELECT state, result, second_called_at IS NOT NULL, closed_at, quorum_required, present,"
        " votes_for, votes_against, abstentions, tie_broken_by FROM ballot WHERE id = %s",
        [ballot_id],
    ).fetchone()
    assert row is not None
    votes = owner.execute(
        "SELECT id, seat, choice, cast_at FROM vote WHERE ballot_id = %s", [ballot_id]
    ).fetchall()
    assert {vote[0] for vote in votes} == life.taken
    choices = {vote[1]: vote[2] for vote in votes}
    assert len(choices) == len(votes)
    recused = {
        seat
        for (seat,) in owner.execute(
            "SELECT seat FROM recusal WHERE ballot_id = %s AND outcome = 'accepted'", [ballot_id]
        )
    }
    assert not recused & choices.keys()
    state, result, second, closed_at, *outcome = row
    if state in {"decided", "lapsed"}:
        own = domain.tally(
            call="second" if second else "first",
            chair="midagri",
            recused=recused,
            choices=choices,
        )
        assert (result or "no_quorum", state == "decided") == (own.result, own.quorum_met)
        assert outcome == [
            own.quorum_required,
            own.present,
            own.votes_for,
            own.votes_against,
            own.abstentions,
            own.tie_broken_by,
        ]
        assert all(vote[3] <= closed_at for vote in votes)
    if state == "decided":
        assert own.present >= 3
        assert own.votes_for + own.votes_against >= 2
    return str(state)


def test_no_interleaving_decides_but_by_the_stored_votes(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    chance, states = Random(20261124), set()
    for seat in domain.SEATS:
        board.with_key(holder(seat))
    for first in range(0, BALLOTS, BATCH):
        lives = []
        with another(board) as other:
            for _ in range(min(BATCH, BALLOTS - first)):
                ends = clock.now() + timedelta(seconds=chance.uniform(1, 4))
                lives.append(Life(board.open(closes_at=ends.isoformat())))
            acts = [act for life in lives for act in acts_of(life, [board, other], chance)]
            chance.shuffle(acts)
            at_once(acts)
        with another(board) as restarted:
            settle(lives, restarted, chance)
        states |= {check(life, owner) for life in lives}
    assert {"decided", "lapsed"} <= states <= {"decided", "lapsed", "open", "second_call"}
