"""Casting a signed vote: twenty voters at once, beside a bare signed insert in the same run.

`python -m tests.benchmarks.voting` on the running stack (`make up`). The room `board` stands in a
process of its own on a database of its own; its votes are signed before the clock starts. The bare
insert checks the same signature and commits one row on the same PostgreSQL, at as many
connections. Both take turns, so that other load on the machine meets both.
"""

import asyncio
import json
import multiprocessing
import socket
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated, Any

import httpx2
import psycopg
import typer
import uvicorn
from rich.console import Console

from services.board.domain import SEATS
from services.kernel import clock, proof
from services.kernel.app import create_app
from services.kernel.ids import new_id
from services.kernel.settings import Settings
from services.kernel.statements import vote_statement
from tests.support import signing
from tests.support.callers import principal, token_of
from tests.support.databases import scratch_settings
from tests.support.figures import note
from tests.support.serving import free_port, own_issuer, url_of

VOTERS = 20
TURNS = 4
GOAL_P99_MS = 150
START_LIMIT_S = 120
DOSSIER = "ab" * 32
FILE = {"dossier_sha256": DOSSIER}
TOKENS: dict[Any, str] = {}
console = Console()

Act = Callable[[], Awaitable[None]]


def serve(config: Settings, ready: Connection) -> None:
    """Serve the room until ended; say where once it answers."""
    listening = free_port()

    class Room(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready.send(url_of(listening))

    app = create_app(["board"], config)
    Room(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listening])


@contextmanager
def room_elsewhere(config: Settings) -> Iterator[str]:
    """The room's address in a child process, which ends with the block."""
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(
        target=serve, args=(config, theirs), daemon=True
    )
    child.start()
    try:
        assert ours.poll(START_LIMIT_S), "the room did not start"
        yield ours.recv()
    finally:
        child.terminate()
        child.join(20)


def opened(owner: psycopg.Connection[Any], ballots: int) -> list[dict[str, Any]]:
    """So many open ballots, each on a file that holds its dossier's hash alone."""
    made = []
    for _ in range(ballots):
        ballot = {
            "id": new_id("bal"),
            "file_sha256": proof.sha256_of(FILE),
            "dossier_sha256": DOSSIER,
        }
        owner.execute(
            "INSERT INTO ballot (id, application_id, consortium_id, call_id, dossier_sha256,"
            " file_sha256, state, version, opened_at, closes_at) VALUES (%s, %s, 'con', 'cal', %s,"
            " %s, 'open', 1, now(), now() + interval '1 hour')",
            [ballot["id"], new_id("app"), DOSSIER, ballot["file_sha256"]],
        )
        owner.execute(
            "INSERT INTO ballot_file (ballot_id, sequence, file_sha256, dossier_sha256, file,"
            " reason, compiled_by, compiled_at) VALUES (%s, 1, %s, %s, %s, 'x', 'bench', now())",
            [ballot["id"], ballot["file_sha256"], DOSSIER, json.dumps(FILE)],
        )
        made.append(ballot)
    return made


async def seated(client: httpx2.AsyncClient, config: Settings) -> None:
    """The four members in their seats, with their keys registered."""
    for seat in SEATS:
        sub = f"{seat}-1"
        who = {"holder_sub": sub, "holder_name": sub, "chair": seat == "midagri"}
        for method, path, body, by in (
            ("PUT", f"/v1/seats/{seat}", who, principal("secretariat")),
            ("POST", "/v1/keys", signing.key_registration(sub), _member(seat)),
        ):
            headers = _headers(config, by)
            answer = await client.request(method, path, json=body, headers=headers)
            answer.raise_for_status()


def _member(seat: str) -> Any:
    return principal("board_member", f"{seat}-1", seat=seat)


def _headers(config: Settings, by: Any) -> dict[str, str]:
    """Each person's token lasts, as anybody's does for an hour; each write has its own key."""
    if by not in TOKENS:
        TOKENS[by] = token_of(config, by)
    return {"Authorization": f"Bearer {TOKENS[by]}", "Idempotency-Key": new_id("key")}


async def taken_ms(acts: Sequence[Act]) -> list[float]:
    """How long each act took, at twenty at once."""
    waiting, taken = iter(acts), []

    async def voter() -> None:
        for act in waiting:
            started_s = time.perf_counter()
            await act()
            taken.append((time.perf_counter() - started_s) * 1000)

    await asyncio.gather(*(voter() for _ in range(VOTERS)))
    return taken


def votes(
    client: httpx2.AsyncClient, config: Settings, ballots: Sequence[dict[str, Any]]
) -> list[Act]:
    """All four votes of each ballot, signed already."""

    def act(ballot: dict[str, Any], seat: str) -> Act:
        body = signing.signed_vote(ballot, seat, f"{seat}-1")
        headers = _headers(config, _member(seat))

        async def cast() -> None:
            path = f"/v1/ballots/{ballot['id']}/votes"
            answer = await client.post(path, json=body, headers=headers)
            assert answer.is_success, answer.text

        return cast

    return [act(ballot, seat) for seat in SEATS for ballot in ballots]


def bare_inserts(idle: "asyncio.Queue[psycopg.AsyncConnection[Any]]", count: int) -> list[Act]:
    """Check a signature and commit one row with it: nothing of the board's."""
    key = signing.key_of("bare")
    jwk = proof.public_jwk(key)

    def act() -> Act:
        statement = vote_statement(
            ballot_id=new_id("bal"),
            file_sha256=DOSSIER,
            dossier_sha256=DOSSIER,
            seat="mef",
            holder_sub="bare",
            choice="for",
            reason=None,
            legal_bar=None,
            conditions=[],
            signed_at=clock.now(),
            nonce=new_id("non"),
        )
        signature = proof.sign(statement, key)

        async def insert() -> None:
            proof.check(statement, signature, jwk)
            connection = await idle.get()
            text = proof.canonical(statement).decode()
            await connection.execute("INSERT INTO bare_vote VALUES (%s, %s)", [text, signature])
            await connection.commit()
            idle.put_nowait(connection)

        return insert

    return [act() for _ in range(count)]


async def measure(config: Settings, url: str, ballots: int) -> tuple[list[float], list[float]]:
    """The room's times and the bare ones, of as many votes each."""
    plain = config.migration_database_url.format(room="board").replace("+psycopg", "")
    cast: list[float] = []
    bare: list[float] = []
    async with httpx2.AsyncClient(base_url=url, timeout=60, trust_env=False) as client:
        with psycopg.connect(plain, autocommit=True) as owner:
            owner.execute("CREATE TABLE bare_vote (statement text, signature text)")
            await seated(client, config)
            idle: asyncio.Queue[psycopg.AsyncConnection[Any]] = asyncio.Queue()
            for _ in range(VOTERS):
                idle.put_nowait(await psycopg.AsyncConnection.connect(plain))
            await taken_ms(votes(client, config, opened(owner, VOTERS)))  # warm, not counted
            for _ in range(TURNS):
                held = opened(owner, ballots)
                cast += await taken_ms(votes(client, config, held))
                bare += await taken_ms(bare_inserts(idle, len(held) * len(SEATS)))
            while not idle.empty():
                await idle.get_nowait().close()
    return cast, bare


def main(
    ballots: Annotated[int, typer.Option(help="ballots a turn, four votes each")] = 60,
) -> None:
    """Measure and print; the goal is a p99 under 150 ms."""
    with (
        tempfile.TemporaryDirectory() as folder,
        scratch_settings("board") as scratch,
        own_issuer(scratch, Path(folder)) as config,
        room_elsewhere(config) as url,
    ):
        cast, bare = asyncio.run(measure(config, url, ballots))
    for name, cut in (("p50", 49), ("p99", 98)):
        value = statistics.quantiles(cast, n=100)[cut]
        beside = statistics.quantiles(bare, n=100)[cut]
        note(f"bench.vote_{name}_ms", value, "ms", bare=beside, samples=len(cast))
        console.print(
            f"vote {name}: {value:.1f} ms; bare signed insert {beside:.1f} ms; ratio"
            f" {value / beside:.1f}; {len(cast)} votes at {VOTERS} voters"
        )
    if statistics.quantiles(cast, n=100)[98] >= GOAL_P99_MS:
        console.print(f"the goal is a p99 under {GOAL_P99_MS} ms")


if __name__ == "__main__":
    typer.run(main)
