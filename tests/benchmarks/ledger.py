"""The ledger's posting against bare SQL in the same PostgreSQL and run.

`python -m tests.benchmarks.ledger` on the running stack. Bare one by one: a transaction a transfer:
its row, its two entries with foreign keys, two balances. Bare batched: the same, a thousand by
one statement. Ours: `ledger.post` with its balances, overdraft checks, blocks and chain.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import psycopg
import typer
from rich.console import Console

from services.disbursement import integrity, ledger
from services.disbursement.ledger import Move
from services.kernel.clock import now
from services.kernel.db import Database
from services.kernel.ids import new_id
from services.kernel.settings import Settings
from services.kernel.work import Principal, Work
from tests.support.databases import scratch_settings
from tests.support.figures import note

BATCH = 1_000
ONE_BY_ONE = 3_000
TURNS = 10
GOAL_BATCH = 0.4
ACCOUNTS = 200
console = Console()

_BARE = """
CREATE TABLE bare_account (code text PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE bare_transfer (id text PRIMARY KEY, amount bigint NOT NULL CHECK (amount > 0));
CREATE TABLE bare_entry (transfer_id text NOT NULL REFERENCES bare_transfer, code text NOT NULL
    REFERENCES bare_account, amount bigint NOT NULL, PRIMARY KEY (transfer_id, code));
INSERT INTO bare_account SELECT 'a' || n, 0 FROM generate_series(0, 199) n;
"""
_MOVE = """
WITH moved AS (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
    AS m (id, source, target, amount)),
kept AS (INSERT INTO bare_transfer SELECT id, amount FROM moved),
sides AS (INSERT INTO bare_entry SELECT id, source, -amount FROM moved
    UNION ALL SELECT id, target, amount FROM moved RETURNING code, amount),
sums AS (SELECT code, sum(amount) AS amount FROM sides GROUP BY code)
UPDATE bare_account SET balance = balance + sums.amount FROM sums
WHERE bare_account.code = sums.code
"""


@dataclass
class Side:
    """How many transfers a side has posted in how long, over all its turns."""

    done: int = 0
    elapsed_s: float = 0

    @contextmanager
    def turn(self, count: int) -> Iterator[range]:
        """The numbers of the next so many transfers; the block is timed."""
        numbers = range(self.done, self.done + count)
        started_s = time.perf_counter()
        yield numbers
        self.elapsed_s += time.perf_counter() - started_s
        self.done += count

    @property
    def per_s(self) -> float:
        """Transfers a second."""
        return self.done / self.elapsed_s


def open_bare(connection: psycopg.Connection[Any]) -> None:
    """The tables of the bare side."""
    connection.execute(_BARE)
    connection.commit()


def bare(connection: psycopg.Connection[Any], side: Side, count: int, batch: int) -> None:
    """Post so many transfers, so many a transaction."""
    with side.turn(count) as turn:
        for numbers in (turn[start : start + batch] for start in range(0, count, batch)):
            ids = [new_id("trf") for _ in numbers]
            sources = [f"a{n % ACCOUNTS}" for n in numbers]
            targets = [f"a{(n + 1) % ACCOUNTS}" for n in numbers]
            connection.execute(_MOVE, [ids, sources, targets, [1] * len(ids)])
            connection.commit()


class Ours:
    """The ledger of one call."""

    def __init__(self, settings: Settings) -> None:
        self.database = Database("disbursement", settings)
        self.side = Side()
        self._actor = Principal(sub="bench", role="operator")
        self._call_id = new_id("cal")
        self._source = ledger.available(self._call_id)

    async def allocate(self, count: int) -> None:
        """Give the call what the turns will commit."""
        await self._post([Move("allocate", ledger.TREASURY, self._source, count, self._call_id)])

    async def commit(self, count: int) -> None:
        """Post so many commitments of one céntimo, a thousand a transaction."""
        with self.side.turn(count) as turn:
            for start in range(0, count, BATCH):
                await self._post([self._commitment(n) for n in turn[start : start + BATCH]])

    def _commitment(self, number: int) -> Move:
        target = ledger.committed(f"agr{number % ACCOUNTS}")
        return Move("commit", self._source, target, 1, f"r{number}")

    async def _post(self, moves: list[Move]) -> None:
        async def work(session: Any) -> None:
            ids = await ledger.post(
                Work(session, self._actor, now(), ""),
                moves,
                call_id=self._call_id,
                agreement_id=None,
            )
            assert len(ids) == len(moves)

        await self.database.run(work)


async def measure(settings: Settings, connection: psycopg.Connection[Any], count: int) -> None:
    """Bare and ours in turns, so that other load on the machine meets both; then the figures."""
    ours, batched, singly = Ours(settings), Side(), Side()
    await ours.allocate(count)
    bare(connection, singly, ONE_BY_ONE, 1)
    for _ in range(TURNS):
        bare(connection, batched, count // TURNS, BATCH)
        await ours.commit(count // TURNS)
    await ours.database.dispose()
    posted = ours.side.per_s
    note("bench.ledger.batch.per_s", posted, "1/s", bare=batched.per_s, samples=ours.side.done)
    note("bench.ledger.bare_one_by_one.per_s", singly.per_s, "1/s", samples=ONE_BY_ONE)
    console.print(
        f"ledger, {ours.side.done} transfers: {posted:.0f}/s; bare batched {batched.per_s:.0f}/s;"
        f" ratio {posted / batched.per_s:.2f} (goal >= {GOAL_BATCH});"
        f" bare one by one {singly.per_s:.0f}/s"
    )


def main(
    count: Annotated[int, typer.Option(min=TURNS * BATCH, max=2_000_000)] = 100_000,
) -> None:
    """Measure on the running stack."""
    with scratch_settings("disbursement") as settings:
        url = settings.migration_database_url.replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            open_bare(connection)
            asyncio.run(measure(settings, connection, count))
            faults = integrity.findings(connection)
    assert faults == [], faults


if __name__ == "__main__":
    typer.run(main)
