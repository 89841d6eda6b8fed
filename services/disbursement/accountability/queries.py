"""Reads of accountability that change nothing. Each sum is a query of its own: joins multiply."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, not_, select
from sqlmodel import col

from services.disbursement import obligations
from services.disbursement.models import (
    AccountabilityInvoice,
    AccountabilityReport,
    Claim,
    Receipt,
    Tranche,
)
from services.kernel.db import AsyncSession
from services.kernel.rows import found


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report with the invoices that stand in it, and the day it is looked at."""

    report: AccountabilityReport
    invoices: Sequence[AccountabilityInvoice]
    today: date


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim with its receipts."""

    claim: Claim
    receipts: Sequence[Receipt]


@dataclass(frozen=True, slots=True)
class TrancheAccount:
    """What became of a tranche's money, in céntimos: paid = accounted + claimed + repaid + rest."""

    tranche_id: str
    paid: int
    accounted: int
    claimed: int
    recovered: int
    repaid: int
    rest: int


async def report(session: AsyncSession, report_id: str, today: date) -> ReportView:
    """The report with its invoices; raises Missing."""
    row = await found(session, AccountabilityReport, report_id)
    invoices = await session.scalars(
        select(AccountabilityInvoice)
        .where(
            col(AccountabilityInvoice.report_id) == report_id,
            col(AccountabilityInvoice.taken_out_at).is_(None),
        )
        .order_by(col(AccountabilityInvoice.id))
    )
    return ReportView(row, invoices.all(), today)


def reports(
    *,
    consortium_id: str | None,
    agreement_id: str | None,
    tranche_id: str | None,
    state: str | None,
    overdue: bool | None,
    today: date,
) -> Select[AccountabilityReport]:
    """Reports by whom or what they concern; overdue are those that the consortium owes since a
    day before today."""
    query = select(AccountabilityReport)
    for column, value in (
        (AccountabilityReport.consortium_id, consortium_id),
        (AccountabilityReport.agreement_id, agreement_id),
        (AccountabilityReport.tranche_id, tranche_id),
        (AccountabilityReport.state, state),
    ):
        if value is not None:
            query = query.where(col(column) == value)
    if overdue is None:
        return query
    late = and_(
        col(AccountabilityReport.state).in_(("due", "observed")),
        col(AccountabilityReport.due_on) < today,
    )
    return query.where(late if overdue else not_(late))


async def claim(session: AsyncSession, claim_id: str) -> ClaimView:
    """The claim with its receipts; raises Missing."""
    row = await found(session, Claim, claim_id)
    receipts = await session.scalars(
        select(Receipt).where(col(Receipt.claim_id) == claim_id).order_by(col(Receipt.id))
    )
    return ClaimView(row, receipts.all())


def claims(
    *, kind: str | None, consortium_id: str | None, agreement_id: str | None, state: str | None
) -> Select[Claim]:
    """Claims by kind, by whom they concern, or by state."""
    query = select(Claim)
    for column, value in (
        (Claim.kind, kind),
        (Claim.consortium_id, consortium_id),
        (Claim.agreement_id, agreement_id),
        (Claim.state, state),
    ):
        if value is not None:
            query = query.where(col(column) == value)
    return query


async def account_of(session: AsyncSession, tranche_id: str) -> TrancheAccount:
    """What became of a tranche's money; raises Missing."""
    tranche = await found(session, Tranche, tranche_id)
    return TrancheAccount(
        tranche_id=tranche.id,
        paid=await obligations.paid_of(session, tranche.id),
        accounted=tranche.accounted_centimos,
        claimed=await obligations.claimed_of(session, tranche.id),
        recovered=tranche.recovered_centimos,
        repaid=await obligations.repaid_of(session, tranche.id),
        rest=await obligations.rest_of(session, tranche),
    )
