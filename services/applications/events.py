"""What this room tells the others (topic `fund.applications.v1`)."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from services.applications.domain import State
from services.kernel.schemas import Money, Sha256, identifier
from services.kernel.work import Event

ApplicationId = Annotated[str, identifier("app")]
AssessmentId = Annotated[str, identifier("ass")]
CallId = Annotated[str, identifier("cal")]
ConsortiumId = Annotated[str, identifier("con")]


class CallOpened(Event):
    """A call (convocatoria) was published."""

    TYPE: ClassVar[str] = "fund.applications.call.opened.v1"
    SUBJECT: ClassVar[str] = "call_id"

    call_id: CallId
    code: Annotated[str, Field(examples=["PALTA-2026-1"])]
    title: Annotated[str, Field(examples=["Consorcios de palta 2026"])]
    opens_on: date
    closes_on: date
    instruments: list[Literal["agroideas", "agrobanco"]]
    envelope: Money
    per_producer_cap: Money


class _OfApplication(Event):
    SUBJECT: ClassVar[str] = "application_id"

    application_id: ApplicationId
    call_id: CallId
    consortium_id: ConsortiumId


class ApplicationSubmitted(_OfApplication):
    """A dossier was handed in: round 1, or a later one after observations."""

    TYPE: ClassVar[str] = "fund.applications.application.submitted.v1"

    round: int
    dossier_sha256: Sha256


class AssessmentRecorded(_OfApplication):
    """The application took the assessment's result over."""

    TYPE: ClassVar[str] = "fund.applications.application.assessment_recorded.v1"

    assessment_id: AssessmentId
    outcome: Literal["eligible", "ineligible"]
    state: State
    findings_count: int
    amendment_due_at: Annotated[str, Field(examples=["2026-02-16T04:59:59Z"])] | None


class ApplicationEvaluated(_OfApplication):
    """The secretariat gave its technical evaluation."""

    TYPE: ClassVar[str] = "fund.applications.application.evaluated.v1"

    recommendation: Literal["recommend", "do_not_recommend"]
    score: int


class AmendmentWaived(_OfApplication):
    """The consortium will not amend; the application ended as ineligible."""

    TYPE: ClassVar[str] = "fund.applications.application.amendment_waived.v1"


class ApplicationWithdrawn(_OfApplication):
    """The consortium gave its application up."""

    TYPE: ClassVar[str] = "fund.applications.application.withdrawn.v1"


class ApplicationProgressed(_OfApplication):
    """The application took a later step of its way."""

    TYPE: ClassVar[str] = "fund.applications.application.progressed.v1"

    to: State
    reference: Annotated[str, Field(examples=["bal_01k9v1q0m5f3tt0p6k1s9w2r4e"])] | None
    reason: Annotated[str, Field(examples=["El presupuesto no sustenta la línea 2."])] | None
