"""Taking a backup: the archive on, a base backup beside it, and the keys that no database holds."""

from __future__ import annotations

import os
import tarfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from psycopg import sql

from deploy.local import health
from deploy.local.errors import StackError
from deploy.local.settings import Stack
from deploy.local.up import start_one, stop_one
from deploy.local.view import View
from deploy.recovery.places import ARCHIVE, administrator, archive_url, places
from deploy.recovery.replication import Replication, ReplicationError

FILES: Final = ("secrets.json", "issuer", "opa", "keys")
"""In the state folder: what signs, seals and decides, and the policy bundles of every revision."""
SYNC_LIMIT_S: Final = 90


def take(stack: Stack, view: View) -> Path:
    """A base backup with all the log since it began; commits wait for the archive from now on."""
    if not health.postgres(stack):
        raise StackError("PostgreSQL does not answer", "run `make up` first")
    kept = places(stack)
    kept.wal.mkdir(parents=True, exist_ok=True)
    archive_on(stack, view)
    folder = kept.bases / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder.mkdir(parents=True)
    os.chmod(kept.root, 0o700)  # noqa: PTH101
    with tarfile.open(folder / "files.tar", "w") as files:
        for name in FILES:
            if (stack.state / name).exists():
                files.add(stack.state / name, arcname=name)
    try:
        with (
            closing(Replication(archive_url(stack), "fund_backup")) as connection,
            (folder / "base.tar").open("wb") as base,
        ):
            manifest = b"".join(connection.base_backup(base.write))
            os.fsync(base.fileno())
    except ReplicationError as error:
        raise StackError("the base backup failed", "", str(error)) from error
    (folder / "manifest").write_bytes(manifest)  # the last file: now the backup counts
    return folder


def archive_on(stack: Stack, view: View) -> None:
    """Start the archive and let each commit wait for it."""
    with administrator(stack) as connection:
        slots = connection.execute(
            "SELECT FROM pg_replication_slots WHERE slot_name = %s", (ARCHIVE,)
        ).fetchall()
        if not slots:
            connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", (ARCHIVE,))
    stack.archive_marker.write_text(f"{places(stack).root}\n")
    start_one(stack, view, "archive")
    _await(stack, "streaming", ("sync", "async", "potential"))
    _demand(stack, ARCHIVE)
    _await(stack, "synchronous", ("sync",))


def _await(stack: Stack, what: str, states: tuple[str, ...]) -> None:
    """Wait until the archive is that far; commits wait for it only once it keeps up."""
    deadline = time.monotonic() + SYNC_LIMIT_S
    while not _is(stack, states):
        if time.monotonic() > deadline:
            _demand(stack, "")
            raise StackError(
                f"the archive is not {what}, so commits do not wait for it",
                "read `make logs NAME=archive`",
            )
        time.sleep(0.1)


def archive_off(stack: Stack) -> None:
    """Let commits be answered without the archive, and end it; what it has stays."""
    _demand(stack, "")
    stop_one(stack, "archive")
    stack.archive_marker.unlink(missing_ok=True)
    with administrator(stack) as connection:
        connection.execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
            " WHERE slot_name = %s",
            (ARCHIVE,),
        )


def _demand(stack: Stack, standby: str) -> None:
    with administrator(stack) as connection:
        statement = sql.SQL("ALTER SYSTEM SET synchronous_standby_names = {}")
        connection.execute(statement.format(sql.Literal(standby)))
        connection.execute("SELECT pg_reload_conf()")


def _is(stack: Stack, states: tuple[str, ...]) -> bool:
    with administrator(stack) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_replication WHERE application_name = %s"
            " AND state = 'streaming' AND sync_state = ANY(%s)",
            (ARCHIVE, list(states)),
        ).fetchone()
    return row == (1,)
