"""How the loans stand on any day, by agreement, call, region, crop or channel: lent, repaid,
outstanding, and what of it is past due and for how long.

Amounts are principal in céntimos, from what was booked by the day; a loan's whole outstanding
principal is past due once its day has passed (portfolio at risk). Loans need no ledger of a past
day: what was booked later is left out.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sqlalchemy import TextClause, text

from services.disbursement import interest
from services.disbursement.portfolio.queries import GROUPS
from services.kernel.db import AsyncSession

_NAME: Final = {
    "agreement": "g.id",
    "call": "g.call_id",
    "region": "g.region",
    "crop": "g.crop",
    "channel": "'agrobanco'",
}


def _standing(group: str) -> TextClause:
    return text(f"""
WITH part AS (
    SELECT p.loan_id, p.instruction_id, p.lent_on, p.lent_centimos AS lent
    FROM loan_part p
    WHERE p.lent_on <= :day AND (p.returned_on IS NULL OR p.returned_on > :day)
), paid AS (
    SELECT s.instruction_id, sum(s.principal_centimos) AS principal,
        sum(s.interest_centimos) AS interest
    FROM repayment_share s JOIN repayment r ON r.id = s.repayment_id AND r.booked_on <= :day
    GROUP BY s.instruction_id
), loan_now AS (
    SELECT part.loan_id, min(part.lent_on) AS first, sum(part.lent) AS lent,
        coalesce(sum(paid.principal), 0) AS repaid, coalesce(sum(paid.interest), 0) AS interest
    FROM part LEFT JOIN paid ON paid.instruction_id = part.instruction_id
    GROUP BY part.loan_id
), standing AS (
    SELECT n.*, l.agreement_id, k.arrears_buckets AS edges,
        greatest(:day - least(
            CAST(n.first + make_interval(months => k.term_months) AS date),
            CASE WHEN CAST(k.told_at AT TIME ZONE 'America/Lima' AS date) <= :day
                THEN greatest(n.first, k.harvest_on) END
        ), 0) AS days
    FROM loan_now n JOIN loan l ON l.id = n.loan_id JOIN loan_terms k USING (agreement_id)
)
SELECT {_NAME[group]} AS name, s.edges,
    CASE WHEN s.days = 0 OR s.lent = s.repaid THEN -1
        ELSE width_bucket(CAST(s.days - 1 AS bigint), s.edges) END AS span,
    min(CASE WHEN s.lent = s.repaid THEN 0 ELSE s.days END) AS days, count(*) AS loans,
    count(*) FILTER (WHERE s.lent = s.repaid) AS paid_off, sum(s.lent) AS lent,
    sum(s.repaid) AS repaid, sum(s.interest) AS interest, sum(s.lent - s.repaid) AS outstanding
FROM standing s JOIN agreement g ON g.id = s.agreement_id
WHERE CAST(:call_id AS text) IS NULL OR g.call_id = :call_id
GROUP BY 1, 2, 3 ORDER BY 1, 3
""")


_STANDING: Final = {group: _standing(group) for group in GROUPS}


@dataclass(slots=True)
class Standing:
    """A group's loans on the day, in céntimos; `spans` is the outstanding principal and how many
    loans it is of, by how long it is past due."""

    name: str | None
    loans: int = 0
    paid_off: int = 0
    lent: int = 0
    repaid: int = 0
    interest_paid: int = 0
    outstanding: int = 0
    spans: defaultdict[str, tuple[int, int]] = field(
        default_factory=lambda: defaultdict(lambda: (0, 0))
    )


async def standing(
    session: AsyncSession, *, group_by: str, call_id: str | None, day: date
) -> Sequence[Standing]:
    """The groups by name, those without one at the end."""
    groups: dict[str | None, Standing] = {}
    for row in await session.execute(_STANDING[group_by], {"call_id": call_id, "day": day}):
        found = groups.setdefault(row.name or None, Standing(row.name or None))
        found.loans += row.loans
        found.paid_off += row.paid_off
        found.lent += int(row.lent)
        found.repaid += int(row.repaid)
        found.interest_paid += int(row.interest)
        found.outstanding += int(row.outstanding)
        if row.span >= 0:
            name = interest.bucket(row.days, row.edges)
            loans, centimos = found.spans[name]
            found.spans[name] = loans + row.loans, centimos + int(row.outstanding)
    return sorted(groups.values(), key=lambda group: (group.name is None, group.name or ""))
