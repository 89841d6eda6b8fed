"""Routes of milestones, own contributions and their evidence."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response

from services.disbursement.milestones import queries, service
from services.disbursement.milestones.schemas import (
    EvidenceIn,
    EvidenceOut,
    MilestoneOut,
    ObservationIn,
    OwnContributionIn,
)
from services.disbursement.models import Agreement, Evidence, Tranche
from services.kernel.auth import consortium_in_query, guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.schemas import Page

router = APIRouter()

Run = Annotated[Command, Depends(command_of("disbursement"))]
Session = Annotated[AsyncSession, Depends(reading("disbursement"))]
AgreementId = Annotated[str, Path(pattern=id_pattern("agr"))]
TrancheId = Annotated[str, Path(pattern=id_pattern("tra"))]
EvidenceId = Annotated[str, Path(pattern=id_pattern("evi"))]

agreement_scope = scope_of(Agreement, "agreement_id", "agr", consortium_id="consortium_id")
tranche_scope = scope_of(Tranche, "tranche_id", "tra", consortium_id="consortium_id")
evidence_scope = scope_of(Evidence, "evidence_id", "evi", consortium_id="consortium_id")


@router.get(
    "/v1/agreements/{agreement_id}/milestones",
    **guarded("disbursement.agreement.read", scope=agreement_scope),
)
async def list_milestones(agreement_id: AgreementId, session: Session) -> list[MilestoneOut]:
    """The milestones of an agreement, one a tranche."""
    return [MilestoneOut.of(row) for row in await queries.of_agreement(session, agreement_id)]


@router.post(
    "/v1/tranches/{tranche_id}/evidence",
    status_code=201,
    response_model=EvidenceOut,
    **guarded("disbursement.evidence.file", scope=tranche_scope),
)
async def file_milestone(tranche_id: TrancheId, body: EvidenceIn, run: Run) -> Response:
    """File what shows that the tranche's milestone is met."""
    return await run.run(
        service.file_milestone,
        render=EvidenceOut.of,
        status=201,
        tranche_id=tranche_id,
        **body.model_dump(),
    )


@router.post(
    "/v1/agreements/{agreement_id}/own-contributions",
    status_code=201,
    response_model=EvidenceOut,
    **guarded("disbursement.own_contribution.file", scope=agreement_scope),
)
async def file_own(agreement_id: AgreementId, body: OwnContributionIn, run: Run) -> Response:
    """File what shows that the consortium paid part of its own contribution."""
    return await run.run(
        service.file_own,
        render=EvidenceOut.of,
        status=201,
        agreement_id=agreement_id,
        amount_centimos=body.amount.centimos,
        text=body.text,
        document_sha256=body.document_sha256,
    )


@router.post(
    "/v1/evidence/{evidence_id}/verification",
    response_model=EvidenceOut,
    **guarded("disbursement.evidence.verify", scope=evidence_scope),
)
async def verify_evidence(evidence_id: EvidenceId, run: Run) -> Response:
    """Confirm the evidence, by another person than who filed it."""
    return await run.run(service.verify, render=EvidenceOut.of, evidence_id=evidence_id)


@router.post(
    "/v1/evidence/{evidence_id}/observation",
    response_model=EvidenceOut,
    **guarded("disbursement.evidence.observe", scope=evidence_scope),
)
async def observe(evidence_id: EvidenceId, body: ObservationIn, run: Run) -> Response:
    """Say what is wrong with the evidence, so that it is filed again."""
    return await run.run(
        service.observe, render=EvidenceOut.of, evidence_id=evidence_id, reason=body.reason
    )


@router.get("/v1/evidence", **guarded("disbursement.evidence.list", scope=consortium_in_query))
async def list_evidence(
    session: Session,
    page: Annotated[PageRequest, Depends(page_request)],
    agreement_id: Annotated[str | None, Query(pattern=id_pattern("agr"))] = None,
    tranche_id: Annotated[str | None, Query(pattern=id_pattern("tra"))] = None,
    consortium_id: Annotated[str | None, Query(pattern=id_pattern("con"))] = None,
    state: Literal["filed", "verified", "observed"] | None = None,
) -> Page[EvidenceOut]:
    """Evidence by agreement, tranche, consortium or state, oldest first."""
    query = queries.evidence(agreement_id, tranche_id, consortium_id, state)
    return await page_of(session, query, Evidence.id, page, EvidenceOut.of)
