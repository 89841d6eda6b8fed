"""Request and response bodies of money; amounts are decimal text here and céntimos inside."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from services.disbursement import domain, models, queries
from services.disbursement.envelopes.queries import EnvelopeView
from services.disbursement.envelopes.schemas import EnvelopeOut
from services.disbursement.events import AgreementId, ApplicationId, CallId, TrancheId
from services.disbursement.reconciliation import Reconciled
from services.kernel.schemas import DAY_TEXT, Body, Money, Sha256, SignedMoney, example, identifier

Channel = Literal["agroideas", "agrobanco"]
BallotId = Annotated[str, identifier("bal")]


def _states(moves: Mapping[str, Any]) -> Any:
    """A field that holds one of a life cycle's states."""
    return Field(json_schema_extra={"enum": list(moves)})


AgreementState = Annotated[str, _states(domain.AGREEMENT_MOVES)]
TrancheState = Annotated[str, _states(domain.TRANCHE_MOVES)]
InstructionState = Annotated[str, _states(domain.INSTRUCTION_MOVES)]

_SOLES = {"amount": "210000.00", "currency": "PEN"}

ConsortiumId = Annotated[str, identifier("con")]


class _PositiveAmount(Body):
    amount: Money

    @model_validator(mode="after")
    def positive(self) -> Self:
        """Nothing moves for an amount of zero."""
        if self.amount.centimos == 0:
            raise ValueError("the amount must be more than zero")
        return self


class BudgetIn(_PositiveAmount):
    """Money to be given to a call."""

    model_config = example({"call_id": "cal_01k9zq4v7hf8qbn0w2d5r6t3ye", "amount": _SOLES})

    call_id: CallId
    channel: Channel | None = None
    """For one instrument, which then spends this and no more; otherwise for any."""


class BudgetOut(Body):
    """A call's money: allocated = available + committed + in transit + paid out; and the part of
    each instrument."""

    call_id: CallId
    allocated: SignedMoney
    available: SignedMoney
    committed: SignedMoney
    in_transit: SignedMoney
    paid_out: SignedMoney
    envelopes: list[EnvelopeOut]

    @classmethod
    def of(cls, view: queries.BudgetView, envelopes: list[EnvelopeView]) -> Self:
        """From céntimos."""
        return cls(
            envelopes=[EnvelopeOut.of(one) for one in envelopes],
            call_id=view.call_id,
            allocated=SignedMoney.of(view.allocated),
            available=SignedMoney.of(view.available),
            committed=SignedMoney.of(view.committed),
            in_transit=SignedMoney.of(view.in_transit),
            paid_out=SignedMoney.of(view.paid_out),
        )


class AllocationOut(Body):
    """A done allocation; what is left stands at /v1/budgets."""

    call_id: CallId


class AgreementIn(Body):
    """An approved application for which to draw up the agreement."""

    model_config = example(
        {
            "application_id": "app_01k9zq4v7hf8qbn0w2d5r6t3ye",
            "ballot_id": "bal_01k9zq4v7hf8qbn0w2d5r6t3ye",
        }
    )

    application_id: ApplicationId
    ballot_id: BallotId


class AmountIn(_PositiveAmount):
    """An amount repaid."""

    model_config = example({"amount": _SOLES})


class TrancheOut(Body):
    """A tranche (desembolso) with the three people who moved it."""

    id: Annotated[str, identifier("tra")]
    agreement_id: AgreementId
    application_id: ApplicationId
    sequence: int
    channel: Channel
    part: int
    part_of: Annotated[str, identifier("tra")] | None
    amount: Money
    milestone: Annotated[str, Field(examples=["Línea de selección en marcha"])]
    state: TrancheState
    lineage: int
    requested_by: Annotated[str, Field(examples=["representante-1"])] | None
    prepared_by: Annotated[str, Field(examples=["operador-1"])] | None
    released_by: Annotated[str, Field(examples=["operador-2"])] | None
    second_released_by: Annotated[str, Field(examples=["operador-3"])] | None
    release_decision_id: Annotated[str, identifier("dec")] | None
    released_at: datetime | None
    confirmed_at: datetime | None
    accounted: Money
    recovered: Money
    version: int

    @classmethod
    def of(cls, row: models.Tranche) -> Self:
        """From its row."""
        fields = row.model_dump(
            exclude={
                "amount_centimos",
                "accounted_centimos",
                "recovered_centimos",
                "consortium_id",
                "call_id",
                "requested_at",
                "committed_account",
                "budget_account",
                "second_from_centimos",
                "second_released_at",
            }
        )
        return cls(
            **fields,
            amount=Money.of(row.amount_centimos),
            accounted=Money.of(row.accounted_centimos),
            recovered=Money.of(row.recovered_centimos),
        )


class AgreementOut(Body):
    """An agreement (convenio); its tranches stand at /v1/tranches?agreement_id=."""

    id: Annotated[str, identifier("agr")]
    application_id: ApplicationId
    ballot_id: BallotId
    call_id: CallId
    consortium_id: ConsortiumId
    dossier_sha256: Sha256
    state: AgreementState
    agroideas: Money
    agrobanco: Money
    own: Money
    fund_signed_by: Annotated[str, Field(examples=["secretaria-1"])] | None
    fund_signed_at: datetime | None
    consortium_signed_by: Annotated[str, Field(examples=["representante-1"])] | None
    consortium_signed_at: datetime | None
    drafted_at: datetime
    state_reason: str | None
    state_by: Annotated[str, Field(examples=["operador-1"])] | None
    region: Annotated[str, Field(examples=["INEI-12"])] | None
    crop: Annotated[str, Field(examples=["palta"])] | None
    document_version: int
    version: int

    @classmethod
    def of(cls, row: models.Agreement) -> Self:
        """From its row."""
        amounts = {"agroideas_centimos", "agrobanco_centimos", "own_centimos"}
        fields = row.model_dump(exclude={"plan", "resolution_result", *amounts})
        return cls(
            **fields,
            agroideas=Money.of(row.agroideas_centimos),
            agrobanco=Money.of(row.agrobanco_centimos),
            own=Money.of(row.own_centimos),
        )


class ConditionOut(Body):
    """What the board's approval is subject to: due on a day once both have signed."""

    number: int
    text: Annotated[str, Field(examples=["Presentar la licencia de uso de agua."])]
    evidence: Annotated[str, Field(examples=["Resolución de la ANA."])]
    due_working_days: int
    due_on: date | None
    fulfilled_by: Annotated[str, Field(examples=["operador-1"])] | None
    fulfilled_with: str | None
    fulfilled_at: datetime | None
    verified_by: Annotated[str, Field(examples=["operador-2"])] | None
    verified_at: datetime | None

    @classmethod
    def of(cls, row: models.AgreementCondition) -> Self:
        """From its row."""
        return cls(**row.model_dump(exclude={"agreement_id"}))


class AgreementWhole(AgreementOut):
    """An agreement with its tranches, and the conditions of its approval."""

    tranches: list[TrancheOut]
    conditions: list[ConditionOut]

    @classmethod
    def of_view(cls, view: queries.AgreementView) -> Self:
        """From its rows."""
        base = AgreementOut.of(view.agreement)
        return cls(
            **dict(base),
            tranches=[TrancheOut.of(row) for row in view.tranches],
            conditions=[ConditionOut.of(row) for row in view.conditions],
        )


class InstructionOut(Body):
    """A payment to one beneficiary; the account is masked except to its partner."""

    id: Annotated[str, identifier("ins")]
    tranche_id: TrancheId
    channel: Channel
    item: int
    lineage: int
    supersedes: Annotated[str, identifier("ins")] | None
    repaid_in: Annotated[str, identifier("tra")] | None
    reference: Annotated[str, Field(examples=["01k9v1q0m5f3tt0p6k1s9w2r4e-01"])]
    beneficiary_name: Annotated[str, Field(examples=["Rosa Quispe Huamán"])]
    beneficiary_cci: Annotated[str, Field(examples=["002…9013"])]
    beneficiary_kind: Literal["consortium", "supplier", "producer"]
    budget_line: int | None
    invoice: Annotated[str, Field(examples=["F001-00004521"])] | None
    amount: Money
    state: InstructionState
    reason_code: Annotated[str, Field(examples=["AC04"])] | None
    settled_at: datetime | None
    reconciled_at: datetime | None

    @classmethod
    def of(cls, row: models.Instruction, *, masked: bool = True) -> Self:
        """From its row."""
        cci = row.beneficiary_cci
        return cls(
            id=row.id,
            tranche_id=row.tranche_id,
            channel=row.channel,
            item=row.item,
            lineage=row.lineage,
            supersedes=row.supersedes,
            repaid_in=row.repaid_in,
            reference=row.reference,
            beneficiary_name=row.beneficiary_name,
            beneficiary_cci=f"{cci[:3]}…{cci[-4:]}" if masked else cci,
            beneficiary_kind=row.beneficiary_kind,
            budget_line=row.budget_line,
            invoice=row.invoice,
            amount=Money.of(row.amount_centimos),
            state=row.state,
            reason_code=row.reason_code,
            settled_at=row.settled_at,
            reconciled_at=row.reconciled_at,
        )


class ReconciliationIn(Body):
    """Which channel's statement of which day in Lima to match."""

    model_config = example({"channel": "agrobanco", "business_date": "2026-11-24"})

    channel: Channel
    business_date: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1)), DAY_TEXT]


class ReconciliationOut(Body):
    """What the statement came to."""

    lines: int
    new: int
    matched: int
    cases: int
    tranches_reconciled: list[str]

    @classmethod
    def of(cls, result: Reconciled) -> Self:
        """From the use case's result."""
        return cls(
            lines=result.lines,
            new=result.new,
            matched=result.matched,
            cases=result.cases,
            tranches_reconciled=list(result.tranches),
        )


class AccountOut(Body):
    """A ledger account and its balance; the treasury's is negative: what it gave."""

    code: Annotated[str, Field(examples=["available:cal_01k9v1q0m5f3tt0p6k1s9w2r4e"])]
    kind: Annotated[str, Field(examples=["available"])]
    balance: SignedMoney


class TrialBalanceOut(Body):
    """All accounts; `total` is zero or something is very wrong."""

    accounts: list[AccountOut]
    total: SignedMoney

    @classmethod
    def of(cls, lines: list[queries.TrialLine]) -> Self:
        """From céntimos."""
        return cls(
            accounts=[
                AccountOut(code=line.code, kind=line.kind, balance=SignedMoney.of(line.balance))
                for line in lines
            ],
            total=SignedMoney.of(sum(line.balance for line in lines)),
        )


class EntryOut(Body):
    """One entry of an account: positive gained, negative gave."""

    transfer_id: Annotated[str, identifier("trf")]
    kind: Annotated[str, Field(examples=["allocate"])]
    amount: SignedMoney
    reference: Annotated[str, Field(examples=["01k9v1q0m5f3tt0p6k1s9w2r4e-01"])]
    call_id: CallId
    agreement_id: AgreementId | None
    actor: Annotated[str, Field(examples=["operador-1"])]
    business_date: date
    posted_at: datetime

    @classmethod
    def of(cls, entry: queries.StatementEntry) -> Self:
        """From its rows."""
        row = entry.transfer
        return cls(
            transfer_id=row.id,
            kind=row.kind,
            amount=SignedMoney.of(entry.amount),
            reference=row.reference,
            call_id=row.call_id,
            agreement_id=row.agreement_id,
            actor=row.actor,
            business_date=row.business_date,
            posted_at=row.posted_at,
        )


class CallbackOut(Body):
    """What a callback led to: applied, repeated, or a case for a person."""

    outcome: Literal["applied", "repeated", "case"]
