"""Tables of reconciliation cases: what differs, whose it is, until when, and how it ended."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.disbursement.tables import Table, optional_text, reference, text_column
from services.kernel.db import instant_column


class ReconciliationCase(Table, table=True):
    """A difference between a partner's word and ours, for a person to resolve; a match that moves
    money is proposed by one person and resolved by another."""

    __tablename__ = "reconciliation_case"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'resolved')", name="state_known"),
        CheckConstraint(
            "resolution IN ('matched', 'line_arrived', 'partner_corrected', 'recovered',"
            " 'explained')",
            name="resolution_known",
        ),
        CheckConstraint(
            "(proposed_by IS NULL) = (num_nonnulls(proposed_instruction_id, proposed_loan_id) = 0)"
            " AND num_nonnulls(proposed_instruction_id, proposed_loan_id) <= 1"
            " AND (proposed_by IS NULL) = (proposed_at IS NULL)",
            name="proposed_whole",
        ),
        CheckConstraint(
            "(state = 'resolved') = (resolution IS NOT NULL)"
            " AND (state = 'resolved') = (reason IS NOT NULL)"
            " AND (state = 'resolved') = (resolved_by IS NOT NULL)"
            " AND (state = 'resolved') = (resolved_at IS NOT NULL)",
            name="resolved_whole",
        ),
        CheckConstraint(
            "resolution <> 'matched' OR proposed_by IS NOT NULL", name="matched_as_proposed"
        ),
        CheckConstraint(
            "resolution <> 'matched' OR resolved_by <> proposed_by", name="two_people_match"
        ),
        UniqueConstraint("channel", "source", name="uq_reconciliation_case_channel_source"),
        Index("ix_reconciliation_case_open", "due_on", postgresql_where=text("state = 'open'")),
    )

    id: str = text_column(primary_key=True)
    channel: str = text_column()
    source: str = text_column()
    kind: str = text_column()
    reference: str = text_column(index=True)
    detail: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    owner_role: str = text_column(default="operator")
    state: str = text_column(default="open")
    opened_at: datetime = instant_column()
    due_on: date = Field(nullable=False)
    owner: str | None = optional_text()
    proposed_instruction_id: str | None = Field(
        default=None, sa_type=Text, nullable=True, foreign_key="instruction.id"
    )
    proposed_loan_id: str | None = Field(
        default=None, sa_type=Text, nullable=True, foreign_key="loan.id"
    )
    proposed_by: str | None = optional_text()
    proposed_at: datetime | None = instant_column(nullable=True)
    resolution: str | None = optional_text()
    reason: str | None = optional_text()
    resolved_by: str | None = optional_text()
    resolved_at: datetime | None = instant_column(nullable=True)
    version: int = Field(default=1, nullable=False)


class CaseStep(Table, table=True):
    """What a person did with a case, in order: append-only."""

    __tablename__ = "case_step"
    __table_args__ = (
        CheckConstraint(
            "action IN ('assign', 'comment', 'propose', 'resolve')", name="action_known"
        ),
    )

    id: str = text_column(primary_key=True)
    case_id: str = reference("reconciliation_case.id", index=True)
    action: str = text_column()
    text: str = text_column()
    actor: str = text_column()
    at: datetime = instant_column()
