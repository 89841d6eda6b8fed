"""A registry of its own for each test, and the files that are imported into it."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console

from services.kernel.settings import Settings
from services.registry.imports.command import Asked, run
from services.registry.models import ImportRun
from tests.factories.padron import PARCEL, PRODUCER, write_csv

Row = dict[str, str]
AS_OF = date(2026, 3, 1)


@dataclass
class Padron:
    """A registry of its own, and files to import into it."""

    settings: Settings
    folder: Path

    def file(self, *rows: Row, name: str = "padron.csv") -> Path:
        return write_csv(self.folder / name, ({**PRODUCER, **row} for row in rows), list(PRODUCER))

    def parcels(self, *rows: Row) -> Path:
        filled = ({**PARCEL, **row} for row in rows)
        return write_csv(self.folder / "predios.csv", filled, list(PARCEL))

    def load(self, file: Path, *, as_of: date = AS_OF, **more: Any) -> ImportRun:
        asked = Asked(producers=file, as_of=as_of, **more)
        return run(asked, self.settings, Console(quiet=True))

    def ask(self, statement: str) -> list[Any]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(statement).fetchall()

    @property
    def url(self) -> str:
        return self.settings.migration_database_url.replace("+psycopg", "")

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "FUND_DATABASE_URL": self.settings.database_url,
            "FUND_MIGRATION_DATABASE_URL": self.settings.migration_database_url,
        }

    def everything(self) -> list[Any]:
        """How many producers, parcels, snapshots, imports, audit rows and events there are."""
        tables = ("producer", "parcel", "ppa_registration", "import_run", "audit", "outbox")
        counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
        found = list(self.ask(f"SELECT {counts}, (SELECT count(ppa_from) FROM producer)")[0])
        found[2] += found.pop()  # the first snapshot stands with the producer
        return found


def counts(found: dict[str, int]) -> tuple[int, ...]:
    return tuple(found[name] for name in ("read", "new", "changed", "unchanged", "rejected"))
