"""Routes of final reports and of what a closing still needs."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from sqlalchemy import Select, select
from sqlmodel import col

from services.disbursement.final_reports import service
from services.disbursement.final_reports.schemas import (
    FinalObservationIn,
    FinalReportIn,
    FinalReportOut,
    MissingOut,
    SettlementOut,
)
from services.disbursement.models import Agreement, FinalReport
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
ReportId = Annotated[str, Path(pattern=id_pattern("fin"))]

agreement_scope = scope_of(Agreement, "agreement_id", "agr", consortium_id="consortium_id")
report_scope = scope_of(FinalReport, "report_id", "fin", consortium_id="consortium_id")


@router.post(
    "/v1/agreements/{agreement_id}/final-reports",
    status_code=201,
    response_model=FinalReportOut,
    **guarded("disbursement.final_report.file", scope=agreement_scope),
)
async def file_final_report(agreement_id: AgreementId, body: FinalReportIn, run: Run) -> Response:
    """File the final report of an agreement."""
    return await run.run(
        service.file,
        render=FinalReportOut.of,
        status=201,
        agreement_id=agreement_id,
        **body.model_dump(),
    )


@router.get(
    "/v1/final-reports", **guarded("disbursement.final_report.list", scope=consortium_in_query)
)
async def list_final_reports(
    session: Session,
    page: Annotated[PageRequest, Depends(page_request)],
    agreement_id: Annotated[str | None, Query(pattern=id_pattern("agr"))] = None,
    consortium_id: Annotated[str | None, Query(pattern=id_pattern("con"))] = None,
) -> Page[FinalReportOut]:
    """Final reports of an agreement or of a consortium, oldest first."""
    query: Select[FinalReport] = select(FinalReport)
    if agreement_id is not None:
        query = query.where(col(FinalReport.agreement_id) == agreement_id)
    if consortium_id is not None:
        query = query.where(col(FinalReport.consortium_id) == consortium_id)
    return await page_of(session, query, FinalReport.id, page, FinalReportOut.of)


@router.post(
    "/v1/final-reports/{report_id}/approval",
    response_model=FinalReportOut,
    **guarded("disbursement.final_report.approve", scope=report_scope),
)
async def approve_final_report(report_id: ReportId, run: Run) -> Response:
    """Approve a final report, by another person than who filed it."""
    return await run.run(service.approve, render=FinalReportOut.of, report_id=report_id)


@router.post(
    "/v1/final-reports/{report_id}/observation",
    response_model=FinalReportOut,
    **guarded("disbursement.final_report.observe", scope=report_scope),
)
async def observe_final_report(report_id: ReportId, body: FinalObservationIn, run: Run) -> Response:
    """Say what a final report lacks, so that it is filed again."""
    return await run.run(
        service.observe, render=FinalReportOut.of, report_id=report_id, reason=body.reason
    )


@router.get(
    "/v1/agreements/{agreement_id}/settlement",
    **guarded("disbursement.agreement.read", scope=agreement_scope),
)
async def read_settlement(agreement_id: AgreementId, session: Session) -> SettlementOut:
    """Whether the agreement may be closed, and all that is missing for it."""
    agreement = await found(session, Agreement, agreement_id)
    faults = await service.missing(session, agreement)
    return SettlementOut(
        agreement_id=agreement.id,
        settled=not faults,
        missing=[MissingOut.of(fault) for fault in faults],
    )
