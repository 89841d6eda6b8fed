"""Money on its way: instruct, send, inquire and, when the partner never got it, send again.

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

from services.disbursement import domain, holds, instructions, ledger
from services.disbursement.channels.protocol import Batch, Payment, Sent, Status
from services.disbursement.events import TrancheInstructed
from services.disbursement.instructions import Live
from services.disbursement.ledger import Move
from services.disbursement.models import Agreement, Attempt, Tranche
from services.disbursement.outcomes import apply_statuses
from services.disbursement.tranches import event_of, locked_tranche
from services.kernel.errors import Conflict, Held
from services.kernel.rows import found
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


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A batch to ask the partner about, and since when: an answer proves nothing of what was
    sent after that instant."""

    batch: Batch
    channel: str
    asked_at: datetime


async def begin_sending(work: Work, *, tranche_id: str) -> Sending | None:
    """Put the money in transit and open the first attempt; None when there is nothing to send:
    it was sent, or its outcome is unknown and an inquiry must come first.

    Raises disbursement.send_in_progress while another try is under way.
    """
    tranche = await locked_tranche(work, tranche_id)
    if tranche.state not in {"instructed", "released"}:
        return None
    await _close_cut_attempt(work, tranche)  # of this lineage, or of a former one
    if tranche.state == "instructed":
        return None
    live = await instructions.of_lineage(work, tranche)
    await _demand_free(work, tranche, live)
    transfers = await ledger.post(
        work,
        [
            Move(
                "instruct",
                tranche.committed_account,
                ledger.in_transit(tranche.channel),
                instruction.amount_centimos,
                instruction.reference,
            )
            for instruction in live
        ],
        call_id=tranche.call_id,
        agreement_id=tranche.agreement_id,
    )
    await instructions.send(work, live, transfers)
    tranche.state = domain.move(domain.TRANCHE_MOVES, "El desembolso", tranche.state, "instructed")
    tranche.version += 1
    work.record("tranche.instruct", tranche.id, {"to": "instructed", "items": len(transfers)})
    work.publish(
        TrancheInstructed(**event_of(tranche), instructions=len(transfers)),
        version=tranche.version,
    )
    return await _open_attempt(work, tranche, live)


async def _demand_free(work: Work, tranche: Tranche, live: Sequence[Live]) -> None:
    """Nothing is sent while the agreement is suspended, or while something holds it back."""
    agreement = await found(work.session, Agreement, tranche.agreement_id)
    if agreement.state == "suspended":
        raise Held(
            "disbursement.agreement_suspended",
            f"El convenio está suspendido ({agreement.state_reason}); nada se paga hasta que se"
            " reanude.",
            retry_after_s=holds.RETRY_S,
        )
    if agreement.state != "active":
        raise Conflict("disbursement.agreement_not_active", "El convenio no está vigente.")
    documents = [instruction.beneficiary_document for instruction in live]
    await holds.demand_free(work, holds.subjects_of_tranche(tranche, *documents))


async def begin_inquiry(work: Work, *, tranche_id: str) -> Inquiry | None:
    """The batch to ask the partner about; None when the tranche has no open instruction."""
    tranche = await locked_tranche(work, tranche_id)
    if tranche.state not in {"instructed", "confirmed"}:
        return None
    await _close_cut_attempt(work, tranche)
    live = await instructions.looked_at(work, tranche)
    if not any(instruction.state in domain.OPEN_STATES for instruction in live):
        return None
    return Inquiry(_batch_of(tranche, live), tranche.channel, work.now)


async def begin_resending(
    work: Work, *, tranche_id: str, asked_at: datetime, beyond: bool = False
) -> Sending | None:
    """Open another attempt for the same references, which the partner says it never got.

    None when another inquiry has sent them since this one asked, while a hold or a suspension
    stands (the next inquiry tries again), and once five attempts were made: then the operator
    decides, whose word is `beyond`.
    """
    tranche = await locked_tranche(work, tranche_id)
    live = await instructions.of_lineage(work, tranche)
    if tranche.state != "instructed" or any(
        instruction.state not in {"sent", "unknown"} for instruction in live
    ):
        return None
    if await _last_sent_at(work, tranche) >= asked_at:
        return None
    if not beyond and await attempts_of(work, tranche) >= MAX_ATTEMPTS:
        return None
    try:
        await _demand_free(work, tranche, live)
    except Held:
        return None
    return await _open_attempt(work, tranche, live)


async def end_sending(work: Work, *, tranche_id: str, attempt: int, sent: Sent) -> Tranche:
    """Record what the attempt led to, unless it was given up for cut in the meantime."""
    tranche = await locked_tranche(work, tranche_id)
    row = await work.session.get(Attempt, (tranche_id, attempt))
    if row is None or row.outcome != "sending":
        return tranche
    row.outcome, row.detail, row.ended_at = sent.outcome, sent.detail[:500], work.now
    if sent.outcome == "rejected":
        live = [one for one in await instructions.of_lineage(work, tranche) if one.state == "sent"]
        refused = {item.reference: Status("rejected", reason_code=sent.detail) for item in live}
        await apply_statuses(work, tranche, live, refused)
        return tranche
    state = "acknowledged" if sent.outcome == "accepted" else "unknown"
    await instructions.answered(work, tranche, state)
    work.record("tranche.sent", tranche.id, {"attempt": attempt, "outcome": sent.outcome})
    return tranche


async def end_inquiry(
    work: Work, *, tranche_id: str, statuses: Mapping[str, Status], asked_at: datetime
) -> tuple[Tranche, bool]:
    """Apply the partner's word; the flag says that it never got any of the open references: it
    was asked past its finality window after the last attempt, and knew none of them."""
    tranche = await locked_tranche(work, tranche_id)
    live = await instructions.of_lineage(work, tranche)
    await apply_statuses(work, tranche, live, statuses)
    words = [
        statuses.get(item.reference, Status("pending"))
        for item in live
        if item.state in domain.OPEN_STATES
    ]
    if not words or any(word.outcome != "not_found" for word in words):
        return tranche, False
    window = timedelta(seconds=max(word.final_after_s for word in words))
    return tranche, asked_at - await _last_sent_at(work, tranche) > window


async def order_another_attempt(work: Work, *, tranche_id: str, reason: str) -> Tranche:
    """An operator's word that a tranche may be sent again past its five attempts, on record before
    its partner is asked.

    Raises disbursement.attempts_left while its workflow still sends by itself.
    """
    tranche = await locked_tranche(work, tranche_id)
    made = await attempts_of(work, tranche)
    if tranche.state != "instructed" or made < MAX_ATTEMPTS:
        raise Conflict(
            "disbursement.attempts_left",
            f"Este desembolso está {tranche.state} con {made} envíos; solo espera a un operador el"
            f" instruido que ya se envió {MAX_ATTEMPTS} veces.",
        )
    work.record("tranche.send_again", tranche.id, {"attempts": made, "reason": reason})
    return tranche


async def attempts_of(work: Work, tranche: Tranche) -> int:
    """How often the tranche's present references were sent."""
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


async def _open_attempt(work: Work, tranche: Tranche, live: Sequence[Live]) -> Sending:
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
    await instructions.mark(work, [one for one in live if one.state != "sent"], "sent")
    work.record("tranche.send", tranche.id, {"attempt": number})
    return Sending(_batch_of(tranche, live), tranche.channel, number)


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
    await instructions.answered(work, tranche, "unknown")
    work.record("tranche.sent", tranche.id, {"attempt": row.number, "outcome": "unknown"})


def _batch_of(tranche: Tranche, live: Sequence[Live]) -> Batch:
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
            for item in live
        ),
    )
