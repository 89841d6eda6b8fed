"""Restoring: the newest base backup, and every record of the log that the archive has.

PostgreSQL comes first and alone decides what there is; Kafka starts empty and is filled again from
the outboxes. All databases are of one server, so Temporal and the rooms stand at the same instant.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from deploy.local import down, identity, up
from deploy.local.errors import StackError
from deploy.local.settings import Stack
from deploy.local.view import View
from deploy.recovery.archive import PARTIAL
from deploy.recovery.places import administrator, places

RECOVERY_LIMIT_S: Final = 600
Told = Callable[[str], None]


@dataclass(frozen=True)
class Restored:
    """What was restored, and the seconds until the servers answered."""

    base: Path
    segments: int
    seconds: float


def restore(stack: Stack, view: View, tell: Told) -> Restored:
    """Put the newest backup in place of whatever there is, and bring the stack up on it."""
    started = time.monotonic()
    kept = places(stack)
    base = kept.newest()
    if base is None:
        raise StackError(f"there is no backup in {kept.root}", "run `make backup` first")
    down.down(stack)
    stack.archive_marker.unlink(missing_ok=True)
    _files(stack, base)
    segments = _data(stack, base, kept.wal)
    shutil.rmtree(stack.state / "kafka" / "data", ignore_errors=True)
    tell(f"base backup {base.name} and {segments} segments of the log are in place")
    up.start_one(stack, view, "postgres")
    _await_promotion(stack)
    tell("PostgreSQL has replayed the log to its end and takes writes")
    _up(stack, view)
    shutil.rmtree(_staged(stack), ignore_errors=True)
    seconds = time.monotonic() - started
    tell(f"every server and process is up, {seconds:.1f} s after the restore began")
    return Restored(base, segments, seconds)


def _up(stack: Stack, view: View) -> None:
    """Everything up. All start at once on cold disks: what was too slow is waited for once more."""
    try:
        up.up(stack, view)
    except StackError:
        up.up(stack, view)


def _files(stack: Stack, base: Path) -> None:
    """The keys and bundles where they are gone, for what is there may be newer; and the passwords
    that the restored database knows."""
    with tarfile.open(base / "files.tar") as files:
        for member in files.getmembers():
            if member.name == "secrets.json" or not (stack.state / member.name).exists():
                files.extract(member, stack.state, filter="data")


def _data(stack: Stack, base: Path, wal: Path) -> int:
    data = stack.state / "postgres" / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True, mode=0o700)
    with tarfile.open(base / "base.tar") as archive:
        archive.extractall(data, filter="data")
    staged = _staged(stack)
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir()
    files = [path for path in sorted(wal.iterdir()) if path.is_file()]
    for path in files:
        whole = staged / path.name.removesuffix(PARTIAL)
        if not whole.exists():
            shutil.copyfile(path, whole)
    (data / "postgresql.auto.conf").write_text(
        f"restore_command = 'cp \"{staged}/%f\" \"%p\"'\nrecovery_target_timeline = 'latest'\n"
    )
    (data / "recovery.signal").touch()
    os.chmod(data, 0o700)  # noqa: PTH101
    identity.unprivileged(data)
    return len(files)


def _staged(stack: Stack) -> Path:
    """The log where PostgreSQL's own user may read it."""
    return stack.state / "postgres" / "restored-wal"


def _await_promotion(stack: Stack) -> None:
    deadline = time.monotonic() + RECOVERY_LIMIT_S
    while time.monotonic() < deadline:
        try:
            with administrator(stack) as connection:
                row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
                if row == (False,):
                    connection.execute("ALTER SYSTEM RESET restore_command")
                    return
        except psycopg.OperationalError:
            pass
        time.sleep(0.2)
    raise StackError(
        f"PostgreSQL is still replaying after {RECOVERY_LIMIT_S} s",
        "read `make logs NAME=postgres`",
        up.tail(stack, "postgres"),
    )
