"""Tables of the partners' word: signed messages, statement lines, and the cases of a difference."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.disbursement.tables import Table, text_column
from services.kernel.db import centimos_column, instant_column


class PartnerMessage(Table, table=True):
    """What a partner told us, raw and signed, kept before it is acted upon; once an id."""

    __tablename__ = "partner_message"

    partner: str = text_column(primary_key=True)
    message_id: str = text_column(primary_key=True)
    raw: bytes = Field(sa_type=LargeBinary, nullable=False)
    received_at: datetime = instant_column()


class StatementLine(Table, table=True):
    """A line of a partner's statement, matched to an instruction or waiting for a person."""

    __tablename__ = "statement_line"
    __table_args__ = (
        CheckConstraint("kind IN ('payment', 'return')", name="kind_known"),
        CheckConstraint("amount_centimos > 0", name="amount_positive"),
    )

    channel: str = text_column(primary_key=True)
    line_id: str = text_column(primary_key=True)
    reference: str = text_column(index=True)
    kind: str = text_column()
    amount_centimos: int = centimos_column()
    business_date: date = Field(nullable=False)
    instruction_id: str | None = Field(
        default=None, sa_type=Text, nullable=True, foreign_key="instruction.id"
    )
    received_at: datetime = instant_column()


class ReconciliationCase(Table, table=True):
    """A difference between a partner's word and ours, for a person to resolve."""

    __tablename__ = "reconciliation_case"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'resolved')", name="state_known"),
        UniqueConstraint("channel", "source", name="uq_reconciliation_case_channel_source"),
    )

    id: str = text_column(primary_key=True)
    channel: str = text_column()
    source: str = text_column()
    kind: str = text_column()
    reference: str = text_column()
    detail: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    owner_role: str = text_column(default="operator")
    state: str = text_column(default="open")
    opened_at: datetime = instant_column()
