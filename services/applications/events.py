"""What this room tells the others (topic `fund.applications.v1`)."""

from datetime import date
from typing import ClassVar, Literal

from services.kernel.schemas import Money
from services.kernel.work import Event


class CallOpened(Event):
    """A call (convocatoria) was published."""

    TYPE: ClassVar[str] = "fund.applications.call.opened.v1"
    SUBJECT: ClassVar[str] = "call_id"

    call_id: str
    code: str
    title: str
    opens_on: date
    closes_on: date
    instruments: list[Literal["agroideas", "agrobanco"]]
    envelope: Money
    per_producer_cap: Money


class _OfApplication(Event):
    SUBJECT: ClassVar[str] = "application_id"

    application_id: str
    call_id: str
    consortium_id: str


class ApplicationSubmitted(_OfApplication):
    """A dossier was handed in: round 1, or a later one after observations."""

    TYPE: ClassVar[str] = "fund.applications.application.submitted.v1"

    round: int
    dossier_sha256: str


class AssessmentRecorded(_OfApplication):
    """The application took the assessment's result over."""

    TYPE: ClassVar[str] = "fund.applications.application.assessment_recorded.v1"

    assessment_id: str
    outcome: Literal["eligible", "ineligible"]
    state: str
    findings_count: int
    amendment_due_at: str | None


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

    to: str
    reference: str | None
    reason: str | None
