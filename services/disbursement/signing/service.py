"""Both parties sign the agreement's document, each with a key of its own."""

from datetime import datetime
from typing import Final

from services.disbursement import conditions, domain, holds
from services.disbursement.events import AgreementSigned
from services.disbursement.milestones import service as milestones
from services.disbursement.models import Agreement, AgreementDocument, AgreementSignature
from services.disbursement.signing import document, keys
from services.kernel.errors import Conflict, Denied
from services.kernel.rows import locked
from services.kernel.statements import agreement_statement
from services.kernel.work import Work

PARTIES: Final = {"fund": "secretariat", "consortium": "applicant"}


async def sign(
    work: Work,
    *,
    agreement_id: str,
    party: str,
    signed_at: datetime | None,
    nonce: str | None,
    signature: str | None,
) -> Agreement:
    """Sign for one party; with the second signature the agreement is active.

    Raises disbursement.wrong_party, disbursement.already_signed, disbursement.signature_required
    or a refusal of `KeyRegister.check_signed`.
    """
    if PARTIES[party] != work.actor.role:
        raise Denied("disbursement.wrong_party", "Solo puede firmar por su propia parte.")
    agreement = await locked(work.session, Agreement, agreement_id)
    if getattr(agreement, f"{party}_signed_by") is not None:
        raise Conflict("disbursement.already_signed", "Esa parte ya firmó.")
    if agreement.state != "drafted":
        domain.move(domain.AGREEMENT_MOVES, "El convenio", agreement.state, "signed")
    await holds.demand_free(work, holds.subjects_of(agreement))
    if signed_at is None or nonce is None or signature is None:
        raise keys.KEYS.unsigned()
    drawn = await document.draw(work, agreement)
    await keep(work, drawn, party, (signed_at.replace(microsecond=0), nonce, signature))
    setattr(agreement, f"{party}_signed_by", work.actor.sub)
    setattr(agreement, f"{party}_signed_at", work.now)
    agreement.version += 1
    if agreement.fund_signed_by is not None and agreement.consortium_signed_by is not None:
        for state in ("signed", "active"):
            agreement.state = domain.move(
                domain.AGREEMENT_MOVES, "El convenio", agreement.state, state
            )
        await conditions.begin_terms(work, agreement)
        await milestones.begin_terms(work, agreement)
        work.publish(
            AgreementSigned(agreement_id=agreement.id, application_id=agreement.application_id),
            version=agreement.version,
        )
    work.record("agreement.sign", agreement.id, {"party": party, "to": agreement.state})
    return agreement


async def keep(
    work: Work, drawn: AgreementDocument, party: str, signed: tuple[datetime, str, str]
) -> None:
    """Check the signature (instant, nonce, proof) on the document's hash and keep it; raises a
    refusal of `KeyRegister.check_signed`."""
    signed_at, nonce, signature = signed
    statement = agreement_statement(
        agreement_id=drawn.agreement_id,
        content_sha256=drawn.content_sha256,
        party=party,
        holder_sub=work.actor.sub,
        signed_at=signed_at,
        nonce=nonce,
    )
    key_id = await keys.KEYS.check_signed(
        work.session,
        statement=statement,
        signature=signature,
        signed_at=signed_at,
        now=work.now,
    )
    work.session.add(
        AgreementSignature(
            agreement_id=drawn.agreement_id,
            version=drawn.version,
            party=party,
            holder_sub=work.actor.sub,
            content_sha256=drawn.content_sha256,
            key_id=key_id,
            nonce=nonce,
            signed_at=signed_at,
            signature=signature,
            received_at=work.now,
        )
    )
    await work.session.flush()
    proven = {"party": party, "content_sha256": drawn.content_sha256, "key_id": key_id}
    work.record("agreement.signature", drawn.agreement_id, {**proven, "signature": signature})
