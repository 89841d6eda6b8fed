"""Until when a finding may be answered."""

from datetime import UTC, datetime
from typing import Any

from services.eligibility.answers import TERM_KEY, due_at
from services.eligibility.models import Assessment


def assessed(at: datetime, *terms: int) -> Assessment:
    used: list[dict[str, Any]] = [{"key": TERM_KEY, "value": term} for term in terms]
    return Assessment(assessed_at=at, decision={"parameters_used": used})


def test_the_term_is_in_working_days_of_lima() -> None:
    # Monday 27 July 2026, 23:30 in Lima; 28 and 29 are public holidays.
    late = datetime(2026, 7, 28, 4, 30, tzinfo=UTC)
    assert due_at(assessed(late, 1), amendment_due_at=None) == datetime(2026, 7, 31, 5, tzinfo=UTC)
    assert due_at(assessed(late, 3), amendment_due_at=None) == datetime(2026, 8, 4, 5, tzinfo=UTC)


def test_rules_that_name_no_term_give_five_days() -> None:
    monday = datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert due_at(assessed(monday), amendment_due_at=None) == datetime(2026, 3, 10, 5, tzinfo=UTC)


def test_the_amendments_term_goes_first() -> None:
    due = datetime(2026, 4, 1, tzinfo=UTC)
    assert due_at(assessed(datetime(2026, 3, 2, tzinfo=UTC), 5), amendment_due_at=due) == due
