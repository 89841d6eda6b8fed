"""Terms in working days of Peru, counted in Lima: pure, the instant is passed in.

Working days are Monday to Friday without the public holidays of the whole country. Days that a
decree declares non-working for the public sector are no public holidays: they are handed in as
`non_working`.
"""

from datetime import UTC, date, datetime, time, timedelta

import holidays

from services.kernel.clock import LIMA, lima_date

MAX_WORKING_DAYS = 366
_ONE_DAY = timedelta(days=1)


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


def working_day(start: date, working_days: int, non_working: frozenset[date] = frozenset()) -> date:
    """The n-th working day after `start`, or before it when n is negative; `start` never counts."""
    if not 1 <= abs(working_days) <= MAX_WORKING_DAYS:
        raise ValueError(f"a term has 1 to {MAX_WORKING_DAYS} working days, not {working_days}")
    step = _ONE_DAY if working_days > 0 else -_ONE_DAY
    day, left = start, abs(working_days)
    while left:
        day += step
        if is_working_day(day, non_working):
            left -= 1
    return day


def working_days_between(start: date, end: date, non_working: frozenset[date] = frozenset()) -> int:
    """How many working days come after `start` up to and with `end`; none when it lies before.
    At most a year of days is looked at."""
    ahead = range(1, min((end - start).days, MAX_WORKING_DAYS) + 1)
    return sum(is_working_day(start + timedelta(days=days), non_working) for days in ahead)


def end_of_term(
    start: datetime, working_days: int, non_working: frozenset[date] = frozenset()
) -> datetime:
    """The instant in UTC at which a term ends: 24:00 in Lima of its last working day.

    The day of `start` does not count, whatever its hour (LPAG art. 144). The instant itself is no
    longer inside the term.
    """
    if working_days < 1:
        raise ValueError(f"a term has 1 to {MAX_WORKING_DAYS} working days, not {working_days}")
    day = working_day(lima_date(start), working_days, non_working)
    return datetime.combine(day + _ONE_DAY, time(), tzinfo=LIMA).astimezone(UTC)


def same_hour(
    start: datetime, working_days: int, non_working: frozenset[date] = frozenset()
) -> datetime:
    """The hour of `start` in Lima on the n-th working day after it (before it when negative), in
    UTC."""
    day = working_day(lima_date(start), working_days, non_working)
    return datetime.combine(day, start.astimezone(LIMA).timetz()).astimezone(UTC)
