"""Keeping each signed message, and refusing what speaks of a payment that is not ours."""

import hashlib

from sqlalchemy import select
from sqlmodel import col

from services.disbursement.inbound.security import refuse
from services.disbursement.inbound_tables import InboundMessage
from services.disbursement.models import Instruction
from services.disbursement.reconciliation import Callback, Verdict
from services.kernel.errors import Invalid
from services.kernel.ids import new_id
from services.kernel.work import Work


async def log_delivery(
    work: Work, *, program: str, raw: bytes, callback: Callback, verdict: Verdict
) -> bool:
    """Write the delivery down; returns whether its reference is one of ours on this channel.

    A foreign reference is told apart here and refused by the route after the commit, so that the
    message and its case stay.
    """
    ours = await work.session.scalar(
        select(col(Instruction.id)).where(
            col(Instruction.channel) == program, col(Instruction.reference) == callback.reference
        )
    )
    work.session.add(
        InboundMessage(
            id=new_id("inm"),
            program=program,
            message_id=callback.message_id,
            type=f"payment.{callback.outcome}",
            reference=callback.reference,
            outcome=verdict if ours else "refused",
            sha256=hashlib.sha256(raw).hexdigest(),
            bytes=len(raw),
            received_at=work.now,
        )
    )
    return ours is not None


def foreign_reference(reference: str) -> Exception:
    """The refusal of a message about a payment that the fund never ordered; counted."""
    error = Invalid(
        "disbursement.foreign_reference",
        f"La referencia {reference} no es de una orden del fondo; revísela y no la reenvíe.",
    )
    return refuse("foreign_reference", error)
