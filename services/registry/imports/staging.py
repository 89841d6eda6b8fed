"""Accepted rows on their way to PostgreSQL: identifiers made in bulk, and the bytes of COPY."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final, TypeVar

import pyarrow as pa
from psycopg import AsyncConnection
from pyarrow import compute as pc
from pyarrow import csv as pa_csv

from services.kernel.ids import new_id

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_TRIPLES: Final = 32**3
_PLAIN: Final = pa_csv.WriteOptions(include_header=False, quoting_style="none")
_QUOTED: Final = pa_csv.WriteOptions(include_header=False, quoting_style="needed")

Item = TypeVar("Item")


class Suffixes:
    """TypeID suffixes in bulk: those of one fresh UUIDv7, whose last thirty bits count up.

    UUIDv7 lets its random bits count (RFC 9562, 6.2); forty-four stay random for each import, so
    that they are unique, and they sort in the order of the file.
    """

    def __init__(self) -> None:
        self._stem = new_id("imp")[-26:-6]
        self._next = 0
        self._triples = pa.array(a + b + c for a in _ALPHABET for b in _ALPHABET for c in _ALPHABET)

    def take(self, count: int) -> Any:
        """An array of so many suffixes, each used once."""
        numbers = pa.array(range(self._next, self._next + count), type=pa.int32())
        self._next += count
        high = pc.divide(numbers, _TRIPLES)
        low = pc.subtract(numbers, pc.multiply(high, _TRIPLES))
        parts = (pc.take(self._triples, high), pc.take(self._triples, low))
        return pc.binary_join_element_wise(self._stem, *parts, "")


def prefixed(prefix: str, suffixes: Any) -> Any:
    """Identifiers with this prefix."""
    return pc.binary_join_element_wise(prefix, suffixes, "_")


def or_null(texts: Any) -> Any:
    """The texts, null where they are empty."""
    return pc.if_else(pc.equal(texts, ""), None, texts)


def copy_text(columns: Sequence[Any]) -> memoryview:
    """The columns as the lines that COPY … (FORMAT csv) reads."""
    rows = pa.RecordBatch.from_arrays(columns, names=[str(n) for n in range(len(columns))])
    try:
        return _written(rows, _PLAIN)
    except pa.ArrowInvalid:  # a text holds a comma or a quote: then all texts are quoted
        return _written(rows, _QUOTED)


def _written(rows: Any, options: Any) -> memoryview:
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(rows, sink, options)
    return memoryview(sink.getvalue())


async def copy_in(connection: AsyncConnection[Any], target: str, data: memoryview) -> None:
    """Send one batch to `table (columns)`."""
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {target} FROM STDIN (FORMAT csv)") as copy,
    ):
        await copy.write(data)


async def ahead(items: Iterator[Item]) -> AsyncIterator[Item]:
    """The items, each made in a thread while the one before is used."""
    pending = asyncio.create_task(asyncio.to_thread(next, items, None))
    try:
        while (item := await pending) is not None:
            pending = asyncio.create_task(asyncio.to_thread(next, items, None))
            yield item
    finally:
        pending.cancel()
