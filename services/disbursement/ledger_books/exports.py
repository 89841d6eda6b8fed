"""The ledger as a file for other programmes: CSV, Parquet or JSON lines; a piece at a time.

Amounts are integer céntimos; the entries of a whole ledger, and those of one call, sum to zero.
"""

import csv
import hashlib
import json
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import pyarrow
from pyarrow import parquet

from services.kernel.db import instant_text

Format = Literal["csv", "parquet", "jsonl"]

SCHEMA: Final = pyarrow.schema(
    [
        pyarrow.field("transfer_id", pyarrow.string(), nullable=False),
        pyarrow.field("kind", pyarrow.string(), nullable=False),
        pyarrow.field("account", pyarrow.string(), nullable=False),
        pyarrow.field("amount_centimos", pyarrow.int64(), nullable=False),
        pyarrow.field("call_id", pyarrow.string(), nullable=False),
        pyarrow.field("agreement_id", pyarrow.string()),
        pyarrow.field("reference", pyarrow.string(), nullable=False),
        pyarrow.field("actor", pyarrow.string(), nullable=False),
        pyarrow.field("business_date", pyarrow.date32(), nullable=False),
        pyarrow.field("posted_at", pyarrow.timestamp("us", tz="UTC"), nullable=False),
    ]
)
_AMOUNT: Final = SCHEMA.get_field_index("amount_centimos")
MEDIA_TYPES: Final[dict[Format, str]] = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "jsonl": "application/jsonl",
}


@dataclass(frozen=True, slots=True)
class Exported:
    """A written file and what it holds: its entries, their sum in céntimos, and its SHA-256."""

    path: Path
    entries: int
    total_centimos: int
    sha256: bytes


class _Writer(Protocol):
    def write(self, rows: Sequence[Any]) -> None: ...
    def close(self) -> None: ...


class _Text:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")

    def close(self) -> None:
        self._file.close()


class _Csv(_Text):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._rows = csv.writer(self._file)
        self._rows.writerow(SCHEMA.names)

    def write(self, rows: Sequence[Any]) -> None:
        self._rows.writerows(_plain(row) for row in rows)


class _Jsonl(_Text):
    def write(self, rows: Sequence[Any]) -> None:
        self._file.writelines(
            json.dumps(dict(zip(SCHEMA.names, _plain(row), strict=True)), ensure_ascii=False) + "\n"
            for row in rows
        )


class _Parquet:
    def __init__(self, path: Path) -> None:
        self._writer = parquet.ParquetWriter(str(path), SCHEMA, compression="zstd")

    def write(self, rows: Sequence[Any]) -> None:
        columns = [
            pyarrow.array(column, type=field.type)
            for column, field in zip(zip(*rows, strict=True), SCHEMA, strict=True)
        ]
        self._writer.write_batch(pyarrow.record_batch(columns, schema=SCHEMA))

    def close(self) -> None:
        self._writer.close()


_WRITERS: Final[dict[Format, Callable[[Path], _Writer]]] = {
    "csv": _Csv,
    "parquet": _Parquet,
    "jsonl": _Jsonl,
}


def _plain(row: Sequence[Any]) -> list[Any]:
    *kept, business_date, posted_at = row
    return [*kept, business_date.isoformat(), instant_text(posted_at)]


async def write(form: Format, pieces: AsyncIterator[Sequence[Any]]) -> Exported:
    """Write all pieces to a new file, which its reader removes, and tell what it holds; a failure
    leaves no file."""
    path = _new_file(form)
    try:
        entries = total = 0
        with closing(_WRITERS[form](path)) as writer:
            async for rows in pieces:
                writer.write(rows)
                entries += len(rows)
                total += sum(row[_AMOUNT] for row in rows)
    except BaseException:
        _remove(path)
        raise
    return Exported(path, entries, total, _sha256(path))


def _new_file(form: Format) -> Path:
    handle, name = tempfile.mkstemp(suffix=f".{form}")
    os.close(handle)
    return Path(name)


def _remove(path: Path) -> None:
    path.unlink()


def _sha256(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
