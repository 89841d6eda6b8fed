"""Where the money is by agreement, call, region, crop or channel, and how long tranches take.

Amounts are the ledger's own entries, so that their sums are the trial balance; days come from what
a trigger noted of each tranche. Two queries, whatever is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import TextClause, text

from services.disbursement.envelopes.queries import CHANNEL_OF_ACCOUNT
from services.kernel.db import AsyncSession

GROUPS: Final = ("agreement", "call", "region", "crop", "channel")
_OF_AGREEMENT: Final = {
    "agreement": "g.id",
    "call": "g.call_id",
    "region": "g.region",
    "crop": "g.crop",
}


def _money(group: str) -> TextClause:
    return text(f"""
SELECT {_OF_AGREEMENT.get(group, CHANNEL_OF_ACCOUNT)} AS name, a.kind,
       sum(e.amount_centimos) AS centimos
FROM entry e
JOIN account a ON a.code = e.account_code
JOIN transfer t ON t.id = e.transfer_id
LEFT JOIN agreement g ON g.id = t.agreement_id
WHERE a.kind NOT IN ('treasury', 'available')
  AND (CAST(:call_id AS text) IS NULL OR e.call_id = :call_id)
GROUP BY 1, 2
""")


def _days(group: str) -> TextClause:
    return text(f"""
WITH stay AS (
    SELECT tranche_id, state, extract(epoch FROM coalesce(
        lead(entered_at) OVER (PARTITION BY tranche_id ORDER BY number), :now) - entered_at
    ) / 86400 AS days
    FROM tranche_passage
)
SELECT {_OF_AGREEMENT.get(group, "t.channel")} AS name, s.state, count(*) AS stays,
       round(CAST(percentile_cont(0.5) WITHIN GROUP (ORDER BY s.days) AS numeric), 2) AS median,
       round(CAST(max(s.days) AS numeric), 2) AS longest
FROM stay s
JOIN tranche t ON t.id = s.tranche_id
JOIN agreement g ON g.id = t.agreement_id
WHERE CAST(:call_id AS text) IS NULL OR g.call_id = :call_id
GROUP BY 1, 2 ORDER BY 1, 2
""")


_MONEY: Final = {group: _money(group) for group in GROUPS}
_DAYS: Final = {group: _days(group) for group in GROUPS}


@dataclass(frozen=True, slots=True)
class Stay:
    """How long tranches are in a state, in days with two decimals as text."""

    state: str
    stays: int
    median_days: str
    longest_days: str


@dataclass(slots=True)
class Group:
    """A group's money by kind of account, in céntimos, and its tranches' days in each state."""

    name: str | None
    centimos: dict[str, int] = field(default_factory=dict)
    stays: list[Stay] = field(default_factory=list)


async def portfolio(
    session: AsyncSession, *, group_by: str, call_id: str | None, now: datetime
) -> Sequence[Group]:
    """The groups by name; what has no region or crop is one without a name, at the end."""
    asked = {"call_id": call_id}
    groups: dict[str | None, Group] = {}
    for row in await session.execute(_MONEY[group_by], asked):
        found = groups.setdefault(row.name or None, Group(row.name or None))
        found.centimos[row.kind] = found.centimos.get(row.kind, 0) + int(row.centimos)
    for row in await session.execute(_DAYS[group_by], {**asked, "now": now}):
        found = groups.setdefault(row.name or None, Group(row.name or None))
        found.stays.append(Stay(row.state, row.stays, str(row.median), str(row.longest)))
    return sorted(groups.values(), key=lambda group: (group.name is None, group.name or ""))
