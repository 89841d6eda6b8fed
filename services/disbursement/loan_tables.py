"""Tables of credit: an agreement's terms, one loan a producer, its disbursed parts, and what was
repaid. The triggers of the migration keep what a part still owes, so that no loan is repaid beyond
it, and that the shares of a repayment are its sum."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from services.disbursement.tables import Table, optional_text, reference, text_column
from services.kernel.db import centimos_column, instant_column


def _numbers() -> Any:
    return Field(sa_column=Column(ARRAY(BigInteger), nullable=False))


class LoanTerms(Table, table=True):
    """The terms of an agreement's credit, fixed when it was drafted (rate in basis points)."""

    __tablename__ = "loan_terms"
    __table_args__ = (
        CheckConstraint("tea_basis_points BETWEEN 0 AND 10000", name="rate_sane"),
        CheckConstraint("day_base IN (360, 365)", name="day_base_known"),
        CheckConstraint("term_months BETWEEN 1 AND 60 AND parts_max >= 1", name="term_sane"),
        CheckConstraint("producer_cap_centimos > 0", name="cap_positive"),
        CheckConstraint("collection IN ('at_harvest')", name="collection_known"),
        CheckConstraint("harvest_on IS NULL OR told_at IS NOT NULL", name="harvest_told"),
    )

    agreement_id: str = reference("agreement.id", primary_key=True)
    tea_basis_points: int = Field(nullable=False)
    day_base: int = Field(nullable=False)
    term_months: int = Field(nullable=False)
    parts_max: int = Field(nullable=False)
    levels_centimos: list[int] = _numbers()
    producer_cap_centimos: int = centimos_column()
    collection: str = text_column()
    at_source: bool = Field(nullable=False)
    payer_ruc: str | None = optional_text()
    arrears_buckets: list[int] = _numbers()
    decision_id: str = reference("decision.id")
    harvest_on: date | None = Field(default=None, nullable=True)
    told_by: str | None = optional_text()
    told_at: datetime | None = instant_column(nullable=True)


class Loan(Table, table=True):
    """One producer's loan of one agreement; in force until its agreement is over and all is paid.
    A producer has one in force a call."""

    __table_args__ = (
        UniqueConstraint("reference"),
        UniqueConstraint("agreement_id", "document"),
        Index(
            "uq_loan_in_force",
            "call_id",
            "document",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_loan_consortium_id", "consortium_id"),
    )

    id: str = text_column(primary_key=True)
    agreement_id: str = reference("loan_terms.agreement_id")
    call_id: str = text_column()
    consortium_id: str = text_column()
    reference: str = text_column()
    document: str = text_column()
    name: str = text_column()
    opened_at: datetime = instant_column()
    ended_at: datetime | None = instant_column(nullable=True)


class LoanPart(Table, table=True):
    """One disbursement to the producer, and what is left of it: moved by triggers alone."""

    __tablename__ = "loan_part"
    __table_args__ = (
        CheckConstraint("lent_centimos > 0", name="lent_positive"),
        CheckConstraint(
            "principal_centimos BETWEEN 0 AND lent_centimos AND interest_centimos >= 0",
            name="owed_not_negative",
        ),
        CheckConstraint(
            "returned_on IS NULL OR (principal_centimos = 0 AND interest_centimos = 0)",
            name="returned_owes_nothing",
        ),
        Index("ix_loan_part_loan_id", "loan_id"),
        Index("ix_loan_part_tranche_id", "tranche_id"),
    )

    instruction_id: str = reference("instruction.id", primary_key=True)
    loan_id: str = reference("loan.id")
    tranche_id: str = reference("tranche.id")
    lent_centimos: int = centimos_column()
    lent_on: date = Field(nullable=False)
    principal_centimos: int = centimos_column()
    interest_centimos: int = centimos_column(default=0)
    interest_on: date = Field(nullable=False)
    returned_on: date | None = Field(default=None, nullable=True)


class Repayment(Table, table=True):
    """Money that a loan got back, once a statement's line: its shares and what was paid beyond
    what was owed are its amount."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["channel", "line_id"], ["statement_line.channel", "statement_line.line_id"]
        ),
        CheckConstraint("amount_centimos > 0", name="amount_positive"),
        CheckConstraint("overpaid_centimos BETWEEN 0 AND amount_centimos", name="overpaid_within"),
        CheckConstraint(
            "source IN ('statement', 'recorded', 'claim')"
            " AND (source = 'statement') = (line_id IS NOT NULL)",
            name="source_known",
        ),
        CheckConstraint(
            "payer_kind IN ('producer', 'anchor_firm', 'other', 'untold')", name="payer_known"
        ),
        CheckConstraint("booked_on >= paid_on", name="booked_later"),
        Index(
            "uq_repayment_line",
            "channel",
            "line_id",
            unique=True,
            postgresql_where=text("line_id IS NOT NULL"),
        ),
        Index("ix_repayment_loan_id", "loan_id"),
    )

    id: str = text_column(primary_key=True)
    loan_id: str = reference("loan.id")
    source: str = text_column()
    channel: str = text_column()
    line_id: str | None = optional_text()
    amount_centimos: int = centimos_column()
    overpaid_centimos: int = centimos_column(default=0)
    paid_on: date = Field(nullable=False)
    booked_on: date = Field(nullable=False)
    payer_kind: str = text_column()
    payer: str = text_column(default="")
    actor: str = text_column()
    recorded_at: datetime = instant_column()


class RepaymentShare(Table, table=True):
    """What a repayment did to one part: interest fixed by it, interest and principal paid."""

    __tablename__ = "repayment_share"
    __table_args__ = (
        CheckConstraint(
            "accrued_centimos >= 0 AND interest_centimos >= 0 AND principal_centimos >= 0",
            name="not_negative",
        ),
        Index("ix_repayment_share_instruction_id", "instruction_id"),
    )

    repayment_id: str = Field(sa_type=Text, primary_key=True, foreign_key="repayment.id")
    instruction_id: str = Field(
        sa_type=Text, primary_key=True, foreign_key="loan_part.instruction_id"
    )
    accrued_centimos: int = centimos_column()
    interest_centimos: int = centimos_column()
    principal_centimos: int = centimos_column()
