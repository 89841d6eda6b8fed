"""Routes of reconciliation cases."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response

from services.disbursement.cases import queries, service
from services.disbursement.cases.schemas import (
    AssignmentIn,
    CaseOut,
    CaseWhole,
    CommentIn,
    LoanMatchIn,
    MatchIn,
    ResolutionIn,
)
from services.disbursement.models import ReconciliationCase
from services.disbursement.schemas import Channel
from services.kernel.auth import guarded, reading
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.schemas import LINE_PATTERN, Page

router = APIRouter()

Run = Annotated[Command, Depends(command_of("disbursement"))]
Session = Annotated[AsyncSession, Depends(reading("disbursement"))]
CaseId = Annotated[str, Path(pattern=id_pattern("cas"))]
Kind = Annotated[str | None, Query(pattern=r"^[a-z_]{3,40}$")]
Overdue = Annotated[bool | None, Query()]
Owner = Annotated[str | None, Query(max_length=200, pattern=LINE_PATTERN)]


@router.get("/v1/reconciliation-cases", **guarded("disbursement.reconciliation.read"))
async def list_cases(
    session: Session,
    page: Annotated[PageRequest, Depends(page_request)],
    channel: Channel | None = None,
    state: Literal["open", "resolved"] | None = None,
    kind: Kind = None,
    owner: Owner = None,
    overdue: Overdue = None,
) -> Page[CaseOut]:
    """Differences that wait for a person, or did; by channel, state, kind, owner (a person or a
    role), and whether their day has passed."""
    query = queries.cases(channel=channel, state=state, kind=kind, owner=owner, overdue=overdue)
    return await page_of(session, query, ReconciliationCase.id, page, CaseOut.of)


@router.get("/v1/reconciliation-cases/{case_id}", **guarded("disbursement.case.read"))
async def read_case(case_id: CaseId, session: Session) -> CaseWhole:
    """A case with its history; for a line of unknown reference, the instructions it may be of."""
    return CaseWhole.of_view(await queries.view(session, case_id))


@router.post(
    "/v1/reconciliation-cases/{case_id}/assign",
    response_model=CaseOut,
    **guarded("disbursement.case.assign"),
)
async def assign(case_id: CaseId, body: AssignmentIn, run: Run) -> Response:
    """Give the case to a person."""
    return await run.run(service.assign, render=CaseOut.of, case_id=case_id, owner=body.owner)


@router.post(
    "/v1/reconciliation-cases/{case_id}/comments",
    response_model=CaseOut,
    **guarded("disbursement.case.comment"),
)
async def comment(case_id: CaseId, body: CommentIn, run: Run) -> Response:
    """Add what a person found out."""
    return await run.run(service.comment, render=CaseOut.of, case_id=case_id, text=body.text)


@router.post(
    "/v1/reconciliation-cases/{case_id}/match",
    response_model=CaseOut,
    **guarded("disbursement.case.match"),
)
async def propose(case_id: CaseId, body: MatchIn, run: Run) -> Response:
    """Propose the instruction that a line belongs to; another person confirms by resolving."""
    return await run.run(service.propose, render=CaseOut.of, case_id=case_id, **body.model_dump())


@router.post(
    "/v1/reconciliation-cases/{case_id}/loan-match",
    response_model=CaseOut,
    **guarded("disbursement.case.match_loan"),
)
async def propose_loan(case_id: CaseId, body: LoanMatchIn, run: Run) -> Response:
    """Propose the loan that a repayment is of; another person confirms by resolving."""
    return await run.run(
        service.propose_loan, render=CaseOut.of, case_id=case_id, **body.model_dump()
    )


@router.post(
    "/v1/reconciliation-cases/{case_id}/resolve",
    response_model=CaseOut,
    **guarded("disbursement.case.resolve"),
)
async def resolve(case_id: CaseId, body: ResolutionIn, run: Run) -> Response:
    """Say how the case ends; `matched` makes the proposed match, by another person."""
    return await run.run(service.resolve, render=CaseOut.of, case_id=case_id, **body.model_dump())
