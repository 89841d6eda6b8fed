"""What a paid tranche still owes: a report of how it was spent, or money to be paid back.

All amounts are integer céntimos. What is left to account for is what was paid, less what accepted
reports cover, what claims ask back, and what a loan has repaid; each is a sum of its own, so that
none multiplies another.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select
from sqlmodel import col

from services.disbursement.models import (
    AccountabilityInvoice,
    AccountabilityReport,
    Claim,
    Decision,
    Instruction,
    Tranche,
    Transfer,
)
from services.kernel.clock import lima_date
from services.kernel.db import AsyncSession
from services.kernel.ids import new_id
from services.kernel.work import Work
from services.kernel.working_days import working_day

OPEN_REPORT: Final = ("due", "filed", "observed")
OPEN_CLAIM: Final = ("found", "notified")
FIRST_TERMS: Final[Mapping[str, Any]] = {"report_days": 15, "reminder_days": [5, 3, 1]}
"""The term of a tranche that was released before the release decision stated it."""


async def paid_of(session: AsyncSession, tranche_id: str) -> int:
    """How much of a tranche is paid and has not come back."""
    query = select(func.sum(col(Instruction.amount_centimos))).where(
        col(Instruction.tranche_id) == tranche_id, col(Instruction.state) == "settled"
    )
    return int(await session.scalar(query) or 0)


async def repaid_of(session: AsyncSession, tranche_id: str) -> int:
    """How much of a tranche's loans was repaid."""
    query = select(func.sum(col(Transfer.amount_centimos))).where(
        col(Transfer.kind) == "repay", col(Transfer.reference) == tranche_id
    )
    return int(await session.scalar(query) or 0)


async def claimed_of(session: AsyncSession, tranche_id: str) -> int:
    """How much of a tranche was asked back, whether it came or not."""
    query = select(func.sum(col(Claim.amount_centimos))).where(col(Claim.tranche_id) == tranche_id)
    return int(await session.scalar(query) or 0)


async def rest_of(session: AsyncSession, tranche: Tranche) -> int:
    """What a tranche still has to account for or to pay back, beyond what is claimed already."""
    paid = await paid_of(session, tranche.id)
    gone = await claimed_of(session, tranche.id) + await repaid_of(session, tranche.id)
    return paid - tranche.accounted_centimos - gone


async def is_accounted(work: Work, tranche: Tranche) -> bool:
    """Whether all that a grant was paid is accounted for or has come back."""
    if tranche.channel != "agroideas":
        return False
    paid = await paid_of(work.session, tranche.id)
    return paid > 0 and tranche.accounted_centimos + tranche.recovered_centimos == paid


async def open_report(session: AsyncSession, tranche_id: str) -> AccountabilityReport | None:
    """The tranche's report that is not decided yet, if it has one, locked."""
    query = select(AccountabilityReport).where(
        col(AccountabilityReport.tranche_id) == tranche_id,
        col(AccountabilityReport.state).in_(OPEN_REPORT),
    )
    found: AccountabilityReport | None = await session.scalar(query.with_for_update())
    return found


async def follow(work: Work, tranche: Tranche) -> None:
    """After money moved: a grant with something left to account for has a report due, by the term
    of its release; one with nothing left waits for none."""
    if tranche.channel != "agroideas":
        return
    await work.session.flush()
    report = await open_report(work.session, tranche.id)
    paid = tranche.state in {"confirmed", "reconciled"}
    left = await rest_of(work.session, tranche) if paid else 0
    if left > 0 and report is None:
        await _fall_due(work, tranche)
    elif report is not None and (not paid or (left <= 0 and report.state == "due")):
        report.state = "closed"
        report.version += 1
        await take_out(work, report.id)
        work.record("report.close", report.id, {"to": "closed"})


async def take_out(work: Work, report_id: str) -> None:
    """Take out all invoices of a report, so that they may be handed in again."""
    rows = await work.session.scalars(
        select(AccountabilityInvoice).where(
            col(AccountabilityInvoice.report_id) == report_id,
            col(AccountabilityInvoice.taken_out_at).is_(None),
        )
    )
    for row in rows:
        row.taken_out_at = work.now
    await work.session.flush()


async def _fall_due(work: Work, tranche: Tranche) -> AccountabilityReport:
    last = await work.session.scalar(
        select(func.max(col(AccountabilityReport.number))).where(
            col(AccountabilityReport.tranche_id) == tranche.id
        )
    )
    due_on, reminders = await _term(work, tranche)
    report = AccountabilityReport(
        id=new_id("rep"),
        tranche_id=tranche.id,
        agreement_id=tranche.agreement_id,
        consortium_id=tranche.consortium_id,
        number=int(last or 0) + 1,
        due_on=due_on,
        remind_on=reminders,
    )
    work.session.add(report)
    work.record("report.fall_due", report.id, {"tranche": tranche.id, "due": due_on.isoformat()})
    return report


async def _term(work: Work, tranche: Tranche) -> tuple[date, list[date]]:
    """Counted from the day the tranche was paid, in working days (LPAG art. 145)."""
    decision = (
        await work.session.get(Decision, tranche.release_decision_id)
        if tranche.release_decision_id
        else None
    )
    terms = (decision.answer.get("terms") if decision else None) or FIRST_TERMS
    due_on = working_day(lima_date(tranche.confirmed_at or work.now), int(terms["report_days"]))
    return due_on, [working_day(due_on, -int(days)) for days in terms["reminder_days"]]


async def standing(session: AsyncSession, agreement_id: str) -> dict[str, Sequence[Any]]:
    """What the release policy must know of an agreement: its open reports and claims."""
    reports = await session.scalars(
        select(AccountabilityReport)
        .where(
            col(AccountabilityReport.agreement_id) == agreement_id,
            col(AccountabilityReport.state).in_(("due", "observed")),
        )
        .order_by(col(AccountabilityReport.id))
    )
    claims = await session.scalars(
        select(Claim)
        .where(col(Claim.agreement_id) == agreement_id, col(Claim.state).in_(OPEN_CLAIM))
        .order_by(col(Claim.id))
    )
    return {
        "reports": [{"id": row.id, "due_on": row.due_on.isoformat()} for row in reports],
        "claims": [
            {
                "id": row.id,
                "kind": row.kind,
                "due_on": row.due_on.isoformat() if row.due_on else None,
                "open_centimos": row.amount_centimos - row.received_centimos,
            }
            for row in claims
        ],
    }
