"""Rows in PostgreSQL's binary COPY format, a whole batch at once.

The server neither parses nor converts what comes so: it is received in half the time of text.
The format is of PostgreSQL's COPY page, "Binary Format": a header, and for each row the number of
its fields and each field's length and bytes; a null has the length -1 and no bytes.

Neighbours that have the same width in every row become one array of records, so that only the few
pieces of varying width are joined row by row.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

import numpy
import pyarrow as pa
from pyarrow import compute as pc

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER: Final = b"\xff\xff"
_INTEGER: Final = ">i4"
_EPOCH: Final = 10_957
"""Days from 1970, as Arrow counts, to 2000, as PostgreSQL does."""

Piece = Any
"""Bytes that are the same in each row, or numpy's array of one width, or an Arrow array of binary
values of any width, where a null is no bytes."""
Field = Sequence[Piece]
"""A column's pieces, to be joined row by row: its length, and its bytes."""


def records_of(texts: Any, size: int) -> Any:
    """Texts of so many bytes each as numpy's records, in the same memory."""
    if not len(texts):
        return numpy.empty(0, dtype=f"V{size}")
    _, offsets, data = texts.buffers()
    first = int(numpy.frombuffer(offsets, dtype=numpy.int32)[texts.offset])
    return numpy.frombuffer(data, dtype=f"V{size}", count=len(texts), offset=first)


def texts_of(records: Any, kind: Any) -> Any:
    """Records of one width as an Arrow array of texts or binary values, in the same memory."""
    size = records.dtype.itemsize
    ends = numpy.arange(0, (len(records) + 1) * size, size, dtype=numpy.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(records.view(numpy.uint8))]
    return pa.Array.from_buffers(kind, len(records), buffers)


def fixed(texts: Any, size: int, *, prefix: str = "") -> Field:
    """Texts of so many bytes each, after one prefix."""
    head = prefix.encode()
    return [_length(size + len(head)) + head, records_of(texts, size)]


def line(texts: Any) -> Field:
    """Texts of any length."""
    return [_integers(pc.binary_length(texts)), texts.cast(pa.binary())]


def day(days: Any) -> Field:
    """Days (date32), or nulls."""
    numbers = pc.subtract(days.view(pa.int32()), _EPOCH)
    if not days.null_count:
        return integer(numbers)
    values = texts_of(_integers(pc.fill_null(numbers, 0)), pa.binary())
    kept = pc.if_else(days.is_valid(), values, pa.scalar(None, type=pa.binary()))
    return [_integers(pc.if_else(days.is_valid(), 4, -1)), kept]


def flag(texts: Any) -> Field:
    """Booleans of the texts true and false."""
    return [_length(1), pc.equal(texts, "true").to_numpy(zero_copy_only=False)]


def integer(numbers: Any) -> Field:
    """Integers of four bytes (int32), not null."""
    return [_length(4), _integers(numbers)]


def copy_bytes(fields: Sequence[Field]) -> memoryview:
    """The rows of these columns, without HEADER and TRAILER."""
    pieces = [len(fields).to_bytes(2, "big"), *(piece for field in fields for piece in field)]
    rows = pc.binary_join_element_wise(
        *_laid_together(pieces),
        pa.scalar(b"", type=pa.binary()),
        null_handling="replace",
        null_replacement="",
    )
    _, offsets, values = rows.buffers()
    ends = memoryview(offsets).cast("i")
    return memoryview(values)[ends[rows.offset] : ends[rows.offset + len(rows)]]


def _laid_together(pieces: Sequence[Piece]) -> Iterator[Any]:
    count = next(len(piece) for piece in pieces if not isinstance(piece, bytes))
    for varies, group in groupby(pieces, lambda piece: isinstance(piece, pa.Array)):
        neighbours = list(group)
        if varies:
            yield from neighbours
        else:
            yield texts_of(_records(neighbours, count), pa.binary())


def _records(pieces: Sequence[Piece], count: int) -> Any:
    kinds = [f"V{len(piece)}" if isinstance(piece, bytes) else piece.dtype for piece in pieces]
    names = [str(place) for place in range(len(pieces))]
    records = numpy.empty(count, dtype=list(zip(names, kinds, strict=True)))
    for name, piece in zip(names, pieces, strict=True):
        records[name] = numpy.void(piece) if isinstance(piece, bytes) else piece
    return records


def _length(count: int) -> bytes:
    return count.to_bytes(4, "big")


def _integers(numbers: Any) -> Any:
    return numbers.to_numpy().astype(_INTEGER)
