"""The exporter at a national size: a million applications and five million instructions, made in
databases of this run on the running stack, while a writer goes on; then the real process is asked.

`python -m tests.benchmarks.exporter [--applications N] [--instructions N]`
"""

import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final

import httpx2
import psycopg
import typer
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from services.kernel import migrate
from services.kernel.rooms import ROOMS
from services.kernel.settings import Settings, settings
from tests.support.databases import admin
from tests.support.figures import note
from tests.support.serving import free_port

GOAL_S: Final = 1.0
CHUNK: Final = 250_000
SCRAPES: Final = 30
console = Console()

_CALLS = """
INSERT INTO call SELECT 'cal_' || n, 'code' || n, 't', '2026-01-01', '2026-12-31', '["agroideas"]',
    1, 1, 1, 1, 1, 1, 1, 'x', now() FROM generate_series(0, 19) AS n
"""
_APPLICATIONS = """
INSERT INTO application (id, call_id, consortium_id, state, region, decided_in_term, version, round,
    plan, dossier_sha256, submitted_at, first_submitted_at, created_by, created_at, updated_at,
    state_since)
SELECT 'app_' || n, 'cal_' || n % 20, 'con_' || n,
    (ARRAY['submitted', 'eligible', 'in_board', 'executing', 'closed', 'rejected'])[1 + n % 6],
    'INEI-' || lpad((1 + n / 20 % 25)::text, 2, '0'),
    CASE WHEN n % 6 > 2 THEN n % 100 > 0 END, 1, 1, '{}', repeat('a', 64), now(), now(), 'x',
    now(), now(), now() - make_interval(secs => n % 1000000)
FROM generate_series(FIRST, LAST) AS n
"""
_PARENTS = """
SET session_replication_role = replica;
INSERT INTO resolution VALUES ('bal_1', 'app_1', 'x', 'approved', '1', '{}', now());
INSERT INTO agreement (id, application_id, ballot_id, resolution_result, call_id, consortium_id,
    dossier_sha256, state, agroideas_centimos, agrobanco_centimos, own_centimos, plan, drafted_at,
    version, document_version) VALUES ('agr_1', 'app_1', 'bal_1', 'approved', 'cal_1', 'con_1', 'x',
    'drafted', 1, 1,
    1, '{}', now(), 1, 1);
INSERT INTO tranche (id, agreement_id, application_id, consortium_id, call_id, sequence, channel,
    part, amount_centimos, milestone, committed_account, budget_account, state, lineage,
    accounted_centimos, recovered_centimos, version, confirmed_at)
SELECT 'tra_' || n, 'agr_1', 'app_1', 'con_1', 'cal_' || n % 20, n,
    (ARRAY['agroideas', 'agrobanco'])[1 + n % 2], 1, 1, 'm', 'agreement:agr_1:committed',
    'call:cal_' || n % 20 || ':available', 'planned', 1, 0, 0, 1, now()
FROM generate_series(0, 999) AS n;
SET session_replication_role = origin;
"""
_INSTRUCTIONS = """
INSERT INTO instruction (id, tranche_id, lineage, item, reference, channel, beneficiary_name,
    beneficiary_document, beneficiary_cci, amount_centimos, state, beneficiary_kind, settled_at,
    state_since)
SELECT 'ins_' || n, 'tra_' || n % 1000, 1, n / 1000, 'ref_' || n,
    (ARRAY['agroideas', 'agrobanco'])[1 + n % 2], 'n', 'd', 'c', 1,
    CASE WHEN n % 50 > 3 THEN 'settled' ELSE
        (ARRAY['created', 'sent', 'acknowledged', 'unknown'])[1 + n % 50] END,
    'producer', CASE WHEN n % 50 > 3 THEN now() END, now() - make_interval(secs => n % 100000)
FROM generate_series(FIRST, LAST) AS n
"""
_MONEY = """
WITH moved AS (
    INSERT INTO transfer (id, kind, amount_centimos, call_id, reference, actor, business_date,
        posted_at)
    SELECT 'trf_' || n, 'allocate', 100, 'cal_' || n % 20, 'r', 'x', '2026-01-01', now()
    FROM generate_series(1, 20000) AS n RETURNING id, call_id
), opened AS (
    INSERT INTO account (code, kind, may_overdraw, opened_at)
    SELECT 'call:cal_' || n || ':available:agroideas', 'available', false, now()
    FROM generate_series(0, 19) AS n UNION ALL SELECT 'treasury', 'treasury', true, now()
) SELECT count(*) FROM moved
"""
_ENTRIES = """
INSERT INTO entry (transfer_id, account_code, amount_centimos, call_id)
SELECT id, code, amount, call_id FROM transfer, LATERAL (VALUES ('treasury', -100),
    ('call:' || call_id || ':available:agroideas', 100)) AS side (code, amount)
"""


@contextmanager
def national(applications: int, instructions: int) -> Iterator[Settings]:
    """Settings of databases of that size, which are dropped at the end."""
    known, prefix = settings(), f"bench{os.getpid()}_"
    here = known.model_copy(
        update={
            "database_url": known.database_url.replace("fund_{room}", prefix + "{room}"),
            "migration_database_url": known.migration_database_url.replace(
                "fund_{room}", prefix + "{room}"
            ),
        }
    )
    with admin() as connection:
        for room in ROOMS:
            connection.execute(f"CREATE DATABASE {prefix}{room} OWNER fund_owner".encode())
    try:
        for room in ROOMS:
            migrate.upgrade(room, here)
        with admin(f"{prefix}applications") as connection:
            connection.execute(_CALLS.encode())
            fill(connection, _APPLICATIONS, applications, "applications")
        with admin(f"{prefix}disbursement") as connection:
            connection.execute(_PARENTS.encode())
            fill(connection, _INSTRUCTIONS, instructions, "instructions")
            with connection.transaction():
                connection.execute(_MONEY.encode())
                connection.execute(_ENTRIES.encode())
        yield here
    finally:
        with admin() as connection:
            for room in ROOMS:
                connection.execute(f"DROP DATABASE {prefix}{room} WITH (FORCE)".encode())


def fill(connection: psycopg.Connection[Any], statement: str, count: int, what: str) -> None:
    """Make so many rows through the room's own triggers, a chunk a transaction."""
    started_s = time.monotonic()
    connection.execute("SET synchronous_commit = off")
    for first in range(0, count, CHUNK):
        last = min(first + CHUNK, count) - 1
        numbered = statement.replace("FIRST", str(first)).replace("LAST", str(last))
        connection.execute(numbered.encode())
    connection.execute("ANALYZE")
    console.print(f"{count} {what} made in {time.monotonic() - started_s:.0f} s")


@contextmanager
def exporting(here: Settings) -> Iterator[str]:
    """The address of the real process over these databases."""
    listening = free_port()
    port = listening.getsockname()[1]
    listening.close()
    environment = {"FUND_DATABASE_URL": here.database_url, "FUND_METRICS_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "services", "exporter"], env={**os.environ, **environment}
    )
    try:
        url = f"http://127.0.0.1:{port}/metrics"
        deadline_s = time.monotonic() + 60
        while True:
            try:
                httpx2.get(url, timeout=10, trust_env=False)
                break
            except httpx2.HTTPError:
                assert time.monotonic() < deadline_s, "the exporter did not answer"
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def writing(here: Settings, applications: int) -> Iterator[None]:
    """Somebody moves applications on, one a transaction, without end."""
    stopping = threading.Event()
    chance = random.Random(7)
    url = here.database_url.format(room="applications").replace("+psycopg", "")

    def go() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not stopping.wait(0.005):
                connection.execute(
                    "UPDATE application SET state = CASE state WHEN 'closed' THEN 'executing'"
                    " ELSE 'closed' END WHERE id = %s",
                    (f"app_{chance.randrange(applications) // 6 * 6 + 3}",),
                )

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def scraped(url: str) -> tuple[float, str]:
    """How long a scrape took, and what it gave."""
    started_s = time.perf_counter()
    answer = httpx2.get(url, timeout=30, trust_env=False)
    return time.perf_counter() - started_s, answer.text


def total(text: str, name: str) -> int:
    """The sum of a metric over its labels."""
    families = text_string_to_metric_families(text)
    return int(
        sum(sample.value for family in families for sample in family.samples if sample.name == name)
    )


def main(
    applications: Annotated[int, typer.Option(min=1_000, max=5_000_000)] = 1_000_000,
    instructions: Annotated[int, typer.Option(min=1_000, max=10_000_000)] = 5_000_000,
) -> None:
    """Measure on the running stack (`make up`)."""
    with (
        national(applications, instructions) as here,
        exporting(here) as url,
        writing(here, applications),
    ):
        taken_s: list[float] = []
        for _ in range(SCRAPES):
            took_s, text = scraped(url)
            taken_s.append(took_s)
            time.sleep(0.5)
    assert total(text, "fund_exporter_room_up") == len(ROOMS), "a room was not read"
    assert total(text, "fund_applications") == applications
    assert total(text, "fund_instructions") == instructions
    assert total(text, "fund_budget_centimos") == 20_000 * 100
    p50_s, max_s = statistics.median(taken_s), max(taken_s)
    lines = sum(1 for line in text.splitlines() if not line.startswith("#"))
    note("bench.exporter.scrape.p50_s", p50_s, "s", samples=SCRAPES)
    note("bench.exporter.scrape.max_s", max_s, "s", samples=SCRAPES)
    console.print(
        f"exporter, {applications} applications and {instructions} instructions, {SCRAPES} scrapes"
        f" beside a writer: p50 {p50_s:.3f} s, max {max_s:.3f} s (goal < {GOAL_S:.0f} s);"
        f" {lines} series, {len(text) / 1000:.0f} kB"
    )


if __name__ == "__main__":
    typer.run(main)
