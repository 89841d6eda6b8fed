"""Accepted rows on their way to PostgreSQL: identifiers made in bulk, and COPY batch by batch.

They wait in a schema of their own, `incoming`, which no room reads. Each batch is a transaction, so
that nobody waits for a whole file: the relay passes on what was written before the oldest open
transaction. What a killed import leaves there is dropped by the next one.
"""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy
import psycopg
import pyarrow as pa
from psycopg import AsyncConnection

from services.kernel.ids import new_id
from services.registry.imports.binary import HEADER, TRAILER, texts_of

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
SUFFIX_BYTES: Final = 26
SENDERS: Final = 3
LIMITS: Final = """
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET lock_timeout = '60s';
SET maintenance_work_mem = '256MB';
SET max_parallel_maintenance_workers = 0;
SET work_mem = '192MB'
"""
"""Of each connection of an import; it waits for the tables by swap.PATIENCE_S."""
SETTINGS: Final = f"{LIMITS}; SET synchronous_commit = off"
"""Of those beside the import's transaction. What they write may be lost: the commit that imports
waits for all before it."""
CONNECTION: Final[dict[str, Any]] = {
    "autocommit": True,
    "connect_timeout": 5,
    "application_name": "fund-registry-import",
}


class Suffixes:
    """TypeID suffixes in bulk: those of one fresh UUIDv7, whose last thirty bits count up.

    UUIDv7 lets its random bits count (RFC 9562, 6.2); forty-four stay random for each import, so
    that they are unique, and they sort in the order of the file.
    """

    def __init__(self) -> None:
        stem = new_id("imp")[-SUFFIX_BYTES:-6].encode()
        self._stem = numpy.void(stem)
        self._kind = numpy.dtype([("stem", f"V{len(stem)}"), ("high", "V3"), ("low", "V3")])
        self._next = 0
        digits = numpy.frombuffer(_ALPHABET.encode(), dtype=numpy.uint8)
        triples = numpy.stack(numpy.meshgrid(digits, digits, digits, indexing="ij"), axis=-1)
        self._triples = triples.reshape(-1).view("V3")

    def take(self, count: int) -> Any:
        """An array of so many suffixes, each used once."""
        high, low = numpy.divmod(numpy.arange(self._next, self._next + count), len(self._triples))
        self._next += count
        suffixes = numpy.empty(count, dtype=self._kind)
        suffixes["stem"] = self._stem
        suffixes["high"], suffixes["low"] = self._triples[high], self._triples[low]
        return texts_of(suffixes, pa.string())


@dataclass(frozen=True, slots=True)
class Beside:
    """Two connections that commit each statement, so that two indexes are built side by side, and
    the address for more of them."""

    url: str
    one: AsyncConnection[Any]
    other: AsyncConnection[Any]


async def copy_in(url: str, target: str, batches: Iterator[memoryview]) -> None:
    """Send the batches to `table (columns)`, each with a COPY of its own.

    Each sender is a thread with a connection: while one makes the next batch, the others send.
    """
    turn, ended = threading.Lock(), threading.Event()

    def send() -> None:
        try:
            with psycopg.connect(url, **CONNECTION) as connection:
                connection.execute(SETTINGS)
                while not ended.is_set():
                    with turn:
                        data = next(batches, None)
                    if data is None:
                        return
                    _copy(connection, target, data)
        except BaseException:
            ended.set()
            raise

    try:
        sent = [asyncio.to_thread(send) for _ in range(SENDERS)]
        for failure in await asyncio.gather(*sent, return_exceptions=True):
            if failure is not None:
                raise failure
    finally:
        ended.set()


def _copy(connection: psycopg.Connection[Any], target: str, data: memoryview) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {target} FROM STDIN (FORMAT binary)") as copy,
    ):
        copy.write(HEADER)
        copy.write(data)
        copy.write(TRAILER)
