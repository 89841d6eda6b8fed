"""What the room tells the others."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.kernel.schemas import identifier
from services.kernel.work import Event

ApplicationId = Annotated[str, identifier("app")]
AssessmentId = Annotated[str, identifier("ass")]


class FindingSummary(BaseModel):
    """A finding's code and weight; the whole finding is in the assessment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, Field(examples=["MEM-003"])]
    severity: Literal["blocking", "signal", "info"]


class AssessmentCompleted(Event):
    """The policy answered about a round of an application."""

    TYPE: ClassVar[str] = "fund.eligibility.assessment.completed.v1"
    SUBJECT: ClassVar[str] = "assessment_id"

    assessment_id: AssessmentId
    application_id: ApplicationId
    eligible: bool
    outcome: Literal["eligible", "ineligible"]
    findings: list[FindingSummary]
    policy_revision: Annotated[str, Field(examples=["3f2a9c1b7d04"])]
