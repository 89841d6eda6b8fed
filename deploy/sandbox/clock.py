"""The sandbox's only clock, and the one written form of a moment."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

Now = Callable[[], datetime]

# Peru keeps UTC-5 all year; a statement's date is a day in Lima.
LIMA = timezone(timedelta(hours=-5), "America/Lima")


def system_now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """RFC 3339 UTC with microseconds: fixed width, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def lima_day(moment: datetime) -> date:
    return moment.astimezone(LIMA).date()
