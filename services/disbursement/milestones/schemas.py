"""Bodies of milestones and evidence."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.disbursement import models
from services.disbursement.events import AgreementId, TrancheId
from services.kernel.schemas import Body, Money, Prose, Sha256, example, identifier

_SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class EvidenceIn(Body):
    """What shows that a milestone is met: in words, and the document's hash."""

    model_config = example({"text": "Acta de puesta en marcha.", "document_sha256": _SHA})

    text: Prose
    document_sha256: Sha256


class OwnContributionIn(EvidenceIn):
    """What shows that the consortium paid its part."""

    model_config = example(
        {
            "amount": {"amount": "90000.00", "currency": "PEN"},
            "text": "Depósito en la cuenta del consorcio.",
            "document_sha256": _SHA,
        }
    )

    amount: Money

    @model_validator(mode="after")
    def positive(self) -> Self:
        """Nothing is contributed by an amount of zero."""
        if self.amount.centimos == 0:
            raise ValueError("the amount must be more than zero")
        return self


class ObservationIn(Body):
    """What is wrong with the evidence."""

    model_config = example({"reason": "El acta no tiene la firma del proveedor."})

    reason: Prose


class MilestoneOut(Body):
    """A tranche's milestone (hito): what shows it, and by when once both have signed."""

    tranche_id: TrancheId
    evidence_required: Annotated[str, Field(examples=["Acta de puesta en marcha."])]
    due_working_days: int | None
    due_on: date | None

    @classmethod
    def of(cls, row: models.Milestone) -> Self:
        """From its row."""
        return cls(**row.model_dump(exclude={"agreement_id"}))


class EvidenceOut(Body):
    """A filed document and what was said of it; an own contribution has an amount."""

    id: Annotated[str, identifier("evi")]
    kind: Literal["milestone", "own"]
    agreement_id: AgreementId
    tranche_id: TrancheId | None
    amount: Money | None
    text: str
    document_sha256: Sha256
    state: Literal["filed", "verified", "observed"]
    filed_by: Annotated[str, Field(examples=["representante-1"])]
    filed_at: datetime
    judged_by: Annotated[str, Field(examples=["operador-1"])] | None
    judged_at: datetime | None
    reason: str | None

    @classmethod
    def of(cls, row: models.Evidence) -> Self:
        """From its row."""
        fields = row.model_dump(exclude={"amount_centimos", "consortium_id"})
        amount = None if row.amount_centimos is None else Money.of(row.amount_centimos)
        return cls(**fields, amount=amount)
