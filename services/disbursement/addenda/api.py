"""Routes of amendments."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy import select
from sqlmodel import col

from services.disbursement.addenda import service
from services.disbursement.addenda.schemas import (
    AddendumEndIn,
    AddendumIn,
    AddendumOut,
    State,
)
from services.disbursement.models import Addendum, Agreement
from services.disbursement.signing.schemas import SignatureIn
from services.kernel.auth import consortium_in_query, guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.rows import found
from services.kernel.schemas import Page

router = APIRouter()

Run = Annotated[Command, Depends(command_of("disbursement"))]
Session = Annotated[AsyncSession, Depends(reading("disbursement"))]
AgreementId = Annotated[str, Path(pattern=id_pattern("agr"))]
AddendumId = Annotated[str, Path(pattern=id_pattern("add"))]

agreement_scope = scope_of(Agreement, "agreement_id", "agr", consortium_id="consortium_id")
addendum_scope = scope_of(Addendum, "addendum_id", "add", consortium_id="consortium_id")


@router.post(
    "/v1/agreements/{agreement_id}/addenda",
    status_code=201,
    response_model=AddendumOut,
    **guarded("disbursement.addendum.draft", scope=agreement_scope),
)
async def draft_addendum(
    agreement_id: AgreementId, body: AddendumIn, request: Request, run: Run
) -> Response:
    """Propose an amendment: the whole plan as it is to be, and why."""
    return await run.run(
        service.draft,
        render=AddendumOut.of,
        status=201,
        agreement_id=agreement_id,
        reason=body.reason,
        plan=body.plan.stored(),
        opa=request.app.state.opa,
    )


@router.get("/v1/addenda", **guarded("disbursement.addendum.list", scope=consortium_in_query))
async def list_addenda(
    session: Session,
    page: Annotated[PageRequest, Depends(page_request)],
    agreement_id: Annotated[str | None, Query(pattern=id_pattern("agr"))] = None,
    consortium_id: Annotated[str | None, Query(pattern=id_pattern("con"))] = None,
    state: State | None = None,
) -> Page[AddendumOut]:
    """Amendments of an agreement or of a consortium, oldest first."""
    query = select(Addendum)
    for column, value in (
        (col(Addendum.agreement_id), agreement_id),
        (col(Addendum.consortium_id), consortium_id),
        (col(Addendum.state), state),
    ):
        query = query if value is None else query.where(column == value)
    return await page_of(session, query, Addendum.id, page, AddendumOut.of)


@router.get(
    "/v1/addenda/{addendum_id}", **guarded("disbursement.addendum.read", scope=addendum_scope)
)
async def read_addendum(addendum_id: AddendumId, session: Session) -> AddendumOut:
    """One amendment; the document to sign stands at the agreement's, by `document_version`."""
    return AddendumOut.of(await found(session, Addendum, addendum_id))


@router.post(
    "/v1/addenda/{addendum_id}/approval",
    response_model=AddendumOut,
    **guarded("disbursement.addendum.approve", scope=addendum_scope),
)
async def approve_addendum(addendum_id: AddendumId, request: Request, run: Run) -> Response:
    """Approve what another person drafted; past the parameters it goes to the board."""
    return await run.run(
        service.approve,
        render=AddendumOut.of,
        addendum_id=addendum_id,
        opa=request.app.state.opa,
    )


@router.post(
    "/v1/addenda/{addendum_id}/signatures",
    status_code=201,
    response_model=AddendumOut,
    **guarded("disbursement.addendum.sign", scope=addendum_scope),
)
async def sign_addendum(addendum_id: AddendumId, body: SignatureIn, run: Run) -> Response:
    """Sign the agreement's next version for the fund (secretariat) or for the consortium
    (applicant): the same statement as for the agreement, on the hash of that version."""
    return await run.run(
        service.sign,
        render=AddendumOut.of,
        status=201,
        addendum_id=addendum_id,
        **body.model_dump(),
    )


@router.post(
    "/v1/addenda/{addendum_id}/withdrawal",
    response_model=AddendumOut,
    **guarded("disbursement.addendum.withdraw", scope=addendum_scope),
)
async def withdraw_addendum(addendum_id: AddendumId, body: AddendumEndIn, run: Run) -> Response:
    """Take an amendment back that is not in force."""
    return await run.run(
        service.withdraw, render=AddendumOut.of, addendum_id=addendum_id, reason=body.reason
    )


@router.post(
    "/v1/addenda/{addendum_id}/unvoted",
    response_model=AddendumOut,
    **guarded("disbursement.addendum.end_unvoted", scope=addendum_scope),
)
async def end_unvoted(addendum_id: AddendumId, body: AddendumEndIn, run: Run) -> Response:
    """Note that the board came to no decision on the amendment."""
    return await run.run(
        service.end_unvoted, render=AddendumOut.of, addendum_id=addendum_id, reason=body.reason
    )
