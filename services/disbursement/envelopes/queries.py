"""What became of a call's money, by instrument."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from services.disbursement import domain, ledger
from services.kernel.db import AsyncSession

CHANNEL_OF_ACCOUNT: Final = """
CASE a.kind WHEN 'available' THEN split_part(a.code, ':', 4)
            WHEN 'committed' THEN split_part(a.code, ':', 4)
            WHEN 'loans' THEN 'agrobanco'
            WHEN 'grants' THEN 'agroideas'
            WHEN 'accounted' THEN 'agroideas'
            ELSE split_part(a.code, ':', 2) END"""
"""The instrument that an account `a` belongs to; empty for what any may use."""

_BY_CHANNEL: Final = text(f"""
SELECT {CHANNEL_OF_ACCOUNT} AS channel, a.kind, sum(e.amount_centimos) AS centimos
FROM entry e JOIN account a ON a.code = e.account_code
WHERE e.call_id = :call_id AND a.kind <> 'treasury'
GROUP BY 1, 2
""")


@dataclass(frozen=True, slots=True)
class EnvelopeView:
    """An instrument's money within a call, in céntimos; without an envelope of its own it draws
    on what the call was given for any, and has nothing available itself."""

    channel: str
    has_envelope: bool
    available: int
    committed: int
    in_transit: int
    paid_out: int


async def envelopes(session: AsyncSession, call_id: str) -> list[EnvelopeView]:
    """Every instrument's money in the call, in one query."""
    rows = await session.execute(_BY_CHANNEL, {"call_id": call_id})
    sums = {(row.channel, row.kind): int(row.centimos) for row in rows}
    return [
        EnvelopeView(
            channel=channel,
            has_envelope=(channel, "available") in sums,
            available=sums.get((channel, "available"), 0),
            committed=sums.get((channel, "committed"), 0),
            in_transit=sums.get((channel, "in_transit"), 0),
            paid_out=sum(sums.get((channel, kind), 0) for kind in ledger.PAID_OUT),
        )
        for channel in sorted(domain.CHANNELS)
    ]
