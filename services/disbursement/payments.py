"""Money on its way: instruct, record what the partner says, and give back what did not arrive.

A tranche's instructions are sent as one batch. Before the first byte leaves, the money is in
transit, the references stand and an attempt is open; an attempt that a crash left open is
unknown, and from unknown only an inquiry, a callback or a statement leads out. The same
reference is sent again only when the partner says, past its finality window, that it never got
it; the partner refuses a repeated reference by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlmodel import col

from services.disbursement import domain, ledger
from services.disbursement.channels.protocol import Batch, Payment, Sent, Status
from services.disbursement.events import (
    OF_TRANCHE_OUTCOME,
    InstructionRejected,
    InstructionReturned,
    InstructionSettled,
    TrancheConfirmed,
    TrancheInstructed,
)
from services.disbursement.ledger import Move
from services.disbursement.models import Attempt, Instruction, Tranche
from services.disbursement.tranches import event_of, locked_tranche
from services.kernel.errors import Conflict
from services.kernel.work import Work

SENDING_LIMIT: Final = timedelta(seconds=30)
"""An attempt open for longer was cut by a crash: longer than any channel's time limit."""
MAX_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Sending:
    """A batch that may be sent now, under the number of its open attempt."""

    batch: Batch
    channel: str
    attempt: int


async def begin_sending(work: Work, *, tranche_id: str) -> Sending | None:
    """Put the money in transit and open the first attempt; None when there is nothing to send:
    it was sent, or its outcome is unknown and an inquiry must come first.

    Raises disbursement.send_in_progress while another try is under way.
    """
    tranche = await locked_tranche(work, tranche_id)
    if tranche.state == "instructed":
        await _close_cut_attempt(work, tranche)
        return None
    if tranche.state != "released":
        return None
    instructions = await _live(work, tranche)
    transfers = await ledger.post(
        work,
        [
            Move(
                "instruct",
                ledger.committed(tranche.agreement_id),
                ledger.in_transit(tranche.channel),
                instruction.amount_centimos,
                instruction.reference,
            )
            for instruction in instructions
        ],
        call_id=tranche.call_id,
        agreement_id=tranche.agreement_id,
    )
    for instruction, transfer_id in zip(instructions, transfers, strict=True):
        instruction.instruct_transfer_id = transfer_id
    tranche.state = domain.move(domain.TRANCHE_MOVES, "El desembolso", tranche.state, "instructed")
    tranche.version += 1
    work.record("tranche.instruct", tranche.id, {"to": "instructed", "items": len(transfers)})
    work.publish(
        TrancheInstructed(**event_of(tranche), instructions=len(transfers)),
        version=tranche.version,
    )
    return await _open_attempt(work, tranche, instructions)


async def begin_inquiry(work: Work, *, tranche_id: str) -> tuple[Batch, str] | None:
    """The batch to ask the partner about; None when the tranche has no open instruction."""
    tranche = await locked_tranche(work, tranche_id)
    if tranche.state not in {"instructed", "confirmed"}:
        return None
    await _close_cut_attempt(work, tranche)
    instructions = await _live(work, tranche)
    if not any(instruction.state in domain.OPEN_STATES for instruction in instructions):
        return None
    return _batch_of(tranche, instructions), tranche.channel


async def begin_resending(work: Work, *, tranche_id: str) -> Sending | None:
    """Open another attempt for the same references, which the partner says it never got.

    None once five attempts were made: then the operator decides.
    """
    tranche = await locked_tranche(work, tranche_id)
    instructions = await _live(work, tranche)
    if tranche.state != "instructed" or any(
        instruction.state not in {"sent", "unknown"} for instruction in instructions
    ):
        return None
    if await _attempts(work, tranche) >= MAX_ATTEMPTS:
        return None
    return await _open_attempt(work, tranche, instructions)


async def end_sending(work: Work, *, tranche_id: str, attempt: int, sent: Sent) -> Tranche:
    """Record what the attempt led to, unless it was given up for cut in the meantime."""
    tranche = await locked_tranche(work, tranche_id)
    row = await work.session.get(Attempt, (tranche_id, attempt))
    if row is None or row.outcome != "sending":
        return tranche
    row.outcome, row.detail, row.ended_at = sent.outcome, sent.detail[:500], work.now
    instructions = [item for item in await _live(work, tranche) if item.state == "sent"]
    if sent.outcome == "rejected":
        refused = {
            item.reference: Status("rejected", reason_code=sent.detail) for item in instructions
        }
        await apply_statuses(work, tranche, instructions, refused)
        return tranche
    state = "acknowledged" if sent.outcome == "accepted" else "unknown"
    for instruction in instructions:
        instruction.state = domain.move(
            domain.INSTRUCTION_MOVES, "La instrucción", instruction.state, state
        )
    work.record("tranche.sent", tranche.id, {"attempt": attempt, "outcome": sent.outcome})
    return tranche


async def end_inquiry(
    work: Work, *, tranche_id: str, statuses: Mapping[str, Status]
) -> tuple[Tranche, bool]:
    """Apply the partner's word; the flag says that it never got any of the open references."""
    tranche = await locked_tranche(work, tranche_id)
    instructions = await _live(work, tranche)
    await apply_statuses(work, tranche, instructions, statuses)
    words = [
        statuses.get(item.reference, Status("pending"))
        for item in instructions
        if item.state in domain.OPEN_STATES
    ]
    if not words or any(word.outcome != "not_found" for word in words):
        return tranche, False
    window = timedelta(seconds=max(word.final_after_s for word in words))
    return tranche, work.now - await _last_sent_at(work, tranche) > window


async def apply_statuses(
    work: Work,
    tranche: Tranche,
    instructions: Sequence[Instruction],
    statuses: Mapping[str, Status],
) -> None:
    """Settle, reject or return what the partner says, once; then close the tranche if none is
    open. A repeated word changes nothing."""
    settled = [i for i in instructions if _may(i, statuses, "executed", "settled")]
    rejected = [i for i in instructions if _may(i, statuses, "rejected", "rejected")]
    returned = [i for i in instructions if _may(i, statuses, "returned", "returned")]
    for instruction in instructions:
        if _may(instruction, statuses, "pending", "acknowledged"):
            instruction.state = "acknowledged"
    if not (settled or rejected or returned):
        return
    moves = [_settlement(tranche, item) for item in settled]
    moves += [_giving_back(tranche, item) for item in (*rejected, *returned)]
    transfers = await ledger.post(
        work, moves, call_id=tranche.call_id, agreement_id=tranche.agreement_id
    )
    tranche.version += 1
    for instruction, transfer_id in zip(settled, transfers, strict=False):
        instruction.state, instruction.settled_at = "settled", work.now
        instruction.settle_transfer_id = transfer_id
        instruction.partner_execution_id = statuses[instruction.reference].execution_id or None
        _tell(work, tranche, instruction, InstructionSettled)
    for group, state in ((rejected, "rejected"), (returned, "returned")):
        kind = InstructionRejected if state == "rejected" else InstructionReturned
        for instruction in group:
            instruction.state = state
            instruction.reason_code = statuses[instruction.reference].reason_code or "-"
            _tell(work, tranche, instruction, kind, reason_code=instruction.reason_code)
    work.record(
        "tranche.outcomes",
        tranche.id,
        {item.id: item.state for item in (*settled, *rejected, *returned)},
    )
    await _conclude(work, tranche)


def _may(
    instruction: Instruction, statuses: Mapping[str, Status], outcome: str, state: str
) -> bool:
    status = statuses.get(instruction.reference)
    return (
        status is not None
        and status.outcome == outcome
        and state in domain.INSTRUCTION_MOVES[instruction.state]
    )


def _settlement(tranche: Tranche, instruction: Instruction) -> Move:
    return Move(
        "settle",
        ledger.in_transit(tranche.channel),
        ledger.paid(tranche.channel, tranche.consortium_id),
        instruction.amount_centimos,
        instruction.reference,
        pending_id=instruction.instruct_transfer_id,
    )


def _giving_back(tranche: Tranche, instruction: Instruction) -> Move:
    """Back to the commitment: out of transit, or, for a late return, out of what was paid."""
    was_settled = instruction.state == "settled"
    source = (
        ledger.paid(tranche.channel, tranche.consortium_id)
        if was_settled
        else ledger.in_transit(tranche.channel)
    )
    return Move(
        "return",
        source,
        ledger.committed(tranche.agreement_id),
        instruction.amount_centimos,
        instruction.reference,
        pending_id=None if was_settled else instruction.instruct_transfer_id,
        reverses=instruction.settle_transfer_id if was_settled else None,
    )


def _tell(
    work: Work,
    tranche: Tranche,
    instruction: Instruction,
    kind: type[InstructionSettled] | type[InstructionRejected] | type[InstructionReturned],
    **more: str,
) -> None:
    work.publish(
        kind(
            tranche_id=tranche.id,
            instruction_id=instruction.id,
            application_id=tranche.application_id,
            reference=instruction.reference,
            amount_centimos=instruction.amount_centimos,
            **more,
        ),
        version=tranche.version,
    )


async def _conclude(work: Work, tranche: Tranche) -> None:
    """Move the tranche once none of its instructions is open, and say so."""
    await work.session.flush()
    instructions = (
        await work.session.scalars(
            select(Instruction).where(
                col(Instruction.tranche_id) == tranche.id,
                col(Instruction.lineage) == tranche.lineage,
            )
        )
    ).all()
    outcome = domain.tranche_outcome([item.state for item in instructions])
    if (
        outcome is None
        or outcome == tranche.state
        or (outcome == "confirmed" and tranche.state == "reconciled")
    ):
        return
    tranche.state = domain.move(domain.TRANCHE_MOVES, "El desembolso", tranche.state, outcome)
    tranche.version += 1
    work.record("tranche.conclude", tranche.id, {"to": outcome})
    if outcome == "confirmed":
        tranche.confirmed_at = work.now
        settled = sum(i.amount_centimos for i in instructions if i.state == "settled")
        event = TrancheConfirmed(**event_of(tranche), settled_centimos=settled)
        work.publish(event, version=tranche.version)
    else:
        work.publish(OF_TRANCHE_OUTCOME[outcome](**event_of(tranche)), version=tranche.version)


async def _live(work: Work, tranche: Tranche) -> list[Instruction]:
    """The instructions of the tranche's lineage in the order of their items, locked."""
    rows = await work.session.scalars(
        select(Instruction)
        .where(
            col(Instruction.tranche_id) == tranche.id,
            col(Instruction.lineage) == tranche.lineage,
        )
        .order_by(col(Instruction.item))
        .with_for_update()
    )
    return list(rows)


async def _attempts(work: Work, tranche: Tranche) -> int:
    count = await work.session.scalar(
        select(func.count())
        .select_from(Attempt)
        .where(
            col(Attempt.tranche_id) == tranche.id,
            col(Attempt.lineage) == tranche.lineage,
        )
    )
    return int(count or 0)


async def _last_sent_at(work: Work, tranche: Tranche) -> datetime:
    found = await work.session.scalar(
        select(func.max(func.coalesce(col(Attempt.ended_at), col(Attempt.started_at)))).where(
            col(Attempt.tranche_id) == tranche.id
        )
    )
    return found or work.now


async def _open_attempt(
    work: Work, tranche: Tranche, instructions: Sequence[Instruction]
) -> Sending:
    last = await work.session.scalar(
        select(func.max(col(Attempt.number))).where(col(Attempt.tranche_id) == tranche.id)
    )
    number = int(last or 0) + 1
    work.session.add(
        Attempt(
            tranche_id=tranche.id,
            number=number,
            lineage=tranche.lineage,
            outcome="sending",
            started_at=work.now,
        )
    )
    for instruction in instructions:
        instruction.state = "sent"
    work.record("tranche.send", tranche.id, {"attempt": number})
    return Sending(_batch_of(tranche, instructions), tranche.channel, number)


async def _close_cut_attempt(work: Work, tranche: Tranche) -> None:
    """Give up an attempt that a crash left open: its outcome is unknown."""
    row = await work.session.scalar(
        select(Attempt).where(
            col(Attempt.tranche_id) == tranche.id, col(Attempt.outcome) == "sending"
        )
    )
    if row is None:
        return
    if work.now - row.started_at < SENDING_LIMIT:
        raise Conflict(
            "disbursement.send_in_progress",
            "Ya se está enviando; espere el resultado.",
            retry_after_s=2,
        )
    row.outcome, row.detail, row.ended_at = "unknown", "cut by a crash", work.now
    for instruction in await _live(work, tranche):
        if instruction.state == "sent":
            instruction.state = "unknown"
    work.record("tranche.sent", tranche.id, {"attempt": row.number, "outcome": "unknown"})


def _batch_of(tranche: Tranche, instructions: Sequence[Instruction]) -> Batch:
    released_at = tranche.released_at
    if released_at is None:
        raise AssertionError("only released tranches are sent or asked about")
    return Batch(
        message_id=f"{tranche.id.removeprefix('tra_')}-{tranche.lineage:02d}",
        released_at=released_at,
        agreement_id=tranche.agreement_id,
        concept=tranche.milestone,
        payments=tuple(
            Payment(
                reference=item.reference,
                beneficiary_name=item.beneficiary_name,
                beneficiary_document=item.beneficiary_document,
                beneficiary_cci=item.beneficiary_cci,
                amount_centimos=item.amount_centimos,
            )
            for item in instructions
        ),
    )
