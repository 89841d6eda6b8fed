"""How an agreement ends before its time: suspended, terminated, or given up by the consortium.

Whatever ends gives back what it had reserved: the commitment returns to the call in the same
transaction as the new state.
"""

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.disbursement import domain
from services.disbursement.envelopes import service as envelopes
from services.disbursement.events import AgreementResumed, AgreementSuspended, AgreementTerminated
from services.disbursement.models import Agreement, Tranche, Withdrawal
from services.kernel.errors import Conflict
from services.kernel.rows import locked
from services.kernel.work import Work

ON_ITS_WAY = frozenset({"released", "instructed"})


async def suspend(work: Work, *, agreement_id: str, reason: str) -> Agreement:
    """Stop every payment of an active agreement, also of a tranche already asked for."""
    agreement = await locked(work.session, Agreement, agreement_id)
    _move(work, agreement, "suspended", reason)
    work.publish(
        AgreementSuspended(
            agreement_id=agreement.id, application_id=agreement.application_id, reason=reason
        ),
        version=agreement.version,
    )
    return agreement


async def resume(work: Work, *, agreement_id: str, reason: str) -> Agreement:
    """Let a suspended agreement go on."""
    agreement = await locked(work.session, Agreement, agreement_id)
    if agreement.state != "suspended":
        raise Conflict("disbursement.not_suspended", "El convenio no está suspendido.")
    _move(work, agreement, "active", reason)
    work.publish(
        AgreementResumed(
            agreement_id=agreement.id, application_id=agreement.application_id, reason=reason
        ),
        version=agreement.version,
    )
    return agreement


async def terminate(work: Work, *, agreement_id: str, reason: str) -> Agreement:
    """End the agreement (resolución); what it has not used goes back to the call.

    Raises disbursement.tranche_open while money is on its way: its outcome must be known first.
    What was paid stays paid; what must come back is claimed apart.
    """
    agreement = await locked(work.session, Agreement, agreement_id)
    await _end(work, agreement, reason)
    return agreement


async def give_up(work: Work, *, application_id: str) -> None:
    """The consortium withdrew its application: an agreement that is not in force ends, and none
    is drawn up any more. The same news twice changes nothing."""
    await lock_application(work, application_id)
    await work.session.execute(
        insert(Withdrawal)
        .values(application_id=application_id, received_at=work.now)
        .on_conflict_do_nothing()
    )
    agreement = await work.session.scalar(
        select(Agreement).where(col(Agreement.application_id) == application_id).with_for_update()
    )
    if agreement is not None and agreement.state in {"drafted", "signed"}:
        await _end(work, agreement, "El consorcio desistió de su solicitud.")


async def lock_application(work: Work, application_id: str) -> None:
    """One at a time for an application: its withdrawal, or the drawing up of its agreement."""
    await work.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext(:name))"),
        {"name": f"application:{application_id}"},
    )


async def _end(work: Work, agreement: Agreement, reason: str) -> None:
    query = (
        select(Tranche)
        .where(col(Tranche.agreement_id) == agreement.id)
        .order_by(col(Tranche.id))
        .with_for_update()
    )
    tranches = (await work.session.scalars(query)).all()
    if ON_ITS_WAY & {tranche.state for tranche in tranches}:
        raise Conflict("disbursement.tranche_open", "Hay un desembolso en curso; espere su final.")
    _move(work, agreement, "terminated", reason)
    left = await envelopes.release_left(work, agreement, tranches)
    work.publish(
        AgreementTerminated(
            agreement_id=agreement.id,
            application_id=agreement.application_id,
            reason=reason,
            released_centimos=left,
        ),
        version=agreement.version,
    )


def _move(work: Work, agreement: Agreement, to: str, reason: str) -> None:
    before = agreement.state
    agreement.state = domain.move(domain.AGREEMENT_MOVES, "El convenio", before, to)
    agreement.state_reason, agreement.state_by = reason, work.actor.sub
    agreement.version += 1
    work.record("agreement.move", agreement.id, {"state": [before, to], "reason": reason})
