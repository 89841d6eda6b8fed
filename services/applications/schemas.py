"""Request and response bodies of the room; money is decimal text here and céntimos inside."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints

from services.applications import models, queries
from services.applications.domain import State
from services.applications.events import ApplicationId, AssessmentId, CallId, ConsortiumId
from services.applications.plans import PLAN_EXAMPLE, Budget, Instrument, Plan, in_soles
from services.kernel import schemas as kernel
from services.kernel.schemas import Body, Count, Line, Money, Prose, Sha256, example, identifier

CallCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}$")]
DocumentKind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
BoardStep = Literal["in_board", "approved", "rejected", "deferred"]
LaterStep = Literal["agreed", "executing", "closed", "terminated", "expired", "ineligible"]
WorkingDays = Annotated[int, Field(strict=True, ge=1, le=250)]


def _in_utc(instant: datetime) -> datetime:
    if not 2000 <= instant.year < 2200:
        raise ValueError("use a year from 2000 to 2199")
    return instant.astimezone(UTC)


Instant = Annotated[kernel.Instant, AfterValidator(_in_utc)]


class CallIn(Body):
    """A call to be opened; the terms have the fund's usual values."""

    model_config = example(
        {
            "code": "PALTA-2026-1",
            "title": "Consorcios de palta 2026",
            "opens_on": "2026-01-05",
            "closes_on": "2026-03-31",
            "instruments": ["agroideas", "agrobanco"],
            "envelope": in_soles(5_000_000),
            "per_producer_cap": in_soles(30_000),
        }
    )

    code: CallCode
    title: Line
    opens_on: kernel.Day
    closes_on: kernel.Day
    instruments: Annotated[list[Instrument], Field(min_length=1, max_length=2)]
    envelope: Money
    per_producer_cap: Money
    amendment_term_working_days: WorkingDays = 10
    amendment_rounds_max: Annotated[int, Field(strict=True, ge=0, le=10)] = 2
    evaluation_term_working_days: WorkingDays = 10
    board_term_working_days: WorkingDays = 10

    def terms(self) -> dict[str, int]:
        """The terms and limits, by column."""
        return {name: value for name, value in self if name.endswith(("_days", "_max"))}


class CallOut(Body):
    """A call with its terms; terms count working days in Lima."""

    id: Annotated[str, identifier("cal")]
    code: str
    title: str
    opens_on: date
    closes_on: date
    instruments: list[Instrument]
    envelope: Money
    per_producer_cap: Money
    amendment_term_working_days: int
    amendment_rounds_max: int
    evaluation_term_working_days: int
    board_term_working_days: int
    version: int
    created_at: datetime

    @classmethod
    def of(cls, row: models.Call) -> Self:
        """The body of a row."""
        return cls.model_validate(
            {
                **row.model_dump(include=set(cls.model_fields)),
                "envelope": Money.of(row.envelope_centimos),
                "per_producer_cap": Money.of(row.per_producer_cap_centimos),
            }
        )


class ApplicationIn(Body):
    """A new draft of a consortium for a call."""

    model_config = example(
        {
            "call_id": "cal_01k9v1q0m5f3tt0p6k1s9w2r4e",
            "consortium_id": "con_01k9v1q0m5f3tt0p6k1s9w2r4e",
            "plan": PLAN_EXAMPLE,
        }
    )

    call_id: CallId
    consortium_id: ConsortiumId
    plan: Plan


class EvaluationIn(Body):
    """The secretariat's technical evaluation."""

    model_config = example(
        {
            "score": 82,
            "recommendation": "recommend",
            "reasons": "El plan es viable y el contrato de compra cubre la producción.",
        }
    )

    score: Annotated[int, Field(strict=True, ge=0, le=100)]
    recommendation: Literal["recommend", "do_not_recommend"]
    reasons: Prose


class AssessmentResultIn(Body):
    """What an eligibility assessment found; with an amendment term the application is observed."""

    model_config = example(
        {
            "assessment_id": "ass_01k9v1q0m5f3tt0p6k1s9w2r4e",
            "outcome": "ineligible",
            "findings_count": 2,
            "amendment_due_at": "2026-02-16T04:59:59Z",
        }
    )

    assessment_id: AssessmentId
    outcome: Literal["eligible", "ineligible"]
    findings_count: Count
    amendment_due_at: Instant | None = None


class ProgressIn(Body):
    """A step of the way, with what caused it (a ballot, an agreement, a term)."""

    model_config = example({"to": "approved", "reference": "bal_01k9v1q0m5f3tt0p6k1s9w2r4e"})

    to: Literal[BoardStep, LaterStep]
    reference: Line
    reason: Prose | None = None


class DocumentIn(Body):
    """What is told of a document: its kind, its file's name, hash and size."""

    model_config = example(
        {
            "kind": "supply_contract",
            "name": "contrato-acopio.pdf",
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "size_bytes": 184320,
        }
    )

    kind: DocumentKind
    name: Line
    sha256: Sha256
    size_bytes: Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)]


class DocumentOut(Body):
    """A document of the dossier."""

    id: Annotated[str, identifier("doc")]
    application_id: ApplicationId
    kind: str
    name: str
    sha256: str
    size_bytes: int
    attached_by: Annotated[str, Field(examples=["representante-1"])]
    attached_at: datetime

    @classmethod
    def of(cls, row: models.Document) -> Self:
        """The body of a row."""
        return cls.model_validate(row.model_dump())


class EvaluationOut(Body):
    """The technical evaluation that was given."""

    score: int
    recommendation: Literal["recommend", "do_not_recommend"]
    reasons: str
    evaluated_by: Annotated[str, Field(examples=["secretaria-1"])]
    evaluated_at: datetime

    @classmethod
    def of(cls, row: models.Application) -> Self:
        """The evaluation of an evaluated application."""
        return cls.model_validate(
            {
                "score": row.evaluation_score,
                "recommendation": row.evaluation_recommendation,
                "reasons": row.evaluation_reasons,
                **row.model_dump(include={"evaluated_by", "evaluated_at"}),
            }
        )


class _ApplicationHead(Body):
    """What lists and the application itself tell alike."""

    id: Annotated[str, identifier("app")]
    call_id: CallId
    consortium_id: ConsortiumId
    state: State
    state_reference: Annotated[str, Field(examples=["bal_01k9v1q0m5f3tt0p6k1s9w2r4e"])] | None
    state_reason: Annotated[str, Field(examples=["El presupuesto no sustenta la línea 2."])] | None
    version: int
    round: int
    budget: Budget
    dossier_sha256: Sha256 | None
    submitted_at: datetime | None
    first_submitted_at: datetime | None
    assessment_id: AssessmentId | None
    findings_count: int | None
    amendment_due_at: datetime | None
    created_at: datetime
    updated_at: datetime


def _head(row: models.Application) -> dict[str, Any]:
    names = set(_ApplicationHead.model_fields) - {"budget"}
    return {**row.model_dump(include=names), "budget": Budget.of(row.plan)}


class ApplicationItem(_ApplicationHead):
    """An application in a list: without its plan and documents."""

    title: str

    @classmethod
    def of(cls, row: models.Application) -> Self:
        """The item of a row."""
        return cls.model_validate({**_head(row), "title": row.plan["title"]})


class ApplicationOut(_ApplicationHead):
    """An application, whole: the present plan, and the hash of the last submitted dossier."""

    plan: Plan
    evaluation: EvaluationOut | None
    documents: list[DocumentOut]
    created_by: Annotated[str, Field(examples=["representante-1"])]

    @classmethod
    def of(cls, dossier: queries.Dossier) -> Self:
        """The body of an application with its documents."""
        row = dossier.application
        return cls.model_validate(
            {
                **_head(row),
                "plan": Plan.of(row.plan),
                "evaluation": EvaluationOut.of(row) if row.evaluated_at else None,
                "documents": [DocumentOut.of(document) for document in dossier.documents],
                "created_by": row.created_by,
            }
        )


class RoundOut(Body):
    """A plan as it was submitted: round 1, or an amendment (subsanación)."""

    round: int
    plan: Plan
    dossier_sha256: Sha256
    submitted_by: Annotated[str, Field(examples=["representante-1"])]
    submitted_at: datetime

    @classmethod
    def of(cls, row: models.ApplicationRound) -> Self:
        """The body of a row."""
        return cls.model_validate(
            {**row.model_dump(exclude={"application_id"}), "plan": Plan.of(row.plan)}
        )


class TimelineOut(Body):
    """One thing that happened: when, in which room, what (a transition or an event's type)."""

    id: Annotated[str, identifier("tim")]
    at: datetime
    source: Annotated[str, Field(examples=["board"])]
    what: Annotated[str, Field(examples=["fund.board.ballot.decided.v1"])]
    subject: Annotated[str, Field(examples=["bal_01k9v1q0m5f3tt0p6k1s9w2r4e"])]
    detail: dict[str, Any]
    text_es: Annotated[
        str, Field(examples=["El consejo directivo tomó su acuerdo (resultado aprobado)."])
    ]

    @classmethod
    def of(cls, row: models.TimelineEntry) -> Self:
        """The body of a row."""
        return cls.model_validate(
            row.model_dump(exclude={"application_id", "position", "event_id"})
        )
