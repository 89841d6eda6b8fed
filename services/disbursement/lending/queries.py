"""Loans as they stood on a day: their parts and repayments up to it, told again by the rules of
interest. Nothing is read that was written for a later day, so a past day stays what it was."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, select, text
from sqlmodel import col

from services.disbursement import interest
from services.disbursement.credit import rate_of
from services.disbursement.interest import Part, Rate
from services.disbursement.models import Loan, LoanPart, LoanTerms, Repayment, RepaymentShare
from services.kernel.clock import lima_date
from services.kernel.db import AsyncSession
from services.kernel.rows import found

_MOVEMENTS: Final = text("""
WITH moved AS (
    SELECT p.instruction_id AS id, 'disbursement' AS kind, p.lent_on AS day,
        p.lent_on AS told_on, p.lent_centimos AS amount, 0 AS interest,
        p.lent_centimos AS principal, 0 AS overpaid, NULL AS payer_kind, NULL AS line_id
    FROM loan_part p WHERE p.loan_id = :loan
    UNION ALL
    SELECT p.instruction_id, 'return', p.returned_on, p.returned_on, p.lent_centimos, 0,
        p.lent_centimos, 0, NULL, NULL
    FROM loan_part p WHERE p.loan_id = :loan AND p.returned_on IS NOT NULL
    UNION ALL
    SELECT r.id, 'repayment', r.booked_on, r.paid_on, r.amount_centimos,
        coalesce(sum(s.interest_centimos), 0), coalesce(sum(s.principal_centimos), 0),
        r.overpaid_centimos, r.payer_kind, r.line_id
    FROM repayment r LEFT JOIN repayment_share s ON s.repayment_id = r.id
    WHERE r.loan_id = :loan GROUP BY r.id
), placed AS (
    SELECT to_char(day, 'YYYY-MM-DD') || '/' || kind || '/' || id AS place, moved.* FROM moved
)
SELECT * FROM placed WHERE CAST(:after AS text) IS NULL OR place COLLATE "C" > :after
ORDER BY place COLLATE "C" LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class PartView:
    """A part on the day: what was lent and when, and what is left of it, in céntimos."""

    lent_centimos: int
    lent_on: date
    part: Part


@dataclass(slots=True)
class LoanView:
    """A loan on a day; days past due count only while something is owed."""

    loan: Loan
    terms: LoanTerms
    on: date
    parts: list[PartView] = field(default_factory=list)

    @property
    def rate(self) -> Rate:
        """The rate that it bears."""
        return rate_of(self.terms)

    @property
    def lent(self) -> int:
        """What was lent and has not come back unused."""
        return sum(one.lent_centimos for one in self.parts)

    @property
    def owed(self) -> tuple[int, int]:
        """Principal and interest owed on the day."""
        return interest.owed((one.part for one in self.parts), self.on, self.rate)

    @property
    def due_on(self) -> date | None:
        """When it is due: at the harvest, if its day was told by then, and at most so many months
        after the first disbursement; None before it."""
        if not self.parts:
            return None
        first = min(one.lent_on for one in self.parts)
        term = interest.months_after(first, self.terms.term_months)
        told = self.terms.harvest_on is not None and self.terms.told_at is not None
        if told and lima_date(self.terms.told_at) <= self.on:  # type: ignore[arg-type]
            return min(term, max(first, self.terms.harvest_on))  # type: ignore[type-var]
        return term

    @property
    def days_past_due(self) -> int:
        """Calendar days since it was due, while something is owed."""
        if self.due_on is None or sum(self.owed) == 0:
            return 0
        return max((self.on - self.due_on).days, 0)

    @property
    def bucket(self) -> str:
        """In which span its arrears lie."""
        return interest.bucket(self.days_past_due, self.terms.arrears_buckets)

    @property
    def state(self) -> str:
        """`drawn_up` until the first disbursement, `open` while something is owed, `repaid`."""
        if not self.parts:
            return "drawn_up"
        return "open" if sum(self.owed) else "repaid"

    @property
    def level(self) -> int:
        """The programme's level in which what was lent lies, in céntimos."""
        levels = sorted(self.terms.levels_centimos)
        return next((one for one in levels if self.lent <= one), levels[-1])


def loans(
    *,
    agreement_id: str | None,
    consortium_id: str | None,
    call_id: str | None,
    document: str | None,
) -> Select[Loan]:
    """Loans, filtered."""
    query = select(Loan)
    for column, value in (
        (col(Loan.agreement_id), agreement_id),
        (col(Loan.consortium_id), consortium_id),
        (col(Loan.call_id), call_id),
        (col(Loan.document), document),
    ):
        query = query if value is None else query.where(column == value)
    return query


async def view(session: AsyncSession, loan_id: str, on: date) -> LoanView:
    """A loan on a day; raises Missing."""
    (one,) = await views(session, [await found(session, Loan, loan_id)], on)
    return one


async def views(session: AsyncSession, rows: Sequence[Loan], on: date) -> list[LoanView]:
    """The loans on a day, by four queries whatever their number."""
    ids = [row.id for row in rows]
    agreements = {row.agreement_id for row in rows}
    terms = {
        row.agreement_id: row
        for row in await session.scalars(
            select(LoanTerms).where(col(LoanTerms.agreement_id).in_(agreements))
        )
    }
    seen = {row.id: LoanView(row, terms[row.agreement_id], on) for row in rows}
    shares = await _shares(session, ids, on)
    parts = await session.scalars(
        select(LoanPart)
        .where(col(LoanPart.loan_id).in_(ids), col(LoanPart.lent_on) <= on)
        .order_by(col(LoanPart.lent_on), col(LoanPart.instruction_id))
    )
    for row in parts:
        if row.returned_on is None or row.returned_on > on:
            told = _told(row, shares[row.instruction_id])
            seen[row.loan_id].parts.append(PartView(row.lent_centimos, row.lent_on, told))
    return [seen[loan_id] for loan_id in ids]


async def _shares(
    session: AsyncSession, loan_ids: Sequence[str], on: date
) -> defaultdict[str, list[tuple[RepaymentShare, date]]]:
    rows = await session.execute(
        select(RepaymentShare, col(Repayment.booked_on))
        .join(Repayment, col(Repayment.id) == col(RepaymentShare.repayment_id))
        .where(col(Repayment.loan_id).in_(loan_ids), col(Repayment.booked_on) <= on)
        .order_by(col(Repayment.booked_on), col(Repayment.id))
    )
    shares: defaultdict[str, list[tuple[RepaymentShare, date]]] = defaultdict(list)
    for share, booked_on in rows:
        shares[share.instruction_id].append((share, booked_on))
    return shares


def _told(row: LoanPart, shares: Sequence[tuple[RepaymentShare, date]]) -> Part:
    """The part from its beginning through its shares."""
    part = Part(row.instruction_id, row.tranche_id, row.lent_centimos, 0, row.lent_on)
    for share, booked_on in shares:
        booked = interest.Share(
            part, share.accrued_centimos, share.interest_centimos, share.principal_centimos
        )
        part = interest.after(booked, booked_on)
    return part


async def movements(
    session: AsyncSession, loan_id: str, *, limit: int, after: str | None
) -> tuple[Sequence[Any], bool]:
    """What was lent, came back and was repaid, in the order of days; and whether more follows."""
    await found(session, Loan, loan_id)
    asked = {"loan": loan_id, "after": after, "limit": limit + 1}
    rows = (await session.execute(_MOVEMENTS, asked)).all()
    return rows[:limit], len(rows) > limit
