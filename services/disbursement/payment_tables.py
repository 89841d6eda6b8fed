"""Tables of money on its way: instructions to a partner, and the attempts to send them."""

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, Column, Computed, Index, Text
from sqlmodel import Field

from services.disbursement.tables import Table, optional_text, reference, text_column
from services.kernel.db import centimos_column, instant_column, state_since_column


class Instruction(Table, table=True):
    """A payment to one beneficiary; its reference is stored before the first byte leaves."""

    __table_args__ = (
        CheckConstraint(
            "state IN ('created', 'sent', 'acknowledged', 'unknown', 'settled', 'rejected',"
            " 'returned')",
            name="state_known",
        ),
        CheckConstraint("amount_centimos > 0", name="amount_positive"),
        CheckConstraint(
            "repaid_in IS NULL OR state IN ('rejected', 'returned')", name="repaid_once_ended"
        ),
        CheckConstraint("length(reference) <= 35", name="reference_fits"),
        CheckConstraint(
            "beneficiary_kind IN ('consortium', 'supplier', 'producer')", name="beneficiary_known"
        ),
        Index(
            "uq_instruction_invoice",
            "beneficiary_document",
            "invoice",
            unique=True,
            postgresql_where="invoice IS NOT NULL AND live",
        ),
        Index(
            "uq_instruction_live",
            "tranche_id",
            "item",
            unique=True,
            postgresql_where="live",
        ),
        Index(
            "uq_instruction_supersedes",
            "supersedes",
            unique=True,
            postgresql_where="supersedes IS NOT NULL",
        ),
        Index("ix_instruction_repaid_in", "repaid_in", postgresql_where="repaid_in IS NOT NULL"),
        Index(
            "ix_instruction_waiting",
            "channel",
            "state",
            "state_since",
            postgresql_where="state IN ('created', 'sent', 'acknowledged', 'unknown')",
        ),
        Index(
            "ix_instruction_ended",
            "tranche_id",
            "beneficiary_document",
            postgresql_where="NOT live",
        ),
    )

    id: str = text_column(primary_key=True)
    tranche_id: str = reference("tranche.id", index=True)
    lineage: int = Field(nullable=False)
    item: int = Field(nullable=False)
    reference: str = text_column(unique=True)
    channel: str = text_column()
    beneficiary_name: str = text_column()
    beneficiary_document: str = text_column()
    beneficiary_cci: str = text_column()
    beneficiary_kind: str = text_column(default="consortium")
    budget_line: int | None = Field(default=None, nullable=True)
    invoice: str | None = optional_text()
    live: bool = Field(
        default=None,
        sa_column=Column(
            Boolean,
            Computed("state NOT IN ('rejected', 'returned')", persisted=True),
            nullable=False,
        ),
    )
    amount_centimos: int = centimos_column()
    state: str = text_column()
    state_since: datetime | None = state_since_column()
    instruct_transfer_id: str | None = Field(
        default=None, sa_type=Text, nullable=True, foreign_key="transfer.id"
    )
    settle_transfer_id: str | None = Field(
        default=None, sa_type=Text, nullable=True, foreign_key="transfer.id"
    )
    partner_execution_id: str | None = optional_text()
    reason_code: str | None = optional_text()
    settled_at: datetime | None = instant_column(nullable=True)
    reconciled_at: datetime | None = instant_column(nullable=True)
    supersedes: str | None = Field(
        default=None, sa_type=Text, nullable=True, foreign_key="instruction.id"
    )
    repaid_in: str | None = Field(
        default=None, sa_type=Text, nullable=True, foreign_key="tranche.id"
    )


class Attempt(Table, table=True):
    """One call to a partner that may move money: written before it, closed after it."""

    __table_args__ = (
        CheckConstraint(
            "outcome IN ('sending', 'accepted', 'rejected', 'unknown')", name="outcome_known"
        ),
        Index(
            "uq_attempt_sending",
            "tranche_id",
            unique=True,
            postgresql_where="outcome = 'sending'",
        ),
    )

    tranche_id: str = reference("tranche.id", primary_key=True)
    number: int = Field(primary_key=True)
    lineage: int = Field(nullable=False)
    outcome: str = text_column()
    detail: str = text_column(default="")
    started_at: datetime = instant_column()
    ended_at: datetime | None = instant_column(nullable=True)
