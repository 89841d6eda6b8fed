"""Use cases of claims: what must be paid back of a tranche, notified, recovered or waived.

A refund asks for all that no report covers; an undue payment (pago indebido) for what a finding
names, or for what a false invoice had covered. What was accounted for is disallowed first
(accounted → grants); each receipt then moves paid → recoveries, once, on the bank's own line or on
a second person's word. Rows are locked in this order: tranche, claim, receipt.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import func, select
from sqlmodel import col

from services.disbursement import domain, ledger, loans, obligations
from services.disbursement.accountability.reports import conclude
from services.disbursement.events import ClaimRaised, ClaimRecovered, ClaimWaived
from services.disbursement.ledger import Move
from services.disbursement.models import (
    AccountabilityInvoice,
    AccountabilityReport,
    Claim,
    Receipt,
    StatementLine,
    Tranche,
)
from services.disbursement.tranches import locked_tranche
from services.kernel.auth import not_found
from services.kernel.clock import lima_date
from services.kernel.errors import Conflict, FieldError, Invalid
from services.kernel.ids import new_id
from services.kernel.rows import locked
from services.kernel.values import to_amount
from services.kernel.work import Work
from services.kernel.working_days import working_day

PAID = frozenset({"confirmed", "reconciled", "accounted"})


@dataclass(frozen=True, slots=True)
class Finding:
    """Why money must come back, and what shows it."""

    kind: Literal["refund", "undue"]
    ground: str
    evidence: str
    invoice_id: str | None = None


async def ask_refund(work: Work, *, tranche_id: str, reason: str, working_days: int) -> Claim:
    """Claim all that is neither accounted for nor claimed yet; due after so many working days.

    Raises disbursement.report_open while a report waits for a decision and
    disbursement.nothing_to_refund.
    """
    tranche = await _paid_tranche(work, tranche_id)
    if tranche.channel != "agroideas":
        raise Conflict("disbursement.loan_not_accounted", "Un crédito se devuelve, no se rinde.")
    report = await obligations.open_report(work.session, tranche.id)
    if report is not None and report.state != "due":
        raise Conflict("disbursement.report_open", "Hay una rendición sin decidir; decídala antes.")
    rest = await obligations.rest_of(work.session, tranche)
    if rest <= 0:
        raise Conflict(
            "disbursement.nothing_to_refund", "De este desembolso no queda nada por devolver."
        )
    claim = await _raise(work, tranche, Finding("refund", reason, reason), rest)
    await _notify(work, claim, working_days)
    await obligations.follow(work, tranche)
    return claim


async def find_undue(
    work: Work, *, tranche_id: str, amount_centimos: int, ground: str, evidence: str
) -> Claim:
    """Hold so much of a paid tranche for unduly paid. What of it was accounted for is disallowed.

    Raises disbursement.undue_too_much past what was paid and is not claimed or repaid yet.
    """
    tranche = await _paid_tranche(work, tranche_id)
    rest = await obligations.rest_of(work.session, tranche)
    most = rest + tranche.accounted_centimos
    if amount_centimos > most:
        raise Invalid(
            "disbursement.undue_too_much",
            f"De este desembolso se puede reclamar hasta S/ {to_amount(max(most, 0))}.",
        )
    disallowed = max(amount_centimos - max(rest, 0), 0)
    claim = await _raise(work, tranche, Finding("undue", ground, evidence), amount_centimos)
    if disallowed:
        await _disallow(work, tranche, disallowed, claim.id)
    await obligations.follow(work, tranche)
    return claim


async def find_false(work: Work, *, invoice_id: str, ground: str, evidence: str) -> Claim:
    """An accepted invoice turns out to be false: what it covered is disallowed and claimed.

    Raises disbursement.invoice_false (known already), disbursement.report_not_accepted (then the
    review says that it is not eligible), disbursement.nothing_to_refund and
    disbursement.same_person.
    """
    tranche_id = await work.session.scalar(
        select(col(AccountabilityReport.tranche_id))
        .join(
            AccountabilityInvoice,
            col(AccountabilityInvoice.report_id) == col(AccountabilityReport.id),
        )
        .where(col(AccountabilityInvoice.id) == invoice_id)
    )
    if tranche_id is None:
        raise not_found()
    tranche = await _paid_tranche(work, tranche_id)
    invoice = await locked(work.session, AccountabilityInvoice, invoice_id)
    report = await locked(work.session, AccountabilityReport, invoice.report_id)
    if report.state != "accepted":
        raise Conflict(
            "disbursement.report_not_accepted",
            "La rendición aún no está aceptada; declare no elegible el comprobante en la revisión.",
        )
    if invoice.false_at is not None:
        raise Conflict("disbursement.invoice_false", "Ese comprobante ya consta como falso.")
    domain.demand_other_person(work.actor.sub, invoice.filed_by, "presenta y observa")
    covered = invoice.eligible_centimos or 0
    if covered == 0:
        raise Conflict(
            "disbursement.nothing_to_refund", "Ese comprobante no cubrió ningún gasto elegible."
        )
    if covered > tranche.accounted_centimos:
        raise Conflict(
            "disbursement.undue_claimed", "Lo que cubrió ese comprobante ya fue reclamado."
        )
    invoice.false_by, invoice.false_at = work.actor.sub, work.now
    invoice.false_evidence = evidence
    claim = await _raise(work, tranche, Finding("undue", ground, evidence, invoice.id), covered)
    await _disallow(work, tranche, covered, invoice.id)
    work.record("invoice.false", invoice.id, {"claim": claim.id, "amount": covered})
    await obligations.follow(work, tranche)
    return claim


async def notify(work: Work, *, claim_id: str, working_days: int) -> Claim:
    """Tell the consortium of an undue payment; due after so many working days."""
    _, claim = await _locked(work, claim_id)
    if claim.state != "found":
        raise Conflict("disbursement.claim_notified", "Este reclamo ya fue notificado o terminó.")
    await _notify(work, claim, working_days)
    return claim


async def receive(
    work: Work,
    *,
    claim_id: str,
    amount_centimos: int,
    bank_reference: str,
    received_on: date,
    line_id: str | None,
) -> Receipt:
    """Record money that came back on a notified claim, in one or several receipts.

    With the id of a return line of the programme's statement it is booked at once; else another
    person confirms it. Raises disbursement.claim_not_notified, disbursement.received_too_much,
    disbursement.line_not_found, disbursement.receipt_known, disbursement.receipt_in_future.
    """
    tranche, claim = await _locked(work, claim_id)
    if claim.state != "notified":
        raise Conflict("disbursement.claim_not_notified", "El reclamo no está por cobrar.")
    if received_on > lima_date(work.now):
        raise _field("/received_on", "receipt_in_future", "La fecha aún no llega.")
    waiting = await _waiting(work, claim.id)
    left = claim.amount_centimos - claim.received_centimos - waiting
    if amount_centimos > left:
        raise Invalid(
            "disbursement.received_too_much",
            f"De este reclamo queda por recibir S/ {to_amount(left)}; corrija el monto.",
        )
    if line_id is not None:
        await _demand_line(work, tranche.channel, line_id, amount_centimos)
    receipt = Receipt(
        id=new_id("rcp"),
        claim_id=claim.id,
        amount_centimos=amount_centimos,
        bank_reference=bank_reference,
        received_on=received_on,
        channel=tranche.channel if line_id else None,
        line_id=line_id,
        recorded_by=work.actor.sub,
        recorded_at=work.now,
    )
    work.session.add(receipt)
    work.record("receipt.record", receipt.id, {"claim": claim.id, "amount": amount_centimos})
    await work.session.flush()
    if line_id is not None:
        await _book(work, tranche, claim, receipt)
    return receipt


async def confirm(work: Work, *, receipt_id: str) -> Receipt:
    """Confirm, by another person, that the money is in the account; it is booked once.

    Raises disbursement.receipt_booked and disbursement.same_person.
    """
    claim_id = await work.session.scalar(
        select(col(Receipt.claim_id)).where(col(Receipt.id) == receipt_id)
    )
    if claim_id is None:
        raise not_found()
    tranche, claim = await _locked(work, claim_id)
    receipt = await locked(work.session, Receipt, receipt_id)
    if receipt.transfer_id is not None:
        raise Conflict("disbursement.receipt_booked", "Ese ingreso ya está contabilizado.")
    domain.demand_other_person(work.actor.sub, receipt.recorded_by, "registra y confirma")
    receipt.confirmed_by, receipt.confirmed_at = work.actor.sub, work.now
    await _book(work, tranche, claim, receipt)
    return receipt


async def ask_waiver(work: Work, *, claim_id: str, reason: str) -> Claim:
    """Propose to give up what is still open of a claim; another person decides."""
    _, claim = await _locked(work, claim_id)
    _demand_open(claim)
    claim.waiver_asked_by, claim.waiver_reason = work.actor.sub, reason
    claim.version += 1
    work.record("claim.ask_waiver", claim.id, {"reason": reason})
    return claim


async def waive(work: Work, *, claim_id: str) -> Claim:
    """Give up what is open of a claim: never who proposed it, nor who found it.

    Raises disbursement.waiver_not_asked, disbursement.receipt_waiting, disbursement.same_person.
    """
    _, claim = await _locked(work, claim_id)
    _demand_open(claim)
    if claim.waiver_asked_by is None:
        raise Conflict("disbursement.waiver_not_asked", "Nadie propuso condonar este reclamo.")
    domain.demand_other_person(work.actor.sub, claim.waiver_asked_by, "propone y condona")
    domain.demand_other_person(work.actor.sub, claim.found_by, "reclama y condona")
    if await _waiting(work, claim.id):
        raise Conflict(
            "disbursement.receipt_waiting", "Hay un ingreso por confirmar; confírmelo antes."
        )
    claim.state, claim.waived_by, claim.waived_at = "waived", work.actor.sub, work.now
    claim.version += 1
    waived = claim.amount_centimos - claim.received_centimos
    work.record("claim.waive", claim.id, {"to": "waived", "amount": waived})
    work.publish(ClaimWaived(**_event_of(claim), waived_centimos=waived), version=claim.version)
    return claim


async def _paid_tranche(work: Work, tranche_id: str) -> Tranche:
    tranche = await locked_tranche(work, tranche_id)
    if tranche.state not in PAID:
        raise Conflict("disbursement.not_paid", "Este desembolso no está pagado.")
    return tranche


async def _locked(work: Work, claim_id: str) -> tuple[Tranche, Claim]:
    tranche_id = await work.session.scalar(
        select(col(Claim.tranche_id)).where(col(Claim.id) == claim_id)
    )
    if tranche_id is None:
        raise not_found()
    tranche = await locked_tranche(work, tranche_id)
    return tranche, await locked(work.session, Claim, claim_id)


async def _raise(work: Work, tranche: Tranche, finding: Finding, amount_centimos: int) -> Claim:
    claim = Claim(
        id=new_id("clm"),
        kind=finding.kind,
        tranche_id=tranche.id,
        agreement_id=tranche.agreement_id,
        consortium_id=tranche.consortium_id,
        invoice_id=finding.invoice_id,
        amount_centimos=amount_centimos,
        ground=finding.ground,
        evidence=finding.evidence,
        state="found",
        found_by=work.actor.sub,
        found_at=work.now,
    )
    work.session.add(claim)
    work.record("claim.raise", claim.id, {"kind": claim.kind, "amount": amount_centimos})
    work.publish(ClaimRaised(**_event_of(claim), ground=claim.ground), version=claim.version)
    return claim


async def _disallow(work: Work, tranche: Tranche, amount_centimos: int, reference: str) -> None:
    """Take back what was accounted for: accounted → grants; the tranche is not accounted then."""
    move = Move(
        "disallow",
        ledger.accounted(tranche.consortium_id),
        ledger.paid(tranche.channel, tranche.consortium_id),
        amount_centimos,
        reference,
    )
    await ledger.post(work, [move], call_id=tranche.call_id, agreement_id=tranche.agreement_id)
    tranche.accounted_centimos -= amount_centimos
    tranche.version += 1
    if tranche.state == "accounted":
        tranche.state = domain.move(
            domain.TRANCHE_MOVES, "El desembolso", tranche.state, "reconciled"
        )
    work.record("tranche.disallow", tranche.id, {"amount": amount_centimos, "to": tranche.state})


async def _notify(work: Work, claim: Claim, working_days: int) -> None:
    claim.state = "notified"
    claim.notified_by, claim.notified_at = work.actor.sub, work.now
    claim.due_on = working_day(lima_date(work.now), working_days)
    claim.version += 1
    work.record("claim.notify", claim.id, {"to": "notified", "due": claim.due_on.isoformat()})


async def _waiting(work: Work, claim_id: str) -> int:
    """What was recorded on a claim and nobody confirmed yet, in céntimos."""
    query = select(func.sum(col(Receipt.amount_centimos))).where(
        col(Receipt.claim_id) == claim_id, col(Receipt.transfer_id).is_(None)
    )
    return int(await work.session.scalar(query) or 0)


async def _demand_line(work: Work, channel: str, line_id: str, amount_centimos: int) -> None:
    """A return line of the programme's statement, of this amount, that no instruction explains."""
    line = await work.session.get(StatementLine, (channel, line_id), with_for_update=True)
    if (
        line is None
        or (line.kind, line.amount_centimos) != ("return", amount_centimos)
        or line.instruction_id is not None
    ):
        raise _field(
            "/line_id",
            "line_not_found",
            "No hay una línea de devolución sin explicar con ese número y monto.",
        )


async def _book(work: Work, tranche: Tranche, claim: Claim, receipt: Receipt) -> None:
    move = Move(
        "recover",
        ledger.paid(tranche.channel, tranche.consortium_id),
        ledger.recoveries(tranche.channel),
        receipt.amount_centimos,
        receipt.id,
    )
    (receipt.transfer_id,) = await ledger.post(
        work, [move], call_id=tranche.call_id, agreement_id=tranche.agreement_id
    )
    await loans.reduce(work, tranche, receipt.amount_centimos, "claim")
    tranche.recovered_centimos += receipt.amount_centimos
    tranche.version += 1
    claim.received_centimos += receipt.amount_centimos
    claim.version += 1
    work.record("receipt.book", receipt.id, {"claim": claim.id, "amount": receipt.amount_centimos})
    if claim.received_centimos == claim.amount_centimos:
        claim.state = "recovered"
        work.publish(ClaimRecovered(**_event_of(claim)), version=claim.version)
    await work.session.flush()
    await conclude(work, tranche)


def _demand_open(claim: Claim) -> None:
    if claim.state not in obligations.OPEN_CLAIM:
        raise Conflict("disbursement.claim_closed", "Este reclamo ya terminó.")


def _field(pointer: str, code: str, detail: str) -> Invalid:
    name = f"disbursement.{code}"
    return Invalid(name, detail, errors=[FieldError(pointer, name, detail)])


def _event_of(claim: Claim) -> dict[str, Any]:
    return {
        "claim_id": claim.id,
        "tranche_id": claim.tranche_id,
        "agreement_id": claim.agreement_id,
        "kind": claim.kind,
        "amount_centimos": claim.amount_centimos,
    }
