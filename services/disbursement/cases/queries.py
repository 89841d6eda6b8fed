"""Reads of reconciliation cases: filtered, with their steps, and what a line may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, or_, select, text
from sqlmodel import col

from services.disbursement.models import CaseStep, ReconciliationCase, StatementLine
from services.kernel.clock import lima_date, now
from services.kernel.db import AsyncSession
from services.kernel.rows import found

STATEMENT: Final = "statement:"
"""How the source of a case begins that a statement's line opened; the line's id follows."""

_CANDIDATES: Final = text("""
SELECT i.id, i.reference, i.tranche_id, i.state, i.beneficiary_name, i.amount_centimos,
    t.business_date AS instructed_on
FROM instruction i JOIN transfer t ON t.id = i.instruct_transfer_id
WHERE i.channel = :channel AND i.amount_centimos = :centimos AND t.business_date <= :day
    AND i.state IN ('sent', 'acknowledged', 'unknown', 'settled')
    AND NOT EXISTS (SELECT FROM statement_line s WHERE s.instruction_id = i.id AND s.kind = :kind)
ORDER BY t.business_date DESC, i.id LIMIT 5
""")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An instruction that a line may be of: same channel and amount, instructed by the line's day
    and without such a line; the nearest in time first. A person compares the beneficiary."""

    instruction_id: str
    reference: str
    tranche_id: str
    state: str
    beneficiary_name: str
    amount_centimos: int
    instructed_on: date


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case, its steps in order, and, while an unknown line is open, what it may be."""

    case: ReconciliationCase
    steps: Sequence[CaseStep]
    candidates: Sequence[Candidate]


def cases(
    *,
    channel: str | None,
    state: str | None,
    kind: str | None,
    owner: str | None,
    overdue: bool | None,
) -> Select[ReconciliationCase]:
    """Cases, filtered; an owner is a person or a role; overdue ones are open past their day."""
    query = select(ReconciliationCase)
    for column, value in (
        (col(ReconciliationCase.channel), channel),
        (col(ReconciliationCase.state), state),
        (col(ReconciliationCase.kind), kind),
    ):
        query = query if value is None else query.where(column == value)
    if owner is not None:
        by_role = col(ReconciliationCase.owner_role) == owner
        query = query.where(or_(col(ReconciliationCase.owner) == owner, by_role))
    if overdue is not None:
        late = (col(ReconciliationCase.state) == "open") & (
            col(ReconciliationCase.due_on) < lima_date(now())
        )
        query = query.where(late if overdue else ~late)
    return query


async def view(session: AsyncSession, case_id: str) -> CaseView:
    """A case whole; raises Missing."""
    case = await found(session, ReconciliationCase, case_id)
    query = select(CaseStep).where(col(CaseStep.case_id) == case_id).order_by(col(CaseStep.id))
    steps = (await session.scalars(query)).all()
    return CaseView(case, steps, await _candidates(session, case))


async def line_of(
    session: AsyncSession, case: ReconciliationCase, **lock: Any
) -> StatementLine | None:
    """The statement's line that opened the case, if one did."""
    if not case.source.startswith(STATEMENT):
        return None
    key = (case.channel, case.source.removeprefix(STATEMENT))
    return await session.get(StatementLine, key, **lock)


async def _candidates(session: AsyncSession, case: ReconciliationCase) -> Sequence[Candidate]:
    line = await line_of(session, case) if case.kind == "unknown_reference" else None
    if line is None or line.kind == "repayment" or case.state != "open":
        return ()
    asked = {
        "channel": line.channel,
        "centimos": line.amount_centimos,
        "day": line.business_date,
        "kind": line.kind,
    }
    rows = await session.execute(_CANDIDATES, asked)
    return [
        Candidate(
            instruction_id=row.id,
            reference=row.reference,
            tranche_id=row.tranche_id,
            state=row.state,
            beneficiary_name=row.beneficiary_name,
            amount_centimos=int(row.amount_centimos),
            instructed_on=row.instructed_on,
        )
        for row in rows
    ]
