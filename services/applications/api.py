"""Routes of calls, applications and their documents: authorise, run one use case, answer."""

import json
import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from sqlmodel import col

from services.applications import domain, queries, service, signals, workflow_api
from services.applications.domain import State
from services.applications.models import Application, Call, Document, TimelineEntry
from services.applications.plans import Plan
from services.applications.queries import Dossier
from services.applications.schemas import (
    ApplicationIn,
    ApplicationItem,
    ApplicationOut,
    AssessmentResultIn,
    CallIn,
    CallOut,
    DocumentIn,
    DocumentOut,
    EvaluationIn,
    ProgressIn,
    RoundOut,
    TimelineOut,
)
from services.kernel.auth import consortium_in_query, guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.errors import FieldError, Invalid, Malformed
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.schemas import Page
from services.kernel.versions import etag, version_of

router = APIRouter()
router.include_router(workflow_api.router)

IF_MATCH: Final = r'^(\*|"[0-9]{1,18}")$'


Run = Annotated[Command, Depends(command_of("applications"))]
Session = Annotated[AsyncSession, Depends(reading("applications"))]
Paging = Annotated[PageRequest, Depends(page_request)]
CallId = Annotated[str, Path(pattern=id_pattern("cal"), max_length=64)]
ApplicationId = Annotated[str, Path(pattern=id_pattern("app"), max_length=64)]
ConsortiumFilter = Annotated[
    str | None,
    Query(pattern=id_pattern("con"), max_length=64, description="Applicants must give their own."),
]


application_scope = scope_of(Application, "application_id", "app", consortium_id="consortium_id")


async def _body_scope(_: AsyncSession, request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        return {}
    consortium_id = body.get("consortium_id") if isinstance(body, dict) else None
    named = isinstance(consortium_id, str) and re.fullmatch(id_pattern("con"), consortium_id)
    return {"consortium_id": consortium_id} if named else {}


async def _version(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="The ETag that was read, or * for any.",
            json_schema_extra={"x-required": True, "pattern": IF_MATCH, "examples": ['"3"']},
        ),
    ] = None,
) -> int | None:
    value = (if_match or "").strip()
    if value == "*":
        return None
    version = version_of(value)
    if version is None:
        raise Malformed(
            "applications.if_match_missing",
            "Falta la cabecera If-Match con el ETag que leyó (o *).",
        )
    return version


def _headers(dossier: Dossier) -> dict[str, str]:
    return etag(dossier.application.version)


def _headers_with_location(dossier: Dossier) -> dict[str, str]:
    return {
        **_headers(dossier),
        "Location": f"/v1/applications/{dossier.application.id}",
    }


@router.post(
    "/v1/calls",
    status_code=201,
    response_model=CallOut,
    **guarded("applications.call.open"),
)
async def open_call(body: CallIn, run: Run) -> Response:
    """Open a call (convocatoria)."""
    return await run.run(
        service.open_call,
        render=CallOut.of,
        status=201,
        headers=lambda call: {"Location": f"/v1/calls/{call.id}"},
        code=body.code,
        title=body.title,
        opens_on=body.opens_on,
        closes_on=body.closes_on,
        instruments=sorted(set(body.instruments)),
        envelope_centimos=body.envelope.centimos,
        per_producer_cap_centimos=body.per_producer_cap.centimos,
        terms=body.terms(),
    )


@router.get("/v1/calls", **guarded("applications.call.list"))
async def list_calls(
    session: Session,
    page: Paging,
    code: Annotated[str | None, Query(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}$")] = None,
) -> Page[CallOut]:
    """Calls, all or the one with this code."""
    return await page_of(session, queries.calls(code=code), col(Call.id), page, CallOut.of)


@router.get("/v1/calls/{call_id}", **guarded("applications.call.read"))
async def read_call(call_id: CallId, session: Session, response: Response) -> CallOut:
    """One call."""
    call = await queries.call(session, call_id=call_id)
    response.headers.update(etag(call.version))
    return CallOut.of(call)


@router.post(
    "/v1/applications",
    status_code=201,
    response_model=ApplicationOut,
    **guarded("applications.application.draft", scope=_body_scope),
)
async def draft(body: ApplicationIn, run: Run, request: Request) -> Response:
    """Begin an application (solicitud) of a consortium for a call, as a draft."""
    stored = await run.replay()
    if stored is not None:
        return stored
    region = await _region_of(request, body.consortium_id)
    return await run.run(
        service.draft,
        render=ApplicationOut.of,
        status=201,
        headers=_headers_with_location,
        call_id=body.call_id,
        consortium_id=body.consortium_id,
        region=region,
        plan=body.plan.stored(),
    )


async def _region_of(request: Request, consortium_id: str) -> str | None:
    """Where most of the consortium's land is; raises applications.consortium_unknown."""
    path = f"/v1/footprints?consortium_id={consortium_id}"
    known = (await request.app.state.neighbours.read("registry", path))["data"]
    if not known:
        code, detail = "applications.consortium_unknown", "Ese consorcio no está registrado."
        raise Invalid(code, detail, errors=[FieldError("/consortium_id", code, detail)])
    return domain.region_with_most_land(known[0]["regions"])


@router.get(
    "/v1/applications", **guarded("applications.application.list", scope=consortium_in_query)
)
async def list_applications(
    session: Session,
    page: Paging,
    state: State | None = None,
    consortium_id: ConsortiumFilter = None,
    call_id: Annotated[str | None, Query(pattern=id_pattern("cal"), max_length=64)] = None,
) -> Page[ApplicationItem]:
    """Applications by state, consortium and call; applicants see their own consortium's only."""
    query = queries.applications(
        state=state.value if state else None, consortium_id=consortium_id, call_id=call_id
    )
    return await page_of(session, query, col(Application.id), page, ApplicationItem.of)


@router.get(
    "/v1/applications/{application_id}",
    **guarded("applications.application.read", scope=application_scope),
)
async def read_application(
    application_id: ApplicationId, session: Session, response: Response
) -> ApplicationOut:
    """One application with its plan and documents; its ETag is what If-Match wants."""
    found = await queries.application(session, application_id=application_id)
    response.headers.update(etag(found.version))
    return ApplicationOut.of(await queries.dossier_of(session, found))


@router.get(
    "/v1/applications/{application_id}/rounds",
    **guarded("applications.application.read", scope=application_scope),
)
async def list_rounds(application_id: ApplicationId, session: Session) -> Page[RoundOut]:
    """Every plan that was submitted, as it was: the first and each amendment."""
    rows = await queries.rounds(session, application_id=application_id)
    return Page(data=[RoundOut.of(row) for row in rows], next_cursor=None)


@router.get(
    "/v1/applications/{application_id}/timeline",
    **guarded("applications.application.timeline", scope=application_scope),
)
async def read_timeline(
    application_id: ApplicationId, session: Session, page: Paging
) -> Page[TimelineOut]:
    """What happened to the application in all rooms, oldest first."""
    query = queries.timeline(application_id=application_id)
    return await page_of(session, query, col(TimelineEntry.position), page, TimelineOut.of)


@router.put(
    "/v1/applications/{application_id}/plan",
    response_model=ApplicationOut,
    **guarded("applications.application.amend_plan", scope=application_scope),
)
async def amend_plan(
    application_id: ApplicationId,
    body: Plan,
    run: Run,
    version: Annotated[int | None, Depends(_version)],
) -> Response:
    """Replace the plan of a draft or of an observed application."""
    return await run.run(
        service.amend_plan,
        render=ApplicationOut.of,
        headers=_headers,
        application_id=application_id,
        expected_version=version,
        plan=body.stored(),
    )


@router.post(
    "/v1/applications/{application_id}/submit",
    status_code=202,
    response_model=ApplicationOut,
    **guarded("applications.application.submit", scope=application_scope),
)
async def submit(application_id: ApplicationId, run: Run) -> Response:
    """Hand the dossier in; the assessment goes on by itself, see Location."""
    return await run.run(
        service.submit,
        render=ApplicationOut.of,
        status=202,
        headers=_headers_with_location,
        application_id=application_id,
    )


@router.post(
    "/v1/applications/{application_id}/waive-amendment",
    response_model=ApplicationOut,
    **guarded("applications.application.waive_amendment", scope=application_scope),
)
async def waive_amendment(application_id: ApplicationId, run: Run) -> Response:
    """Let the observations stand: the application ends as ineligible."""
    return await run.run(
        service.waive_amendment,
        render=ApplicationOut.of,
        headers=_headers,
        application_id=application_id,
    )


@router.post(
    "/v1/applications/{application_id}/withdraw",
    response_model=ApplicationOut,
    **guarded("applications.application.withdraw", scope=application_scope),
)
async def withdraw(application_id: ApplicationId, run: Run) -> Response:
    """Give the application up, before the agreement (desistimiento)."""
    return await run.run(
        service.withdraw,
        render=ApplicationOut.of,
        headers=_headers,
        application_id=application_id,
    )


@router.post(
    "/v1/applications/{application_id}/evaluation",
    response_model=ApplicationOut,
    **guarded("applications.application.evaluate", scope=application_scope),
)
async def evaluate(
    application_id: ApplicationId, body: EvaluationIn, run: Run, request: Request
) -> Response:
    """Give the technical evaluation, once the signals are resolved; not by the registrar."""
    answered = await run.replay()
    if answered is not None:
        return answered
    async with request.app.state.databases["applications"].begin() as session:
        found = await queries.application(session, application_id=application_id)
    if found.state == State.ELIGIBLE and found.assessment_id is not None:
        await signals.check_resolved(request.app.state.neighbours, found.assessment_id)
    return await run.run(
        service.evaluate,
        render=ApplicationOut.of,
        headers=_headers,
        application_id=application_id,
        **body.model_dump(),
    )


@router.post(
    "/v1/applications/{application_id}/take-up",
    response_model=ApplicationOut,
    **guarded("applications.application.take_up", scope=application_scope),
)
async def take_up(application_id: ApplicationId, run: Run) -> Response:
    """Begin the eligibility assessment (workflow)."""
    return await run.run(
        service.take_up,
        render=ApplicationOut.of,
        headers=_headers,
        application_id=application_id,
    )


@router.post(
    "/v1/applications/{application_id}/assessment-result",
    response_model=ApplicationOut,
    **guarded("applications.application.record_assessment", scope=application_scope),
)
async def record_assessment(
    application_id: ApplicationId, body: AssessmentResultIn, run: Run
) -> Response:
    """Take the assessment's result over (workflow); the same assessment again changes nothing."""
    return await run.run(
        service.record_assessment,
        render=ApplicationOut.of,
        headers=_headers,
        application_id=application_id,
        **body.model_dump(),
    )


@router.post(
    "/v1/applications/{application_id}/progress",
    response_model=ApplicationOut,
    **guarded("applications.application.progress", scope=application_scope),
)
async def progress(application_id: ApplicationId, body: ProgressIn, run: Run) -> Response:
    """Take a later step (workflow); a step already taken changes nothing."""
    return await run.run(
        service.progress,
        render=ApplicationOut.of,
        headers=_headers,
        application_id=application_id,
        **body.model_dump(),
    )


@router.post(
    "/v1/applications/{application_id}/documents",
    status_code=201,
    response_model=DocumentOut,
    **guarded("applications.document.attach", scope=application_scope),
)
async def attach(application_id: ApplicationId, body: DocumentIn, run: Run) -> Response:
    """Note a document of the dossier: its kind, name, hash and size."""
    return await run.run(
        service.attach,
        render=DocumentOut.of,
        status=201,
        application_id=application_id,
        **body.model_dump(),
    )


@router.get(
    "/v1/applications/{application_id}/documents",
    **guarded("applications.document.list", scope=application_scope),
)
async def list_documents(
    application_id: ApplicationId, session: Session, page: Paging
) -> Page[DocumentOut]:
    """The documents of the dossier."""
    query = queries.documents(application_id=application_id)
    return await page_of(session, query, col(Document.id), page, DocumentOut.of)
