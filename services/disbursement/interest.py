"""What a loan owes on a day: interest by an effective annual rate, and how a payment is divided.

All amounts are integer céntimos. The interest of a principal P over d calendar days is
P × ((1 + TEA)^(d / base) − 1), rounded half up to the céntimo; the day the money went out is not
counted, the day of the payment is. The base is 360 days, as Peruvian banks state effective rates
(parameter `agroperu.day_count_base`): 360 days of TEA 3.5 % are exactly 3.5 %. Each disbursed part
bears its own interest from its own day. A payment fixes what has accrued until its day; from then
on the principal that is left bears interest anew, and interest that was fixed and not paid bears
none (no interest on interest, Código Civil art. 1249).
"""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

_EXACT: Final = Context(prec=40)
_WHOLE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Rate:
    """An effective annual rate (TEA) in basis points, and its year in days."""

    basis_points: int
    day_base: int


@dataclass(frozen=True, slots=True)
class Part:
    """A disbursed part as it stands: principal left, interest fixed and unpaid, accruing since."""

    instruction_id: str
    tranche_id: str
    principal_centimos: int
    interest_centimos: int
    since: date


@dataclass(frozen=True, slots=True)
class Share:
    """What a payment does to one part: fixes interest accrued, then pays interest and principal."""

    part: Part
    accrued_centimos: int
    interest_centimos: int
    principal_centimos: int


def interest(principal_centimos: int, days: int, rate: Rate) -> int:
    """Interest of so much principal over so many days, in céntimos, half up; 0 before day one."""
    if principal_centimos <= 0 or days <= 0:
        return 0
    yearly = _WHOLE + Decimal(rate.basis_points).scaleb(-4)
    grown = _EXACT.power(yearly, _EXACT.divide(Decimal(days), Decimal(rate.day_base)))
    exact = _EXACT.multiply(Decimal(principal_centimos), _EXACT.subtract(grown, _WHOLE))
    return int(exact.quantize(_WHOLE, rounding=ROUND_HALF_UP))


def accrued(part: Part, day: date, rate: Rate) -> int:
    """What the part has borne since its interest was last fixed."""
    return interest(part.principal_centimos, (day - part.since).days, rate)


def owed(parts: Iterable[Part], day: date, rate: Rate) -> tuple[int, int]:
    """Principal and interest owed on the day."""
    principal = total = 0
    for part in parts:
        principal += part.principal_centimos
        total += part.interest_centimos + accrued(part, day, rate)
    return principal, total


def divided(
    parts: Sequence[Part], amount_centimos: int, day: date, rate: Rate
) -> tuple[list[Share], int]:
    """A payment over the parts, oldest first: all interest before any principal (Código Civil art.
    1257), and what is left over beyond all that is owed.

    The shares and the rest sum to the payment; every part is named, since its interest is fixed.
    """
    left = amount_centimos
    fixed = [(part, accrued(part, day, rate)) for part in parts]
    interests = []
    for part, grown in fixed:
        paid = min(left, part.interest_centimos + grown)
        interests.append(paid)
        left -= paid
    shares = []
    for (part, grown), paid in zip(fixed, interests, strict=True):
        repaid = min(left, part.principal_centimos)
        left -= repaid
        shares.append(Share(part, grown, paid, repaid))
    return shares, left


def taken(
    parts: Sequence[Part], amount_centimos: int, day: date, rate: Rate
) -> tuple[list[Share], int]:
    """Principal alone taken off the parts, oldest first, and what no part is left for: for money
    that came back other than by the loan's own account."""
    left, shares = amount_centimos, []
    for part in parts:
        repaid = min(left, part.principal_centimos)
        left -= repaid
        if repaid:
            shares.append(Share(part, accrued(part, day, rate), 0, repaid))
    return shares, left


def after(share: Share, day: date) -> Part:
    """The part once its share is booked."""
    return replace(
        share.part,
        principal_centimos=share.part.principal_centimos - share.principal_centimos,
        interest_centimos=share.part.interest_centimos
        + share.accrued_centimos
        - share.interest_centimos,
        since=day,
    )


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def bucket(days_past_due: int, edges: Sequence[int]) -> str:
    """In which span the arrears lie: `current`, `1-30`, …, `91+` for the edges 30, 60 and 90."""
    if days_past_due <= 0:
        return "current"
    low = 1
    for edge in edges:
        if days_past_due <= edge:
            return f"{low}-{edge}"
        low = edge + 1
    return f"{low}+"
