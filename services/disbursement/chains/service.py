"""Asking again for what came back of a tranche that is otherwise paid."""

from typing import Final

from sqlalchemy import func, select
from sqlmodel import col

from services.disbursement.events import TrancheRequested
from services.disbursement.models import Agreement, Tranche
from services.disbursement.tranches import event_of, locked_tranche
from services.kernel.db import rows_in
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.rows import found, locked
from services.kernel.work import Work

PAID: Final = frozenset({"confirmed", "reconciled", "accounted"})

_CAME_BACK: Final = """
SELECT id, amount_centimos FROM instruction
WHERE tranche_id = %s AND lineage = %s AND NOT live AND repaid_in IS NULL ORDER BY id FOR UPDATE
"""
_TAKE: Final = "UPDATE instruction SET repaid_in = %s WHERE id = ANY(%s)"
_SAME: Final = (
    "agreement_id",
    "application_id",
    "consortium_id",
    "call_id",
    "sequence",
    "channel",
    "milestone",
    "committed_account",
    "budget_account",
)


async def ask_again(work: Work, *, tranche_id: str) -> Tranche:
    """The consortium asks again for what was refused or came back of a paid tranche: a part of its
    own, already requested, for exactly that sum; the tranche keeps what stayed paid. No money
    moves: what came back is committed since then. Three people release the part as any other.

    Raises disbursement.not_paid, disbursement.nothing_came_back (also when it was asked for
    before) and disbursement.agreement_not_active.
    """
    seen = await found(work.session, Tranche, tranche_id)
    agreement = await locked(work.session, Agreement, seen.agreement_id)
    former = await locked_tranche(work, tranche_id)
    if agreement.state != "active":
        raise Conflict("disbursement.agreement_not_active", "El convenio no está vigente.")
    if former.state not in PAID:
        raise Conflict(
            "disbursement.not_paid",
            "Este desembolso no está pagado; si volvió entero, pídalo de nuevo.",
        )
    rows = await rows_in(work.session, _CAME_BACK, (former.id, former.lineage))
    if not rows:
        raise Conflict(
            "disbursement.nothing_came_back", "De este desembolso no volvió nada por pagar."
        )
    part = await _part_of(work, former, sum(amount for _, amount in rows))
    await rows_in(work.session, _TAKE, (part.id, [one for one, _ in rows]))
    change = {"of": former.id, "amount": part.amount_centimos, "instructions": len(rows)}
    work.record("tranche.request", part.id, {"to": "requested", **change})
    work.publish(TrancheRequested(**event_of(part)), version=part.version)
    return part


async def _part_of(work: Work, former: Tranche, amount_centimos: int) -> Tranche:
    """Written beside the tranche that it takes its sum from."""
    last = await work.session.scalar(
        select(func.max(col(Tranche.part))).where(
            col(Tranche.agreement_id) == former.agreement_id,
            col(Tranche.sequence) == former.sequence,
            col(Tranche.channel) == former.channel,
        )
    )
    part = Tranche(
        **former.model_dump(include=set(_SAME)),
        id=new_id("tra"),
        part=int(last or 1) + 1,
        part_of=former.part_of or former.id,
        amount_centimos=amount_centimos,
        state="requested",
        lineage=former.lineage + 1,
        requested_by=work.actor.sub,
        requested_at=work.now,
    )
    work.session.add(part)
    former.amount_centimos -= amount_centimos
    former.version += 1
    work.record("tranche.part", former.id, {"to": part.id, "amount": amount_centimos})
    await work.session.flush()
    return part
