"""One scrape: every room's gauges, read at once, each over a short read-only connection.

A room that fails or hangs is told as down and hides no other.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.kernel.gauges import Described, Measured, Told
from services.kernel.settings import Settings
from services.kernel.telemetry import log

STATEMENT_LIMIT_MS: Final = 2500
SCRAPE_LIMIT_S: Final = 3.0
"""Less than Prometheus waits, so that a room that hangs does not cost the whole scrape."""

ROOM_UP: Final = Described(
    "fund_exporter_room_up",
    "1 when all of the room's gauges were read in this scrape, 0 when the room failed.",
    ("room",),
)
COLLECT_SECONDS: Final = Described(
    "fund_exporter_collect_seconds", "Time that reading the room took.", ("room",)
)

Rows = Iterable[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Read:
    """What a room gave: its rows by metric, or None when it failed; and how long it took."""

    rows: list[tuple[Measured, Rows]] | None
    took_s: float


def connect(room: str, settings: Settings, **more: Any) -> psycopg.Connection[Any]:
    """A connection to the room's database that can wait for nothing for long."""
    return psycopg.connect(
        settings.database_url.format(room=room).replace("+psycopg", ""),
        connect_timeout=2,
        application_name=f"fund-exporter-{room}",
        **more,
    )


class Room:
    """One room, seen by the exporter."""

    def __init__(self, name: str, settings: Settings, measured: Sequence[Measured]) -> None:
        self.name = name
        self._settings = settings
        self._measured = measured

    def read(self) -> Read:
        """All of the room's gauges as of one moment."""
        started_s = time.perf_counter()
        rows: list[tuple[Measured, Rows]] | None = None
        try:
            options = f"-c statement_timeout={STATEMENT_LIMIT_MS}"
            with connect(self.name, self._settings, options=options) as connection:
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                rows = [(one, one.read(connection)) for one in self._measured]
        except psycopg.Error as error:
            log().warning("exporter.room_failed", room=self.name, error=str(error))
        return Read(rows, time.perf_counter() - started_s)


class StateCollector(Collector):
    """All rooms and whatever else is measured, as Prometheus wants it."""

    def __init__(self, rooms: Sequence[Room], others: Sequence[Told]) -> None:
        self._rooms = rooms
        self._others = others
        self._pool = ThreadPoolExecutor(max(len(rooms), 1), thread_name_prefix="scrape")
        self._running: dict[str, Future[Read]] = {}
        self._one_at_a_time = threading.Lock()

    def describe(self) -> list[Metric]:
        """Nothing: registering must not read the databases."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Read all rooms at once; a read that still hangs from the last scrape is not doubled."""
        with self._one_at_a_time:
            reads = self._reads()
        families: dict[str, Metric] = {}
        for room, read in reads.items():
            add(families, ROOM_UP, [(room, int(read.rows is not None))])
            add(families, COLLECT_SECONDS, [(room, read.took_s)])
            for measured, rows in read.rows or ():
                add(families, measured, rows)
        for told in self._others:
            add(families, told, told.rows())
        yield from families.values()

    def _reads(self) -> dict[str, Read]:
        hanging = {name for name, future in self._running.items() if not future.done()}
        for room in self._rooms:
            if room.name not in hanging:
                self._running[room.name] = self._pool.submit(room.read)
        deadline_s = time.monotonic() + SCRAPE_LIMIT_S
        return {
            name: _in_time(future, deadline_s - time.monotonic())
            for name, future in self._running.items()
        }


def _in_time(future: Future[Read], left_s: float) -> Read:
    try:
        return future.result(timeout=max(left_s, 0))
    except Late:
        return Read(None, SCRAPE_LIMIT_S)


def add(families: dict[str, Metric], measured: Described, rows: Rows) -> None:
    """Put the rows into the metric's family, which several rooms may share."""
    family: Any = families.get(measured.name)
    if family is None:
        made = CounterMetricFamily if measured.kind == "counter" else GaugeMetricFamily
        family = made(measured.name, measured.text, labels=measured.labels)
        families[measured.name] = family
    for *labels, value in rows:
        family.add_metric(["" if one is None else str(one) for one in labels], value)
