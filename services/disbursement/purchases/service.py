"""Use cases of purchases: requested with quotations, sent by another person, answered once by the
programme, corrected by a request of its own.

The programme's word comes by a signed message, through our API or when it is asked; whichever comes
first counts, the same again changes nothing, and another one is a case for a person.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.disbursement import domain, holds
from services.disbursement.case_opening import open_case
from services.disbursement.channels.no_objections import Answer, Question
from services.disbursement.events import PurchaseAnswered, PurchaseRequested, PurchaseSent
from services.disbursement.inbound_tables import InboundMessage
from services.disbursement.models import Agreement, PartnerMessage, Purchase
from services.disbursement.purchases import rules
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.rows import found, locked
from services.kernel.work import Work

Verdict = Literal["applied", "repeated", "case", "refused"]
PURCHASE_MOVES: Final = {
    "requested": frozenset({"sent", "withdrawn"}),
    "sent": frozenset({"granted", "observed", "denied", "withdrawn"}),
    "granted": frozenset[str](),
    "observed": frozenset[str](),
    "denied": frozenset[str](),
    "withdrawn": frozenset[str](),
}
COUNTED: Final = ("requested", "sent", "granted")
"""States in which a purchase takes its part of the budget line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A purchase as the consortium asks for it."""

    budget_line: int
    description: str
    supplier_ruc: str
    quotations: Sequence[rules.Quotation]
    choice_reason: str | None
    corrects: str | None


async def request(work: Work, *, agreement_id: str, wanted: Wanted) -> Purchase:
    """Ask for the no-objection to a purchase of an active agreement; one that was observed is asked
    for again by a request that corrects it.

    Raises Missing, disbursement.agreement_not_active, disbursement.quotations_off,
    disbursement.budget_line_unknown, disbursement.budget_line_exceeded and
    disbursement.not_observed.
    """
    agreement = await locked(work.session, Agreement, agreement_id)
    if agreement.state != "active":
        raise Conflict(
            "disbursement.agreement_not_active", "El convenio no está vigente; fírmenlo antes."
        )
    quotation = rules.chosen(wanted.quotations, wanted.supplier_ruc, wanted.choice_reason)
    if wanted.corrects is not None:
        await _demand_observed(work, agreement, wanted.corrects)
    asked = await work.session.scalar(
        select(func.sum(col(Purchase.amount_centimos))).where(
            col(Purchase.agreement_id) == agreement.id,
            col(Purchase.budget_line) == wanted.budget_line,
            col(Purchase.state).in_(COUNTED),
        )
    )
    amount = quotation.amount_centimos
    rules.demand_in_line(agreement.plan, wanted.budget_line, amount, int(asked or 0))
    purchase_id = new_id("pur")
    row = Purchase(
        id=purchase_id,
        agreement_id=agreement.id,
        application_id=agreement.application_id,
        consortium_id=agreement.consortium_id,
        reference=purchase_id.removeprefix("pur_"),
        corrects=wanted.corrects,
        budget_line=wanted.budget_line,
        description=wanted.description,
        supplier_ruc=quotation.supplier_ruc,
        supplier_name=quotation.supplier_name,
        amount_centimos=amount,
        quotations=[one.stored() for one in wanted.quotations],
        choice_reason=wanted.choice_reason,
        requested_by=work.actor.sub,
        requested_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    work.record("purchase.request", row.id, {"amount": amount, "supplier": row.supplier_ruc})
    work.publish(PurchaseRequested(**_named(row), amount_centimos=amount), version=row.version)
    return row


async def withdraw(work: Work, *, purchase_id: str) -> Purchase:
    """Take a purchase back that has no answer; again is as it is. Raises Missing and
    disbursement.illegal_transition."""
    row = await locked(work.session, Purchase, purchase_id)
    if row.state != "withdrawn":
        _move(work, row, "withdrawn")
    return row


async def begin_sending(work: Work, *, purchase_id: str) -> Question | None:
    """What is to be sent to the programme; None when it was sent. By another person than who asked.

    Raises Missing, Held, disbursement.same_person and disbursement.illegal_transition.
    """
    row = await locked(work.session, Purchase, purchase_id)
    if row.state not in {"requested", "withdrawn"}:
        return None
    domain.demand_other_person(work.actor.sub, row.requested_by, "pide y envía")
    domain.move(PURCHASE_MOVES, "La compra", row.state, "sent")
    agreement = await found(work.session, Agreement, row.agreement_id)
    await holds.demand_free(work, holds.subjects_of(agreement, channel=row.program))
    return Question(
        reference=row.reference,
        agreement_id=row.agreement_id,
        description=row.description,
        budget_line=row.budget_line,
        supplier_ruc=row.supplier_ruc,
        supplier_name=row.supplier_name,
        amount_centimos=row.amount_centimos,
        quotations=tuple(row.quotations),
    )


async def end_sending(work: Work, *, purchase_id: str) -> Purchase:
    """The programme took the request."""
    row = await locked(work.session, Purchase, purchase_id)
    if row.state == "requested":
        row.sent_by, row.sent_at = work.actor.sub, work.now
        _move(work, row, "sent")
        work.publish(PurchaseSent(**_named(row)), version=row.version)
    return row


async def answer(work: Work, *, purchase_id: str, told: Answer, source: str) -> Purchase:
    """Apply the programme's word, told through our API or at an inquiry.

    Raises Missing and disbursement.purchase_answered when another word stands.
    """
    row = await locked(work.session, Purchase, purchase_id)
    verdict = await _weigh(work, row, told, source)
    if verdict == "case":
        raise Conflict(
            "disbursement.purchase_answered",
            "La compra no espera esa respuesta: ya tiene otra, se retiró o es de otro monto.",
        )
    return row


async def take_message(
    work: Work, *, program: str, message_id: str, raw: bytes, told: Answer
) -> Verdict:
    """Keep a signed message of the programme and apply it once; what it led to is in the log.
    A reference that is none of ours is kept and refused."""
    fresh = await work.session.scalar(
        insert(PartnerMessage)
        .values(partner=program, message_id=message_id, raw=raw, received_at=work.now)
        .on_conflict_do_nothing()
        .returning(col(PartnerMessage.message_id))
    )
    row = await work.session.scalar(
        select(Purchase)
        .where(col(Purchase.reference) == told.reference, col(Purchase.program) == program)
        .with_for_update()
    )
    if row is None:
        verdict: Verdict = "refused"
    elif fresh is None:
        kept = await work.session.get(PartnerMessage, (program, message_id))
        verdict = "repeated" if kept is not None and kept.raw == raw else "case"
        if verdict == "case":
            source = f"callback:{message_id}:altered"
            await open_case(work, program, source, "altered_message", told.reference, {})
    else:
        verdict = await _weigh(work, row, told, f"callback:{message_id}")
    work.session.add(
        InboundMessage(
            id=new_id("inm"),
            program=program,
            message_id=message_id,
            type=f"no_objection.{told.outcome}",
            reference=told.reference,
            outcome=verdict,
            sha256=hashlib.sha256(raw).hexdigest(),
            bytes=len(raw),
            received_at=work.now,
        )
    )
    return verdict


async def _weigh(work: Work, row: Purchase, told: Answer, source: str) -> Verdict:
    detail = {"theirs": told.outcome, "amount_centimos": told.amount_centimos}
    if told.amount_centimos != row.amount_centimos:
        await open_case(work, row.program, source, "amount_differs", row.reference, detail)
        return "case"
    if row.state == told.outcome and (row.record_number or "") == told.record_number:
        return "repeated"
    if row.state not in {"requested", "sent"}:
        await open_case(work, row.program, source, "contradiction", row.reference, detail)
        return "case"
    if row.state == "requested":  # the answer overtook the end of our own sending
        row.sent_by, row.sent_at = work.actor.sub, work.now
        _move(work, row, "sent")
        await work.session.flush()
    row.record_number = told.record_number or None
    row.answer_reason = told.reason or None
    row.answered_by, row.answered_at = work.actor.sub, work.now
    _move(work, row, told.outcome)
    answered = PurchaseAnswered(
        **_named(row), outcome=told.outcome, record_number=row.record_number
    )
    work.publish(answered, version=row.version)
    return "applied"


async def _demand_observed(work: Work, agreement: Agreement, purchase_id: str) -> None:
    former = await found(work.session, Purchase, purchase_id)
    if former.agreement_id != agreement.id or former.state != "observed":
        raise Conflict(
            "disbursement.not_observed",
            "Solo se corrige una compra observada del mismo convenio.",
        )


def _named(row: Purchase) -> dict[str, str]:
    names = ("agreement_id", "application_id", "consortium_id")
    return {"purchase_id": row.id, **{name: getattr(row, name) for name in names}}


def _move(work: Work, row: Purchase, to: str) -> None:
    before = row.state
    row.state = domain.move(PURCHASE_MOVES, "La compra", before, to)
    row.version += 1
    work.record("purchase.move", row.id, {"state": [before, to]})


async def look(work: Work, *, purchase_id: str) -> Purchase:
    """The purchase as it stands."""
    return await found(work.session, Purchase, purchase_id)
