"""Repayments as the bank's statement tells them: to the loan that the line names, interest first.

A line is booked once. What names no loan of ours, what a claim already asks back, and what the
bank told before under another number becomes a case; so does what was paid beyond what is owed,
which is booked as owed back.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

from services.disbursement import interest, ledger, loans, obligations
from services.disbursement.case_opening import open_case
from services.disbursement.channels.protocol import Line
from services.disbursement.events import LoanRepaid
from services.disbursement.ledger import Move
from services.disbursement.loans import Booking, Owing
from services.disbursement.models import StatementLine
from services.disbursement.tranches import locked_tranche
from services.kernel.db import rows_in
from services.kernel.work import Work

_OPERATIONS: Final = """
SELECT operation FROM statement_line
WHERE channel = %s AND kind = 'repayment' AND operation = ANY(%s)
"""


async def told_before(work: Work, channel: str, lines: Sequence[Line]) -> set[str]:
    """The ids of new lines whose operation another line told already."""
    asked = [line.operation for line in lines if line.kind == "repayment" and line.operation]
    if not asked:
        return set()
    seen = {one for (one,) in await rows_in(work.session, _OPERATIONS, (channel, asked))}
    again = set()
    for line in lines:
        if line.kind == "repayment" and line.operation:
            if line.operation in seen:
                again.add(line.line_id)
            seen.add(line.operation)
    return again


async def book(work: Work, channel: str, lines: Sequence[Line], again: Set[str]) -> int:
    """Book new lines, which are written already, each to its loan; returns how many were. Their
    tranches are locked."""
    found = await loans.named(work, {line.reference for line in lines})
    room = await _room(work, found)
    bookings = []
    for line in lines:
        loan = found.get(line.reference)
        kind, detail = _judged(loan, line, again)
        if loan is not None and not kind:
            booking = _booking(loan, line)
            if _takes(room, booking):
                bookings.append(booking)
                loan.parts = [interest.after(one, booking.booked_on) for one in booking.shares]
                kind, detail = _beyond(booking)
            else:
                kind, detail = "contradiction", {"theirs": "repaid", "case": "claim"}
        if kind:
            source = f"{'overpaid' if kind == 'overpaid' else 'statement'}:{line.line_id}"
            await open_case(work, channel, source, kind, line.reference, detail)
    await _write(work, channel, bookings)
    return len(bookings)


async def match_line(work: Work, line: StatementLine, reference: str) -> bool:
    """Book a kept line to the loan of our reference as if it had named it; False, and to be rolled
    back, when our books contradict it. The loan's tranches are locked."""
    told = Line(
        line_id=line.line_id,
        reference=reference,
        kind="repayment",
        amount_centimos=line.amount_centimos,
        business_date=line.business_date,
        payer=line.payer,
        operation=line.operation,
    )
    return await book(work, line.channel, [told], frozenset()) == 1


async def _room(work: Work, found: Mapping[str, Owing]) -> dict[str, int]:
    """What each tranche may still take back as principal: not what a claim asks already."""
    room = {}
    for tranche_id in sorted({part.tranche_id for loan in found.values() for part in loan.parts}):
        tranche = await locked_tranche(work, tranche_id)
        room[tranche_id] = await obligations.rest_of(work.session, tranche)
    return room


def _judged(loan: Owing | None, line: Line, again: Set[str]) -> tuple[str, dict[str, Any]]:
    if line.line_id in again:
        detail = {"amount_centimos": line.amount_centimos, "kind": line.kind}
        return "second_line", {**detail, "operation": line.operation}
    if loan is None or not loan.parts:
        return "unknown_reference", {"payer": line.payer}
    return "", {}


def _beyond(booking: Booking) -> tuple[str, dict[str, Any]]:
    if not booking.overpaid_centimos:
        return "", {}
    detail = {"loan": booking.loan.id, "overpaid_centimos": booking.overpaid_centimos}
    return "overpaid", {**detail, "payer": booking.payer}


def _booking(loan: Owing, line: Line) -> Booking:
    day = loans.earliest(loan.parts, line.business_date)
    shares, beyond = interest.divided(loan.parts, line.amount_centimos, day, loan.rate)
    return Booking(
        loan=loan,
        source="statement",
        amount_centimos=line.amount_centimos,
        paid_on=line.business_date,
        booked_on=day,
        shares=shares,
        overpaid_centimos=beyond,
        line_id=line.line_id,
        payer=line.payer,
    )


def _takes(room: dict[str, int], booking: Booking) -> bool:
    """Whether the tranches have room for the principal, which is then used."""
    wanted: defaultdict[str, int] = defaultdict(int)
    for share in booking.shares:
        wanted[share.part.tranche_id] += share.principal_centimos
    if any(room[tranche_id] < centimos for tranche_id, centimos in wanted.items()):
        return False
    for tranche_id, centimos in wanted.items():
        room[tranche_id] -= centimos
    return True


async def _write(work: Work, channel: str, bookings: Sequence[Booking]) -> None:
    ids = await loans.keep(work, channel, bookings)
    moves: defaultdict[tuple[str, str], list[Move]] = defaultdict(list)
    for repayment_id, one in zip(ids, bookings, strict=True):
        moves[one.loan.call_id, one.loan.agreement_id] += _moves(channel, repayment_id, one)
    for (call_id, agreement_id), posted in sorted(moves.items()):
        await ledger.post(work, posted, call_id=call_id, agreement_id=agreement_id)
    for repayment_id, one in zip(ids, bookings, strict=True):
        paid = {
            "interest_centimos": sum(share.interest_centimos for share in one.shares),
            "principal_centimos": sum(share.principal_centimos for share in one.shares),
            "overpaid_centimos": one.overpaid_centimos,
        }
        work.record("loan.repay", one.loan.id, {"repayment": repayment_id, **paid})
        event = LoanRepaid(
            loan_id=one.loan.id,
            repayment_id=repayment_id,
            agreement_id=one.loan.agreement_id,
            application_id=one.loan.application_id,
            payer_kind=one.loan.payer_kind(one.payer),
            **paid,
        )
        work.publish(event, version=1)


def _moves(channel: str, repayment_id: str, booking: Booking) -> list[Move]:
    """Interest earned and collected, principal back to the programme's recoveries by tranche, and
    what is owed back."""
    consortium_id = booking.loan.consortium_id
    owed = ledger.interest_owed(consortium_id)
    grown = sum(share.accrued_centimos for share in booking.shares)
    paid = sum(share.interest_centimos for share in booking.shares)
    moves = [
        loans.accrual(channel, consortium_id, grown, repayment_id),
        Move("pay_interest", owed, ledger.interest_collected(channel), paid, repayment_id),
    ]
    moves += [
        Move(
            "repay",
            ledger.paid(channel, consortium_id),
            ledger.recoveries(channel),
            share.principal_centimos,
            share.part.tranche_id,
        )
        for share in booking.shares
    ]
    beyond = ledger.outside(channel, "overpaid")
    over = ledger.overpaid(consortium_id)
    moves.append(Move("overpay", beyond, over, booking.overpaid_centimos, repayment_id))
    return [move for move in moves if move.amount_centimos > 0]
