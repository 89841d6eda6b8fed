"""Parties of agreements in tests that run use cases without HTTP."""

import secrets
from dataclasses import replace

from sqlalchemy import select
from sqlmodel import col

from services.disbursement.milestones import service as milestones
from services.disbursement.models import Agreement, AgreementDocument, Milestone
from services.disbursement.signing import keys, service
from services.kernel import proof
from services.kernel.statements import agreement_statement, key_statement
from services.kernel.work import Work
from tests.support.callers import principal
from tests.support.signing import key_of


async def sign(work: Work, *, agreement_id: str, party: str) -> Agreement:
    """The actor signs the document with a key of its own, registered if need be; an agreement that
    comes into force has its milestones and own contribution verified, as two people did."""
    sub, now = work.actor.sub, work.now.replace(microsecond=0)
    key = key_of(sub)
    jwk = proof.public_jwk(key)
    registration = key_statement(jwk=jwk, holder_sub=sub, signed_at=now)
    await keys.register(work, jwk=jwk, signed_at=now, signature=proof.sign(registration, key))
    drawn = await work.session.get_one(AgreementDocument, (agreement_id, 1))
    nonce = secrets.token_urlsafe(16)
    statement = agreement_statement(
        agreement_id=agreement_id,
        content_sha256=drawn.content_sha256,
        party=party,
        holder_sub=sub,
        signed_at=now,
        nonce=nonce,
    )
    agreement = await service.sign(
        work,
        agreement_id=agreement_id,
        party=party,
        signed_at=now,
        nonce=nonce,
        signature=proof.sign(statement, key),
    )
    if agreement.state == "active":
        await _evidence(work, agreement)
    return agreement


async def _evidence(work: Work, agreement: Agreement) -> None:
    """Every milestone and the whole own contribution: the consortium files, the secretariat
    verifies."""
    applicant = principal("applicant", "rosa", consortium_id=agreement.consortium_id)
    files = replace(work, actor=applicant)
    judges = replace(work, actor=principal("secretariat", "vera"))
    query = select(Milestone).where(col(Milestone.agreement_id) == agreement.id)
    filed = [
        await milestones.file_milestone(
            files, tranche_id=one.tranche_id, text="Acta", document_sha256=agreement.id
        )
        for one in (await work.session.scalars(query)).all()
    ]
    filed.append(
        await milestones.file_own(
            files,
            agreement_id=agreement.id,
            amount_centimos=agreement.own_centimos,
            text="Voucher",
            document_sha256=agreement.id,
        )
    )
    for one in filed:
        await milestones.verify(judges, evidence_id=one.id)
