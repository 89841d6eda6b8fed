"""Bodies of the workflows as operators see and cure them."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from services.applications.temporal import Pending, Run, Whole
from services.kernel.schemas import Body, Line, example

WorkflowState = Literal[
    "running", "completed", "failed", "timed_out", "terminated", "canceled", "continued"
]


class WorkflowOut(Body):
    """A run of a workflow."""

    workflow_id: Annotated[str, Field(examples=["application/app_01k9v1q0m5f3tt0p6k1s9w2r4e"])]
    run_id: Annotated[str, Field(examples=["01984d1c-2f43-7c53-9d0b-8a4a3f6f2f10"])]
    kind: Annotated[str, Field(examples=["FundingApplication"])]
    state: WorkflowState
    started_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, run: Run) -> Self:
        """From what Temporal says of a run."""
        return cls.model_validate({name: getattr(run, name) for name in run.__slots__})


class PendingOut(Body):
    """An activity under way: how often it was tried, what it met last, when it is tried next."""

    activity_id: Annotated[str, Field(examples=["4"])]
    activity: Annotated[str, Field(examples=["assess"])]
    attempts: int
    last_failure: Annotated[str | None, Field(examples=["eligibility answered 503"])]
    next_at: datetime | None

    @classmethod
    def of(cls, pending: Pending) -> Self:
        """From what Temporal says of an activity."""
        return cls.model_validate({name: getattr(pending, name) for name in pending.__slots__})


class WorkflowWhole(Body):
    """A workflow's newest run, what it says that it waits for, and what is under way."""

    run: WorkflowOut
    waiting_for: Annotated[str | None, Field(examples=["evaluation"])]
    waiting_since: datetime | None
    code_failures: Annotated[int, Field(description="Times that its code could not go on")]
    pending: list[PendingOut]

    @classmethod
    def of(cls, whole: Whole) -> Self:
        """From what Temporal and the workflow say."""
        return cls.model_validate(
            {
                "run": WorkflowOut.of(whole.run),
                "waiting_for": whole.waiting_for,
                "waiting_since": whole.waiting_since,
                "code_failures": whole.code_failures,
                "pending": [PendingOut.of(one) for one in whole.pending],
            }
        )


class ActIn(Body):
    """Why an operator takes a workflow in hand."""

    model_config = example({"reason": "El registro volvió; se reintenta la evaluación."})

    reason: Line
