"""Routes of the room; each asks, calls one use case and shapes its answer."""

import json
import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.eligibility import (
    answers,
    batches,
    funnel,
    queries,
    review_api,
    service,
    trials,
    waits,
)
from services.eligibility.facts import ApplicationFacts, Facts, RoomFacts
from services.eligibility.models import Assessment, AssessmentWait, FindingAnswer
from services.eligibility.registers.switch import with_registers
from services.eligibility.revisions import REVISION_PATTERN, Revisions
from services.eligibility.schemas import (
    FINDING_CODE_PATTERN,
    AnswerIn,
    AnswerOut,
    AssessmentIn,
    AssessmentOut,
    AssessmentSummaryOut,
    ReplayOut,
)
from services.eligibility.trial_schemas import (
    AssessmentWaitOut,
    BatchIn,
    BatchOut,
    FunnelOut,
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
router.include_router(review_api.router)

APPLICATION_PATTERN: Final = id_pattern("app")


async def database_of(request: Request) -> Database:
    """The room's database."""
    database: Database = request.app.state.databases["eligibility"]
    return database


async def facts_of(request: Request) -> Facts:
    """Whoever knows the facts: the rooms, and the public registers where they are switched on."""
    return with_registers(RoomFacts(request.app.state.neighbours), request.app.state)


async def opa_of(request: Request) -> Opa:
    """The policy engine."""
    opa: Opa = request.app.state.opa
    return opa


async def revisions_of(request: Request) -> Revisions:
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
Code = Annotated[str, Path(pattern=FINDING_CODE_PATTERN)]

Revision = Annotated[
    str | None,
    Query(
        pattern=REVISION_PATTERN,
        description="Kept rules by their revision, or `current` for those served now; without it,"
        " those that decided.",
    ),
]


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
            application = await (await facts_of(request)).application(application_id)
        except Missing:
            return None
        consortium_id = application.body.consortium_id
    return {"consortium_id": consortium_id}


async def simulated_scope(_: AsyncSession, request: Request) -> dict[str, Any] | None:
    """The consortium of the application in the body, as the room `applications` knows it; the
    route is handed what was read, so that right and answer are about the same application."""
    try:
        application_id = json.loads(await request.body())["application_id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    if not isinstance(application_id, str) or not re.fullmatch(APPLICATION_PATTERN, application_id):
        return {}
    try:
        application = await (await facts_of(request)).application(application_id)
    except Missing:
        return None
    request.state.simulated = application
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
    "/v1/assessment-waits",
    response_model=Page[AssessmentWaitOut],
    **guarded("eligibility.wait.list", scope=application_scope),
)
async def list_waits(
    application_id: ApplicationId,
    page: Annotated[PageRequest, Depends(page_request)],
    room: Room,
) -> Page[AssessmentWaitOut]:
    """What the assessments of an application wait for, or waited for until they were made."""
    async with room.begin() as session:
        found = waits.of_application(application_id)
        return await page_of(session, found, AssessmentWait.id, page, AssessmentWaitOut.of)


@router.get(
    "/v1/assessments/{assessment_id}",
    response_model=AssessmentOut,
    **guarded("eligibility.assessment.read", scope=assessment_scope),
)
async def read_assessment(assessment_id: AssessmentId, room: Room) -> AssessmentOut:
    """An assessment with its findings, its input and its evidence."""
    async with room.begin() as session:
        given = await answers.of_assessment(session, assessment_id)
        return AssessmentOut.of(await queries.assessment(session, assessment_id), given)


@router.post(
    "/v1/assessments/{assessment_id}/findings/{code}/answers",
    status_code=201,
    response_model=AnswerOut,
    **guarded("eligibility.answer.give", scope=assessment_scope),
)
async def answer_finding(
    assessment_id: AssessmentId, code: Code, body: AnswerIn, run: Run, room: Room, known: Known
) -> Response:
    """Answer the findings of a code, within the term of the amendment or five working days."""
    answered = await run.replay()
    if answered is not None:
        return answered
    async with room.begin() as session:
        assessment = await queries.assessment(session, assessment_id)
    application = await known.application(assessment.application_id)
    return await run.run(
        answers.answer,
        render=AnswerOut.of,
        status=201,
        assessment_id=assessment_id,
        code=code,
        given=answers.Given(text=body.text, document_ids=body.document_ids),
        application=application.body,
    )


@router.get(
    "/v1/assessments/{assessment_id}/findings/{code}/answers",
    response_model=Page[AnswerOut],
    **guarded("eligibility.answer.list", scope=assessment_scope),
)
async def list_answers(
    assessment_id: AssessmentId,
    code: Code,
    page: Annotated[PageRequest, Depends(page_request)],
    room: Room,
) -> Page[AnswerOut]:
    """What was answered to the findings of a code, oldest first."""
    async with room.begin() as session:
        found = answers.of_finding(assessment_id, code)
        return await page_of(session, found, FindingAnswer.id, page, AnswerOut.of)


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
    revision: Revision = None,
) -> Response:
    """Ask the stored question again, under the rules that decided or under those that are
    named, and say finding by finding where the answer differs."""
    answered = await run.replay()
    if answered is not None:
        return answered
    asked = await service.ask_again(
        room,
        opa,
        kept,
        assessment_id=assessment_id,
        revision=revision,
    )
    return await run.run(service.replay, render=ReplayOut.of, status=201, asked=asked)


@router.post(
    "/v1/assessments/simulate",
    response_model=SimulationOut,
    **guarded("eligibility.assessment.simulate", scope=simulated_scope),
)
async def simulate(
    request: Request, body: AssessmentIn, run: Run, known: Known, opa: Policy, room: Room
) -> SimulationOut:
    """What the application would be told today. Nothing is kept, not even the key's answer: asking
    again asks again."""
    application: ApplicationFacts = request.state.simulated
    return SimulationOut.of(await trials.simulate(room, known, opa, application=application))


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
