"""Routes of loans."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from services.disbursement.lending import queries, service
from services.disbursement.lending.schemas import (
    HarvestIn,
    HarvestOut,
    LoanOut,
    LoanWhole,
    MovementOut,
    ScheduleOut,
)
from services.disbursement.models import Loan
from services.kernel import clock
from services.kernel.auth import consortium_in_query, guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, cursor_after, page_request, rows_of
from services.kernel.schemas import Day, Page
from services.kernel.values import DNI_PATTERN

router = APIRouter()

Run = Annotated[Command, Depends(command_of("disbursement"))]
Session = Annotated[AsyncSession, Depends(reading("disbursement"))]
Paging = Annotated[PageRequest, Depends(page_request)]
LoanId = Annotated[str, Path(pattern=id_pattern("loa"))]
On = Annotated[Day | None, Query(description="The day asked about, in Lima; today if not told.")]

loan_scope = scope_of(Loan, "loan_id", "loa", consortium_id="consortium_id")


@router.get("/v1/loans", **guarded("disbursement.loan.list", scope=consortium_in_query))
async def list_loans(
    session: Session,
    page: Paging,
    agreement_id: Annotated[str | None, Query(pattern=id_pattern("agr"))] = None,
    consortium_id: Annotated[str | None, Query(pattern=id_pattern("con"))] = None,
    call_id: Annotated[str | None, Query(pattern=id_pattern("cal"))] = None,
    document: Annotated[str | None, Query(pattern=DNI_PATTERN)] = None,
    on: On = None,
) -> Page[LoanOut]:
    """Loans of an agreement, a consortium, a call or a producer, as they stood on a day."""
    query = queries.loans(
        agreement_id=agreement_id, consortium_id=consortium_id, call_id=call_id, document=document
    )
    rows, cursor = await rows_of(session, query, Loan.id, page)
    views = await queries.views(session, rows, on or clock.lima_date(clock.now()))
    return Page(data=[LoanOut.of(view) for view in views], next_cursor=cursor)


@router.get("/v1/loans/{loan_id}", **guarded("disbursement.loan.read", scope=loan_scope))
async def read_loan(loan_id: LoanId, session: Session, on: On = None) -> LoanWhole:
    """A loan with its terms, as it stood on a day."""
    return LoanWhole.of(await queries.view(session, loan_id, on or clock.lima_date(clock.now())))


@router.get(
    "/v1/loans/{loan_id}/schedule", **guarded("disbursement.loan_schedule.read", scope=loan_scope)
)
async def read_schedule(loan_id: LoanId, session: Session, on: On = None) -> ScheduleOut:
    """What falls due and when: an instalment for each disbursed part, with its interest."""
    return ScheduleOut.of(await queries.view(session, loan_id, on or clock.lima_date(clock.now())))


@router.get(
    "/v1/loans/{loan_id}/movements", **guarded("disbursement.loan_movement.list", scope=loan_scope)
)
async def list_movements(loan_id: LoanId, session: Session, page: Paging) -> Page[MovementOut]:
    """What was lent, came back and was repaid, in the order of days."""
    rows, more = await queries.movements(session, loan_id, limit=page.limit, after=page.after)
    last = rows[-1].place if more else None
    return Page(data=[MovementOut.of(row) for row in rows], next_cursor=cursor_after(last))


@router.post(
    "/v1/agreements/{agreement_id}/harvest",
    response_model=HarvestOut,
    **guarded("disbursement.loan.tell_harvest"),
)
async def tell_harvest(
    agreement_id: Annotated[str, Path(pattern=id_pattern("agr"))], body: HarvestIn, run: Run
) -> Response:
    """Say on which day the harvest pays the agreement's loans; once, and from today on."""
    return await run.run(
        service.tell_harvest,
        render=lambda terms: HarvestOut(
            agreement_id=terms.agreement_id, harvest_on=terms.harvest_on, told_by=terms.told_by
        ),
        agreement_id=agreement_id,
        harvest_on=body.harvest_on,
    )
