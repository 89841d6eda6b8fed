"""What the room tells the others."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from services.kernel.work import Event


class FindingSummary(BaseModel):
    """A finding's code and weight; the whole finding is in the assessment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    severity: Literal["blocking", "signal", "info"]


class AssessmentCompleted(Event):
    """The policy answered about a round of an application."""

    TYPE: ClassVar[str] = "fund.eligibility.assessment.completed.v1"
    SUBJECT: ClassVar[str] = "assessment_id"

    assessment_id: str
    application_id: str
    eligible: bool
    outcome: Literal["eligible", "ineligible"]
    findings: list[FindingSummary]
    policy_revision: str
