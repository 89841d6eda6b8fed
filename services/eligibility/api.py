"""Routes of the room; each asks, calls one use case and shapes its answer."""

import json
import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.eligibility import batches, funnel, queries, service, trials
from services.eligibility.facts import Facts, RoomFacts
from services.eligibility.models import Assessment
from services.eligibility.revisions import Revisions
from services.eligibility.schemas import (
    AssessmentIn,
    AssessmentOut,
    AssessmentSummaryOut,
    BatchIn,
    BatchOut,
    FunnelOut,
    ReplayIn,
    ReplayOut,
    SimulationOut,
)
from services.kernel.auth import guarded, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession, Database
from services.kernel.errors import Missing
from services.kernel.ids import id_pattern
from services.kernel.opa import Opa
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.schemas import Page

router = APIRouter()

APPLICATION_PATTERN: Final = id_pattern("app")


def database_of(request: Request) -> Database:
    """The room's database."""
    database: Database = request.app.state.databases["eligibility"]
    return database


def facts_of(request: Request) -> Facts:
    """Whoever knows the facts."""
    return RoomFacts(request.app.state.neighbours)


def opa_of(request: Request) -> Opa:
    """The policy engine."""
    opa: Opa = request.app.state.opa
    return opa


def revisions_of(request: Request) -> Revisions:
    """The rules that were kept."""
    return Revisions(request.app.state.settings)


Run = Annotated[Command, Depends(command_of("eligibility"))]
Room = Annotated[Database, Depends(database_of)]
Known = Annotated[Facts, Depends(facts_of)]
Policy = Annotated[Opa, Depends(opa_of)]
Kept = Annotated[Revisions, Depends(revisions_of)]
AssessmentId = Annotated[str, Path(pattern=id_pattern("ass"))]
ApplicationId = Annotated[str, Query(pattern=APPLICATION_PATTERN)]
CallId = Annotated[str, Query(pattern=id_pattern("cal"), max_length=64)]


assessment_scope = scope_of(Assessment, "assessment_id", "ass", consortium_id="consortium_id")


async def application_scope(session: AsyncSession, request: Request) -> dict[str, Any] | None:
    """The consortium of the application in the query; the room `applications` knows it while
    nothing was assessed."""
    application_id = request.query_params.get("application_id", "")
    if not re.fullmatch(APPLICATION_PATTERN, application_id):
        return {}
    consortium_id = await queries.consortium_of(session, application_id)
    if consortium_id is None:
        try:
            application = await facts_of(request).application(application_id)
        except Missing:
            return None
        consortium_id = application.body.consortium_id
    return {"consortium_id": consortium_id}


async def simulated_scope(_: AsyncSession, request: Request) -> dict[str, Any] | None:
    """The consortium of the application in the body, as the room `applications` knows it."""
    try:
        application_id = json.loads(await request.body())["application_id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    if not isinstance(application_id, str) or not re.fullmatch(APPLICATION_PATTERN, application_id):
        return {}
    try:
        application = await facts_of(request).application(application_id)
    except Missing:
        return None
    return {"consortium_id": application.body.consortium_id}


@router.post(
    "/v1/assessments",
    status_code=201,
    response_model=AssessmentOut,
    **guarded("eligibility.assessment.assess"),
)
async def assess(body: AssessmentIn, run: Run, room: Room, known: Known, opa: Policy) -> Response:
    """Assess the present round of an application; a round that has an assessment gives it again."""
    answered = await run.replay()
    if answered is not None:
        return answered
    prepared = await service.prepare(room, known, opa, application_id=body.application_id)
    return await run.run(service.assess, render=AssessmentOut.of, status=201, prepared=prepared)


@router.get(
    "/v1/assessments",
    response_model=Page[AssessmentSummaryOut],
    **guarded("eligibility.assessment.list", scope=application_scope),
)
async def list_assessments(
    application_id: ApplicationId,
    page: Annotated[PageRequest, Depends(page_request)],
    room: Room,
) -> Page[AssessmentSummaryOut]:
    """The assessments of an application, oldest first."""
    async with room.begin() as session:
        found = queries.of_application(application_id)
        return await page_of(session, found, Assessment.id, page, AssessmentSummaryOut.of)


@router.get(
    "/v1/assessments/{assessment_id}",
    response_model=AssessmentOut,
    **guarded("eligibility.assessment.read", scope=assessment_scope),
)
async def read_assessment(assessment_id: AssessmentId, room: Room) -> AssessmentOut:
    """An assessment with its findings, its input and its evidence."""
    async with room.begin() as session:
        return AssessmentOut.of(await queries.assessment(session, assessment_id))


@router.post(
    "/v1/assessments/{assessment_id}/replay",
    status_code=201,
    response_model=ReplayOut,
    **guarded("eligibility.assessment.replay", scope=assessment_scope),
)
async def replay(
    assessment_id: AssessmentId,
    run: Run,
    room: Room,
    opa: Policy,
    kept: Kept,
    body: ReplayIn | None = None,
) -> Response:
    """Ask the stored question again, under the rules that decided or under those named in the
    body, and say finding by finding where the answer differs."""
    answered = await run.replay()
    if answered is not None:
        return answered
    asked = await service.ask_again(
        room,
        opa,
        kept,
        assessment_id=assessment_id,
        revision=body.revision if body else None,
    )
    return await run.run(service.replay, render=ReplayOut.of, status=201, asked=asked)


@router.post(
    "/v1/assessments/simulate",
    response_model=SimulationOut,
    **guarded("eligibility.assessment.simulate", scope=simulated_scope),
)
async def simulate(body: AssessmentIn, run: Run, known: Known, opa: Policy) -> SimulationOut:
    """What the application would be told today. Nothing is kept, not even the key's answer: asking
    again asks again."""
    return SimulationOut.of(await trials.simulate(known, opa, application_id=body.application_id))


@router.post(
    "/v1/assessments/batch",
    response_model=BatchOut,
    **guarded("eligibility.assessment.batch"),
)
async def assess_batch(body: BatchIn, run: Run, room: Room, known: Known, opa: Policy) -> Response:
    """Assess up to 100 applications; what cannot be assessed now is told and may be asked again
    with a fresh key."""
    answered = await run.replay()
    if answered is not None:
        return answered
    prepared = await batches.prepare(room, known, opa, application_ids=body.application_ids)
    return await run.run(batches.assess, render=BatchOut.of, prepared=prepared)


@router.get(
    "/v1/reports/rule-funnel",
    response_model=FunnelOut,
    **guarded("eligibility.rule_funnel.read"),
)
async def rule_funnel(call_id: CallId, room: Room) -> FunnelOut:
    """Whom each rule turned away in a call, and how many each cure alone would admit."""
    async with room.begin() as session:
        return FunnelOut.of(await funnel.of_call(session, call_id))
