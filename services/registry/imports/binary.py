"""Rows in PostgreSQL's binary COPY format, a whole batch at once.

The server neither parses nor converts what comes so: it is received in half the time of text.
The format is of PostgreSQL's COPY page, "Binary Format": a header, and for each row the number of
its fields and each field's length and bytes; a null has the length -1 and no bytes.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pyarrow as pa
from pyarrow import compute as pc

from services.registry.domain import FIRST_DAY, LAST_DAY

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER: Final = b"\xff\xff"
MAX_TEXT_BYTES: Final = 1024
"""More than the 200 characters that a line may have."""
_NULL: Final = b"\xff\xff\xff\xff"
_POSTGRES_EPOCH: Final = FIRST_DAY.replace(year=2000)


def _bytes(value: bytes) -> Any:
    return pa.scalar(value, type=pa.binary())


def _length(count: int) -> bytes:
    return count.to_bytes(4, "big")


_LENGTHS: Final = pa.array([_length(count) for count in range(MAX_TEXT_BYTES)], type=pa.binary())
_FIRST: Final = (FIRST_DAY - _POSTGRES_EPOCH).days
_DAYS: Final = pa.array(
    [
        _length(4) + (_FIRST + day).to_bytes(4, "big", signed=True)
        for day in range((LAST_DAY - FIRST_DAY) // timedelta(days=1) + 1)
    ],
    type=pa.binary(),
)
_ARROW_FIRST: Final = (FIRST_DAY - FIRST_DAY.replace(year=1970)).days

Field = Sequence[Any]
"""A column's pieces, to be joined row by row: its length, and its bytes."""


def fixed(texts: Any, size: int, *, prefix: str = "") -> Field:
    """Texts of so many bytes each, after one prefix."""
    head = prefix.encode()
    return [_bytes(_length(size + len(head)) + head), pc.cast(texts, pa.binary())]


def line(texts: Any) -> Field:
    """Texts of any length up to MAX_TEXT_BYTES."""
    return [pc.take(_LENGTHS, pc.binary_length(texts)), pc.cast(texts, pa.binary())]


def day(days: Any) -> Field:
    """Days (date32) from FIRST_DAY to LAST_DAY, or nulls."""
    places = pc.subtract(pc.cast(days, pa.int32()), _ARROW_FIRST)
    return [pc.fill_null(pc.take(_DAYS, places), _bytes(_NULL))]


def flag(texts: Any) -> Field:
    """Booleans of the texts true and false."""
    yes, no = _bytes(_length(1) + b"\1"), _bytes(_length(1) + b"\0")
    return [pc.if_else(pc.equal(texts, "true"), yes, no)]


def integer(numbers: Any) -> Field:
    """Integers of four bytes (int32), not null."""
    swapped = pc.cast(numbers, pa.int32()).to_numpy().astype(">i4").tobytes()
    four = pa.Array.from_buffers(pa.binary(4), len(numbers), [None, pa.py_buffer(swapped)])
    return [_bytes(_length(4)), pc.cast(four, pa.binary())]


def copy_bytes(fields: Sequence[Field]) -> memoryview:
    """The rows of these columns, without HEADER and TRAILER."""
    head = _bytes(len(fields).to_bytes(2, "big"))
    pieces = [head, *(piece for field in fields for piece in field)]
    rows = pc.binary_join_element_wise(*pieces, _bytes(b""))
    _, offsets, values = rows.buffers()
    ends = memoryview(offsets).cast("i")
    return memoryview(values)[ends[rows.offset] : ends[rows.offset + len(rows)]]
