"""Tables of the partners' word: signed messages and statement lines."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, text
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
    """A line of a partner's statement: matched to an instruction, booked as a loan's repayment, or
    waiting for a person. A repayment names its payer and the bank's number of the operation."""

    __tablename__ = "statement_line"
    __table_args__ = (
        CheckConstraint("kind IN ('payment', 'return', 'repayment')", name="kind_known"),
        CheckConstraint("amount_centimos > 0", name="amount_positive"),
        Index(
            "uq_statement_line_instruction_id_kind",
            "instruction_id",
            "kind",
            unique=True,
            postgresql_where=text("instruction_id IS NOT NULL"),
        ),
        Index("ix_statement_line_business_date", "channel", "business_date"),
        Index(
            "ix_statement_line_operation",
            "channel",
            "operation",
            postgresql_where=text("kind = 'repayment' AND operation <> ''"),
        ),
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
    payer: str = text_column(default="")
    operation: str = text_column(default="")
    received_at: datetime = instant_column()
