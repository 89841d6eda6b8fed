"""Tables of money. What PostgreSQL itself refuses: an unbalanced transfer, an overdrawn account, a
changed or deleted ledger row, a second live instruction for the same share, a releaser who
prepared, an agreement without its approved resolution. The triggers stand in the migrations."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.disbursement.accountability_tables import (
    AccountabilityInvoice,
    AccountabilityReport,
    Claim,
    Receipt,
)
from services.disbursement.addendum_tables import Addendum
from services.disbursement.books import Account, Entry, LedgerBlock, LedgerSeal, Transfer
from services.disbursement.case_tables import CaseStep, ReconciliationCase
from services.disbursement.closing_tables import Closing, StatementBalance
from services.disbursement.final_report_tables import FinalReport
from services.disbursement.inbound_tables import InboundMessage
from services.disbursement.loan_tables import (
    Loan,
    LoanPart,
    LoanTerms,
    Repayment,
    RepaymentShare,
)
from services.disbursement.matching_tables import PartnerMessage, StatementLine
from services.disbursement.milestone_tables import Evidence, Milestone
from services.disbursement.payment_tables import Attempt, Instruction
from services.disbursement.portfolio_tables import TranchePassage
from services.disbursement.purchase_tables import Purchase
from services.disbursement.refusals import CONSTRAINT_ERRORS
from services.disbursement.second_tier_tables import BeneficiaryCheck
from services.disbursement.signing_tables import (
    AgreementDocument,
    AgreementSignature,
    SignerKey,
)
from services.disbursement.tables import ROOM, Table, optional_text, reference, text_column
from services.kernel.db import centimos_column, instant_column
from services.kernel.tables import tally_table


class Resolution(Table, table=True):
    """A board's decision as it reached us, counted again."""

    __table_args__ = (
        CheckConstraint("result IN ('approved', 'rejected')", name="result_known"),
        UniqueConstraint("ballot_id", "result", name="uq_resolution_ballot_id_result"),
    )

    ballot_id: str = text_column(primary_key=True)
    application_id: str = text_column(index=True)
    dossier_sha256: str = text_column()
    result: str = text_column()
    resolution_number: str = text_column()
    package: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    received_at: datetime = instant_column()


class Agreement(Table, table=True):
    """A convenio: drawn up from an approved plan, with its money committed."""

    __table_args__ = (
        CheckConstraint(
            "state IN ('drafted', 'signed', 'active', 'suspended', 'closed', 'terminated')",
            name="state_known",
        ),
        CheckConstraint(
            "state NOT IN ('suspended', 'terminated')"
            " OR (state_reason IS NOT NULL AND state_by IS NOT NULL)",
            name="reason_told",
        ),
        CheckConstraint("resolution_result = 'approved'", name="board_approved"),
        ForeignKeyConstraint(
            ["ballot_id", "resolution_result"],
            ["resolution.ballot_id", "resolution.result"],
            name="fk_agreement_ballot_id_resolution",
        ),
        CheckConstraint(
            "state NOT IN ('signed', 'active', 'suspended', 'closed') OR"
            " (fund_signed_by IS NOT NULL AND consortium_signed_by IS NOT NULL)",
            name="signed_by_both",
        ),
        CheckConstraint("fund_signed_by <> consortium_signed_by", name="two_signers"),
    )

    id: str = text_column(primary_key=True)
    application_id: str = text_column(unique=True)
    ballot_id: str = text_column(unique=True)
    resolution_result: str = text_column(default="approved")
    call_id: str = text_column(index=True)
    consortium_id: str = text_column(index=True)
    dossier_sha256: str = text_column()
    state: str = text_column()
    agroideas_centimos: int = centimos_column()
    agrobanco_centimos: int = centimos_column()
    own_centimos: int = centimos_column()
    plan: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    fund_signed_by: str | None = optional_text()
    fund_signed_at: datetime | None = instant_column(nullable=True)
    consortium_signed_by: str | None = optional_text()
    consortium_signed_at: datetime | None = instant_column(nullable=True)
    drafted_at: datetime = instant_column()
    document_version: int = Field(default=1, nullable=False)
    version: int = Field(default=1, nullable=False)
    state_reason: str | None = optional_text()
    state_by: str | None = optional_text()
    region: str | None = optional_text()
    crop: str | None = optional_text()


class AgreementCondition(Table, table=True):
    """What the board's approval is subject to: due, fulfilled by evidence, verified by another."""

    __tablename__ = "agreement_condition"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("due_working_days >= 1", name="due_later"),
        CheckConstraint("verified_by <> fulfilled_by", name="verifier_is_another"),
        CheckConstraint(
            "(fulfilled_by IS NULL) = (fulfilled_at IS NULL)"
            " AND (fulfilled_by IS NULL) = (fulfilled_with IS NULL)",
            name="fulfilled_with_evidence",
        ),
        CheckConstraint(
            "(verified_by IS NULL) = (verified_at IS NULL)"
            " AND (verified_by IS NULL OR fulfilled_by IS NOT NULL)",
            name="verified_after",
        ),
    )

    agreement_id: str = reference("agreement.id", primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    text: str = text_column()
    evidence: str = text_column()
    due_working_days: int = Field(nullable=False)
    due_on: date | None = Field(default=None, nullable=True)
    fulfilled_by: str | None = optional_text()
    fulfilled_with: str | None = optional_text()
    fulfilled_at: datetime | None = instant_column(nullable=True)
    verified_by: str | None = optional_text()
    verified_at: datetime | None = instant_column(nullable=True)


class Withdrawal(Table, table=True):
    """An application that its consortium gave up: no agreement of it comes into force."""

    application_id: str = text_column(primary_key=True)
    received_at: datetime = instant_column()


class Hold(Table, table=True):
    """A hold or freeze (retención): on what, why, by whom, until when; lifted by another person."""

    __table_args__ = (
        CheckConstraint(
            "scope IN ('fund', 'channel', 'call', 'consortium', 'agreement', 'person')",
            name="scope_known",
        ),
        CheckConstraint("(scope = 'fund') = (target = '')", name="target_of_scope"),
        CheckConstraint("ends_at > placed_at", name="ends_later"),
        CheckConstraint("lifted_by <> placed_by", name="lifted_by_another"),
        CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL)"
            " AND (lifted_at IS NULL) = (lift_reason IS NULL)",
            name="lifted_whole",
        ),
        Index("ix_hold_standing", "scope", "target", postgresql_where=text("lifted_at IS NULL")),
    )

    id: str = text_column(primary_key=True)
    scope: str = text_column()
    target: str = text_column()
    reason: str = text_column()
    placed_by: str = text_column()
    placed_at: datetime = instant_column()
    ends_at: datetime | None = instant_column(nullable=True)
    lifted_by: str | None = optional_text()
    lifted_at: datetime | None = instant_column(nullable=True)
    lift_reason: str | None = optional_text()


class Tranche(Table, table=True):
    """A desembolso: one channel's share of an agreement at one point of the plan."""

    __table_args__ = (
        CheckConstraint(
            "state IN ('planned', 'requested', 'observed', 'released', 'instructed', 'confirmed',"
            " 'rejected', 'returned', 'reconciled', 'accounted')",
            name="state_known",
        ),
        CheckConstraint("channel IN ('agroideas', 'agrobanco')", name="channel_known"),
        CheckConstraint("amount_centimos > 0", name="amount_positive"),
        CheckConstraint("prepared_by <> released_by", name="preparer_is_not_releaser"),
        CheckConstraint("requested_by <> released_by", name="requester_is_not_releaser"),
        CheckConstraint("requested_by <> prepared_by", name="requester_is_not_preparer"),
        CheckConstraint(
            "state IN ('planned', 'requested', 'observed', 'rejected', 'returned') OR"
            " (requested_by IS NOT NULL AND prepared_by IS NOT NULL AND released_by IS NOT NULL"
            " AND release_decision_id IS NOT NULL)",
            name="released_by_the_book",
        ),
        CheckConstraint(
            "starts_with(committed_account, 'agreement:' || agreement_id || ':committed')"
            " AND starts_with(budget_account, 'call:' || call_id || ':available')",
            name="own_accounts",
        ),
        CheckConstraint(
            "second_released_by <> released_by AND second_released_by <> prepared_by"
            " AND second_released_by <> requested_by",
            name="second_releaser_is_another",
        ),
        CheckConstraint(
            "state IN ('planned', 'requested', 'observed', 'rejected', 'returned')"
            " OR second_from_centimos IS NULL OR amount_centimos < second_from_centimos"
            " OR second_released_by IS NOT NULL",
            name="released_twice",
        ),
        CheckConstraint(
            "accounted_centimos >= 0 AND recovered_centimos >= 0"
            " AND accounted_centimos + recovered_centimos <= amount_centimos",
            name="used_within",
        ),
        CheckConstraint("(part = 1) = (part_of IS NULL)", name="part_of_another"),
        UniqueConstraint(
            "agreement_id",
            "sequence",
            "channel",
            "part",
            name="uq_tranche_agreement_id_sequence_channel",
        ),
    )

    id: str = text_column(primary_key=True)
    agreement_id: str = reference("agreement.id")
    application_id: str = text_column(index=True)
    consortium_id: str = text_column()
    call_id: str = text_column()
    sequence: int = Field(nullable=False)
    channel: str = text_column()
    part: int = Field(default=1, nullable=False)
    part_of: str | None = Field(default=None, sa_type=Text, nullable=True, foreign_key="tranche.id")
    amount_centimos: int = centimos_column()
    milestone: str = text_column()
    committed_account: str = text_column()
    budget_account: str = text_column()
    state: str = text_column()
    lineage: int = Field(default=1, nullable=False)
    requested_by: str | None = optional_text()
    prepared_by: str | None = optional_text()
    released_by: str | None = optional_text()
    release_decision_id: str | None = Field(
        default=None, sa_type=Text, nullable=True, foreign_key="decision.id"
    )
    second_from_centimos: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    second_released_by: str | None = optional_text()
    second_released_at: datetime | None = instant_column(nullable=True)
    requested_at: datetime | None = instant_column(nullable=True)
    released_at: datetime | None = instant_column(nullable=True)
    confirmed_at: datetime | None = instant_column(nullable=True)
    accounted_centimos: int = centimos_column(default=0)
    recovered_centimos: int = centimos_column(default=0)
    version: int = Field(default=1, nullable=False)


class Decision(Table, table=True):
    """OPA's answer behind an effect, with its whole question, so that it can be replayed."""

    id: str = text_column(primary_key=True)
    package: str = text_column()
    subject: str = text_column(index=True)
    input: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    answer: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    policy_revision: str = text_column()
    decided_at: datetime = instant_column()


TALLY = tally_table(ROOM)

__all__ = [
    "CONSTRAINT_ERRORS",
    "ROOM",
    "TALLY",
    "Account",
    "AccountabilityInvoice",
    "AccountabilityReport",
    "Addendum",
    "Agreement",
    "AgreementCondition",
    "AgreementDocument",
    "AgreementSignature",
    "Attempt",
    "BeneficiaryCheck",
    "CaseStep",
    "Claim",
    "Closing",
    "Decision",
    "Entry",
    "Evidence",
    "FinalReport",
    "Hold",
    "InboundMessage",
    "Instruction",
    "LedgerBlock",
    "LedgerSeal",
    "Loan",
    "LoanPart",
    "LoanTerms",
    "Milestone",
    "PartnerMessage",
    "Purchase",
    "Receipt",
    "ReconciliationCase",
    "Repayment",
    "RepaymentShare",
    "Resolution",
    "SignerKey",
    "StatementBalance",
    "StatementLine",
    "Tranche",
    "TranchePassage",
    "Transfer",
    "Withdrawal",
]
