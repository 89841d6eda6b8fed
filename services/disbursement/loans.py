"""Loans as a set: drawn up when a credit is prepared, lent when it is paid, locked to be repaid.

Amounts are integer céntimos. An agreement without terms of credit, drafted before there were any,
has no loans: its credit is repaid by tranche alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from services.disbursement import domain, interest, ledger
from services.disbursement.interest import Part, Rate, Share
from services.disbursement.ledger import Move
from services.disbursement.models import Tranche
from services.kernel.clock import lima_date
from services.kernel.db import rows_in
from services.kernel.errors import FieldError, Invalid
from services.kernel.ids import new_id
from services.kernel.values import to_amount
from services.kernel.work import Work

_CAP: Final = "SELECT producer_cap_centimos FROM loan_terms WHERE agreement_id = %s"
_END_FORMER: Final = """
UPDATE loan SET ended_at = %(now)s FROM agreement a
WHERE a.id = loan.agreement_id AND loan.call_id = %(call)s AND loan.agreement_id <> %(agreement)s
    AND loan.document = ANY(%(documents)s) AND loan.ended_at IS NULL
    AND a.state IN ('closed', 'terminated')
    AND NOT EXISTS (SELECT FROM loan_part p WHERE p.loan_id = loan.id
        AND p.principal_centimos + p.interest_centimos > 0)
    AND NOT EXISTS (SELECT FROM tranche t JOIN instruction i ON i.tranche_id = t.id
        WHERE t.agreement_id = loan.agreement_id AND i.beneficiary_document = loan.document
        AND i.state IN ('created', 'sent', 'acknowledged', 'unknown'))
"""
_DRAW_UP: Final = """
INSERT INTO loan (id, agreement_id, call_id, consortium_id, reference, document, name, opened_at)
SELECT id, %(agreement)s, %(call)s, %(consortium)s, substr(id, 5), document, name, %(now)s
FROM unnest(%(ids)s::text[], %(documents)s::text[], %(names)s::text[]) AS one (id, document, name)
ON CONFLICT (agreement_id, document) DO NOTHING
"""
_PROMISED: Final = """
SELECT i.beneficiary_document, sum(i.amount_centimos)::bigint
FROM instruction i JOIN tranche t ON t.id = i.tranche_id
WHERE t.agreement_id = %s AND t.channel = 'agrobanco' AND i.live
GROUP BY i.beneficiary_document
"""
_LEND: Final = """
INSERT INTO loan_part (instruction_id, loan_id, tranche_id, lent_centimos, lent_on,
    principal_centimos, interest_centimos, interest_on)
SELECT i.id, l.id, i.tranche_id, i.amount_centimos, paid.day, i.amount_centimos, 0, paid.day
FROM unnest(%(ids)s::text[], %(days)s::date[]) AS paid (id, day)
JOIN instruction i ON i.id = paid.id
JOIN loan l ON l.agreement_id = %(agreement)s AND l.document = i.beneficiary_document
"""
_RETURN: Final = """
UPDATE loan_part SET principal_centimos = 0, interest_centimos = 0, returned_on = %s
WHERE instruction_id = ANY(%s)
"""
_REPAID_FROM: Final = (
    "SELECT DISTINCT instruction_id FROM repayment_share WHERE instruction_id = ANY(%s)"
)
_OWING: Final = """
SELECT l.id, l.reference, l.agreement_id, l.call_id, l.consortium_id, l.document, a.application_id,
    k.tea_basis_points, k.day_base, k.payer_ruc
FROM loan l JOIN loan_terms k ON k.agreement_id = l.agreement_id
JOIN agreement a ON a.id = l.agreement_id
"""
_NAMED: Final = f"{_OWING} WHERE l.reference = ANY(%s)"
_OF_TRANCHE: Final = (
    f"{_OWING} WHERE EXISTS (SELECT FROM loan_part p WHERE p.loan_id = l.id AND p.tranche_id = %s)"
    " ORDER BY l.id"
)
_PARTS: Final = """
SELECT loan_id, instruction_id, tranche_id, principal_centimos, interest_centimos, interest_on
FROM loan_part WHERE loan_id = ANY(%s) AND returned_on IS NULL
ORDER BY lent_on, instruction_id FOR UPDATE
"""
_TRANCHES: Final = """
SELECT DISTINCT p.tranche_id FROM loan l JOIN loan_part p ON p.loan_id = l.id
WHERE l.reference = ANY(%s)
"""
_KEEP: Final = """
INSERT INTO repayment (id, loan_id, source, channel, line_id, amount_centimos, overpaid_centimos,
    paid_on, booked_on, payer_kind, payer, actor, recorded_at)
SELECT id, loan, source, %(channel)s, line, amount, over, paid, booked, kind, payer, %(actor)s,
    %(now)s
FROM unnest(%(ids)s::text[], %(loans)s::text[], %(sources)s::text[], %(lines)s::text[],
    %(amounts)s::bigint[], %(overs)s::bigint[], %(paid)s::date[], %(booked)s::date[],
    %(kinds)s::text[], %(payers)s::text[])
    AS one (id, loan, source, line, amount, over, paid, booked, kind, payer)
"""
_KEEP_SHARES: Final = """
INSERT INTO repayment_share (repayment_id, instruction_id, accrued_centimos, interest_centimos,
    principal_centimos)
SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[])
"""


@dataclass(slots=True)
class Owing:
    """A loan as a repayment finds it; its parts follow what is booked."""

    id: str
    reference: str
    agreement_id: str
    call_id: str
    consortium_id: str
    document: str
    application_id: str
    tea_basis_points: int
    day_base: int
    payer_ruc: str | None
    parts: list[Part] = field(default_factory=list)

    @property
    def rate(self) -> Rate:
        """The rate that it bears."""
        return Rate(self.tea_basis_points, self.day_base)

    def payer_kind(self, payer: str) -> str:
        """Who pays: the producer, the anchor firm at source, another, or nobody says."""
        if not payer:
            return "untold"
        if payer == self.document:
            return "producer"
        return "anchor_firm" if payer == self.payer_ruc else "other"


@dataclass(frozen=True, slots=True)
class Booking:
    """A repayment to be written: to which loan, of how much, divided how."""

    loan: Owing
    source: str
    amount_centimos: int
    paid_on: date
    booked_on: date
    shares: Sequence[Share]
    overpaid_centimos: int = 0
    line_id: str | None = None
    payer: str = ""


async def draw_up(work: Work, tranche: Tranche, shares: Sequence[domain.Share]) -> None:
    """One loan for each producer of a prepared credit, once an agreement, before its instructions
    are there. A loan of the call that is paid off and whose agreement is over ends by this.

    Raises disbursement.credit_over_cap, naming the first producer who would be lent more than the
    terms admit, and disbursement.loan_in_force by the database's own index.
    """
    found = await rows_in(work.session, _CAP, (tranche.agreement_id,))
    if tranche.channel != "agrobanco" or not found:
        return
    ((cap,),) = found
    promised = dict(await rows_in(work.session, _PROMISED, (tranche.agreement_id,)))
    for share in shares:
        total = promised.get(share.document, 0) + share.amount_centimos
        if total > cap:
            raise Invalid(
                "disbursement.credit_over_cap",
                f"El crédito de {share.name} sería de S/ {to_amount(total)}; el tope por productor"
                f" es S/ {to_amount(cap)}.",
                errors=[FieldError("", "credit_over_cap", share.document)],
            )
    asked = {
        "agreement": tranche.agreement_id,
        "call": tranche.call_id,
        "consortium": tranche.consortium_id,
        "now": work.now,
        "ids": [new_id("loa") for _ in shares],
        "documents": [share.document for share in shares],
        "names": [share.name for share in shares],
    }
    await rows_in(work.session, _END_FORMER, asked)
    await rows_in(work.session, _DRAW_UP, asked)


async def lend(work: Work, tranche: Tranche, paid: Mapping[str, date]) -> None:
    """Instructions were settled, each on its day: their loans bear interest from then on."""
    if tranche.channel == "agrobanco" and paid:
        asked = {
            "agreement": tranche.agreement_id,
            "ids": list(paid),
            "days": list(paid.values()),
        }
        await rows_in(work.session, _LEND, asked)


async def take_back(work: Work, instruction_ids: Collection[str]) -> None:
    """Settled instructions came back unused: nothing of them is owed, nor was it ever lent."""
    if instruction_ids:
        await rows_in(work.session, _RETURN, (lima_date(work.now), list(instruction_ids)))


async def repaid_from(work: Work, instruction_ids: Collection[str]) -> set[str]:
    """Which of them were repaid from, and so cannot come back whole."""
    found = await rows_in(work.session, _REPAID_FROM, (list(instruction_ids),))
    return {one for (one,) in found}


async def tranches_of(work: Work, references: Collection[str]) -> list[str]:
    """The tranches that the loans with these references were paid by."""
    return [one for (one,) in await rows_in(work.session, _TRANCHES, (list(references),))]


async def named(work: Work, references: Collection[str]) -> dict[str, Owing]:
    """The loans with these references, their parts locked; their tranches are before."""
    found = await rows_in(work.session, _NAMED, (list(references),))
    return {one.reference: one for one in await _with_parts(work, found)}


async def _with_parts(work: Work, rows: Sequence[Any]) -> list[Owing]:
    loans = {row[0]: Owing(*row) for row in rows}
    for loan_id, *said in await rows_in(work.session, _PARTS, (list(loans),)):
        loans[loan_id].parts.append(Part(*said))
    return list(loans.values())


def earliest(parts: Sequence[Part], paid_on: date) -> date:
    """The day a payment counts: its own, or that of what was booked last, if that is later."""
    return max([paid_on, *(part.since for part in parts)])


async def reduce(work: Work, tranche: Tranche, amount_centimos: int, source: str) -> None:
    """Take so much principal off the loans of a tranche, by id: for money that came back by
    tranche and names no producer. What no loan is left for stays a matter of the tranche."""
    found = await rows_in(work.session, _OF_TRANCHE, (tranche.id,))
    bookings, left = [], amount_centimos
    for loan in await _with_parts(work, found):
        mine = [part for part in loan.parts if part.tranche_id == tranche.id]
        today = lima_date(work.now)
        day = earliest(mine, today)
        before = left
        shares, left = interest.taken(mine, left, day, loan.rate)
        if shares:
            bookings.append(Booking(loan, source, before - left, today, day, shares))
        if not left:
            break
    await keep(work, tranche.channel, bookings)
    grown = sum(share.accrued_centimos for one in bookings for share in one.shares)
    if grown:
        moves = [accrual(tranche.channel, tranche.consortium_id, grown, tranche.id)]
        await ledger.post(work, moves, call_id=tranche.call_id, agreement_id=tranche.agreement_id)


def accrual(channel: str, consortium_id: str, centimos: int, reference: str) -> Move:
    """Interest that a payment fixed: earned, and owed from now on."""
    source = ledger.outside(channel, "interest")
    return Move("accrue", source, ledger.interest_owed(consortium_id), centimos, reference)


async def keep(work: Work, channel: str, bookings: Sequence[Booking]) -> list[str]:
    """Write the repayments and their shares, and give their ids; the ledger is the caller's."""
    if not bookings:
        return []
    ids = [new_id("rpy") for _ in bookings]
    written = {
        "channel": channel,
        "actor": work.actor.sub,
        "now": work.now,
        "ids": ids,
        "loans": [one.loan.id for one in bookings],
        "sources": [one.source for one in bookings],
        "lines": [one.line_id for one in bookings],
        "amounts": [one.amount_centimos for one in bookings],
        "overs": [one.overpaid_centimos for one in bookings],
        "paid": [one.paid_on for one in bookings],
        "booked": [one.booked_on for one in bookings],
        "kinds": [one.loan.payer_kind(one.payer) for one in bookings],
        "payers": [one.payer for one in bookings],
    }
    await rows_in(work.session, _KEEP, written)
    shares = [
        (repayment_id, share)
        for repayment_id, one in zip(ids, bookings, strict=True)
        for share in one.shares
    ]
    columns = (
        [repayment_id for repayment_id, _ in shares],
        [share.part.instruction_id for _, share in shares],
        [share.accrued_centimos for _, share in shares],
        [share.interest_centimos for _, share in shares],
        [share.principal_centimos for _, share in shares],
    )
    await rows_in(work.session, _KEEP_SHARES, columns)
    return ids
