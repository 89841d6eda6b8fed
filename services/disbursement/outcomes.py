"""What a partner's word does to our books: settle, give back, and close the tranche.

A word is applied once; what has no legal move from where an instruction stands changes nothing.
"""

from collections.abc import Mapping, Sequence

from services.disbursement import domain, instructions, ledger, loans, obligations
from services.disbursement.channels.protocol import Status
from services.disbursement.events import (
    OF_TRANCHE_OUTCOME,
    InstructionRejected,
    InstructionReturned,
    InstructionSettled,
    TrancheConfirmed,
)
from services.disbursement.instructions import Live
from services.disbursement.ledger import Move
from services.disbursement.models import Agreement, Tranche
from services.disbursement.tranches import event_of
from services.kernel import tracing
from services.kernel.clock import lima_date
from services.kernel.work import Work


async def apply_statuses(
    work: Work, tranche: Tranche, live: Sequence[Live], statuses: Mapping[str, Status]
) -> None:
    """Settle, reject or return what the partner says, once; then close the tranche if none is
    open. A repeated word changes nothing. As many statements for thousands as for one."""
    settled = [i for i in live if _may(i, statuses, "executed", "settled")]
    rejected = [i for i in live if _may(i, statuses, "rejected", "rejected")]
    returned = [i for i in live if _may(i, statuses, "returned", "returned")]
    pending = [i for i in live if _may(i, statuses, "pending", "acknowledged")]
    await instructions.mark(work, pending, "acknowledged")
    if not (settled or rejected or returned):
        return
    with tracing.span("settlement", "settle a tranche", tranche_id=tranche.id):
        await _settle(work, tranche, statuses, settled, rejected, returned)


async def _settle(
    work: Work,
    tranche: Tranche,
    statuses: Mapping[str, Status],
    settled: Sequence[Live],
    rejected: Sequence[Live],
    returned: Sequence[Live],
) -> None:
    moves = [_settlement(tranche, item) for item in settled]
    moves += [_giving_back(tranche, item) for item in (*rejected, *returned)]
    moves += await _releases(work, tranche, (*rejected, *returned))
    transfers = await ledger.post(
        work, moves, call_id=tranche.call_id, agreement_id=tranche.agreement_id
    )
    tranche.version += 1
    back = [one.id for one in returned if one.state == "settled"]
    executions = [statuses[item.reference].execution_id for item in settled]
    await instructions.settle(work, settled, transfers[: len(settled)], executions)
    today = lima_date(work.now)
    days = {one.id: statuses[one.reference].on or today for one in settled}
    await loans.lend(work, tranche, days)
    await loans.take_back(work, back)
    reasons = {
        i.reference: statuses[i.reference].reason_code or "-" for i in (*rejected, *returned)
    }
    await instructions.end(work, rejected, "rejected", reasons)
    await instructions.end(work, returned, "returned", reasons)
    for instruction in settled:
        _tell(work, tranche, instruction, InstructionSettled)
    for kind, group in ((InstructionRejected, rejected), (InstructionReturned, returned)):
        for instruction in group:
            reason_code = reasons[instruction.reference]
            _tell(work, tranche, instruction, kind, reason_code=reason_code)
    work.record(
        "tranche.outcomes",
        tranche.id,
        {item.id: item.state for item in (*settled, *rejected, *returned)},
    )
    await _conclude(work, tranche)


def _may(instruction: Live, statuses: Mapping[str, Status], outcome: str, state: str) -> bool:
    status = statuses.get(instruction.reference)
    return (
        status is not None
        and status.outcome == outcome
        and state in domain.INSTRUCTION_MOVES[instruction.state]
    )


def _settlement(tranche: Tranche, instruction: Live) -> Move:
    return Move(
        "settle",
        ledger.in_transit(tranche.channel),
        ledger.paid(tranche.channel, tranche.consortium_id),
        instruction.amount_centimos,
        instruction.reference,
        pending_id=instruction.instruct_transfer_id,
    )


def _giving_back(tranche: Tranche, instruction: Live) -> Move:
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
        tranche.committed_account,
        instruction.amount_centimos,
        instruction.reference,
        pending_id=None if was_settled else instruction.instruct_transfer_id,
        reverses=instruction.settle_transfer_id if was_settled else None,
    )


async def _releases(work: Work, tranche: Tranche, given_back: Sequence[Live]) -> list[Move]:
    """What comes back to an agreement that is over goes on to the call: nobody may use it there."""
    agreement = await work.session.get(Agreement, tranche.agreement_id)
    if agreement is None or agreement.state not in {"closed", "terminated"}:
        return []
    return [
        Move(
            "release",
            tranche.committed_account,
            tranche.budget_account,
            instruction.amount_centimos,
            instruction.reference,
        )
        for instruction in given_back
    ]


def _tell(
    work: Work,
    tranche: Tranche,
    instruction: Live,
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
    counted = await instructions.counted(work, tranche)
    outcome = domain.tranche_outcome(list(counted))
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
        event = TrancheConfirmed(**event_of(tranche), settled_centimos=counted["settled"][1])
        work.publish(event, version=tranche.version)
    else:
        work.publish(OF_TRANCHE_OUTCOME[outcome](**event_of(tranche)), version=tranche.version)
    await obligations.follow(work, tranche)
