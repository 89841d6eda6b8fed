"""Bodies of a payment list; what is wrong with a payment is told for all of them at once."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from services.disbursement import vouchers
from services.disbursement.payment_list.rules import Payee
from services.disbursement.payment_list.service import Prepared
from services.disbursement.schemas import TrancheOut
from services.kernel.schemas import Body, Line, Money, example

Short = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=r"^[0-9A-Za-z_./-]+$")
]
_PAYMENT = {
    "kind": "supplier",
    "name": "Maquinarias del Centro SAC",
    "document": "20512345671",
    "cci": "00219300123456789013",
    "bank": "002",
    "amount": {"amount": "12500.00", "currency": "PEN"},
    "budget_line": 1,
    "invoice": "F001-00004521",
}


class PaymentIn(Body):
    """One payment: to the consortium's account, a supplier, or a producer (credit)."""

    model_config = example(_PAYMENT)

    kind: Literal["consortium", "supplier", "producer"]
    name: Annotated[Line, StringConstraints(max_length=140)]
    document: Annotated[Short, Field(examples=["20512345671"])]
    cci: Annotated[Short, Field(examples=["00219300123456789013"])]
    bank: Annotated[Short, Field(examples=["002"])]
    amount: Money
    budget_line: Annotated[int, Field(strict=True, ge=1, le=10_000)]
    invoice: Annotated[Short, Field(examples=["F001-00004521"])] | None = None

    def payee(self) -> Payee:
        """As the rules read it."""
        return Payee(
            kind=self.kind,
            name=self.name,
            document=self.document,
            cci=self.cci,
            bank=self.bank,
            amount_centimos=self.amount.centimos,
            budget_line=self.budget_line,
            invoice=None if self.invoice is None else vouchers.normal(self.invoice),
        )


class PaymentListIn(Body):
    """All the payments of a tranche; together they are its amount, to the céntimo."""

    model_config = example({"payments": [_PAYMENT]})

    payments: Annotated[list[PaymentIn], Field(min_length=1, max_length=20_000)]


class AdviceOut(Body):
    """What a person should confirm; it stops nothing."""

    pointer: Annotated[str, Field(examples=["/payments/0/cci"])]
    code: Annotated[str, Field(examples=["disbursement.cci_control_digits"])]
    detail: Annotated[str, Field(examples=["Los dígitos de control del CCI no coinciden."])]


class PaymentListOut(Body):
    """The prepared tranche, how many payments it has, and what of them to confirm."""

    tranche: TrancheOut
    payments: int
    warnings: list[AdviceOut]

    @classmethod
    def of(cls, prepared: Prepared) -> Self:
        """From what the use case gave."""
        return cls(
            tranche=TrancheOut.of(prepared.tranche),
            payments=prepared.payments,
            warnings=[
                AdviceOut(pointer=one.pointer, code=one.code, detail=one.detail)
                for one in prepared.warnings
            ],
        )
