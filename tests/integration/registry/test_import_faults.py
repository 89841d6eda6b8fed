"""The padrón's import when it is killed, when others are at work, and when nobody answers."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from services.kernel.errors import Conflict, Unavailable
from tests.factories.padron import write_many
from tests.integration.registry.padron import Padron, counts

OID = "(SELECT oid FROM pg_database WHERE datname = current_database())"


def test_a_database_that_is_busy_is_told_and_nothing_is_done(
    padron: Padron, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.registry.imports.swap.PATIENCE_S", 0)
    with psycopg.connect(padron.url) as reader:
        reader.execute("SELECT count(*) FROM producer")  # a reader keeps a first load waiting
        with pytest.raises(Unavailable, match="no se importó nada"):
            padron.load(padron.file({}))
    assert padron.everything() == [0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("full", [False, True], ids=["first", "again"])
def test_a_kill_in_the_middle_leaves_nothing(padron: Padron, full: bool) -> None:
    if full:
        padron.load(padron.file({}, name="before.csv"))
    before = padron.everything()
    file = write_many(padron.folder / "muchos.csv", 100_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "services", "import-padron", str(file)],
        env=padron.environment,
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    with psycopg.connect(padron.url, autocommit=True) as watch:
        copying = (
            "SELECT count(*) FROM pg_stat_progress_copy"
            " WHERE datname = current_database() AND tuples_processed > 1000"
        )
        while not watch.execute(copying).fetchone()[0]:  # type: ignore[index]
            assert process.poll() is None, "it ended before it was killed"
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        others = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        while watch.execute(others).fetchone()[0]:  # type: ignore[index]
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert padron.everything() == before
    done = padron.load(file)
    assert done.producers["new"] == 100_000


def test_a_second_import_at_the_same_time_is_refused(padron: Padron) -> None:
    with psycopg.connect(padron.url) as other:
        other.execute("SELECT pg_advisory_xact_lock(7240702)")
        with pytest.raises(Conflict, match="en marcha; espere"):
            padron.load(padron.file({}))
    assert counts(padron.load(padron.file({})).producers) == (1, 1, 0, 0, 0)


def test_who_registers_while_a_first_load_waits_is_kept(padron: Padron) -> None:
    """The load waits for the tables, finds them filled and merges."""
    file = padron.file({"full_name": "Rosa María Quispe Huamán"}, {"dni": "40123457"})
    land = padron.parcels({}, {"dni": "40123457"})
    with psycopg.connect(padron.url) as other:
        other.execute(
            "INSERT INTO producer VALUES ('pro_01kaw9yk2gf7z8v6e3m5q4r2t1', '40123456', 'Rosa',"
            " 'F', '1984-05-17', true, '00219300123456789013', now())"
        )
        with ThreadPoolExecutor(1) as pool:
            pending = pool.submit(padron.load, file, parcels=land)
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND database ="
            deadline = time.monotonic() + 30
            while not padron.ask(f"{waiting} {OID}")[0][0]:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            with psycopg.connect(padron.url, options="-c statement_timeout=2s") as reader:
                seen = reader.execute("SELECT count(*) FROM producer").fetchone()
            assert seen == (0,), "who reads does not wait behind the import"
            other.commit()
            done = pending.result(60)
    assert counts(done.producers) == (2, 1, 1, 0, 0)
    assert counts(done.parcels) == (2, 2, 0, 0, 0)
    assert padron.ask("SELECT full_name FROM producer ORDER BY dni") == [
        ("Rosa María Quispe Huamán",),
        ("Rosa Quispe Huamán",),
    ]
    assert done.snapshots_added == 2
    assert padron.everything()[2] == 2
