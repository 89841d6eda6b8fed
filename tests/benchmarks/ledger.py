"""The ledger's posting against bare SQL in the same PostgreSQL and run.

`python -m tests.benchmarks.ledger` on the running stack. Bare one by one: a transaction a transfer:
its row, its two entries with foreign keys, two balances. Bare batched: the same, a thousand by
one statement. Ours: `ledger.post` with its balances, overdraft checks, blocks and chain.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def timed() -> Iterator[Callable[[], float]]:
    started_s = time.perf_counter()
    yield lambda: time.perf_counter() - started_s


def bare(connection: psycopg.Connection[Any], count: int, batch: int) -> float:
    """Transfers a second, so many a transaction."""
    with timed() as elapsed:
        for start in range(0, count, batch):
            numbers = range(start, min(start + batch, count))
            ids = [new_id("trf") for _ in numbers]
            sources = [f"a{n % ACCOUNTS}" for n in numbers]
            targets = [f"a{(n + 1) % ACCOUNTS}" for n in numbers]
            connection.execute(_MOVE, [ids, sources, targets, [1] * len(ids)])
            connection.commit()
    return count / elapsed()


async def ours(settings: Settings, count: int) -> float:
    """Transfers a second through the ledger, a thousand a transaction."""
    database = Database("disbursement", settings)
    actor, call_id = Principal(sub="bench", role="operator"), new_id("cal")
    source = ledger.available(call_id)

    async def post(moves: list[Move]) -> None:
        async def work(session: Any) -> None:
            ids = await ledger.post(
                Work(session, actor, now(), ""), moves, call_id=call_id, agreement_id=None
            )
            assert len(ids) == len(moves)

        await database.run(work)

    await post([Move("allocate", ledger.TREASURY, source, count, call_id)])
    with timed() as elapsed:
        for start in range(0, count, BATCH):
            await post(
                [
                    Move("commit", source, ledger.committed(f"agr{n % ACCOUNTS}"), 1, f"r{n}")
                    for n in range(start, min(start + BATCH, count))
                ]
            )
    await database.dispose()
    return count / elapsed()


def main(count: Annotated[int, typer.Option(min=1_000, max=2_000_000)] = 50_000) -> None:
    """Measure on the running stack: bare, ours, bare again."""
    with scratch_settings("disbursement") as settings:
        url = settings.migration_database_url.replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            connection.execute(_BARE)  # type: ignore[arg-type]
            connection.commit()
            singly = bare(connection, ONE_BY_ONE, 1)
            before = bare(connection, count, BATCH)
            posted = asyncio.run(ours(settings, count))
            after = bare(connection, count, BATCH)
            faults = integrity.findings(connection)
    assert faults == [], faults
    batched = (before + after) / 2
    note("bench.ledger.batch.per_s", posted, "1/s", bare=batched, samples=count)
    note("bench.ledger.bare_one_by_one.per_s", singly, "1/s", samples=ONE_BY_ONE)
    console.print(
        f"ledger, {count} transfers: {posted:.0f}/s; bare batched {batched:.0f}/s;"
        f" ratio {posted / batched:.2f} (goal >= {GOAL_BATCH}); bare one by one {singly:.0f}/s"
    )


if __name__ == "__main__":
    typer.run(main)
