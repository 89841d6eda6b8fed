"""The sandbox's only clock, and the one written form of a moment."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

Now = Callable[[], datetime]

# Peru keeps UTC-5 all year; a statement's date is a day in Lima.
LIMA = timezone(timedelta(hours=-5), "America/Lima")


class Pushed:
    """A clock that can be pushed forward. Signatures bear the real time, which `real` tells."""

    def __init__(self, real: Now, *, ahead_s: float) -> None:
        self.real = real
        self._ahead_s = ahead_s
        self._lock = threading.Lock()

    @property
    def ahead_s(self) -> float:
        return self._ahead_s

    def __call__(self) -> datetime:
        return self.real() + timedelta(seconds=self._ahead_s)

    def push(self, seconds: float) -> float:
        """Go forward; returns how far ahead of the real time the clock now is."""
        with self._lock:
            self._ahead_s += seconds
            return self._ahead_s

    def back_to_real(self) -> None:
        with self._lock:
            self._ahead_s = 0.0


def system_now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """RFC 3339 UTC with microseconds: fixed width, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def lima_day(moment: datetime) -> date:
    return moment.astimezone(LIMA).date()
