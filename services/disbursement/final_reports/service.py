"""Use cases of final reports, and what keeps an agreement from being closed."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlmodel import col

from services.disbursement import domain, obligations, pending
from services.disbursement.models import (
    AccountabilityReport,
    Agreement,
    Claim,
    FinalReport,
    Purchase,
    Tranche,
)
from services.kernel.db import AsyncSession
from services.kernel.errors import Conflict, FieldError
from services.kernel.ids import new_id
from services.kernel.rows import locked
from services.kernel.values import to_amount
from services.kernel.work import Work

ON_ITS_WAY: Final = frozenset({"released", "instructed", "confirmed"})
"""States of a tranche whose money is let go and not yet found in a statement."""
WAITING: Final = ("requested", "sent")


async def file(
    work: Work, *, agreement_id: str, results: str, spending: str, document_sha256: str
) -> FinalReport:
    """File the final report of an agreement in force; after an observation again.

    Raises Missing, disbursement.agreement_not_active and disbursement.final_report_filed.
    """
    agreement = await locked(work.session, Agreement, agreement_id)
    if agreement.state != "active":
        raise Conflict(
            "disbursement.agreement_not_active", "El convenio no está vigente; fírmenlo antes."
        )
    row = FinalReport(
        id=new_id("fin"),
        agreement_id=agreement.id,
        consortium_id=agreement.consortium_id,
        results=results,
        spending=spending,
        document_sha256=document_sha256,
        filed_by=work.actor.sub,
        filed_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    work.record("final_report.file", row.id, {"document_sha256": document_sha256})
    return row


async def approve(work: Work, *, report_id: str) -> FinalReport:
    """Approve the report, by another person than who filed it.

    Raises Missing, disbursement.final_report_judged and disbursement.same_person.
    """
    return await _judge(work, report_id, "approved", None)


async def observe(work: Work, *, report_id: str, reason: str) -> FinalReport:
    """Say what the report lacks; it may be filed again. Raises as `approve`."""
    return await _judge(work, report_id, "observed", reason)


async def _judge(work: Work, report_id: str, state: str, reason: str | None) -> FinalReport:
    row = await locked(work.session, FinalReport, report_id)
    if row.state != "filed":
        raise Conflict("disbursement.final_report_judged", "Este informe ya fue revisado.")
    domain.demand_other_person(work.actor.sub, row.filed_by, "presenta y aprueba")
    row.state, row.reason = state, reason
    row.judged_by, row.judged_at = work.actor.sub, work.now
    row.version += 1
    work.record("final_report.judge", row.id, {"to": state, "reason": reason})
    return row


async def missing(session: AsyncSession, agreement: Agreement) -> list[FieldError]:
    """All that keeps the agreement from being closed, in words; empty when nothing does."""
    query = select(Tranche).where(col(Tranche.agreement_id) == agreement.id)
    tranches = (await session.scalars(query.order_by(col(Tranche.id)))).all()
    found = [fault for one in tranches for fault in await _of_tranche(session, one)]
    found += await _of_papers(session, agreement)
    approved = await session.scalar(
        select(col(FinalReport.id)).where(
            col(FinalReport.agreement_id) == agreement.id, col(FinalReport.state) == "approved"
        )
    )
    if approved is None:
        found.append(_fault("final_report", "Falta el informe final aprobado por otra persona."))
    return found


async def demand_settled(work: Work, agreement: Agreement) -> None:
    """Raise disbursement.agreement_unsettled, with all that is missing, unless the agreement may be
    closed."""
    found = await missing(work.session, agreement)
    if found:
        raise Conflict(
            "disbursement.agreement_unsettled",
            " ".join(one.detail for one in found),
            errors=found,
        )


async def _of_tranche(session: AsyncSession, tranche: Tranche) -> list[FieldError]:
    name = f"{tranche.sequence} de {tranche.channel}"
    if tranche.state in ON_ITS_WAY:
        return [_fault("tranches", f"El desembolso {name} aún no está conciliado.")]
    if tranche.channel != "agroideas":
        return []  # a loan is repaid to the bank, by the terms of its own
    rest = await obligations.rest_of(session, tranche)
    if rest <= 0:
        return []
    return [_fault("tranches", f"Del desembolso {name} faltan rendir S/ {to_amount(rest)}.")]


async def _of_papers(session: AsyncSession, agreement: Agreement) -> list[FieldError]:
    found = []
    reports: Sequence[AccountabilityReport] = (
        await session.scalars(
            select(AccountabilityReport).where(
                col(AccountabilityReport.agreement_id) == agreement.id,
                col(AccountabilityReport.state).in_(obligations.OPEN_REPORT),
            )
        )
    ).all()
    found += [_fault("reports", f"La rendición {one.id} está sin decidir.") for one in reports]
    claims = await session.scalars(
        select(Claim).where(
            col(Claim.agreement_id) == agreement.id,
            col(Claim.state).in_(obligations.OPEN_CLAIM),
        )
    )
    found += [
        _fault("claims", f"Del cobro {one.id} faltan S/ {to_amount(_open_of(one))}.")
        for one in claims
    ]
    purchases = await session.scalars(
        select(Purchase).where(
            col(Purchase.agreement_id) == agreement.id, col(Purchase.state).in_(WAITING)
        )
    )
    found += [_fault("purchases", f"La compra {one.id} espera su respuesta.") for one in purchases]
    addendum = await pending.open_addendum(session, agreement.id)
    if addendum is not None:
        found.append(_fault("addenda", f"La adenda n.º {addendum.number} está en trámite."))
    return found


def _open_of(claim: Claim) -> int:
    return claim.amount_centimos - claim.received_centimos


def _fault(part: str, detail: str) -> FieldError:
    return FieldError(f"/{part}", "disbursement.agreement_unsettled", detail)
