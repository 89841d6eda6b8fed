"""A national-size run: payments of many agreements through both channels, to reconciled.

`python -m tests.benchmarks.national` on the running stack: a scratch database, and a sandbox
process whose files and statements are the real ones. Each tranche is asked for, prepared (a list
of suppliers' invoices for a grant, each producer for a loan), released, sent and followed by the
room's own use cases; at the end the day's statements are matched. Then every payment is held
against the partner's books, and the ledger against both. In the same run and PostgreSQL: bare
double-entry posting, one by one.
"""

import asyncio
import base64
import logging
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import httpx2
import psycopg
import structlog
import typer
from pydantic import SecretStr
from rich.console import Console

from deploy.sandbox.settings import PORT_OFFSET
from services.kernel.settings import Settings
from tests.benchmarks import ledger
from tests.support.databases import scratch_settings
from tests.support.figures import note
from tests.support.nation import Nation, PartnerLine, check_books
from tests.support.serving import free_port

GOAL_RATIO = 0.5
GOAL_GROWTH = 11
START_LIMIT_S = 20
ROOT = Path(__file__).parents[2]
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
console = Console()


@contextmanager
def partners(folder: Path) -> Iterator[str]:
    """The address of a sandbox process with books of its own."""
    with closing(free_port()) as listening:
        port = int(listening.getsockname()[1])
    environment = {
        **os.environ,
        "FUND_ENVIRONMENT": "test",
        "FUND_STATE_DIR": str(folder),
        "FUND_PORT_BASE": str(port - PORT_OFFSET),
        "FUND_AGROIDEAS_CLIENT_ID": "fund-agroideas",
        "FUND_AGROIDEAS_CLIENT_SECRET": "secret-of-agroideas",
        "FUND_AGROIDEAS_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "FUND_AGROBANCO_CLIENT_ID": "fund-agrobanco",
        "FUND_AGROBANCO_CLIENT_SECRET": "secret-of-agrobanco",
        "FUND_SANDBOX_EXECUTION_DELAY_S": "0.02",
    }
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([sys.executable, "-m", "deploy.sandbox"], cwd=ROOT, env=environment)
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while not _is_ready(url):
            assert time.monotonic() < deadline, "the sandbox did not start"
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _is_ready(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/readyz", trust_env=False).is_success
    except httpx2.HTTPError:
        return False


def settings_with(scratch: Settings, sandbox: str) -> Settings:
    """The scratch database's settings, with the sandbox as both partners."""
    return scratch.model_copy(
        update={
            "agroideas_url": f"{sandbox}/agroideas",
            "agroideas_client_id": "fund-agroideas",
            "agroideas_client_secret": SecretStr("secret-of-agroideas"),
            "agrobanco_url": f"{sandbox}/agrobanco",
            "agrobanco_client_id": "fund-agrobanco",
            "agrobanco_client_secret": SecretStr("secret-of-agrobanco"),
            "channel_timeout_s": 60.0,
        }
    )


def books_of(folder: Path) -> Iterator[PartnerLine]:
    """Every payment of the partners' books with how often it was executed, in order."""
    (file,) = (folder / "sandbox").glob("books.sqlite3")
    with closing(sqlite3.connect(file)) as books:
        yield from books.execute(
            "SELECT partner, end_to_end_id, amount_cents,"
            " (SELECT count(*) FROM line WHERE line.partner = payment.partner"
            "  AND line.end_to_end_id = payment.end_to_end_id) FROM payment"
            " ORDER BY partner, end_to_end_id"
        )


def peak_mb() -> float:
    """The most memory that this process has held until now."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cpu_s() -> float:
    """Processor time of this process and of the sandboxes that have ended: what the machine's
    other users do not stretch."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


@dataclass(frozen=True)
class Figures:
    """From the first request to the last statement; the processor time has the check with it."""

    elapsed_s: float
    cpu_s: float
    peak_mb: float


def one_run(instructions: int, agreements: int, side_by_side: int) -> Figures:
    """So many payments on a database and a sandbox of their own."""
    began_cpu_s = cpu_s()
    with (
        tempfile.TemporaryDirectory() as name,
        scratch_settings("disbursement") as scratch,
        partners(Path(name)) as sandbox,
    ):
        nation = Nation(settings_with(scratch, sandbox), instructions, agreements, side_by_side)
        elapsed_s = asyncio.run(nation.run())
        peak = peak_mb()
        with psycopg.connect(scratch.migration_database_url.replace("+psycopg", "")) as connection:
            check_books(connection, books_of(Path(name)), nation)
    per_s = nation.instructions / elapsed_s
    console.print(
        f"{nation.instructions} instructions, {agreements} agreements: {elapsed_s:.1f} s,"
        f" {per_s:.0f}/s, peak memory {peak:.0f} MB; {nation.timeline()}"
    )
    return Figures(elapsed_s, cpu_s() - began_cpu_s, peak)


def bare_per_s() -> float:
    """Bare double-entry posting one by one, transfers a second."""
    with scratch_settings("disbursement") as scratch:
        url = scratch.migration_database_url.replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            ledger.open_bare(connection)
            side = ledger.Side()
            ledger.bare(connection, side, ledger.ONE_BY_ONE, 1)
            return side.per_s


def main(
    instructions: Annotated[
        int, typer.Option(min=2_000, max=1_000_000, envvar="NATIONAL")
    ] = 100_000,
    per_agreement: Annotated[int, typer.Option(min=2, max=20_000)] = 500,
    side_by_side: Annotated[int, typer.Option(min=1, max=12)] = 4,
) -> None:
    """A tenth of the size before and after the whole, and bare beside the whole: who else uses the
    machine is met by all of them."""
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet)
    small = instructions // 10
    before = one_run(small, max(small // per_agreement, 1), side_by_side)
    bare_before = bare_per_s()
    whole = one_run(instructions, instructions // per_agreement, side_by_side)
    bare = (bare_before + bare_per_s()) / 2
    after = one_run(small, max(small // per_agreement, 1), side_by_side)
    per_s = instructions / whole.elapsed_s
    growth = whole.elapsed_s / ((before.elapsed_s + after.elapsed_s) / 2)
    cpu_growth = whole.cpu_s / ((before.cpu_s + after.cpu_s) / 2)
    note("bench.national.per_s", per_s, "1/s", bare=bare, samples=instructions)
    note("bench.national.growth_at_ten_times", growth, "times")
    note("bench.national.cpu_growth_at_ten_times", cpu_growth, "times")
    note("bench.national.peak_mb", whole.peak_mb, "MB", bare=before.peak_mb)
    console.print(
        f"national, {instructions} to reconciled: {per_s:.0f}/s; bare one by one {bare:.0f}/s;"
        f" ratio {per_s / bare:.2f} (goal >= {GOAL_RATIO}); {growth:.1f} times the time of"
        f" {small} (goal <= {GOAL_GROWTH}; {cpu_growth:.1f} in processor time); peak memory"
        f" {before.peak_mb:.0f} MB at {small}, {whole.peak_mb:.0f} MB at {instructions};"
        " every one paid exactly once, ledger to the céntimo"
    )


if __name__ == "__main__":
    typer.run(main)
