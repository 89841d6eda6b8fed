"""Three amounts of each channel, and how long the fund's money lay idle there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Select, select, text
from sqlmodel import col

from services.disbursement.models import BeneficiaryCheck
from services.kernel.db import AsyncSession

_CHANNELS: Final = text("""
WITH one AS (
    SELECT i.channel, i.amount_centimos AS centimos, i.live, line.business_date AS passed_on,
        greatest(coalesce(line.business_date,
            CASE WHEN NOT i.live THEN coalesce(back.business_date, ended.business_date) END,
            :today) - given.business_date, 0) AS days,
        asked.instruction_id IS NOT NULL AS drawn, asked.amount_centimos AS said
    FROM instruction i
    JOIN transfer given ON given.id = i.instruct_transfer_id
    LEFT JOIN transfer ended ON ended.pending_id = given.id
    LEFT JOIN transfer back ON back.reverses = ended.id
    LEFT JOIN statement_line line ON line.instruction_id = i.id AND line.kind = 'payment'
    LEFT JOIN beneficiary_check asked ON asked.instruction_id = i.id
    WHERE given.business_date BETWEEN :since AND :until
)
SELECT channel, count(*) AS payments, sum(centimos) AS given,
    coalesce(sum(centimos) FILTER (WHERE live AND passed_on IS NOT NULL), 0) AS passed_on,
    coalesce(sum(centimos) FILTER (WHERE NOT live), 0) AS came_back,
    coalesce(sum(centimos) FILTER (WHERE live AND passed_on IS NULL), 0) AS held,
    count(*) FILTER (WHERE drawn) AS drawn, count(said) AS heard,
    coalesce(sum(centimos) FILTER (WHERE said IS NOT NULL), 0) AS heard_of,
    coalesce(sum(said), 0) AS received, count(*) FILTER (WHERE said <> centimos) AS differing,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY days) AS median_days, max(days) AS longest_days,
    sum(centimos * days) AS centimo_days
FROM one GROUP BY channel ORDER BY channel
""")


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel in a period: given = passed on + came back + held, in céntimos.

    Passed on is what its statements show; held is what they do not, whatever it says otherwise.
    Received is what the beneficiaries who answered say, of the `heard_of` that they were paid.
    Days are calendar days from the instruction to the statement's day, or to its return, or until
    now; `centimo_days` weighs them by the amounts.
    """

    channel: str
    payments: int
    given: int
    passed_on: int
    came_back: int
    held: int
    drawn: int
    heard: int
    heard_of: int
    received: int
    differing: int
    median_days: int
    longest_days: int
    centimo_days: int


async def channels(
    session: AsyncSession, *, since: date, until: date, today: date
) -> Sequence[ChannelView]:
    """The channels that were given money in the period, both days included."""
    period = {"since": since, "until": until, "today": today}
    rows = await session.execute(_CHANNELS, period)
    return [ChannelView(name, *(int(value) for value in values)) for name, *values in rows]


def checks(*, heard: bool | None) -> Select[BeneficiaryCheck]:
    """The payments that were drawn: answered, not yet, or all."""
    query = select(BeneficiaryCheck)
    if heard is None:
        return query
    answered = col(BeneficiaryCheck.heard_at).is_not(None)
    return query.where(answered if heard else ~answered)
