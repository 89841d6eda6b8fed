"""The files as they come: what kind they are, and whether they can be read.

What is wrong with a file as a whole is refused here, before anything is written: `registry.
import_file`, naming the column where there is one, and the cure.

Nothing heavy is imported here, so that a file is looked through while the rest is loaded.
"""

import codecs
import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

from services.kernel.errors import Invalid

PRODUCER_COLUMNS: Final = (
    "dni",
    "full_name",
    "sex",
    "born_on",
    "alive",
    "cci",
    "ppa_from",
    "ppa_to",
)
PARCEL_COLUMNS: Final = (
    "dni",
    "code",
    "area_ha",
    "crop",
    "tenure",
    "ubigeo_scheme",
    "ubigeo_code",
)
CURE: Final = "Guárdelo como CSV en UTF-8, separado por comas, o como Parquet."
_SCAN_BYTES: Final = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that can be read; `rows` is exact for Parquet and an estimate for CSV."""

    path: Path
    kind: Literal["csv", "parquet"]
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to import: the files, who says so, and the day on which the padrón looked so."""

    producers: Source
    parcels: Source | None
    source: str
    as_of: date


def bad_file(path: Path, what: str, cure: str = CURE) -> Invalid:
    """The refusal of a whole file."""
    return Invalid("registry.import_file", f"{path.name}: {what} {cure} No se importó nada.")


def inspect(path: Path, columns: Sequence[str]) -> Source:
    """What the file is, with its digest; raises registry.import_file when it cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise bad_file(path, f"no se puede leer ({error.strerror}).", "Revise la ruta.") from error
    if not head:
        raise bad_file(path, "está vacío.", "Exporte el padrón de nuevo.")
    if head.startswith(b"PAR1"):
        from services.registry.imports import parquets  # most files are CSV and do without it

        rows = parquets.check(path, columns)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Source(path=path, kind="parquet", sha256=digest, rows=rows)
    header = _csv_header(path, head)
    check_columns(path, header, columns)
    digest, rows = _scan_csv(path, header)
    return Source(path=path, kind="csv", sha256=digest, rows=rows)


def _csv_header(path: Path, head: bytes) -> list[str]:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise bad_file(path, "está en UTF-16.")
    with path.open("rb") as file:
        line = file.readline(65_536).removeprefix(codecs.BOM_UTF8)
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise bad_file(path, "la cabecera no está en UTF-8, o no es CSV ni Parquet.") from error
    if "\0" in text or head.startswith(b"PK\x03\x04"):
        raise bad_file(path, "no es CSV ni Parquet.")
    return next(csv.reader([text.strip("\r\n")]), [])


def check_columns(path: Path, found: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse a file that lacks a column or has one twice."""
    missing = [name for name in columns if name not in found]
    if missing and len(found) == 1 and any(mark in found[0] for mark in ";\t|"):
        raise bad_file(path, "la cabecera no está separada por comas.")
    if missing:
        raise bad_file(
            path,
            f"falta la columna {', '.join(f'«{name}»' for name in missing)}.",
            f"La cabecera debe tener: {','.join(columns)}.",
        )
    twice = [name for name in columns if found.count(name) > 1]
    if twice:
        raise bad_file(path, f"la columna «{twice[0]}» está dos veces.", "Quite una.")


def _scan_csv(path: Path, header: Sequence[str]) -> tuple[str, int]:
    """The digest, and about how many lines there are below the header; refuses NUL bytes.

    Lines are counted in the first block; the rest is taken to be like it.
    """
    digest, block, lines, counted = hashlib.sha256(), bytearray(_SCAN_BYTES), 0, 0
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(block):
            if block.find(b"\0", 0, size) >= 0:
                raise _nul_found(path, header)
            digest.update(memoryview(block)[:size])
            if not counted:
                lines, counted = block.count(b"\n", 0, size), size
                lines += block[size - 1] != ord("\n")
    if lines < 2:
        raise bad_file(path, "no tiene filas, solo la cabecera.", "Exporte el padrón de nuevo.")
    return digest.hexdigest(), (lines - 1) * path.stat().st_size // counted


def _nul_found(path: Path, header: Sequence[str]) -> Invalid:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if b"\0" in line:
                before = line.partition(b"\0")[0].decode("utf-8", errors="replace")
                column = len(next(csv.reader([before]), [""])) - 1
                name = header[column] if column < len(header) else "?"
                what = f"la línea {number} lleva un byte nulo en la columna «{name}»."
                return bad_file(path, what, "Quítelo o exporte de nuevo.")
    raise AssertionError("the byte was seen a moment ago")
