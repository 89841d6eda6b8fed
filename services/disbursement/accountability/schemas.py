"""Bodies of accountability and claims; amounts are decimal text here and céntimos inside."""

from datetime import date, datetime
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from services.disbursement import models, vouchers
from services.disbursement.accountability.invoices import Voucher
from services.disbursement.accountability.queries import ClaimView, ReportView, TrancheAccount
from services.disbursement.control_schemas import Reason
from services.disbursement.events import AgreementId, TrancheId
from services.kernel.schemas import (
    DAY_TEXT,
    Body,
    Line,
    Money,
    Ruc,
    SignedMoney,
    example,
    identifier,
)

Kind = Literal["01", "02", "03", "04", "12", "14"]
"""SUNAT table 10: factura, recibo por honorarios, boleta, liquidación de compra, ticket, recibo de
servicios públicos."""
ReportId = Annotated[str, identifier("rep")]
InvoiceId = Annotated[str, identifier("inv")]
ClaimId = Annotated[str, identifier("clm")]
ReportState = Literal["due", "filed", "observed", "accepted", "closed"]
ClaimState = Literal["found", "notified", "recovered", "waived"]
ClaimKind = Literal["refund", "undue"]
WorkingDays = Annotated[int, Field(strict=True, ge=1, le=60)]
Past = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1)), DAY_TEXT]
Number = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,4}-0{0,7}[1-9][0-9]{0,7}$")]
BankReference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9/-]{4,35}$")]
LineId = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[!-~]+$")]
Consortium = Annotated[str, identifier("con")]
Person = Annotated[str, Field(examples=["operador-1"])]

_SOLES: Final = {"amount": "1180.00", "currency": "PEN"}
_WHY: Final = "Informe de control 031-2026."


class InvoiceIn(Body):
    """An invoice: its kind in SUNAT's table 10, series and number, who issued it and for what."""

    model_config = example(
        {
            "kind": "01",
            "number": "F001-00001234",
            "issuer_ruc": "20131312955",
            "issued_on": "2026-11-02",
            "amount": _SOLES,
            "concept": "Tubería de riego",
            "budget_line_no": 1,
        }
    )

    kind: Kind
    number: Number
    issuer_ruc: Ruc
    issued_on: Past
    amount: Money
    concept: Line
    budget_line_no: Annotated[int, Field(strict=True, ge=1, le=10_000)]

    @model_validator(mode="after")
    def positive(self) -> Self:
        """An invoice of nothing shows no spend."""
        if self.amount.centimos == 0:
            raise ValueError("the amount must be more than zero")
        return self

    def voucher(self) -> Voucher:
        """Its number as every other paper writes it."""
        series, _, number = vouchers.normal(self.number).partition("-")
        return Voucher(
            kind=self.kind,
            series=series,
            number=number,
            issuer_ruc=self.issuer_ruc,
            issued_on=self.issued_on,
            amount_centimos=self.amount.centimos,
            concept=self.concept,
            budget_line_no=self.budget_line_no,
        )


class ReportIn(Body):
    """A report, or its correction: the whole list of invoices."""

    invoices: Annotated[list[InvoiceIn], Field(min_length=1, max_length=500)]


class ObservationIn(Body):
    """What must be corrected, within how many working days."""

    model_config = example({"reason": "Falta la factura de la partida 1.", "working_days": 5})

    reason: Reason
    working_days: Annotated[int, Field(strict=True, ge=1, le=15)]


class JudgementIn(Body):
    """How much of an invoice is eligible, from nothing to all, and why."""

    invoice_id: InvoiceId
    eligible: Money
    reason: Reason


class ReviewIn(Body):
    """A judgement on every invoice of the report."""

    model_config = example(
        {
            "judgements": [
                {
                    "invoice_id": "inv_01k9zq4v7hf8qbn0w2d5r6t3ye",
                    "eligible": _SOLES,
                    "reason": "Corresponde a la partida y fue bancarizado.",
                }
            ]
        }
    )

    judgements: Annotated[list[JudgementIn], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def once(self) -> Self:
        """One judgement an invoice."""
        if len({one.invoice_id for one in self.judgements}) != len(self.judgements):
            raise ValueError("an invoice is judged twice")
        return self


class AcceptanceIn(Body):
    """The eligible sum that is accepted: it must be the review's."""

    model_config = example({"amount": _SOLES})

    amount: Money


class InvoiceOut(Body):
    """An invoice of a report, and what was decided of it."""

    id: InvoiceId
    kind: Kind
    series: str
    number: str
    issuer_ruc: str
    issued_on: date
    amount: Money
    concept: str
    budget_line_no: int
    filed_by: Person
    eligible: Money | None
    decided_by: Person | None
    decision_reason: str | None
    false_by: Person | None
    false_at: datetime | None

    @classmethod
    def of(cls, row: models.AccountabilityInvoice) -> Self:
        """From its row."""
        hidden = {"report_id", "taken_out_at", "false_evidence"}
        fields = row.model_dump(exclude={*hidden, "amount_centimos", "eligible_centimos"})
        eligible = row.eligible_centimos
        return cls(
            **fields,
            amount=Money.of(row.amount_centimos),
            eligible=None if eligible is None else Money.of(eligible),
        )


class ReportOut(Body):
    """An accountability report (rendición), when it is due and how far it is."""

    id: ReportId
    tranche_id: TrancheId
    agreement_id: AgreementId
    consortium_id: Consortium
    number: int
    state: ReportState
    due_on: date
    remind_on: list[date]
    filed_by: Person | None
    filed_at: datetime | None
    observed_by: Person | None
    observation: str | None
    reviewed_by: Person | None
    reviewed_at: datetime | None
    accepted_by: Person | None
    accepted_at: datetime | None
    accepted: Money
    version: int

    @classmethod
    def of(cls, row: models.AccountabilityReport) -> Self:
        """From its row."""
        fields = row.model_dump(exclude={"accepted_centimos", "transfer_id"})
        return cls(**fields, accepted=Money.of(row.accepted_centimos))


class ReportWhole(ReportOut):
    """A report with its invoices."""

    overdue: bool
    invoices: list[InvoiceOut]

    @classmethod
    def of_view(cls, view: ReportView) -> Self:
        """From its rows."""
        row = view.report
        return cls(
            **dict(ReportOut.of(row)),
            overdue=row.state in {"due", "observed"} and row.due_on < view.today,
            invoices=[InvoiceOut.of(invoice) for invoice in view.invoices],
        )


class RefundIn(Body):
    """Why the rest of a tranche is asked back, and within how many working days."""

    model_config = example({"reason": "Saldo no ejecutado.", "working_days": 15})

    reason: Reason
    working_days: WorkingDays


class UndueIn(Body):
    """How much of a tranche was unduly paid, on what ground and evidence."""

    model_config = example({"amount": _SOLES, "ground": "Bien no entregado.", "evidence": _WHY})

    amount: Money
    ground: Reason
    evidence: Reason

    @model_validator(mode="after")
    def positive(self) -> Self:
        """A claim of nothing claims nothing."""
        if self.amount.centimos == 0:
            raise ValueError("the amount must be more than zero")
        return self


class FalsityIn(Body):
    """Why an invoice is false, and what shows it."""

    model_config = example({"ground": "SUNAT: comprobante no emitido.", "evidence": _WHY})

    ground: Reason
    evidence: Reason


class NoticeIn(Body):
    """Within how many working days a claim is to be paid."""

    model_config = example({"working_days": 15})

    working_days: WorkingDays


class ReceiptIn(Body):
    """Money that came back: the bank's operation, and the statement's line where there is one."""

    model_config = example(
        {"amount": _SOLES, "bank_reference": "OP-0004512", "received_on": "2026-11-20"}
    )

    amount: Money
    bank_reference: BankReference
    received_on: Past
    line_id: LineId | None = None

    @model_validator(mode="after")
    def positive(self) -> Self:
        """Nothing came back with nothing."""
        if self.amount.centimos == 0:
            raise ValueError("the amount must be more than zero")
        return self


class ReceiptOut(Body):
    """A receipt; it counts once it is booked."""

    id: Annotated[str, identifier("rcp")]
    claim_id: ClaimId
    amount: Money
    bank_reference: str
    received_on: date
    line_id: str | None
    recorded_by: Person
    recorded_at: datetime
    confirmed_by: Person | None
    confirmed_at: datetime | None
    booked: bool

    @classmethod
    def of(cls, row: models.Receipt) -> Self:
        """From its row."""
        fields = row.model_dump(exclude={"amount_centimos", "channel", "transfer_id"})
        booked = row.transfer_id is not None
        return cls(**fields, amount=Money.of(row.amount_centimos), booked=booked)


class ClaimOut(Body):
    """A refund or an undue payment: what is due, what came back, and what is still open."""

    id: ClaimId
    kind: ClaimKind
    tranche_id: TrancheId
    agreement_id: AgreementId
    consortium_id: Consortium
    invoice_id: InvoiceId | None
    due: Money
    recovered: Money
    open: Money
    ground: str
    evidence: str
    state: ClaimState
    found_by: Person
    found_at: datetime
    notified_by: Person | None
    notified_at: datetime | None
    due_on: date | None
    waiver_asked_by: Person | None
    waiver_reason: str | None
    waived_by: Person | None
    waived_at: datetime | None
    version: int

    @classmethod
    def of(cls, row: models.Claim) -> Self:
        """From its row: what was waived is open no more."""
        left = row.amount_centimos - row.received_centimos
        return cls(
            **row.model_dump(exclude={"amount_centimos", "received_centimos"}),
            due=Money.of(row.amount_centimos),
            recovered=Money.of(row.received_centimos),
            open=Money.of(0 if row.state == "waived" else left),
        )


class ClaimWhole(ClaimOut):
    """A claim with its receipts."""

    receipts: list[ReceiptOut]

    @classmethod
    def of_view(cls, view: ClaimView) -> Self:
        """From its rows."""
        receipts = [ReceiptOut.of(row) for row in view.receipts]
        return cls(**dict(ClaimOut.of(view.claim)), receipts=receipts)


class TrancheAccountOut(Body):
    """What became of a tranche's money: paid = accounted + claimed + repaid + rest."""

    tranche_id: TrancheId
    paid: SignedMoney
    accounted: SignedMoney
    claimed: SignedMoney
    recovered: SignedMoney
    repaid: SignedMoney
    rest: SignedMoney

    @classmethod
    def of(cls, view: TrancheAccount) -> Self:
        """From céntimos."""
        names = ("paid", "accounted", "claimed", "recovered", "repaid", "rest")
        return cls(
            tranche_id=view.tranche_id,
            **{name: SignedMoney.of(getattr(view, name)) for name in names},
        )
