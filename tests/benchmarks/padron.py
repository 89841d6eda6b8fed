"""The padrón's import beside a bare COPY of the same file, on the same server in one run.

`python -m tests.benchmarks.padron --rows 2200000` measures at national scale. The import runs in
a process of its own and in a scratch database, so that its peak memory is its own and the fund's
tables stay as they are.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Final

import psycopg
import typer
from rich.console import Console

from tests.factories.padron import PRODUCER, write_many
from tests.support.databases import name_of, scratch_settings
from tests.support.figures import note

GOAL_RATIO: Final = 2.5
GOAL_BYTES: Final = 1 << 30
BLOCK_BYTES: Final = 1 << 18
TYPES: Final = {"born_on": "date", "alive": "boolean", "ppa_from": "date", "ppa_to": "date"}
console = Console()


def bare_copy_s(file: Path, url: str) -> float:
    """Seconds for a COPY of the file into a table of texts without any index, committed."""
    return _copy_s(file, url, ", ".join(f"{name} text" for name in PRODUCER))


def typed_copy_s(file: Path, url: str) -> float:
    """The same into the registry's types with its checks and one key, the DNI."""
    columns = ", ".join(f"{name} {TYPES.get(name, 'text')}" for name in PRODUCER)
    with psycopg.connect(url) as connection:
        checks = connection.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = 'producer'::regclass AND contype = 'c'"
        ).fetchall()
    return _copy_s(file, url, ", ".join([columns, *(what for (what,) in checks)]), key="dni")


def _copy_s(file: Path, url: str, columns: str, *, key: str = "") -> float:
    with psycopg.connect(url) as connection, file.open("rb") as data:
        connection.execute(f"CREATE TABLE bare ({columns})")
        connection.commit()
        started = time.monotonic()
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy,
        ):
            while block := data.read(BLOCK_BYTES):
                copy.write(block)
        if key:
            connection.execute(f"ALTER TABLE bare ADD PRIMARY KEY ({key})")
        connection.commit()
        elapsed_s = time.monotonic() - started
        connection.execute("DROP TABLE bare")
    return elapsed_s


def import_s(file: Path, environment: dict[str, str]) -> tuple[float, int]:
    """Seconds for the whole command, from its start to its end, and its peak memory in bytes."""
    started = time.monotonic()
    command = [sys.executable, "-m", "services", "import-padron", str(file)]
    process = subprocess.Popen(command, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the import ended with {process.returncode}")
    return time.monotonic() - started, usage.ru_maxrss * 1024


def measure(rows: int) -> None:
    """Print both times, the ratio and the memory, and keep them as figures."""
    with tempfile.TemporaryDirectory() as folder, scratch_settings("registry") as settings:
        file = write_many(Path(folder) / "padron.csv", rows)
        size = file.stat().st_size
        console.print(f"{rows:,} producers, {size / 1e6:.0f} MB; {name_of(settings)}")
        url = settings.migration_database_url.replace("+psycopg", "")
        environment = {
            **os.environ,
            "FUND_DATABASE_URL": settings.database_url,
            "FUND_MIGRATION_DATABASE_URL": settings.migration_database_url,
        }
        before_s = bare_copy_s(file, url)
        first_s, peak = import_s(file, environment)
        after_s = bare_copy_s(file, url)
        typed_s = typed_copy_s(file, url)
        again_s, peak_again = import_s(file, environment)
    bare_s = (before_s + after_s) / 2
    note("bench.padron.first_s", first_s, "s", bare=bare_s, samples=rows)
    note("bench.padron.again_s", again_s, "s", bare=bare_s, samples=rows)
    note("bench.padron.peak_mb", max(peak, peak_again) / 1e6, "MB", samples=rows)
    console.print(f"bare COPY    {before_s:.2f} s before, {after_s:.2f} s after")
    console.print(f"typed COPY   {typed_s:.2f} s with checks and one key, {first_s / typed_s:.2f}")
    console.print(f"first import {first_s:.2f} s, ratio {first_s / bare_s:.2f} (≤ {GOAL_RATIO})")
    console.print(f"import again {again_s:.2f} s, ratio {again_s / bare_s:.2f}")
    console.print(f"peak memory  {max(peak, peak_again) / 1e6:.0f} MB (< {GOAL_BYTES / 1e6:.0f})")


def main(rows: Annotated[int, typer.Option(min=1, max=10_000_000)] = 200_000) -> None:
    """Measure on the running stack (`make up`)."""
    measure(rows)


if __name__ == "__main__":
    typer.run(main)
