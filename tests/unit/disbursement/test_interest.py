"""Interest by an effective annual rate, to the céntimo, and payments divided without a rest."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, getcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.disbursement import interest
from services.disbursement.interest import Part, Rate

TEA = Rate(350, 360)
DAY = date(2026, 3, 2)
centimos = st.integers(0, 3_000_000)
days = st.integers(0, 800)


def part(number: int = 1, principal: int = 10_000_00, fixed: int = 0, since: date = DAY) -> Part:
    return Part(f"ins_{number}", f"tra_{number}", principal, fixed, since)


@pytest.mark.parametrize(
    ("principal", "term", "expected"),
    [
        (10_000_00, 360, 350_00),  # one year of 360 days is the TEA itself
        (30_000_00, 360, 1_050_00),
        (10_000_00, 720, 712_25),  # effective: 1.035² − 1
        (10_000_00, 180, 173_49),  # √1.035 − 1 = 0.01734950…
        (10_000_00, 90, 86_37),
        (10_000_00, 30, 28_71),
        (10_000_00, 1, 96),
        (10_000_00, 365, 354_95),
        (1, 360, 0),
        (14, 360, 0),  # 0.49
        (15, 360, 1),  # 0.525
        (10_000_00, 0, 0),
        (10_000_00, -5, 0),
        (0, 360, 0),
    ],
)
def test_interest_of_so_many_days(principal: int, term: int, expected: int) -> None:
    assert interest.interest(principal, term, TEA) == expected


@given(centimos, days)
def test_it_is_the_formula_rounded_half_up(principal: int, term: int) -> None:
    getcontext().prec = 60
    exact = principal * (Decimal("1.035") ** (Decimal(term) / 360) - 1)
    rounded = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    assert interest.interest(principal, term, TEA) == rounded


@given(
    st.lists(st.tuples(centimos, st.integers(0, 50_000)), min_size=1, max_size=4),
    st.integers(1, 9_000_000),
    days,
)
def test_a_payment_is_divided_interest_first_and_whole(
    held: list[tuple[int, int]], amount: int, later: int
) -> None:
    parts = [part(n, principal, fixed) for n, (principal, fixed) in enumerate(held)]
    day = DAY + timedelta(days=later)
    principal, grown = interest.owed(parts, day, TEA)
    shares, beyond = interest.divided(parts, amount, day, TEA)
    paid = sum(one.interest_centimos for one in shares)
    repaid = sum(one.principal_centimos for one in shares)
    assert paid + repaid + beyond == amount
    assert paid == min(amount, grown)
    assert repaid == min(amount - paid, principal)
    after = [interest.after(one, day) for one in shares]
    assert interest.owed(after, day, TEA) == (principal - repaid, grown - paid)
    assert all(one.principal_centimos >= 0 and one.interest_centimos >= 0 for one in after)


def test_the_oldest_part_is_repaid_first() -> None:
    parts = [part(1, 100_00), part(2, 100_00)]
    shares, beyond = interest.divided(parts, 150_00, DAY, TEA)
    assert [one.principal_centimos for one in shares] == [100_00, 50_00]
    assert beyond == 0


def test_interest_that_was_fixed_bears_none() -> None:
    """A céntimo paid after 180 days fixes the half year's interest; the other half year counts on
    the principal alone, and so ends below the effective rate of the whole."""
    half = DAY + timedelta(days=180)
    (share,), _ = interest.divided([part()], 1, half, TEA)
    left = interest.after(share, half)
    assert interest.owed([left], half + timedelta(days=180), TEA) == (10_000_00, 2 * 173_49 - 1)


def test_money_without_a_loan_account_takes_principal_alone() -> None:
    parts = [part(1, 100_00), part(2, 50_00), part(3, 10_00)]
    shares, left = interest.taken(parts, 120_00, DAY + timedelta(days=90), TEA)
    assert [(one.principal_centimos, one.interest_centimos) for one in shares] == [
        (100_00, 0),
        (20_00, 0),
    ]
    assert [one.accrued_centimos for one in shares] == [86, 43]
    assert left == 0
    assert interest.taken(parts, 200_00, DAY, TEA)[1] == 40_00


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 2), 12, date(2027, 3, 2)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_the_term_ends_on_the_same_day_of_its_month(day: date, months: int, expected: date) -> None:
    assert interest.months_after(day, months) == expected


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (-3, "current"),
        (0, "current"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91+"),
        (800, "91+"),
    ],
)
def test_arrears_lie_in_one_span(late: int, expected: str) -> None:
    assert interest.bucket(late, (30, 60, 90)) == expected
