"""Use cases of a tranche up to its release, and what comes after it was paid.

Requested by the consortium, prepared by one operator, released by another: three people, held by
constraints too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from services.disbursement import (
    again,
    conditions,
    decisions,
    domain,
    holds,
    instructions,
    ledger,
    loans,
    no_objections,
    obligations,
    pending,
)
from services.disbursement.events import (
    TrancheReleased,
    TrancheRequested,
)
from services.disbursement.ledger import Move
from services.disbursement.limits import limits_in_force
from services.disbursement.milestones import queries as milestones
from services.disbursement.models import Agreement, Decision, Instruction, Tranche
from services.kernel.clock import lima_date
from services.kernel.errors import Conflict, Invalid
from services.kernel.ids import new_id
from services.kernel.opa import Opa
from services.kernel.rows import found, locked
from services.kernel.values import to_amount
from services.kernel.work import Work


async def locked_tranche(work: Work, tranche_id: str) -> Tranche:
    """The tranche, its row locked; raises Missing."""
    return await locked(work.session, Tranche, tranche_id)


async def request_tranche(work: Work, *, tranche_id: str) -> Tranche:
    """The consortium asks for a tranche of an active agreement; a returned or rejected one may
    be asked for again, under a new lineage."""
    tranche = await locked_tranche(work, tranche_id)
    agreement = await work.session.get(Agreement, tranche.agreement_id)
    if agreement is None or agreement.state != "active":
        raise Conflict(
            "disbursement.agreement_not_active", "El convenio no está vigente; fírmenlo antes."
        )
    came_back = tranche.state in {"rejected", "returned"}
    tranche.state = domain.move(domain.TRANCHE_MOVES, "El desembolso", tranche.state, "requested")
    tranche.lineage += 1 if came_back else 0
    tranche.requested_by, tranche.requested_at = work.actor.sub, work.now
    tranche.prepared_by = tranche.released_by = tranche.release_decision_id = None
    tranche.released_at = tranche.confirmed_at = None
    tranche.second_released_by = tranche.second_released_at = tranche.second_from_centimos = None
    tranche.version += 1
    work.record("tranche.request", tranche.id, {"to": "requested", "lineage": tranche.lineage})
    work.publish(TrancheRequested(**event_of(tranche)), version=tranche.version)
    return tranche


async def demand_preparable(work: Work, tranche_id: str) -> Tranche:
    """The tranche, locked, if it was asked for and is not prepared, by another person than the
    actor, and no pending addendum changes it."""
    tranche = await locked_tranche(work, tranche_id)
    if tranche.state != "requested":
        raise Conflict("disbursement.not_requested", "El consorcio aún no pidió este desembolso.")
    if tranche.prepared_by is not None:
        raise Conflict("disbursement.already_prepared", "Este desembolso ya fue preparado.")
    domain.demand_other_person(work.actor.sub, tranche.requested_by, "pide y prepara")
    await pending.demand_untouched(work.session, tranche)
    return tranche


async def prepare_tranche(
    work: Work, *, tranche_id: str, consortium: Mapping[str, Any], members: Sequence[Any]
) -> Tranche:
    """Draw up the instructions: one to the consortium for a grant, one to each member for a
    loan (Ley 29064 art. 5.5: no on-lending). Their references stand from here on. What came back
    is paid again to whom it was for, into the account that the registry has now.

    Raises disbursement.same_person, disbursement.already_prepared, disbursement.account_not_told,
    and for a credit disbursement.credit_over_cap and disbursement.loan_in_force.
    """
    tranche = await demand_preparable(work, tranche_id)
    if tranche.channel == "agroideas":
        payees = [(consortium["name"], consortium["id"], consortium["cci"])]
    else:
        payees = [(member["full_name"], member["dni"], member["cci"]) for member in members]
    kind = "consortium" if tranche.channel == "agroideas" else "producer"
    due = await again.owed(work, tranche)
    if due:
        accounts = {document: (name, cci) for name, document, cci in payees}
        shares = again.corrected(due, accounts)
    else:
        shares = domain.split_evenly(tranche.amount_centimos, payees, kind)
    await loans.draw_up(work, tranche, shares)
    await instructions.create(work, tranche, shares)
    tranche.prepared_by = work.actor.sub
    tranche.version += 1
    work.record("tranche.prepare", tranche.id, {"instructions": len(shares)})
    return tranche


async def release_tranche(work: Work, *, tranche_id: str, opa: Opa) -> Tranche:
    """Release the prepared payment: a third person, and the release policy must agree. From the
    amount that the parameter `release.second_from` says on, a fourth person releases it again:
    until then it stays requested, and nothing is paid.

    The question to OPA is asked while the row is locked; the decision is stored with its effect.
    Raises disbursement.same_person, disbursement.release_refused with the policy's findings.
    """
    tranche = await locked_tranche(work, tranche_id)
    if tranche.state != "requested" or tranche.prepared_by is None:
        raise Conflict("disbursement.not_prepared", "Falta pedir o preparar este desembolso.")
    domain.demand_other_person(work.actor.sub, tranche.prepared_by, "prepara y libera")
    domain.demand_other_person(work.actor.sub, tranche.requested_by, "pide y libera")
    domain.demand_other_person(work.actor.sub, tranche.released_by, "libera dos veces")
    await holds.demand_free(
        work, holds.subjects_of_tranche(tranche, *await _documents(work, tranche))
    )
    decision = await _allowed(work, tranche, opa)
    tranche.release_decision_id = decision.id
    tranche.version += 1
    if tranche.released_by is None:
        tranche.released_by = work.actor.sub
        limits = await limits_in_force(opa, work.now)
        tranche.second_from_centimos = limits.second_from_centimos
        if tranche.amount_centimos >= limits.second_from_centimos:
            work.record("tranche.release_once", tranche.id, {"decision": decision.id})
            return tranche
    else:
        tranche.second_released_by, tranche.second_released_at = work.actor.sub, work.now
    tranche.state = domain.move(domain.TRANCHE_MOVES, "El desembolso", tranche.state, "released")
    tranche.released_at = work.now
    work.record("tranche.release", tranche.id, {"to": "released", "decision": decision.id})
    work.publish(
        TrancheReleased(**event_of(tranche), lineage=tranche.lineage), version=tranche.version
    )
    return tranche


async def _allowed(work: Work, tranche: Tranche, opa: Opa) -> Decision:
    """The policy's leave to release, stored; raises disbursement.release_refused."""
    question = await _release_question(work, tranche)
    answer = await opa.ask("fund.disbursement", question)
    if answer.result.get("allow") is not True:
        raise Invalid(
            "disbursement.release_refused",
            "Las reglas de desembolso no lo permiten; vea errors.",
            errors=decisions.errors_of(answer.result.get("findings", [])),
        )
    return await decisions.keep(
        work, package="fund.disbursement", subject=tranche.id, question=question, answer=answer
    )


def drawn(
    agreement: Agreement, planned: Mapping[str, Any], *, committed: str, budget: str
) -> Tranche:
    """A tranche as the plan has it, of money committed on one account and drawn on the other."""
    return Tranche(
        id=new_id("tra"),
        agreement_id=agreement.id,
        application_id=agreement.application_id,
        consortium_id=agreement.consortium_id,
        call_id=agreement.call_id,
        sequence=planned["sequence"],
        channel=planned["channel"],
        amount_centimos=planned["amount_centimos"],
        milestone=planned["milestone"],
        committed_account=committed,
        budget_account=budget,
        state="planned",
    )


async def _documents(work: Work, tranche: Tranche) -> list[str]:
    """Whom the tranche's prepared instructions pay, by document."""
    found_documents = await work.session.scalars(
        select(col(Instruction.beneficiary_document)).where(
            col(Instruction.tranche_id) == tranche.id,
            col(Instruction.lineage) == tranche.lineage,
        )
    )
    return list(found_documents)


async def _release_question(work: Work, tranche: Tranche) -> dict[str, Any]:
    agreement = await found(work.session, Agreement, tranche.agreement_id)
    earlier = await work.session.scalars(
        select(Tranche).where(
            col(Tranche.agreement_id) == agreement.id,
            col(Tranche.sequence) < tranche.sequence,
            col(Tranche.channel) == tranche.channel,
        )
    )
    return {
        "as_of": lima_date(work.now).isoformat(),
        "agreement": {
            "state": agreement.state,
            "signed_by_fund": agreement.fund_signed_by is not None,
            "signed_by_consortium": agreement.consortium_signed_by is not None,
        },
        "tranche": {
            "sequence": tranche.sequence,
            "channel": tranche.channel,
            "amount_centimos": tranche.amount_centimos,
            "state": tranche.state,
            "prepared_by": tranche.prepared_by,
            "requested_by": tranche.requested_by,
        },
        "releaser": work.actor.sub,
        "committed_centimos": await ledger.balance(work.session, tranche.committed_account),
        "earlier": [
            {
                "sequence": former.sequence,
                "channel": former.channel,
                "state": former.state,
                "amount_centimos": former.amount_centimos,
                "accounted_centimos": former.accounted_centimos,
                "recovered_centimos": former.recovered_centimos,
            }
            for former in earlier
        ],
        "holds": [],
        **await milestones.shown_met(work.session, agreement, tranche),
        **await obligations.standing(work.session, agreement.id),
        **await pending.standing(work.session, tranche),
        **await no_objections.covered(work.session, tranche),
        "conditions": [
            {
                "number": condition.number,
                "due_on": condition.due_on.isoformat() if condition.due_on else None,
                "verified": condition.verified_by is not None,
            }
            for condition in await conditions.of_agreement(work.session, agreement.id)
        ],
    }


async def spent_of(work: Work, tranche: Tranche) -> int:
    """How much of what a tranche paid was accounted for, recovered or repaid, and so cannot come
    back."""
    repaid = await obligations.repaid_of(work.session, tranche.id)
    return tranche.accounted_centimos + tranche.recovered_centimos + repaid


async def repay(work: Work, *, tranche_id: str, amount_centimos: int) -> Tranche:
    """Book a repayment of a tranche's loans that no statement shows: loans → recoveries of the
    programme. It takes principal alone off its producers' loans, in their order.

    Raises disbursement.repaid_too_much past what this tranche paid and has not yet got back.
    """
    tranche = await locked_tranche(work, tranche_id)
    if tranche.channel != "agrobanco":
        raise Conflict("disbursement.grant_not_repaid", "Una donación se rinde, no se devuelve.")
    if tranche.state not in {"confirmed", "reconciled"}:
        raise Conflict("disbursement.not_paid", "Este desembolso no está pagado.")
    left = await obligations.rest_of(work.session, tranche)
    if amount_centimos > left:
        raise Invalid(
            "disbursement.repaid_too_much",
            f"De este desembolso queda por devolver S/ {to_amount(left)}; corrija el monto.",
        )
    move = Move(
        "repay",
        ledger.paid(tranche.channel, tranche.consortium_id),
        ledger.recoveries(tranche.channel),
        amount_centimos,
        tranche.id,
    )
    await ledger.post(work, [move], call_id=tranche.call_id, agreement_id=tranche.agreement_id)
    await loans.reduce(work, tranche, amount_centimos, "recorded")
    work.record("tranche.repay", tranche.id, {"amount": amount_centimos})
    return tranche


async def look(work: Work, *, tranche_id: str) -> Tranche:
    """The tranche as it stands, for the answer to a use case of several transactions."""
    return await found(work.session, Tranche, tranche_id)


def event_of(tranche: Tranche) -> dict[str, Any]:
    """The fields that every event of a tranche carries."""
    return {
        "tranche_id": tranche.id,
        "agreement_id": tranche.agreement_id,
        "application_id": tranche.application_id,
        "channel": tranche.channel,
        "amount_centimos": tranche.amount_centimos,
    }
