"""Prepare a tranche from a list of payments: checked whole, stored whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.disbursement import again, domain, instructions
from services.disbursement.limits import limits_in_force
from services.disbursement.models import Agreement, Tranche
from services.disbursement.payment_list import rules
from services.disbursement.payment_list.rules import Frame, Payee
from services.disbursement.tranches import demand_preparable
from services.kernel.db import rows_in
from services.kernel.errors import FieldError, Invalid
from services.kernel.opa import Opa
from services.kernel.rows import found
from services.kernel.work import Work

_USED: Final = """
SELECT budget_line, sum(instruction.amount_centimos)::bigint FROM instruction
JOIN tranche ON tranche.id = tranche_id
WHERE agreement_id = %s AND instruction.channel = %s AND budget_line IS NOT NULL
    AND live
GROUP BY budget_line
"""
_PAID: Final = """
SELECT DISTINCT beneficiary_document, invoice FROM instruction
JOIN unnest(%s::text[], %s::text[]) AS asked (document, number)
    ON document = beneficiary_document AND number = invoice
WHERE live
UNION
SELECT issuer_ruc, series || '-' || reported.number FROM accountability_invoice AS reported
JOIN unnest(%s::text[], %s::text[]) AS asked (document, number)
    ON document = issuer_ruc AND asked.number = series || '-' || reported.number
WHERE taken_out_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared tranche, and what of its list a person should confirm."""

    tranche: Tranche
    payments: int
    warnings: list[FieldError]


async def prepare(
    work: Work, *, tranche_id: str, payees: Sequence[Payee], members: frozenset[str], opa: Opa
) -> Prepared:
    """Draw up one instruction for each payment of the list; their references stand from here on.

    Raises disbursement.list_faults with every fault of the list and where it stands;
    disbursement.same_person, disbursement.already_prepared. An invoice that a list beside this
    one pays first breaks a constraint: then nothing is stored either.
    """
    tranche = await demand_preparable(work, tranche_id)
    limits = await limits_in_force(opa, work.now)
    frame = Frame(
        channel=tranche.channel,
        amount_centimos=tranche.amount_centimos,
        consortium_id=tranche.consortium_id,
        members=members,
        lines=await _left_of_lines(work, tranche),
        paid_invoices=await _paid(work, payees),
        limits=limits,
    )
    faults = rules.faults(payees, frame)
    due = await again.owed(work, tranche)
    asked = [(payee.document, payee.amount_centimos, payee.invoice) for payee in payees]
    if due and again.differs(due, asked):
        text = "Lo que volvió se paga a los mismos, por los mismos montos y comprobantes."
        faults.append(FieldError("/payments", "not_what_came_back", text))
    if faults:
        raise Invalid(
            "disbursement.list_faults",
            f"La lista tiene {len(faults)} faltas; no se guardó nada, vea errors.",
            errors=faults,
        )
    shares = [
        domain.Share(
            name=payee.name,
            document=payee.document,
            cci=payee.cci,
            amount_centimos=payee.amount_centimos,
            kind=payee.kind,
            budget_line=payee.budget_line,
            invoice=payee.invoice,
        )
        for payee in payees
    ]
    await instructions.create(work, tranche, shares)
    tranche.prepared_by = work.actor.sub
    tranche.version += 1
    told = rules.warnings(payees)
    change = {"instructions": len(shares), "list": True, "warnings": len(told)}
    work.record("tranche.prepare", tranche.id, change)
    return Prepared(tranche, len(shares), told)


async def _left_of_lines(work: Work, tranche: Tranche) -> dict[int, int]:
    """What each budget line of the agreement still has for the tranche's channel, in céntimos."""
    agreement = await found(work.session, Agreement, tranche.agreement_id)
    used = dict(await rows_in(work.session, _USED, (agreement.id, tranche.channel)))
    planned: Sequence[Mapping[str, Any]] = agreement.plan["budget_lines"]
    return {
        int(line["line_no"]): int(line[f"{tranche.channel}_centimos"])
        - int(used.get(int(line["line_no"]), 0))
        for line in planned
    }


async def _paid(work: Work, payees: Sequence[Payee]) -> frozenset[tuple[str, str]]:
    """Which invoices of the list have a payment that lives, or stand in a report."""
    invoices = [(payee.document, payee.invoice) for payee in payees if payee.invoice is not None]
    if not invoices:
        return frozenset()
    documents, numbers = map(list, zip(*invoices, strict=True))
    paid = await rows_in(work.session, _PAID, (documents, numbers) * 2)
    return frozenset((document, number) for document, number in paid)
