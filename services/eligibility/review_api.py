"""Routes of the signals: see them, look again, resolve them in writing."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import AwareDatetime, Field

from services.eligibility import reviews
from services.eligibility.events import ApplicationId, AssessmentId
from services.eligibility.models import Assessment, SignalResolution
from services.eligibility.policy import Finding
from services.eligibility.reviews import Signal, Signals
from services.eligibility.signals import Level
from services.kernel.auth import guarded, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import Database
from services.kernel.ids import id_pattern
from services.kernel.schemas import Body, Prose, example, identifier
from services.kernel.work import Work

router = APIRouter()

ASSESSMENT = "ass_01k9z8s2a4e7rvq4n2m3k1j0hg"
CALL = "cal_01k9z8r5x6e7rvq4n2m3k1j0hg"
LOOKED_AT_ONCE = 50

Run = Annotated[Command, Depends(command_of("eligibility"))]
AssessmentPath = Annotated[str, Path(pattern=id_pattern("ass"))]
Code = Annotated[str, Path(pattern=r"^PAP-[0-9]{3}$")]
Verdict = Literal["dismissed", "confirmed"]

signals_scope = scope_of(Assessment, "assessment_id", "ass", consortium_id="consortium_id")


class ResolutionIn(Body):
    """What the secretariat found of a signal, and why."""

    model_config = example(
        {
            "verdict": "dismissed",
            "reasons": "La cuenta es de la cooperativa a la que ambos consorcios venden.",
        }
    )

    verdict: Verdict
    reasons: Annotated[Prose, Field(min_length=20)]


class ResolutionOut(Body):
    """A written resolution; it counts once it is confirmed."""

    id: Annotated[str, identifier("sig")]
    assessment_id: AssessmentId
    code: str
    verdict: Verdict
    reasons: str
    proposed_by: str
    proposed_at: AwareDatetime
    confirmed_by: str | None
    confirmed_at: AwareDatetime | None

    @classmethod
    def of(cls, row: SignalResolution) -> Self:
        """The stored resolution."""
        return cls.model_validate(row.model_dump(include=set(cls.model_fields)))


class SignalOut(Body):
    """A signal with its linked records, and whether people still owe its resolution."""

    open: bool
    finding: Finding
    resolution: ResolutionOut | None

    @classmethod
    def of(cls, signal: Signal) -> Self:
        """The signal as it stands."""
        written = signal.resolution
        return cls.model_validate(
            {
                "open": signal.is_open,
                "finding": signal.finding,
                "resolution": None if written is None else ResolutionOut.of(written).model_dump(),
            }
        )


class SignalsOut(Body):
    """The signals of an assessment as they stand after the last look."""

    assessment_id: AssessmentId
    application_id: ApplicationId
    level: Level
    weight: int
    open: Annotated[int, Field(description="Signals without a confirmed resolution.")]
    signals: list[SignalOut]

    @classmethod
    def of(cls, found: Signals) -> Self:
        """The signals of a stored assessment."""
        return cls(
            assessment_id=found.assessment.id,
            application_id=found.assessment.application_id,
            level=found.review.level,
            weight=found.review.weight,
            open=sum(signal.is_open for signal in found.signals),
            signals=[SignalOut.of(signal) for signal in found.signals],
        )


class LookIn(Body):
    """Which call to look at again, from the application after `after` on.

    With `linked_to`, only the applications that share a trait with that assessment.
    """

    model_config = example({"call_id": CALL, "after": None, "linked_to": None})

    call_id: Annotated[str, identifier("cal")]
    after: Annotated[str, identifier("app")] | None = None
    linked_to: Annotated[str, identifier("ass")] | None = None


class LookOut(Body):
    """What a look at a part of a call gave; ask again with `after` until it is null."""

    looked_at: int
    to_resolve: Annotated[list[AssessmentId], Field(description="Those that are not clear.")]
    after: Annotated[str, identifier("app")] | None


@router.get(
    "/v1/assessments/{assessment_id}/signals",
    response_model=SignalsOut,
    **guarded("eligibility.signal.read", scope=signals_scope),
)
async def read_signals(assessment_id: AssessmentPath, request: Request) -> SignalsOut:
    """The signals of a paper organisation, each with its linked records and its resolution."""
    room: Database = request.app.state.databases["eligibility"]
    async with room.begin() as session:
        return SignalsOut.of(await reviews.signals_of(session, assessment_id=assessment_id))


@router.post(
    "/v1/assessments/{assessment_id}/signals/{code}/resolution",
    status_code=201,
    response_model=ResolutionOut,
    **guarded("eligibility.signal.resolve", scope=signals_scope),
)
async def resolve(
    assessment_id: AssessmentPath, code: Code, body: ResolutionIn, run: Run
) -> Response:
    """Resolve a signal in writing; another person has to confirm it."""
    return await run.run(
        reviews.propose,
        render=ResolutionOut.of,
        status=201,
        assessment_id=assessment_id,
        code=code,
        **body.model_dump(),
    )


@router.post(
    "/v1/assessments/{assessment_id}/signals/{code}/resolution/confirm",
    response_model=ResolutionOut,
    **guarded("eligibility.signal.confirm", scope=signals_scope),
)
async def confirm(assessment_id: AssessmentPath, code: Code, run: Run) -> Response:
    """Confirm the resolution of a signal that another person wrote."""
    return await run.run(
        reviews.confirm, render=ResolutionOut.of, assessment_id=assessment_id, code=code
    )


@router.post(
    "/v1/likeness-reviews",
    response_model=LookOut,
    **guarded("eligibility.likeness.review"),
)
async def look_again(body: LookIn, run: Run, request: Request) -> Response:
    """Look again at a part of a call's applications, now that later ones are known."""
    answered = await run.replay()
    if answered is not None:
        return answered
    room: Database = request.app.state.databases["eligibility"]
    async with room.begin() as session:
        ids = await reviews.newest_of_call(session, **body.model_dump(), limit=LOOKED_AT_ONCE)
    looks = [
        await reviews.look_again(room, request.app.state.opa, assessment_id=assessment_id)
        for assessment_id in ids
    ]

    async def keep(work: Work) -> LookOut:
        stood = [(look.assessment, await reviews.review(work, looked=look)) for look in looks]
        return LookOut(
            looked_at=len(stood),
            to_resolve=[row.id for row, now in stood if now.review.level != "clear"],
            after=stood[-1][0].application_id if len(stood) == LOOKED_AT_ONCE else None,
        )

    return await run.run(keep, render=lambda seen: seen)
