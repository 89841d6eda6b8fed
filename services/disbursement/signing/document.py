"""An agreement's text, drawn up once from the plan and the board's conditions, and its file."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import col

from services.disbursement import credit, domain
from services.disbursement.models import (
    Agreement,
    AgreementCondition,
    AgreementDocument,
    AgreementSignature,
    LoanTerms,
    Milestone,
    Resolution,
    SignerKey,
    Tranche,
)
from services.kernel import proof
from services.kernel.auth import not_found
from services.kernel.db import AsyncSession, instant_text
from services.kernel.statements import agreement_statement
from services.kernel.values import to_amount
from services.kernel.work import Work

SOURCES: Final = ("agroideas", "agrobanco", "own")
FUND: Final = "Fondo de Consorcios Productivos"


async def draw(
    work: Work, agreement: Agreement, footprint: Mapping[str, Any] | None = None
) -> AgreementDocument:
    """Draw up the agreement's first document; one that is there is returned, whatever changed
    since."""
    drawn = await work.session.get(AgreementDocument, (agreement.id, 1))
    if drawn is not None:
        return drawn
    resolution = await work.session.get_one(Resolution, agreement.ballot_id)
    content = {
        "type": "fondo.agreement.v1",
        "agreement_id": agreement.id,
        "application_id": agreement.application_id,
        "call_id": agreement.call_id,
        "dossier_sha256": agreement.dossier_sha256,
        "resolution": {"number": resolution.resolution_number, "ballot_id": agreement.ballot_id},
        "parties": _parties(agreement, footprint),
        "title": agreement.plan.get("title"),
        "budget": budget_of(agreement.plan),
        "tranches": await _tranches(work.session, agreement.id),
        "conditions": await _conditions(work.session, agreement.id),
        **await _credit(work.session, agreement.id),
        "drawn_at": instant_text(work.now),
    }
    return await keep(work, agreement, 1, content)


async def keep(
    work: Work, agreement: Agreement, version: int, content: dict[str, Any]
) -> AgreementDocument:
    """Keep the text of a version of the agreement."""
    drawn = AgreementDocument(
        agreement_id=agreement.id,
        version=version,
        content=content,
        content_sha256=proof.sha256_of(content),
        drawn_at=work.now,
    )
    work.session.add(drawn)
    await work.session.flush()
    kept = {"version": version, "content_sha256": drawn.content_sha256}
    work.record("agreement.document", agreement.id, kept)
    return drawn


async def of_version(
    session: AsyncSession, agreement: Agreement, version: int | None = None
) -> AgreementDocument:
    """The document of a version of the agreement, or of the one in force; raises Missing."""
    key = (agreement.id, version or agreement.document_version)
    drawn = await session.get(AgreementDocument, key)
    if drawn is None:
        raise not_found()
    return drawn


async def file_of(session: AsyncSession, drawn: AgreementDocument) -> dict[str, Any]:
    """The document with its signatures so far and the public keys that check them."""
    rows = (
        await session.execute(
            select(AgreementSignature, SignerKey)
            .join(SignerKey, col(SignerKey.id) == col(AgreementSignature.key_id))
            .where(
                col(AgreementSignature.agreement_id) == drawn.agreement_id,
                col(AgreementSignature.version) == drawn.version,
            )
            .order_by(col(AgreementSignature.party))
        )
    ).all()
    return {
        "content": drawn.content,
        "content_sha256": drawn.content_sha256,
        "signatures": [
            {
                "statement": statement_of(signature),
                "key_id": signature.key_id,
                "signature": signature.signature,
            }
            for signature, _ in rows
        ],
        "keys": [{"id": key.id, "holder_sub": key.holder_sub, "jwk": key.jwk} for _, key in rows],
    }


def statement_of(row: AgreementSignature) -> dict[str, Any]:
    """What the signature is on."""
    return agreement_statement(
        agreement_id=row.agreement_id,
        content_sha256=row.content_sha256,
        party=row.party,
        holder_sub=row.holder_sub,
        signed_at=row.signed_at,
        nonce=row.nonce,
    )


def _parties(agreement: Agreement, footprint: Mapping[str, Any] | None) -> dict[str, Any]:
    told = footprint or {}
    return {
        "fund": FUND,
        "consortium": {"id": agreement.consortium_id, "name": told.get("name")},
        "anchor_firm": {"ruc": told.get("anchor_firm_ruc"), "name": told.get("anchor_firm_name")},
    }


def budget_of(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The plan's budget lines and their sums, as a document tells them."""
    lines = plan["budget_lines"]
    named = ("total", *SOURCES)
    return {
        "lines": [
            {
                "line_no": line.get("line_no"),
                "item": line.get("item"),
                "description": line.get("description"),
                **{name: to_amount(line[f"{name}_centimos"]) for name in named},
            }
            for line in lines
        ],
        "totals": {
            name: to_amount(sum(line[f"{name}_centimos"] for line in lines)) for name in named
        },
    }


async def _tranches(session: AsyncSession, agreement_id: str) -> list[dict[str, Any]]:
    rows = await session.execute(
        select(Tranche, Milestone)
        .join(Milestone, col(Milestone.tranche_id) == col(Tranche.id))
        .where(col(Tranche.agreement_id) == agreement_id)
        .order_by(col(Tranche.sequence), col(Tranche.channel))
    )
    return [
        {
            "id": tranche.id,
            "sequence": tranche.sequence,
            "channel": tranche.channel,
            "amount": to_amount(tranche.amount_centimos),
            "milestone": tranche.milestone,
            "evidence": milestone.evidence_required,
            "due_working_days": milestone.due_working_days,
        }
        for tranche, milestone in rows
    ]


async def _credit(session: AsyncSession, agreement_id: str) -> dict[str, Any]:
    """The terms of its credit, for an agreement that has one."""
    terms = await session.get(LoanTerms, agreement_id)
    return {} if terms is None else {"credit": credit.told(terms)}


async def _conditions(session: AsyncSession, agreement_id: str) -> list[dict[str, Any]]:
    query = select(AgreementCondition).where(col(AgreementCondition.agreement_id) == agreement_id)
    rows: Sequence[AgreementCondition] = (
        await session.scalars(query.order_by(col(AgreementCondition.number)))
    ).all()
    names = ("number", "text", "evidence", "due_working_days")
    return [row.model_dump(include=set(names)) for row in rows]


def where_most_land_is(footprint: Mapping[str, Any] | None) -> tuple[str | None, str | None]:
    """The region (scheme and two digits of the ubigeo) and the crop with most land, if told."""
    told = footprint or {}
    region, crop = (
        max(
            told.get(kind) or [{"name": None, "area_ha": "0.0000"}],
            key=lambda one: (domain.square_metres(one["area_ha"]), str(one["name"])),
        )["name"]
        for kind in ("regions", "crops")
    )
    return region, crop
