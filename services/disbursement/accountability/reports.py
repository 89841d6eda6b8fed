"""Use cases of accountability reports (rendiciones): filed, observed, reviewed, accepted.

The consortium files; an operator or the secretariat says of each invoice how much of it is
eligible and why; another person accepts, and only then the eligible sum is accounted for in the
ledger, once a report. Rows are locked in this order: tranche, report, invoices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from services.disbursement import domain, ledger, obligations
from services.disbursement.accountability.invoices import Voucher, demand_sound, demand_unused
from services.disbursement.events import (
    ReportAccepted,
    ReportFiled,
    ReportObserved,
    TrancheAccounted,
)
from services.disbursement.ledger import Move
from services.disbursement.models import (
    AccountabilityInvoice,
    AccountabilityReport,
    Agreement,
    Tranche,
)
from services.disbursement.tranches import event_of, locked_tranche
from services.kernel.auth import not_found
from services.kernel.clock import lima_date
from services.kernel.errors import Conflict, Invalid
from services.kernel.ids import new_id
from services.kernel.rows import found, locked
from services.kernel.values import to_amount
from services.kernel.work import Work
from services.kernel.working_days import working_day


@dataclass(frozen=True, slots=True)
class Judgement:
    """How much of an invoice is eligible, and why."""

    eligible_centimos: int
    reason: str


async def file(work: Work, *, tranche_id: str, vouchers: Sequence[Voucher]) -> AccountabilityReport:
    """Hand in the report that is due on a tranche, or its correction: the list replaces the former.

    Raises disbursement.loan_not_accounted, disbursement.not_paid, disbursement.nothing_to_account,
    disbursement.report_under_review, disbursement.invoice_invalid (with the fields) and
    disbursement.invoice_used.
    """
    tranche = await locked_tranche(work, tranche_id)
    _demand_paid_grant(tranche)
    await obligations.follow(work, tranche)
    await work.session.flush()
    report = await obligations.open_report(work.session, tranche.id)
    if report is None:
        raise Conflict(
            "disbursement.nothing_to_account", "De este desembolso no queda nada por rendir."
        )
    if report.state == "filed":
        raise Conflict(
            "disbursement.report_under_review",
            "La rendición ya está presentada; se corrige cuando la observen.",
        )
    agreement = await found(work.session, Agreement, tranche.agreement_id)
    demand_sound(vouchers, agreement, lima_date(work.now))
    await obligations.take_out(work, report.id)
    await demand_unused(work, tranche, vouchers)
    for voucher in vouchers:
        work.session.add(
            AccountabilityInvoice(
                id=new_id("inv"),
                report_id=report.id,
                filed_by=work.actor.sub,
                kind=voucher.kind,
                series=voucher.series,
                number=voucher.number,
                issuer_ruc=voucher.issuer_ruc,
                issued_on=voucher.issued_on,
                amount_centimos=voucher.amount_centimos,
                concept=voucher.concept,
                budget_line_no=voucher.budget_line_no,
            )
        )
    report.state = "filed"
    report.filed_by, report.filed_at = work.actor.sub, work.now
    report.observed_by = report.reviewed_by = report.reviewed_at = None
    report.version += 1
    work.record("report.file", report.id, {"to": "filed", "invoices": len(vouchers)})
    work.publish(ReportFiled(**_event_of(report), invoices=len(vouchers)), version=report.version)
    return report


async def observe(
    work: Work, *, report_id: str, reason: str, working_days: int
) -> AccountabilityReport:
    """Send a filed report back for correction, by a day that is never before the first term."""
    _, report = await _locked(work, report_id)
    _demand_filed(report)
    domain.demand_other_person(work.actor.sub, report.filed_by, "presenta y observa")
    report.state = "observed"
    report.observed_by, report.observation = work.actor.sub, reason
    report.due_on = max(report.due_on, working_day(lima_date(work.now), working_days))
    report.version += 1
    work.record("report.observe", report.id, {"to": "observed", "reason": reason})
    work.publish(
        ReportObserved(**_event_of(report), reason=reason, due_on=report.due_on),
        version=report.version,
    )
    return report


async def review(
    work: Work, *, report_id: str, judgements: Mapping[str, Judgement]
) -> AccountabilityReport:
    """Say of every invoice of a filed report how much is eligible and why; again at will until it
    is accepted.

    Raises disbursement.review_incomplete unless each invoice is judged once,
    disbursement.eligible_too_much and disbursement.accounted_too_much with both sums.
    """
    tranche, report = await _locked(work, report_id)
    _demand_filed(report)
    domain.demand_other_person(work.actor.sub, report.filed_by, "presenta y revisa")
    invoices = await _invoices(work, report.id)
    if {invoice.id for invoice in invoices} != set(judgements):
        raise Invalid(
            "disbursement.review_incomplete",
            "La revisión decide cada comprobante de la rendición, y ningún otro.",
        )
    for invoice in invoices:
        judgement = judgements[invoice.id]
        if judgement.eligible_centimos > invoice.amount_centimos:
            raise Invalid(
                "disbursement.eligible_too_much",
                f"El comprobante {invoice.series}-{invoice.number} es de"
                f" S/ {to_amount(invoice.amount_centimos)}; lo elegible no puede ser más.",
            )
        invoice.eligible_centimos = judgement.eligible_centimos
        invoice.decided_by, invoice.decision_reason = work.actor.sub, judgement.reason
    eligible = _eligible(invoices)
    await _demand_within(work, tranche, eligible)
    report.reviewed_by, report.reviewed_at = work.actor.sub, work.now
    report.version += 1
    work.record(
        "report.review",
        report.id,
        {
            "eligible": eligible,
            "invoices": {item.id: item.eligible_centimos for item in invoices},
        },
    )
    return report


async def accept(work: Work, *, report_id: str, amount_centimos: int) -> AccountabilityReport:
    """Accept a reviewed report, for exactly its eligible sum: grants → accounted, once.

    Raises disbursement.report_not_reviewed, disbursement.amount_differs and
    disbursement.same_person.
    """
    tranche, report = await _locked(work, report_id)
    await _accept(work, tranche, report, amount_centimos)
    return report


async def accept_of_tranche(work: Work, *, tranche_id: str, amount_centimos: int) -> Tranche:
    """The same, by the tranche whose report waits."""
    tranche = await locked_tranche(work, tranche_id)
    _demand_paid_grant(tranche)
    report = await obligations.open_report(work.session, tranche.id)
    if report is None:
        raise Conflict("disbursement.report_missing", "Este desembolso no tiene rendición abierta.")
    await _accept(work, tranche, report, amount_centimos)
    return tranche


async def _accept(
    work: Work, tranche: Tranche, report: AccountabilityReport, amount_centimos: int
) -> None:
    _demand_filed(report)
    if report.reviewed_by is None:
        raise Conflict("disbursement.report_not_reviewed", "Falta revisar los comprobantes.")
    domain.demand_other_person(work.actor.sub, report.filed_by, "presenta y acepta")
    domain.demand_other_person(work.actor.sub, report.reviewed_by, "revisa y acepta")
    eligible = _eligible(await _invoices(work, report.id))
    if eligible != amount_centimos:
        raise Invalid(
            "disbursement.amount_differs",
            f"La revisión suma S/ {to_amount(eligible)} elegibles y se acepta"
            f" S/ {to_amount(amount_centimos)}; deben coincidir.",
        )
    await _demand_within(work, tranche, eligible)
    if eligible:
        report.transfer_id = await account(work, tranche, eligible, report.id)
    report.state, report.accepted_centimos = "accepted", eligible
    report.accepted_by, report.accepted_at = work.actor.sub, work.now
    report.version += 1
    work.record("report.accept", report.id, {"to": "accepted", "amount": eligible})
    work.publish(
        ReportAccepted(**_event_of(report), accepted_centimos=eligible), version=report.version
    )
    await obligations.follow(work, tranche)


async def account(work: Work, tranche: Tranche, amount_centimos: int, reference: str) -> str:
    """Move what was eligible from grants to accounted; returns the transfer's id. A reference is
    booked once: a second time breaks `uq_transfer_once`."""
    move = Move(
        "account",
        ledger.paid(tranche.channel, tranche.consortium_id),
        ledger.accounted(tranche.consortium_id),
        amount_centimos,
        reference,
    )
    (transfer_id,) = await ledger.post(
        work, [move], call_id=tranche.call_id, agreement_id=tranche.agreement_id
    )
    tranche.accounted_centimos += amount_centimos
    tranche.version += 1
    await conclude(work, tranche)
    work.publish(
        TrancheAccounted(**event_of(tranche), accounted_centimos=tranche.accounted_centimos),
        version=tranche.version,
    )
    return transfer_id


async def conclude(work: Work, tranche: Tranche) -> None:
    """A reconciled grant ends accounted once accounted + recovered = paid."""
    if tranche.state == "reconciled" and await obligations.is_accounted(work, tranche):
        tranche.state = domain.move(
            domain.TRANCHE_MOVES, "El desembolso", tranche.state, "accounted"
        )
        work.record("tranche.account", tranche.id, {"to": "accounted"})


async def _locked(work: Work, report_id: str) -> tuple[Tranche, AccountabilityReport]:
    tranche_id = await work.session.scalar(
        select(col(AccountabilityReport.tranche_id)).where(
            col(AccountabilityReport.id) == report_id
        )
    )
    if tranche_id is None:
        raise not_found()
    tranche = await locked_tranche(work, tranche_id)
    return tranche, await locked(work.session, AccountabilityReport, report_id)


async def _invoices(work: Work, report_id: str) -> list[AccountabilityInvoice]:
    """The report's invoices as they stand, locked."""
    rows = await work.session.scalars(
        select(AccountabilityInvoice)
        .where(
            col(AccountabilityInvoice.report_id) == report_id,
            col(AccountabilityInvoice.taken_out_at).is_(None),
        )
        .order_by(col(AccountabilityInvoice.id))
        .with_for_update()
    )
    return list(rows)


def _eligible(invoices: Sequence[AccountabilityInvoice]) -> int:
    return sum(invoice.eligible_centimos or 0 for invoice in invoices)


async def _demand_within(work: Work, tranche: Tranche, eligible: int) -> None:
    rest = await obligations.rest_of(work.session, tranche)
    if eligible > rest:
        raise Invalid(
            "disbursement.accounted_too_much",
            f"Lo elegible suma S/ {to_amount(eligible)} y del desembolso quedan por rendir"
            f" S/ {to_amount(max(rest, 0))}; corrija.",
        )


def _demand_paid_grant(tranche: Tranche) -> None:
    if tranche.channel != "agroideas":
        raise Conflict("disbursement.loan_not_accounted", "Un crédito se devuelve, no se rinde.")
    if tranche.state not in {"confirmed", "reconciled", "accounted"}:
        raise Conflict("disbursement.not_paid", "Este desembolso no está pagado.")


def _demand_filed(report: AccountabilityReport) -> None:
    if report.state != "filed":
        raise Conflict(
            "disbursement.report_not_filed",
            f"La rendición está en «{report.state}»; debe estar presentada.",
        )


def _event_of(report: AccountabilityReport) -> dict[str, str]:
    return {
        "report_id": report.id,
        "tranche_id": report.tranche_id,
        "agreement_id": report.agreement_id,
    }
