"""Work on reconciliation cases: given to a person, commented, matched by two people, resolved."""

from sqlalchemy import func, select
from sqlmodel import col

from services.disbursement import domain, loans, reconciliation, repayments
from services.disbursement.cases import queries
from services.disbursement.events import CaseResolved
from services.disbursement.models import (
    CaseStep,
    Instruction,
    Loan,
    Receipt,
    ReconciliationCase,
    StatementLine,
)
from services.disbursement.tranches import locked_tranche
from services.kernel.errors import Conflict, Denied, FieldError, Invalid
from services.kernel.ids import new_id
from services.kernel.rows import found, locked
from services.kernel.work import Work


async def assign(work: Work, *, case_id: str, owner: str) -> ReconciliationCase:
    """Give the case to a person. Raises Missing, disbursement.case_resolved."""
    case = await _open(work, case_id)
    case.owner = owner
    _step(work, case, "assign", owner)
    return case


async def comment(work: Work, *, case_id: str, text: str) -> ReconciliationCase:
    """Add what a person found out. Raises Missing, disbursement.case_resolved."""
    case = await _open(work, case_id)
    _step(work, case, "comment", text)
    return case


async def propose(
    work: Work, *, case_id: str, instruction_id: str, reason: str
) -> ReconciliationCase:
    """Say which instruction a line of unknown reference pays or returns; nothing moves until
    another person resolves the case as matched. A later proposal takes the place of the former.

    Raises Missing, disbursement.case_resolved, .not_the_owner, .not_matchable and .match_differs.
    """
    case = await _open(work, case_id)
    _demand_owner(work, case)
    line = await _loose_line(work, case)
    instruction = await found(work.session, Instruction, instruction_id)
    if (instruction.channel, instruction.amount_centimos) != (line.channel, line.amount_centimos):
        raise Invalid(
            "disbursement.match_differs",
            "La instrucción no es de ese canal o de ese monto; elija una que coincida al céntimo.",
            errors=[FieldError("/instruction_id", "match_differs", "Otro canal u otro monto.")],
        )
    case.proposed_instruction_id, case.proposed_loan_id = instruction.id, None
    case.proposed_by, case.proposed_at = work.actor.sub, work.now
    _step(work, case, "propose", f"{instruction.id}: {reason}")
    return case


async def propose_loan(
    work: Work, *, case_id: str, loan_id: str, reason: str
) -> ReconciliationCase:
    """Say which loan a repayment of unknown reference is of; nothing moves until another person
    resolves the case as matched.

    Raises Missing, disbursement.case_resolved, .not_the_owner and .not_matchable.
    """
    case = await _open(work, case_id)
    _demand_owner(work, case)
    await _loose_line(work, case, repaid=True)
    loan = await found(work.session, Loan, loan_id)
    case.proposed_instruction_id, case.proposed_loan_id = None, loan.id
    case.proposed_by, case.proposed_at = work.actor.sub, work.now
    _step(work, case, "propose", f"{loan.id}: {reason}")
    return case


async def resolve(work: Work, *, case_id: str, resolution: str, reason: str) -> ReconciliationCase:
    """Say how the difference ended, and why. `matched` makes the proposed match: the line settles
    or returns its instruction as if it had named it; by another person than who proposed.

    Raises Missing, disbursement.case_resolved, .not_the_owner, .same_person, .nothing_proposed,
    .not_matchable, .match_refused and .line_missing.
    """
    channel = (await found(work.session, ReconciliationCase, case_id)).channel
    await reconciliation.one_at_a_time(work, channel)
    case = await _open(work, case_id)
    if resolution == "matched":
        await _match(work, case)
    else:
        _demand_owner(work, case)
        if resolution == "line_arrived":
            await _demand_line(work, case)
    case.state, case.resolution, case.reason = "resolved", resolution, reason
    case.resolved_by, case.resolved_at = work.actor.sub, work.now
    _step(work, case, "resolve", f"{resolution}: {reason}")
    work.publish(
        CaseResolved(case_id=case.id, channel=case.channel, kind=case.kind, resolution=resolution),
        version=case.version,
    )
    return case


async def _match(work: Work, case: ReconciliationCase) -> None:
    if case.proposed_by is None:
        raise Conflict(
            "disbursement.nothing_proposed",
            "Proponga antes a qué instrucción o crédito corresponde la línea.",
        )
    domain.demand_other_person(work.actor.sub, case.proposed_by, "propone y confirma")
    if case.proposed_loan_id is not None:
        await _match_loan(work, case, case.proposed_loan_id)
        return
    instruction = await found(work.session, Instruction, str(case.proposed_instruction_id))
    await locked_tranche(work, instruction.tranche_id)  # before the line, as receipts do
    line = await _loose_line(work, case)
    if not await reconciliation.match_line(work, line, instruction.reference):
        raise _refused()


async def _match_loan(work: Work, case: ReconciliationCase, loan_id: str) -> None:
    loan = await found(work.session, Loan, loan_id)
    for tranche_id in sorted(await loans.tranches_of(work, [loan.reference])):
        await locked_tranche(work, tranche_id)  # before the line and the loan's parts
    line = await _loose_line(work, case, repaid=True)
    if not await repayments.match_line(work, line, loan.reference):
        raise _refused()


def _refused() -> Conflict:
    return Conflict(
        "disbursement.match_refused",
        "Los libros contradicen esa correspondencia (ya tiene su línea, terminó de otro modo o"
        " se usó lo pagado); nada se movió. Proponga otra o resuelva el caso de otro modo.",
    )


async def _loose_line(
    work: Work, case: ReconciliationCase, *, repaid: bool = False
) -> StatementLine:
    """The case's line, locked: of unknown reference, and explained by nothing else yet; a
    repayment, or a line of a payment of ours."""
    line = None
    if case.kind == "unknown_reference":
        line = await queries.line_of(work.session, case, with_for_update=True)
    if line is not None and line.instruction_id is None and (line.kind == "repayment") == repaid:
        booked = await work.session.scalar(
            select(func.count())
            .select_from(Receipt)
            .where(col(Receipt.channel) == line.channel, col(Receipt.line_id) == line.line_id)
        )
        if not booked:
            return line
    raise Conflict(
        "disbursement.not_matchable",
        "Solo se empareja una línea del estado de cuenta con referencia desconocida que nada"
        " explique aún.",
    )


async def _demand_line(work: Work, case: ReconciliationCase) -> None:
    arrived = case.kind == "missing_line" and await work.session.scalar(
        select(col(Instruction.reconciled_at)).where(col(Instruction.reference) == case.reference)
    )
    if not arrived:
        raise Conflict(
            "disbursement.line_missing",
            "La línea que faltaba no ha llegado; el caso sigue abierto.",
        )


async def _open(work: Work, case_id: str) -> ReconciliationCase:
    case = await locked(work.session, ReconciliationCase, case_id)
    await work.session.refresh(case)
    if case.state != "open":
        raise Conflict("disbursement.case_resolved", "Este caso ya está resuelto.")
    return case


def _demand_owner(work: Work, case: ReconciliationCase) -> None:
    if case.owner is not None and case.owner != work.actor.sub:
        raise Denied(
            "disbursement.not_the_owner",
            "El caso está a cargo de otra persona; pídale que lo atienda o reasígnelo.",
        )


def _step(work: Work, case: ReconciliationCase, action: str, text: str) -> None:
    case.version += 1
    work.session.add(
        CaseStep(
            id=new_id("stp"),
            case_id=case.id,
            action=action,
            text=text,
            actor=work.actor.sub,
            at=work.now,
        )
    )
    work.record(f"case.{action}", case.id, {"text": text})
