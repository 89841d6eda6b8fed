"""What an import rejected, row by row, and what it did in numbers."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

SAMPLES: Final = 20
"""So many rejects are kept in memory to be shown; all of them are in the file."""
HEADER: Final = ("file", "row", "column", "reason")
Progress = Callable[[int], None]
"""Told how many more rows were read."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One reason why one row was not taken."""

    file: str
    row: int
    column: str
    reason: str


@dataclass(slots=True)
class Report:
    """The rejects of one file; a row with three wrong columns is one row and three rejects."""

    file: str
    writer: Any = None
    samples: list[Reject] = field(default_factory=list)
    unreadable: int = 0
    """Lines that had another number of columns, so that no batch held them."""
    _rows: set[int] = field(default_factory=set)

    @property
    def rejected(self) -> int:
        """How many rows were rejected."""
        return len(self._rows)

    def reject(self, row: int, column: str, reason: str) -> None:
        """Note a reject: in the report's file at once, in memory only the first ones."""
        self._rows.add(row)
        if self.writer is not None:
            self.writer.writerow((self.file, row, column, reason))
        if len(self.samples) < SAMPLES:
            self.samples.append(Reject(self.file, row, column, reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """Who is told how it goes: the reports of rejects, and how many rows were read."""

    producers: Report
    parcels: Report
    progress: Progress


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of the rows of one file."""

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0

    def as_change(self) -> dict[str, int]:
        """The counts as an audit row and an event tell them."""
        return {
            "read": self.read,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
        }


@contextmanager
def rejects_file(path: Path | None) -> Iterator[Any]:
    """A writer of the report of rejects, or None without a path."""
    if path is None:
        yield None
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        yield writer
