"""Parquet files of the padrón: which are taken, and their rows as the texts a CSV would hold."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import parquet

from services.registry.imports.files import Source, bad_file, check_columns
from services.registry.imports.reading import Batch, not_utf8

BATCH_ROWS: Final = 12_288


def check(path: Path, columns: Sequence[str]) -> int:
    """How many rows it has; raises registry.import_file when it cannot be taken."""
    try:
        with parquet.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, int(file.metadata.num_rows)
    except (pa.ArrowInvalid, OSError) as error:
        what = "el Parquet está cortado o dañado."
        raise bad_file(path, what, "Exporte el padrón de nuevo.") from error
    check_columns(path, schema.names, columns)
    if not rows:
        raise bad_file(path, "no tiene filas.", "Exporte el padrón de nuevo.")
    for name in columns:
        kind = schema.field(name).type
        if not _is_taken(name, kind):
            what = f"la columna «{name}» es de tipo {kind}."
            raise bad_file(path, what, "Guárdela como texto.")
    return rows


def batches(source: Source, columns: Sequence[str]) -> Iterator[Batch]:
    """The rows in bounded batches."""
    first = 1
    with parquet.ParquetFile(source.path) as file:
        for rows in file.iter_batches(batch_size=BATCH_ROWS, columns=list(columns)):
            texts = [_texts(source, name, rows[name]) for name in columns]
            numbers = range(first, first + rows.num_rows)
            first += rows.num_rows
            yield Batch(pa.RecordBatch.from_arrays(texts, names=list(columns)), numbers)


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


def _texts(source: Source, name: str, column: Any) -> Any:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid as error:
        raise not_utf8(source, name) from error
    return pc.fill_null(pc.cast(column, pa.string()), "")
