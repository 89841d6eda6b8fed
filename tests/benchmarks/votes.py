"""Casting a vote by twenty voters at once, against a bare signed insert in the same run.

`python -m tests.benchmarks.votes` on the running stack (`make up`). The board is served in a
process of its own; every voter sends its next signed vote as soon as the last is answered. Bare:
as many connections, each checking the same kind of signature and inserting one row a transaction.
"""

import asyncio
import itertools
import multiprocessing
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Annotated, Any

import httpx2
import psycopg
import typer
from rich.console import Console

from services.board import domain
from services.kernel import clock, proof
from services.kernel.app import create_app
from services.kernel.settings import Settings, settings
from services.kernel.tokens import issue
from tests.benchmarks.eligibility import Tally
from tests.factories.dossier import Neighbourhood, subject
from tests.support import signing
from tests.support.databases import scratch_settings
from tests.support.figures import note
from tests.support.serving import free_port, serve_until_ended, url_of

VOTERS = 20
WARM = 5
GOAL_P99_MS = 150
START_LIMIT_S = 60
console = Console()

_BARE = """
CREATE TABLE bare_vote (id bigserial PRIMARY KEY, ballot_id text NOT NULL, seat text NOT NULL,
    choice text NOT NULL, signature text NOT NULL, UNIQUE (ballot_id, seat))
"""
_INSERT = "INSERT INTO bare_vote (ballot_id, seat, choice, signature) VALUES (%s, %s, %s, %s)"


def serve(config: Settings, subjects: list[dict[str, str]], ready: Connection) -> None:
    """The board in this process, whose neighbours know these applications."""
    neighbours, listening = Neighbourhood(), free_port()
    for one in subjects:
        neighbours.know(one)
    app = create_app(["board"], config)

    def started() -> None:
        app.state.neighbours = neighbours
        ready.send(url_of(listening))

    serve_until_ended(app, listening, started)


@contextmanager
def board_elsewhere(config: Settings, subjects: list[dict[str, str]]) -> Iterator[str]:
    """The address of the board, in a child process that ends with the block."""
    ours, theirs = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("spawn")
    child = spawn.Process(target=serve, args=(config, subjects, theirs), daemon=True)
    child.start()
    try:
        assert ours.poll(START_LIMIT_S), "the board did not start"
        yield ours.recv()
    finally:
        child.terminate()
        child.join(20)


class Board:
    """The board as its members ask it."""

    def __init__(self, client: httpx2.AsyncClient, config: Settings) -> None:
        self._client = client
        self._config = config
        self._numbers = itertools.count()
        self._tokens: dict[tuple[str, str | None], str] = {}

    async def ask(
        self, method: str, path: str, body: Any, *, role: str, seat: str | None = None
    ) -> Any:
        """The answer to one write."""
        sub = f"{seat}-1" if seat else f"bench-{role}"
        if (role, seat) not in self._tokens:
            self._tokens[role, seat] = issue(self._config, sub=sub, role=role, seat=seat)
        headers = {
            "Authorization": f"Bearer {self._tokens[role, seat]}",
            "Idempotency-Key": f"bench-{next(self._numbers)}",
        }
        answer = await self._client.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    async def seated(self) -> None:
        """Four members with their keys, Midagri in the chair."""
        for seat in domain.SEATS:
            held = {"holder_sub": f"{seat}-1", "holder_name": seat, "chair": seat == "midagri"}
            await self.ask("PUT", f"/v1/seats/{seat}", held, role="secretariat")
            key = signing.key_registration(f"{seat}-1")
            await self.ask("POST", "/v1/keys", key, role="board_member", seat=seat)

    async def opened(self, one: dict[str, str]) -> Any:
        """A ballot that takes votes for an hour."""
        closes_at = (clock.now() + timedelta(hours=1)).isoformat()
        return await self.ask(
            "POST", "/v1/ballots", {**one, "closes_at": closes_at}, role="service"
        )


async def cast(board: Board, ballots: Sequence[Any]) -> Tally:
    """Every seat's vote on every ballot, signed beforehand."""
    votes = iter(
        [
            (ballot["id"], seat, signing.signed_vote(ballot, seat, f"{seat}-1"))
            for ballot in ballots
            for seat in domain.SEATS
        ]
    )

    async def one() -> None:
        ballot_id, seat, body = next(votes)
        path = f"/v1/ballots/{ballot_id}/votes"
        await board.ask("POST", path, body, role="board_member", seat=seat)

    tally = Tally()
    await tally.turn(one, len(ballots) * len(domain.SEATS), clients=VOTERS)
    return tally


async def inserted(url: str, count: int) -> Tally:
    """As many bare inserts, each after checking its signature."""
    key = signing.key_of("bare")
    jwk = proof.public_jwk(key)
    statements = [
        {"type": "fondo.vote.v1", "ballot_id": f"bal_{n}", "seat": "mef", "choice": "for"}
        for n in range(count)
    ]
    signed = iter([(one, proof.sign(one, key)) for one in statements])
    connections = [
        await psycopg.AsyncConnection.connect(url, autocommit=True) for _ in range(VOTERS)
    ]
    free = asyncio.Queue[psycopg.AsyncConnection[Any]]()
    for connection in connections:
        free.put_nowait(connection)

    async def one() -> None:
        statement, signature = next(signed)
        proof.check(statement, signature, jwk)
        connection = await free.get()
        row = (statement["ballot_id"], statement["seat"], statement["choice"], signature)
        await connection.execute(_INSERT, row)
        free.put_nowait(connection)

    tally = Tally()
    await tally.turn(one, count, clients=VOTERS)
    for connection in connections:
        await connection.close()
    return tally


def p99_ms(tally: Tally) -> float:
    """The latency that one call in a hundred passes."""
    return statistics.quantiles(tally.taken_ms, n=100)[98]


async def measure(config: Settings, url: str, subjects: list[dict[str, str]], bare: str) -> None:
    """Some votes to warm, then the votes, then the bare inserts."""
    limits = httpx2.Limits(max_connections=VOTERS, max_keepalive_connections=VOTERS)
    async with httpx2.AsyncClient(
        base_url=url, timeout=60, trust_env=False, limits=limits
    ) as client:
        board = Board(client, config)
        await board.seated()
        ballots = [await board.opened(one) for one in subjects]
        await cast(board, ballots[:WARM])
        votes = await cast(board, ballots[WARM:])
    plain = await inserted(bare, votes.done)
    figures: list[tuple[str, Callable[[Tally], float], str]] = [
        ("p99_ms", p99_ms, "ms"),
        ("p50_ms", lambda tally: statistics.median(tally.taken_ms), "ms"),
        ("per_s", lambda tally: tally.per_s, "1/s"),
    ]
    for name, of, unit in figures:
        note(f"bench.votes.{name}", of(votes), unit, bare=of(plain), samples=votes.done)
        console.print(
            f"votes, {VOTERS} at once, {name}: {of(votes):.1f}; bare signed insert"
            f" {of(plain):.1f}; ratio {of(votes) / of(plain):.2f}"
        )
    console.print(f"goal: p99 under {GOAL_P99_MS} ms")


def main(ballots: Annotated[int, typer.Option(min=25, max=5_000)] = 105) -> None:
    """Measure on the running stack."""
    subjects = [subject() for _ in range(ballots)]
    with scratch_settings("board") as scratch, board_elsewhere(scratch, subjects) as url:
        bare = scratch.migration_database_url.replace("+psycopg", "")
        with psycopg.connect(bare, autocommit=True) as connection:
            connection.execute(_BARE)
        asyncio.run(measure(settings(), url, subjects, bare))


if __name__ == "__main__":
    typer.run(main)
