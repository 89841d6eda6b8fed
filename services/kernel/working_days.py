"""Terms in working days of Peru, counted in Lima: pure, the instant is passed in.

Working days are Monday to Friday without the public holidays of the whole country. Days that a
decree declares non-working for the public sector are no public holidays: they are handed in as
`non_working`.
"""

from datetime import UTC, date, datetime, time, timedelta

import holidays

from services.kernel.clock import LIMA, lima_date

MAX_WORKING_DAYS = 366


def is_working_day(day: date, non_working: frozenset[date] = frozenset()) -> bool:
    """Whether terms count this day."""
    if day.weekday() >= 5 or day in non_working:
        return False
    return day not in _public_holidays(day.year)


def _public_holidays(year: int) -> holidays.HolidayBase:
    found = _YEARS.get(year)
    if found is None:
        found = holidays.country_holidays("PE", years=year, expand=False, categories=("public",))
        _YEARS[year] = found
    return found


_YEARS: dict[int, holidays.HolidayBase] = {}


def end_of_term(
    start: datetime, working_days: int, non_working: frozenset[date] = frozenset()
) -> datetime:
    """The instant in UTC at which a term ends: 24:00 in Lima of its last working day.

    The day of `start` does not count, whatever its hour (LPAG art. 144). The instant itself is no
    longer inside the term.
    """
    if not 1 <= working_days <= MAX_WORKING_DAYS:
        raise ValueError(f"a term has 1 to {MAX_WORKING_DAYS} working days, not {working_days}")
    day = lima_date(start)
    left = working_days
    while left:
        day += timedelta(days=1)
        if is_working_day(day, non_working):
            left -= 1
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=LIMA)
    return midnight.astimezone(UTC)
