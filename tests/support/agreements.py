"""Parties of agreements in tests that run use cases without HTTP."""

import secrets

from sqlalchemy import select
from sqlmodel import col

from services.disbursement.models import (
    Agreement,
    AgreementDocument,
    Evidence,
    Milestone,
)
from services.disbursement.signing import keys, service
from services.kernel import proof
from services.kernel.ids import new_id
from services.kernel.statements import agreement_statement, key_statement
from services.kernel.work import Work
from tests.support.signing import key_of


async def sign(work: Work, *, agreement_id: str, party: str) -> Agreement:
    """The actor signs the document with a key of its own, registered if need be; an agreement that
    comes into force has its milestones and own contribution verified, as two people did."""
    sub, now = work.actor.sub, work.now.replace(microsecond=0)
    key = key_of(sub)
    jwk = proof.public_jwk(key)
    registration = key_statement(jwk=jwk, holder_sub=sub, signed_at=now)
    await keys.register(work, jwk=jwk, signed_at=now, signature=proof.sign(registration, key))
    drawn = await work.session.get_one(AgreementDocument, agreement_id)
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
    query = select(Milestone).where(col(Milestone.agreement_id) == agreement.id)
    milestones = (await work.session.scalars(query)).all()
    for tranche_id in [*(one.tranche_id for one in milestones), None]:
        work.session.add(
            Evidence(
                id=new_id("evi"),
                kind="milestone" if tranche_id else "own",
                agreement_id=agreement.id,
                consortium_id=agreement.consortium_id,
                tranche_id=tranche_id,
                amount_centimos=None if tranche_id else agreement.own_centimos,
                text="Acta",
                document_sha256=agreement.id,
                state="verified",
                filed_by="rosa",
                filed_at=work.now,
                judged_by="vera",
                judged_at=work.now,
            )
        )
