"""Bodies of purchases and their no-objections."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from services.disbursement import models
from services.disbursement.channels.no_objections import Answer
from services.disbursement.events import AgreementId
from services.disbursement.purchases import rules
from services.disbursement.purchases.service import Wanted
from services.kernel.schemas import Body, Line, Money, Prose, Sha256, example, identifier

PurchaseId = Annotated[str, identifier("pur")]
State = Literal["requested", "sent", "granted", "observed", "denied", "withdrawn"]
Ruc = Annotated[str, StringConstraints(pattern=r"^\d{11}$"), Field(examples=["20512345674"])]
RecordNumber = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9./_-]{1,64}$"),
    Field(examples=["NO-2026-000123"]),
]
Reason = Annotated[Prose, StringConstraints(max_length=1000)]

_SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class QuotationIn(Body):
    """What a supplier asks for the purchase (cotización), with the hash of its paper."""

    supplier_ruc: Ruc
    supplier_name: Line
    amount: Money
    document_sha256: Sha256

    @model_validator(mode="after")
    def positive(self) -> Self:
        """Nothing is bought for an amount of zero."""
        if self.amount.centimos == 0:
            raise ValueError("the amount must be more than zero")
        return self


class QuotationOut(Body):
    """A quotation as it was handed in."""

    supplier_ruc: Ruc
    supplier_name: str
    amount: Money
    document_sha256: Sha256


class PurchaseIn(Body):
    """What is to be bought, of which budget line, and from whom of those who quoted; the dearer one
    needs a reason."""

    model_config = example(
        {
            "budget_line": 1,
            "description": "Faja de selección de 2 t por hora, instalada.",
            "supplier_ruc": "20512345674",
            "quotations": [
                {
                    "supplier_ruc": "20512345674",
                    "supplier_name": "Máquinas del Centro S.A.C.",
                    "amount": {"amount": "70000.00", "currency": "PEN"},
                    "document_sha256": _SHA,
                }
            ],
        }
    )

    budget_line: Annotated[int, Field(strict=True, ge=1, le=9999)]
    description: Prose
    supplier_ruc: Ruc
    quotations: Annotated[list[QuotationIn], Field(min_length=1, max_length=20)]
    choice_reason: Prose | None = None
    corrects: PurchaseId | None = None

    def wanted(self) -> Wanted:
        """The purchase in céntimos."""
        return Wanted(
            budget_line=self.budget_line,
            description=self.description,
            supplier_ruc=self.supplier_ruc,
            quotations=[
                rules.Quotation(
                    one.supplier_ruc, one.supplier_name, one.amount.centimos, one.document_sha256
                )
                for one in self.quotations
            ],
            choice_reason=self.choice_reason,
            corrects=self.corrects,
        )


class AnswerIn(Body):
    """The programme's answer: granted with its record number, else with its reason."""

    model_config = example({"outcome": "granted", "record_number": "NO-2026-000123"})

    outcome: Literal["granted", "observed", "denied"]
    record_number: RecordNumber | None = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def whole(self) -> Self:
        """What each outcome must say."""
        if self.outcome == "granted" and self.record_number is None:
            raise ValueError("a no-objection has a record_number")
        if self.outcome != "granted" and not (self.reason or "").strip():
            raise ValueError("an observation or a denial has a reason")
        return self

    def told(self, reference: str, amount_centimos: int) -> Answer:
        """The answer on this purchase."""
        number, reason = self.record_number or "", self.reason or ""
        return Answer(reference, self.outcome, amount_centimos, number, reason)


class PurchaseOut(Body):
    """A purchase and the programme's word on it; `reference` is how the programme knows it."""

    id: PurchaseId
    agreement_id: AgreementId
    consortium_id: Annotated[str, identifier("con")]
    program: Literal["agroideas"]
    reference: str
    corrects: PurchaseId | None
    budget_line: int
    description: str
    supplier_ruc: Ruc
    supplier_name: str
    amount: Money
    quotations: list[QuotationOut]
    choice_reason: str | None
    state: State
    requested_by: Annotated[str, Field(examples=["representante-1"])]
    requested_at: datetime
    sent_by: Annotated[str, Field(examples=["operador-1"])] | None
    sent_at: datetime | None
    record_number: RecordNumber | None
    answered_at: datetime | None
    answer_reason: str | None
    version: int

    @classmethod
    def of(cls, row: models.Purchase) -> Self:
        """From its row."""
        hidden = {"amount_centimos", "quotations", "application_id", "answered_by"}
        return cls(
            **row.model_dump(exclude=hidden),
            amount=Money.of(row.amount_centimos),
            quotations=[
                QuotationOut(
                    **{name: value for name, value in one.items() if name != "amount_centimos"},
                    amount=Money.of(one["amount_centimos"]),
                )
                for one in row.quotations
            ],
        )


class NoObjectionTaken(Body):
    """What a signed message led to: applied, repeated, or a case for a person."""

    outcome: Literal["applied", "repeated", "case"]
