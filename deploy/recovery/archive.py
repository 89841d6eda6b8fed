"""The archive: receives the log as it is written, and answers once it is on disk.

Supervised, so that it comes back within a second; while it is away, commits wait.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from deploy.local.settings import Stack
from deploy.recovery.places import ARCHIVE, archive_url, places
from deploy.recovery.replication import (
    SEGMENT,
    Replication,
    ReplicationError,
    position,
    segment_name,
)

PARTIAL: Final = ".partial"
PAUSE_S: Final = 0.5
ACKNOWLEDGE_EVERY_S: Final = 5.0


class Segments:
    """The files of the log, filled in order; the last one is partial until it is full."""

    def __init__(self, folder: Path, timeline: int) -> None:
        self._folder = folder
        self._timeline = timeline
        self._open: tuple[str, int] | None = None

    def beginning(self) -> int | None:
        """Where to go on: the start of the partial segment, or after the last full one."""
        pattern = f"{self._timeline:08X}" + "[0-9A-F]" * 16
        full = sorted(path.name for path in self._folder.glob(pattern))
        partial = sorted(path.stem for path in self._folder.glob(pattern + PARTIAL))
        if partial and (not full or partial[-1] > full[-1]):
            return _start_of(partial[-1])
        return _start_of(full[-1]) + SEGMENT if full else None

    def write(self, start: int, data: bytes) -> None:
        """Write bytes where they belong; a full segment gets its final name."""
        while data:
            offset = start % SEGMENT
            piece, data = data[: SEGMENT - offset], data[SEGMENT - offset :]
            handle = self._handle(segment_name(self._timeline, start))
            os.pwrite(handle, piece, offset)
            start += len(piece)
            if start % SEGMENT == 0:
                self._finish()

    def sync(self) -> None:
        """Return once everything written is on disk."""
        if self._open is not None:
            os.fdatasync(self._open[1])

    def _handle(self, name: str) -> int:
        if self._open is not None and self._open[0] != name:
            self._finish()
        if self._open is None:
            path = self._folder / (name + PARTIAL)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            os.ftruncate(handle, SEGMENT)
            self._open = (name, handle)
            _sync_folder(self._folder)
        return self._open[1]

    def _finish(self) -> None:
        if self._open is not None:
            name, handle = self._open
            os.fsync(handle)
            os.close(handle)
            (self._folder / (name + PARTIAL)).rename(self._folder / name)
            _sync_folder(self._folder)
            self._open = None


def _start_of(name: str) -> int:
    per_log = 0x1_0000_0000 // SEGMENT
    return (int(name[8:16], 16) * per_log + int(name[16:24], 16)) * SEGMENT


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def run(stack: Stack) -> None:
    """Receive for ever; whatever breaks, begin again where the files end."""
    while True:
        try:
            _receive(stack)
        except (ReplicationError, OSError) as error:
            print(f"archive: {error}", flush=True)
            time.sleep(PAUSE_S)


def _receive(stack: Stack) -> None:
    folder = places(stack).wal
    folder.mkdir(parents=True, exist_ok=True)
    connection = Replication(archive_url(stack), ARCHIVE)
    try:
        timeline = int(connection.row("IDENTIFY_SYSTEM")[1])
        _keep_history(connection, folder, timeline)
        segments = Segments(folder, timeline)
        start = segments.beginning()
        if start is None:
            start = position(connection.row(f'READ_REPLICATION_SLOT "{ARCHIVE}"')[1])
            start -= start % SEGMENT
        connection.follow(ARCHIVE, start, timeline)
        print(f"archive: timeline {timeline} from {start:X}", flush=True)
        _keep(connection, segments, start)
    finally:
        connection.close()


def _keep(connection: Replication, segments: Segments, at: int) -> None:
    told_s = 0.0
    while True:
        pieces = connection.pieces()
        for piece in pieces:
            segments.write(piece.start, piece.data)
            at = piece.start + len(piece.data)
        if pieces:
            segments.sync()
        if pieces or time.monotonic() - told_s > ACKNOWLEDGE_EVERY_S:
            told_s = time.monotonic()
            connection.acknowledge(at, time.time())


def _keep_history(connection: Replication, folder: Path, timeline: int) -> None:
    """How this timeline branched off, without which an older base cannot be brought onto it."""
    path = folder / f"{timeline:08X}.history"
    if timeline > 1 and not path.exists():
        path.write_text(connection.row(f"TIMELINE_HISTORY {timeline}")[1])
