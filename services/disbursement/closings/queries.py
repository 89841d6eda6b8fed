"""What a channel's day comes to on both sides, and lines that are missing.

The ledger's moves of a day are those whose line is of that day, and those without a line that were
posted on it: a line that is read a day late does not put two days out of balance. A payment that
came back before we heard that it was made counts on both sides, as the statement has it. What loans
were repaid is what repayments booked of their lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, select, text
from sqlmodel import col

from services.disbursement.models import Closing, StatementBalance
from services.kernel.db import AsyncSession

SHOWN: Final = 500
"""The most differences that a closing lists; it counts and sums all of them."""
MISSING: Final = "closing:missing:"
"""How the source of a case of a missing line begins; the instruction's id follows."""

_PAIRS: Final = """
WITH moved AS (
    SELECT i.id, i.reference, side.kind, t.amount_centimos, t.business_date
    FROM instruction i JOIN transfer t ON t.reference = i.reference
    CROSS JOIN LATERAL (VALUES
        ('payment', t.kind = 'settle' OR t.reverses IS NULL), ('return', t.kind = 'return')
    ) AS side (kind, counts)
    WHERE i.channel = :channel AND side.counts
        AND (t.kind = 'settle' OR (t.kind = 'return' AND i.state = 'returned'))
), ledger AS (
    SELECT m.id, m.reference, m.kind, m.amount_centimos, s.line_id
    FROM moved m LEFT JOIN statement_line s ON s.instruction_id = m.id AND s.kind = m.kind
    WHERE coalesce(s.business_date, m.business_date) = :day
    UNION ALL
    SELECT NULL, s.reference, s.kind, t.amount_centimos, s.line_id
    FROM receipt r JOIN transfer t ON t.id = r.transfer_id
    JOIN statement_line s ON s.channel = r.channel AND s.line_id = r.line_id
    WHERE s.channel = :channel AND s.business_date = :day
    UNION ALL
    SELECT NULL, s.reference, s.kind, r.amount_centimos, s.line_id
    FROM repayment r JOIN statement_line s ON s.channel = r.channel AND s.line_id = r.line_id
    WHERE s.channel = :channel AND s.business_date = :day
), line AS (
    SELECT line_id, reference, kind, amount_centimos FROM statement_line
    WHERE channel = :channel AND business_date = :day
), pair AS (
    SELECT coalesce(line.kind, ledger.kind) AS kind,
        coalesce(ledger.reference, line.reference) AS reference,
        line.line_id, ledger.id AS instruction_id,
        line.amount_centimos AS statement, ledger.amount_centimos AS ledger
    FROM line FULL JOIN ledger ON ledger.line_id = line.line_id
)
"""
_TOTALS: Final = text(f"""
{_PAIRS}
SELECT coalesce(sum(ledger) FILTER (WHERE kind = 'payment'), 0) AS ledger_paid,
    coalesce(sum(ledger) FILTER (WHERE kind = 'return'), 0) AS ledger_returned,
    coalesce(sum(statement) FILTER (WHERE kind = 'payment'), 0) AS statement_paid,
    coalesce(sum(statement) FILTER (WHERE kind = 'return'), 0) AS statement_returned,
    coalesce(sum(ledger) FILTER (WHERE kind = 'repayment'), 0) AS ledger_repaid,
    coalesce(sum(statement) FILTER (WHERE kind = 'repayment'), 0) AS statement_repaid,
    coalesce(sum(abs(coalesce(statement, 0) - coalesce(ledger, 0))), 0) AS difference,
    count(*) FILTER (WHERE statement IS DISTINCT FROM ledger) AS differences
FROM pair
""")
_DIFFERENCES: Final = text(f"""
{_PAIRS}
SELECT pair.kind, pair.reference, line_id, instruction_id, statement AS statement_centimos,
    ledger AS ledger_centimos, c.id AS case_id
FROM pair LEFT JOIN reconciliation_case c ON c.channel = :channel AND c.source =
    CASE WHEN line_id IS NULL THEN '{MISSING}' || instruction_id ELSE 'statement:' || line_id END
WHERE statement IS DISTINCT FROM ledger
ORDER BY line_id, instruction_id, pair.kind LIMIT {SHOWN}
""")
_MISSING: Final = text(f"""
SELECT i.id, i.reference, i.amount_centimos, t.business_date AS paid_on
FROM instruction i JOIN transfer t ON t.id = i.settle_transfer_id
WHERE i.channel = :channel AND i.state = 'settled' AND i.reconciled_at IS NULL
    AND t.business_date <= :settled_by
    AND NOT EXISTS (SELECT FROM reconciliation_case c
        WHERE c.channel = :channel AND c.source = '{MISSING}' || i.id)
ORDER BY i.id
""")


@dataclass(frozen=True, slots=True)
class Totals:
    """A channel's day in céntimos; the difference is the sum of what stands on one side only, so
    that two errors do not hide each other."""

    ledger_paid: int
    ledger_returned: int
    statement_paid: int
    statement_returned: int
    ledger_repaid: int
    statement_repaid: int
    difference: int
    differences: int


async def totals(session: AsyncSession, channel: str, day: date) -> Totals:
    """Both sides of the day."""
    row = (await session.execute(_TOTALS, {"channel": channel, "day": day})).one()
    return Totals(*(int(value) for value in row))


async def differences(session: AsyncSession, channel: str, day: date) -> list[dict[str, Any]]:
    """What stands on one side only, with its case, if it has one; at most SHOWN."""
    rows = await session.execute(_DIFFERENCES, {"channel": channel, "day": day})
    return [dict(row) for row in rows.mappings()]


async def missing(session: AsyncSession, channel: str, settled_by: date) -> Sequence[Any]:
    """Payments in our books by then that are on no statement and have no case yet."""
    asked = {"channel": channel, "settled_by": settled_by}
    return (await session.execute(_MISSING, asked)).all()


async def balances(session: AsyncSession, channel: str, day: date) -> tuple[int, int] | None:
    """What the day's statement opens and closes with, in céntimos; None where none says so.

    A later reading takes the place of one with the same opening; a part that begins where the
    former ends, or the other way about, prolongs it.
    """
    query = select(
        col(StatementBalance.opening_centimos), col(StatementBalance.closing_centimos)
    ).where(col(StatementBalance.channel) == channel, col(StatementBalance.business_date) == day)
    span: tuple[int, int] | None = None
    for opening, closing in await session.execute(query.order_by(col(StatementBalance.id))):
        if span is not None and opening not in span and closing == span[0]:
            span = opening, span[1]
        elif span is not None and opening == span[1] != span[0]:
            span = span[0], closing
        else:
            span = opening, closing
    return span


async def last(session: AsyncSession, channel: str, day: date) -> Closing | None:
    """The day's closing that stands."""
    query = select(Closing).where(
        col(Closing.channel) == channel, col(Closing.business_date) == day
    )
    found: Closing | None = await session.scalar(
        query.order_by(col(Closing.version).desc()).limit(1)
    )
    return found


def closings(
    *, channel: str | None, business_date: date | None, balanced: bool | None
) -> Select[Closing]:
    """Closings, every version, filtered."""
    query = select(Closing)
    for column, value in (
        (col(Closing.channel), channel),
        (col(Closing.business_date), business_date),
        (col(Closing.balanced), balanced),
    ):
        query = query if value is None else query.where(column == value)
    return query
