"""The files as they come: what kind they are, whether they can be read, and their rows in batches.

What is wrong with a file as a whole is refused here, before anything is written: `registry.
import_file`, naming the column where there is one, and the cure.
"""

import codecs
import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self

import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import csv as pa_csv
from pyarrow import parquet

from services.kernel.errors import Invalid
from services.registry.imports.report import Report

BLOCK_BYTES: Final = 1 << 20
"""A batch's size: some ten thousand rows, so that it stays in the processor's cache."""
BATCH_ROWS: Final = 12_288
CURE: Final = "Guárdelo como CSV en UTF-8, separado por comas, o como Parquet."


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that can be read; `rows` is exact for Parquet and an estimate for CSV."""

    path: Path
    kind: Literal["csv", "parquet"]
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as texts, never null, and the number of each in its file."""

    rows: Any
    numbers: Sequence[int]
    days: dict[str, Any] = field(default_factory=dict)
    """What was read as days already, by column."""

    def kept(self, stands: Any) -> Self:
        """The rows for which `stands` is true, each with its number."""
        numbers = [self.numbers[index] for index in pc.indices_nonzero(stands).to_pylist()]
        return type(self)(self.rows.filter(stands), numbers)


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
        rows = _check_parquet(path, columns)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Source(path=path, kind="parquet", sha256=digest, rows=rows)
    header = _csv_header(path, head)
    _check_columns(path, header, columns)
    digest, rows = _scan_csv(path, header)
    return Source(path=path, kind="csv", sha256=digest, rows=rows)


def batches(source: Source, columns: Sequence[str], report: Report) -> Iterator[Batch]:
    """The rows in bounded batches; a CSV line with another number of columns is rejected."""
    try:
        yield from (_parquet if source.kind == "parquet" else _csv)(source, columns, report)
    except pa.ArrowInvalid as error:
        raise bad_file(source.path, f"no se entiende: {_told(error, source)}.") from error


def _told(error: Exception, source: Source) -> str:
    text = str(error)
    if "invalid UTF8" not in text:
        return text.splitlines()[0]
    number = text.partition("column #")[2].partition(":")[0]
    header = _csv_header(source.path, b"") if source.kind == "csv" else []
    if number.isdigit() and int(number) < len(header):
        return f"la columna «{header[int(number)]}» no está en UTF-8"
    return "el texto no está en UTF-8"


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


def _check_columns(path: Path, found: Sequence[str], columns: Sequence[str]) -> None:
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
    """The digest and the number of lines below the header, in one pass that refuses NUL bytes."""
    digest, lines, last = hashlib.sha256(), 0, b""
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            if b"\0" in block:
                raise _nul_found(path, header)
            digest.update(block)
            lines += block.count(b"\n")
            last = block
    lines += not last.endswith(b"\n")
    if lines < 2:
        raise bad_file(path, "no tiene filas, solo la cabecera.", "Exporte el padrón de nuevo.")
    return digest.hexdigest(), lines - 1


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


def _csv(source: Source, columns: Sequence[str], report: Report) -> Iterator[Batch]:
    skipped: list[int] = []

    def refuse(row: Any) -> str:
        skipped.append(row.number)
        reason = f"la fila tiene {row.actual_columns} columnas y la cabecera"
        report.reject(row.number, "", f"{reason} {row.expected_columns}")
        report.unreadable += 1
        return "skip"

    reader = pa_csv.open_csv(
        source.path,
        read_options=pa_csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False),
        parse_options=pa_csv.ParseOptions(invalid_row_handler=refuse, ignore_empty_lines=False),
        convert_options=pa_csv.ConvertOptions(
            column_types={name: pa.string() for name in columns},
            include_columns=list(columns),
            strings_can_be_null=False,
        ),
    )
    line = 2
    for rows in reader:
        numbers: list[int] = []
        gaps = {number for number in skipped if number >= line}
        while gaps and len(numbers) < rows.num_rows:
            if line not in gaps:
                numbers.append(line)
            line += 1
        rest = rows.num_rows - len(numbers)
        found: Sequence[int] = range(line, line + rest)
        line += rest
        yield _without_empty(Batch(rows, [*numbers, *found] if numbers else found))


def _without_empty(batch: Batch) -> Batch:
    """The batch without empty lines, which are no rows but count as lines."""
    filled: Any = None
    for column in batch.rows.columns:
        here = pc.not_equal(column, "")
        filled = here if filled is None else pc.or_(filled, here)
        if filled.false_count == 0:
            return batch
    return batch.kept(filled)


def _check_parquet(path: Path, columns: Sequence[str]) -> int:
    try:
        with parquet.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, int(file.metadata.num_rows)
    except (pa.ArrowInvalid, OSError) as error:
        what = "el Parquet está cortado o dañado."
        raise bad_file(path, what, "Exporte el padrón de nuevo.") from error
    _check_columns(path, schema.names, columns)
    if not rows:
        raise bad_file(path, "no tiene filas.", "Exporte el padrón de nuevo.")
    for name in columns:
        kind = schema.field(name).type
        if not _is_taken(name, kind):
            what = f"la columna «{name}» es de tipo {kind}."
            raise bad_file(path, what, "Guárdela como texto.")
    return rows


def _is_taken(name: str, kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return True
    own = {
        "alive": pa.types.is_boolean,
        "area_ha": pa.types.is_decimal,
        "born_on": pa.types.is_date32,
        "ppa_from": pa.types.is_date32,
        "ppa_to": pa.types.is_date32,
    }
    return name in own and bool(own[name](kind))


def _parquet(source: Source, columns: Sequence[str], _: Report) -> Iterator[Batch]:
    first = 1
    with parquet.ParquetFile(source.path) as file:
        for rows in file.iter_batches(batch_size=BATCH_ROWS, columns=list(columns)):
            texts = [_texts(source, name, rows[name]) for name in columns]
            numbers = range(first, first + rows.num_rows)
            first += rows.num_rows
            yield Batch(pa.RecordBatch.from_arrays(texts, names=list(columns)), numbers)


def _texts(source: Source, name: str, column: Any) -> Any:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid as error:
        raise bad_file(source.path, f"la columna «{name}» no está en UTF-8.") from error
    return pc.fill_null(pc.cast(column, pa.string()), "")
