"""The files' rows in bounded batches, as texts, each row with its number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy
import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import csv as pa_csv

from services.kernel.errors import Invalid
from services.registry.imports.files import Source, bad_file
from services.registry.imports.report import Report

BLOCK_BYTES: Final = 1 << 20
"""A batch's size: some ten thousand rows, so that it stays in the processor's cache."""
_ASCII: Final = 0x7F


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as texts, never null, and the number of each in its file."""

    rows: Any
    numbers: Sequence[int]
    days: dict[str, tuple[Any, bool]] = field(default_factory=dict)
    """What was read as days already, by column, and whether all of it was days or empty."""

    def kept(self, stands: Any) -> Self:
        """The rows for which `stands` is true, each with its number."""
        numbers = [self.numbers[index] for index in pc.indices_nonzero(stands).to_pylist()]
        return type(self)(self.rows.filter(stands), numbers)


def batches(source: Source, columns: Sequence[str], report: Report) -> Iterator[Batch]:
    """The rows in bounded batches; a CSV line with another number of columns is rejected."""
    try:
        if source.kind == "csv":
            yield from _csv(source, columns, report)
        else:
            from services.registry.imports import parquets  # most files are CSV and do without it

            yield from parquets.batches(source, columns)
    except pa.ArrowInvalid as error:
        what = f"no se entiende: {str(error).splitlines()[0]}."
        raise bad_file(source.path, what) from error


def bytes_in(column: Any) -> Any:
    """The bytes of a column of texts as one, and perhaps some of its neighbours'."""
    return numpy.frombuffer(column.buffers()[2] or b"", dtype=numpy.uint8)


def not_utf8(source: Source, column: str) -> Invalid:
    """The refusal of a file whose column is no text."""
    return bad_file(source.path, f"la columna «{column}» no está en UTF-8.")


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
            column_types={name: pa.binary() for name in columns},
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
        found = range(line, line + rest)
        line += rest
        texts = {name: _text(source, name, rows[name]) for name in columns}
        numbered: Sequence[int] = [*numbers, *found] if numbers else found
        yield _without_empty(Batch(pa.RecordBatch.from_pydict(texts), numbered))


def _text(source: Source, name: str, column: Any) -> Any:
    """The bytes as text; whether they are UTF-8 is looked at only where they are not ASCII."""
    data = bytes_in(column)
    if not len(data) or data.max() <= _ASCII:
        return column.view(pa.string())
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid as error:
        raise not_utf8(source, name) from error


def _without_empty(batch: Batch) -> Batch:
    """The batch without empty lines, which are no rows but count as lines."""
    filled: Any = None
    for column in batch.rows.columns:
        here = pc.not_equal(column, "")
        filled = here if filled is None else pc.or_(filled, here)
        if filled.false_count == 0:
            return batch
    return batch.kept(filled)
