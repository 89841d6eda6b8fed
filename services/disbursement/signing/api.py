"""Routes of an agreement's document, its signatures and the keys of who signs."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import StringConstraints

from services.disbursement.models import Agreement, SignerKey
from services.disbursement.schemas import AgreementOut
from services.disbursement.signing import document, keys, service
from services.disbursement.signing.schemas import (
    KEY_ID_PATTERN,
    AgreementFile,
    SignatureIn,
    SignerKeyIn,
    SignerKeyOut,
    SignerKeyRevocationIn,
)
from services.kernel import proof
from services.kernel.auth import guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.downloads import files_told, shown
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.rows import found
from services.kernel.schemas import Page
from services.paper.agreement import agreement_pdf

router = APIRouter()

Run = Annotated[Command, Depends(command_of("disbursement"))]
Session = Annotated[AsyncSession, Depends(reading("disbursement"))]
AgreementId = Annotated[str, Path(pattern=id_pattern("agr"))]
KeyId = Annotated[str, Path(pattern=KEY_ID_PATTERN, description="JWK thumbprint (RFC 7638)")]
Holder = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[!-~]+$")]

Version = Annotated[
    int | None, Query(ge=1, le=1000, description="1 is the agreement as it was first signed.")
]

agreement_scope = scope_of(Agreement, "agreement_id", "agr", consortium_id="consortium_id")


@router.post(
    "/v1/agreements/{agreement_id}/signatures",
    status_code=201,
    response_model=AgreementOut,
    **guarded("disbursement.agreement.sign", scope=agreement_scope),
)
async def sign(agreement_id: AgreementId, body: SignatureIn, run: Run) -> Response:
    """Sign the document for the fund (secretariat) or for the consortium (applicant)."""
    return await run.run(
        service.sign,
        render=AgreementOut.of,
        status=201,
        agreement_id=agreement_id,
        **body.model_dump(),
    )


@router.get(
    "/v1/agreements/{agreement_id}/document/file",
    response_model=AgreementFile,
    **guarded("disbursement.agreement.read", scope=agreement_scope),
)
async def read_file(
    agreement_id: AgreementId, session: Session, version: Version = None
) -> Response:
    """The agreement's file, byte for byte what is checked offline: the version in force, or the one
    asked for."""
    content = await _file(session, agreement_id, version)
    return shown(content, f"{agreement_id}.json", "application/json")


@router.get(
    "/v1/agreements/{agreement_id}/document",
    response_class=Response,
    **files_told(guarded("disbursement.agreement.read", scope=agreement_scope), "application/pdf"),
)
async def read_pdf(
    agreement_id: AgreementId, session: Session, version: Version = None
) -> Response:
    """The agreement (convenio) on paper, drawn from its file, which it carries inside; a draft
    until both have signed. The version in force, or the one asked for."""
    drawn = await asyncio.to_thread(agreement_pdf, await _file(session, agreement_id, version))
    return shown(drawn, f"{agreement_id}.pdf", "application/pdf")


async def _file(session: AsyncSession, agreement_id: str, version: int | None) -> bytes:
    agreement = await found(session, Agreement, agreement_id)
    drawn = await document.of_version(session, agreement, version)
    return proof.canonical(await document.file_of(session, drawn))


@router.post(
    "/v1/signer-keys",
    status_code=201,
    response_model=SignerKeyOut,
    **guarded("disbursement.signer_key.register"),
)
async def register_key(body: SignerKeyIn, run: Run) -> Response:
    """Register the caller's own key for signing agreements, which it proves to hold."""
    return await run.run(
        keys.register,
        render=SignerKeyOut.of,
        status=201,
        jwk=body.jwk.members(),
        signed_at=body.signed_at,
        signature=body.signature,
    )


@router.get("/v1/signer-keys", **guarded("disbursement.signer_key.list"))
async def list_keys(
    session: Session,
    page: Annotated[PageRequest, Depends(page_request)],
    holder_sub: Annotated[Holder | None, Query()] = None,
) -> Page[SignerKeyOut]:
    """The signers' public keys with their history."""
    return await page_of(session, keys.held(holder_sub), SignerKey.id, page, SignerKeyOut.of)


@router.post(
    "/v1/signer-keys/{kid}/revoke",
    response_model=SignerKeyOut,
    **guarded("disbursement.signer_key.revoke"),
)
async def revoke_key(kid: KeyId, body: SignerKeyRevocationIn, run: Run) -> Response:
    """Revoke a key: the holder's own, or any by the secretariat."""
    return await run.run(keys.revoke, render=SignerKeyOut.of, kid=kid, reason=body.reason)
