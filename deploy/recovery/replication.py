"""PostgreSQL's streaming replication protocol over libpq: a base backup, and the log as it comes.

The pinned server ships neither pg_basebackup nor pg_receivewal; in production those do the same.
"""

from __future__ import annotations

import select
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from psycopg import pq

SEGMENT: Final = 16 * 1024 * 1024
"""Bytes of a segment of the log, as initdb makes them."""
POSTGRES_EPOCH_S: Final = 946_684_800
_IDLE_S: Final = 1.0


class ReplicationError(Exception):
    """PostgreSQL refused, or the connection broke."""


@dataclass(frozen=True)
class Piece:
    """Bytes of the log from a position on."""

    start: int
    data: bytes


def position(text: str) -> int:
    """The number behind PostgreSQL's `16/B374D848`."""
    high, _, low = text.partition("/")
    return int(high, 16) << 32 | int(low, 16)


def written(at: int) -> str:
    """PostgreSQL's way to write a position."""
    return f"{at >> 32:X}/{at & 0xFFFFFFFF:X}"


def segment_name(timeline: int, at: int) -> str:
    """The file that holds a position."""
    number = at // SEGMENT
    per_log = 0x1_0000_0000 // SEGMENT
    return f"{timeline:08X}{number // per_log:08X}{number % per_log:08X}"


class Replication:
    """One connection in replication mode."""

    def __init__(self, url: str, name: str) -> None:
        told = f"{url}?replication=true&application_name={name}&connect_timeout=5"
        self._connection = pq.PGconn.connect(told.encode())
        if self._connection.status != pq.ConnStatus.OK:
            raise ReplicationError(self._error())

    def close(self) -> None:
        """End the connection."""
        self._connection.finish()

    def row(self, command: str) -> list[str]:
        """The first row that a command answers, as texts."""
        result = self._connection.exec_(command.encode())
        if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            raise ReplicationError(result.error_message.decode(errors="replace").strip())
        if result.ntuples == 0:
            return []
        return [(result.get_value(0, at) or b"").decode() for at in range(result.nfields)]

    def base_backup(self, write: Callable[[bytes], object]) -> Iterator[bytes]:
        """Hand the tar of the data folder to `write`; gives the manifest's pieces at the end."""
        command = "BASE_BACKUP (LABEL 'fondo', CHECKPOINT 'fast', WAL false, MANIFEST 'yes')"
        self._connection.send_query(command.encode())
        manifest = False
        while (result := self._connection.get_result()) is not None:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise ReplicationError(result.error_message.decode(errors="replace").strip())
            if result.status != pq.ExecStatus.COPY_OUT:
                continue
            for message in self._copied():
                kind, body = message[:1], message[1:]
                manifest = manifest or kind == b"m"
                if kind == b"d" and manifest:
                    yield body
                elif kind == b"d":
                    write(body)

    def _copied(self) -> Iterator[bytes]:
        while True:
            length, data = self._connection.get_copy_data(0)
            if length == -1:
                return
            if length == -2:
                raise ReplicationError(self._error())
            yield bytes(data)

    def follow(self, slot: str, start: int, timeline: int) -> None:
        """Begin to receive the log from a position on."""
        command = f'START_REPLICATION SLOT "{slot}" PHYSICAL {written(start)} TIMELINE {timeline}'
        result = self._connection.exec_(command.encode())
        if result.status != pq.ExecStatus.COPY_BOTH:
            raise ReplicationError(result.error_message.decode(errors="replace").strip())

    def pieces(self) -> list[Piece]:
        """What has come, waiting at most a second; raises ReplicationError at the stream's end."""
        found: list[Piece] = []
        while True:
            length, data = self._connection.get_copy_data(1)
            if length > 0:
                found += self._read(bytes(data))
            elif length < 0:
                raise ReplicationError(self._error() or "the stream ended")
            elif found:
                return found
            elif not self._wait():
                return []

    def _read(self, message: bytes) -> Iterator[Piece]:
        if message[:1] == b"w":
            start, _, _ = struct.unpack("!QQQ", message[1:25])
            yield Piece(start, message[25:])

    def _wait(self) -> bool:
        ready, _, _ = select.select([self._connection.socket], [], [], _IDLE_S)
        if ready:
            self._connection.consume_input()
        return bool(ready)

    def acknowledge(self, at: int, now_s: float) -> None:
        """Say that everything before this position is on disk."""
        told = int((now_s - POSTGRES_EPOCH_S) * 1_000_000)
        self._connection.put_copy_data(b"r" + struct.pack("!QQQQB", at, at, at, told, 0))
        self._connection.flush()

    def _error(self) -> str:
        return self._connection.error_message.decode(errors="replace").strip()
