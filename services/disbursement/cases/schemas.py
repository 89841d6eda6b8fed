"""Bodies of reconciliation cases."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from services.disbursement import models
from services.disbursement.cases.queries import Candidate, CaseView
from services.disbursement.events import InstructionId, TrancheId
from services.disbursement.schemas import Channel
from services.kernel.schemas import Body, Line, Money, Prose, example, identifier

Person = Annotated[str, Field(examples=["operador-1"])]
Resolution = Literal["matched", "line_arrived", "partner_corrected", "recovered", "explained"]
"""How a case ends: the proposed match is made; the missing line came; the partner corrected what it
said; the money came back; or a person explains why nothing is to be done."""


class AssignmentIn(Body):
    """To whom the case is given."""

    model_config = example({"owner": "operador-1"})

    owner: Line


class CommentIn(Body):
    """What a person found out."""

    model_config = example({"text": "Se pidió al banco el detalle de la operación."})

    text: Prose


class MatchIn(Body):
    """Which instruction the line belongs to, and why."""

    model_config = example(
        {
            "instruction_id": "ins_01k9v1q0m5f3tt0p6k1s9w2r4e",
            "reason": "Mismo monto, día y beneficiario.",
        }
    )

    instruction_id: InstructionId
    reason: Prose


class LoanMatchIn(Body):
    """Which loan the repayment is of, and why."""

    model_config = example(
        {
            "loan_id": "loa_01k9v1q0m5f3tt0p6k1s9w2r4e",
            "reason": "El DNI del pagador es el de la productora.",
        }
    )

    loan_id: Annotated[str, identifier("loa")]
    reason: Prose


class ResolutionIn(Body):
    """How the case ends, and why."""

    model_config = example({"resolution": "explained", "reason": "Comisión que el banco anuló."})

    resolution: Resolution
    reason: Prose


class CaseOut(Body):
    """A difference between a partner's word and ours."""

    id: Annotated[str, identifier("cas")]
    channel: Channel
    source: Annotated[str, Field(examples=["statement"])]
    kind: Annotated[str, Field(examples=["unknown_line"])]
    reference: Annotated[str, Field(examples=["01k9v1q0m5f3tt0p6k1s9w2r4e-01"])]
    detail: dict[str, Any]
    owner_role: Annotated[str, Field(examples=["operator"])]
    state: Literal["open", "resolved"]
    opened_at: datetime
    due_on: date
    owner: Person | None
    proposed_instruction_id: InstructionId | None
    proposed_loan_id: Annotated[str, identifier("loa")] | None
    proposed_by: Person | None
    proposed_at: datetime | None
    resolution: Resolution | None
    reason: str | None
    resolved_by: Person | None
    resolved_at: datetime | None

    @classmethod
    def of(cls, row: models.ReconciliationCase) -> Self:
        """From its row."""
        return cls(**row.model_dump(exclude={"version"}))


class StepOut(Body):
    """What a person did with the case."""

    action: Literal["assign", "comment", "propose", "resolve"]
    text: str
    actor: Person
    at: datetime


class CandidateOut(Body):
    """An instruction that the line may be of; compare its beneficiary before you propose it."""

    instruction_id: InstructionId
    reference: str
    tranche_id: TrancheId
    state: str
    beneficiary_name: str
    amount: Money
    instructed_on: date

    @classmethod
    def of(cls, one: Candidate) -> Self:
        """From céntimos."""
        return cls(
            instruction_id=one.instruction_id,
            reference=one.reference,
            tranche_id=one.tranche_id,
            state=one.state,
            beneficiary_name=one.beneficiary_name,
            amount=Money.of(one.amount_centimos),
            instructed_on=one.instructed_on,
        )


class CaseWhole(CaseOut):
    """A case with its history, and what an unknown line may be."""

    steps: list[StepOut]
    candidates: list[CandidateOut]

    @classmethod
    def of_view(cls, view: CaseView) -> Self:
        """From its rows."""
        return cls(
            **CaseOut.of(view.case).model_dump(),
            steps=[StepOut(**step.model_dump(exclude={"id", "case_id"})) for step in view.steps],
            candidates=[CandidateOut.of(one) for one in view.candidates],
        )
