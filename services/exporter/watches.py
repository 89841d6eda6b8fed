"""What takes longer than a scrape: done in the background, a piece at a time, again and again."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

import psycopg
from kafka.errors import KafkaError

from services.exporter.reading import connect
from services.kernel import clock
from services.kernel.audit import ChainWalk
from services.kernel.gauges import Told, Watch
from services.kernel.settings import Settings
from services.kernel.telemetry import log

AUDIT_ROWS: Final = 20_000
"""Rows a step: about a second of work, so that a chain of a million is walked in a quarter of an
hour, and that of a new fund at every step."""

STEP_LIMIT_MS: Final = 20_000

FAILURES: Final = (
    psycopg.Error,
    KafkaError,
    OSError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a server, or the client of one, may make of a check: it is tried again, and its thread goes
on."""


class AuditWatch:
    """A room's audit chain, walked from genesis to head again and again.

    A fault is told from the step that finds it until a whole walk finds none: a broken row of any
    age is found within one walk.
    """

    def __init__(self, room: str) -> None:
        self._walk = ChainWalk()
        self._broken = 0
        self._checked = 0
        self._checked_at_s = 0.0
        self.measured = (
            Told(
                "fund_audit_broken",
                "1 while the room's audit chain has a gap, an edit or a cut.",
                ("room",),
                lambda: [(room, self._broken)],
            ),
            Told(
                "fund_audit_checked_entries",
                "Audit rows held against the chain in its present walk.",
                ("room",),
                lambda: [(room, self._checked)],
            ),
            Told(
                "fund_audit_checked_timestamp_seconds",
                "When the last walk of the room's audit chain came to its end; 0 before the first.",
                ("room",),
                lambda: [(room, self._checked_at_s)],
            ),
        )

    def step(self, connection: psycopg.Connection[Any]) -> None:
        """Walk on; at the head or at a fault the walk ends, and the next step begins another."""
        over = self._walk.step(connection, rows=AUDIT_ROWS)
        self._checked = self._walk.seq
        if self._walk.fault is not None:
            self._broken = 1
            log().error("exporter.audit_broken", fault=self._walk.fault)
        elif over:
            self._broken = 0
        if over:
            self._checked_at_s = clock.now().timestamp()
            self._walk = self._walk.again()


class Round:
    """Jobs of one kind done over and over in a thread of their own until `stopping`."""

    def __init__(self, name: str, pause_s: float, jobs: Sequence[Callable[[], None]]) -> None:
        self._jobs = jobs
        self._pause_s = pause_s
        self._name = name

    def start(self, stopping: threading.Event) -> None:
        """Begin; the thread ends with the process at the latest."""

        def go() -> None:
            while not stopping.is_set():
                for job in self._jobs:
                    self._do(job)
                stopping.wait(self._pause_s)

        threading.Thread(target=go, name=self._name, daemon=True).start()

    def _do(self, job: Callable[[], None]) -> None:
        try:
            job()
        except FAILURES as error:
            log().warning("exporter.check_failed", check=self._name, error=str(error))


def step_of(watch: Watch, room: str, settings: Settings) -> Callable[[], None]:
    """A job that takes the watch one step on, over a connection of its own."""

    def step() -> None:
        options = f"-c statement_timeout={STEP_LIMIT_MS}"
        with connect(room, settings, options=options) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            watch.step(connection)

    return step


def folding(room: str, settings: Settings) -> Callable[[], None]:
    """A job that sums up what the room's tallies have appended, when it is much."""

    def fold() -> None:
        options = f"-c statement_timeout={STEP_LIMIT_MS}"
        with connect(room, settings, options=options) as connection:
            connection.execute("SELECT fold_tally()")

    return fold
