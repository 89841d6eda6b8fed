"""Where backups lie and under which names PostgreSQL knows the archive."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg

from deploy.local import environment, secrets
from deploy.local.settings import HOST, Stack

ARCHIVE: Final = "fund_archive"
"""PostgreSQL's role, slot and synchronous standby, all of one name."""


@dataclass(frozen=True)
class Places:
    """The folders of one stack's backups."""

    root: Path

    @property
    def wal(self) -> Path:
        """The segments of the log."""
        return self.root / "wal"

    @property
    def bases(self) -> Path:
        """The base backups, each in a folder named by its instant."""
        return self.root / "base"

    def newest(self) -> Path | None:
        """The newest base backup that was finished."""
        found = sorted(path.parent for path in self.bases.glob("*/manifest"))
        return found[-1] if found else None


def places(stack: Stack) -> Places:
    """The places of a stack's backups: in `FUND_BACKUP_DIR`, where the archive is running to, or in
    `backup` in its state folder."""
    given = os.environ.get("FUND_BACKUP_DIR")
    if not given and stack.archive_marker.exists():
        given = stack.archive_marker.read_text().strip()
    return Places(Path(given).expanduser().absolute() if given else stack.state / "backup")


def archive_url(stack: Stack) -> str:
    """PostgreSQL as the archive's role."""
    password = quote(secrets.load(stack)["postgres_archive"], safe="")
    return f"postgresql://{ARCHIVE}:{password}@{HOST}:{stack.port('postgres')}/postgres"


def administrator(
    stack: Stack, database: str = "postgres"
) -> psycopg.Connection[tuple[object, ...]]:
    """PostgreSQL as its superuser, each statement by itself."""
    url = environment.administration(stack)["FUND_ADMIN_DATABASE_URL"]
    return psycopg.connect(url, dbname=database, autocommit=True, connect_timeout=5)
