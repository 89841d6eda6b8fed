"""Routes of accountability reports."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from services.disbursement.accountability import queries, reports
from services.disbursement.accountability.schemas import (
    AcceptanceIn,
    ObservationIn,
    ReportIn,
    ReportOut,
    ReportState,
    ReportWhole,
    ReviewIn,
    TrancheAccountOut,
)
from services.disbursement.models import AccountabilityReport, Tranche
from services.kernel import clock
from services.kernel.auth import consortium_in_query, guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.schemas import Page
from services.kernel.versions import etag

router = APIRouter()

Run = Annotated[Command, Depends(command_of("disbursement"))]
Session = Annotated[AsyncSession, Depends(reading("disbursement"))]
Paging = Annotated[PageRequest, Depends(page_request)]
TrancheId = Annotated[str, Path(pattern=id_pattern("tra"))]
ReportId = Annotated[str, Path(pattern=id_pattern("rep"))]

tranche_scope = scope_of(Tranche, "tranche_id", "tra", consortium_id="consortium_id")
report_scope = scope_of(AccountabilityReport, "report_id", "rep", consortium_id="consortium_id")


@router.post(
    "/v1/tranches/{tranche_id}/accountability-reports",
    status_code=201,
    response_model=ReportOut,
    **guarded("disbursement.report.file", scope=tranche_scope),
)
async def file_report(tranche_id: TrancheId, body: ReportIn, run: Run) -> Response:
    """Hand in the report of a paid grant, or its correction: the whole list of invoices."""
    return await run.run(
        reports.file,
        render=ReportOut.of,
        status=201,
        tranche_id=tranche_id,
        vouchers=[invoice.voucher() for invoice in body.invoices],
    )


@router.get(
    "/v1/tranches/{tranche_id}/account",
    **guarded("disbursement.account.read", scope=tranche_scope),
)
async def read_account(tranche_id: TrancheId, session: Session) -> TrancheAccountOut:
    """What became of a tranche's money."""
    return TrancheAccountOut.of(await queries.account_of(session, tranche_id))


@router.get(
    "/v1/accountability-reports",
    **guarded("disbursement.report.list", scope=consortium_in_query),
)
async def list_reports(
    session: Session,
    page: Paging,
    *,
    consortium_id: Annotated[str | None, Query(pattern=id_pattern("con"))] = None,
    agreement_id: Annotated[str | None, Query(pattern=id_pattern("agr"))] = None,
    tranche_id: Annotated[str | None, Query(pattern=id_pattern("tra"))] = None,
    state: ReportState | None = None,
    overdue: bool | None = None,
) -> Page[ReportOut]:
    """Reports with their terms; `overdue=true`: what consortia owe past the day it was due."""
    query = queries.reports(
        consortium_id=consortium_id,
        agreement_id=agreement_id,
        tranche_id=tranche_id,
        state=state,
        overdue=overdue,
        today=clock.lima_date(clock.now()),
    )
    return await page_of(session, query, AccountabilityReport.id, page, ReportOut.of)


@router.get(
    "/v1/accountability-reports/{report_id}",
    **guarded("disbursement.report.read", scope=report_scope),
)
async def read_report(report_id: ReportId, session: Session, response: Response) -> ReportWhole:
    """One report with its invoices."""
    view = await queries.report(session, report_id, clock.lima_date(clock.now()))
    response.headers.update(etag(view.report.version))
    return ReportWhole.of_view(view)


@router.post(
    "/v1/accountability-reports/{report_id}/observation",
    response_model=ReportOut,
    **guarded("disbursement.report.observe", scope=report_scope),
)
async def observe_report(report_id: ReportId, body: ObservationIn, run: Run) -> Response:
    """Send a report back for correction."""
    return await run.run(
        reports.observe, render=ReportOut.of, report_id=report_id, **body.model_dump()
    )


@router.post(
    "/v1/accountability-reports/{report_id}/review",
    response_model=ReportOut,
    **guarded("disbursement.report.review", scope=report_scope),
)
async def review_report(report_id: ReportId, body: ReviewIn, run: Run) -> Response:
    """Decide how much of each invoice is eligible, with the reason; never who filed it."""
    judgements = {
        one.invoice_id: reports.Judgement(one.eligible.centimos, one.reason)
        for one in body.judgements
    }
    return await run.run(
        reports.review, render=ReportOut.of, report_id=report_id, judgements=judgements
    )


@router.post(
    "/v1/accountability-reports/{report_id}/acceptance",
    response_model=ReportOut,
    **guarded("disbursement.report.accept", scope=report_scope),
)
async def accept_report(report_id: ReportId, body: AcceptanceIn, run: Run) -> Response:
    """Accept a reviewed report for its eligible sum: another person than filed or reviewed it."""
    return await run.run(
        reports.accept,
        render=ReportOut.of,
        report_id=report_id,
        amount_centimos=body.amount.centimos,
    )
