"""The only place where the system's clock is read; everything else is told what time it is."""

import time
from datetime import UTC, date, datetime, timedelta, timezone

LIMA = timezone(timedelta(hours=-5), "America/Lima")
"""Peru keeps UTC−5 all year round."""


def now() -> datetime:
    """The present instant in UTC, to the microsecond that PostgreSQL keeps."""
    return datetime.now(UTC)


def lima_date(instant: datetime) -> date:
    """The business day of an instant: the calendar date in Lima, never the UTC date."""
    return instant.astimezone(LIMA).date()


def now_ns() -> int:
    """The present instant in nanoseconds since 1970, as spans are timed."""
    return time.time_ns()
