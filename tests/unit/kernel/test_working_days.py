"""Terms in working days of Peru, counted in Lima."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.clock import LIMA
from services.kernel.working_days import (
    end_of_term,
    is_working_day,
    same_hour,
    working_days_between,
)


@pytest.mark.parametrize(
    ("start", "working_days", "end"),
    [
        # 8 and 9 December 2026 are holidays: ten working days end on Tuesday the 15th, 24:00.
        ("2026-11-27T15:00:00+00:00", 10, "2026-12-16T05:00:00+00:00"),
        # 23:30 on Friday in Lima is already Saturday in UTC; the Friday is the day of the start.
        ("2026-11-28T04:30:00+00:00", 1, "2026-12-01T05:00:00+00:00"),
        # From a Saturday the Monday is the first day.
        ("2026-11-28T15:00:00+00:00", 1, "2026-12-01T05:00:00+00:00"),
        # 23, 28 and 29 July.
        ("2026-07-22T15:00:00+00:00", 3, "2026-07-31T05:00:00+00:00"),
        # Over the end of a year: 25 December and 1 January.
        ("2026-12-24T15:00:00+00:00", 5, "2027-01-05T05:00:00+00:00"),
    ],
)
def test_a_term_ends_at_midnight_of_its_last_working_day(
    start: str, working_days: int, end: str
) -> None:
    assert end_of_term(datetime.fromisoformat(start), working_days) == datetime.fromisoformat(end)


def test_a_day_that_a_decree_declares_non_working_does_not_count() -> None:
    start = datetime(2026, 11, 27, 15, tzinfo=UTC)
    decreed = frozenset({date(2026, 11, 30)})
    assert end_of_term(start, 1, decreed) == datetime(2026, 12, 2, 5, tzinfo=UTC)


@pytest.mark.parametrize("working_days", [0, -1, 367])
def test_a_term_has_between_one_day_and_a_year(working_days: int) -> None:
    with pytest.raises(ValueError, match="working days"):
        end_of_term(datetime(2026, 11, 27, tzinfo=UTC), working_days)


FIRST = datetime(2024, 1, 1, tzinfo=UTC)


@given(
    st.integers(0, 11 * 365 * 86_400).map(lambda s: FIRST + timedelta(seconds=s)),
    st.integers(1, 60),
)
def test_a_term_holds_exactly_its_working_days(start: datetime, working_days: int) -> None:
    end = end_of_term(start, working_days).astimezone(LIMA)
    assert (end.hour, end.minute, end.second, end.microsecond) == (0, 0, 0, 0)
    first = start.astimezone(LIMA).date() + timedelta(days=1)
    days = [first + timedelta(days=number) for number in range((end.date() - first).days)]
    assert sum(is_working_day(day) for day in days) == working_days
    assert is_working_day(days[-1])


@pytest.mark.parametrize(
    ("start", "working_days", "there"),
    [
        # Over 8 and 9 December, at 10:00 in Lima.
        ("2026-12-07T15:00:00+00:00", 1, "2026-12-10T15:00:00+00:00"),
        # 23:30 in Lima, already the next day in UTC: the hour stays on its day in Lima.
        ("2026-11-28T04:30:00+00:00", 1, "2026-12-01T04:30:00+00:00"),
        # One working day before a Monday at 9:00 is the Friday.
        ("2026-11-30T14:00:00+00:00", -1, "2026-11-27T14:00:00+00:00"),
        # Maundy Thursday and Good Friday of 2027.
        ("2027-03-24T15:00:00+00:00", 1, "2027-03-29T15:00:00+00:00"),
        ("2027-03-29T15:00:00+00:00", -1, "2027-03-24T15:00:00+00:00"),
    ],
)
def test_the_same_hour_on_another_working_day(start: str, working_days: int, there: str) -> None:
    assert same_hour(datetime.fromisoformat(start), working_days) == datetime.fromisoformat(there)


@given(
    st.integers(0, 11 * 365 * 86_400).map(lambda s: FIRST + timedelta(seconds=s)),
    st.integers(1, 60),
)
def test_going_back_undoes_going_on_from_a_working_day(start: datetime, working_days: int) -> None:
    first = same_hour(start, 1)
    assert same_hour(same_hour(first, working_days), -working_days) == first


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (date(2026, 11, 24), date(2026, 11, 24), 0),
        (date(2026, 11, 24), date(2026, 11, 23), 0),
        (date(2026, 11, 24), date(2026, 11, 25), 1),
        (date(2026, 11, 27), date(2026, 11, 30), 1),
        (date(2026, 12, 7), date(2026, 12, 10), 1),
        (date(2026, 12, 24), date(2027, 1, 4), 5),
    ],
)
def test_working_days_are_counted_over_weekends_and_holidays(
    start: date, end: date, days: int
) -> None:
    assert working_days_between(start, end) == days
