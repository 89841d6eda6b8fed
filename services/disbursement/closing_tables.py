"""Tables of daily closings and of the statements' balances: append-only, so that what was closed
reads as it was."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.disbursement.tables import Table, text_column
from services.kernel.db import centimos_column, instant_column


class StatementBalance(Table, table=True):
    """What a channel's statement of a day opens and closes with; the last reading stands."""

    __tablename__ = "statement_balance"
    __table_args__ = (Index("ix_statement_balance_business_date", "channel", "business_date"),)

    id: str = text_column(primary_key=True)
    channel: str = text_column()
    business_date: date = Field(nullable=False)
    opening_centimos: int = centimos_column()
    closing_centimos: int = centimos_column()
    read_at: datetime = instant_column()


class Closing(Table, table=True):
    """A channel's day: the ledger against the statement. What came later is a new version."""

    __table_args__ = (
        CheckConstraint("channel IN ('agroideas', 'agrobanco')", name="channel_known"),
        CheckConstraint(
            "(version = 1) = (supersedes IS NULL) AND version >= 1", name="versions_follow"
        ),
        CheckConstraint(
            "abs(ledger_paid_centimos - statement_paid_centimos)"
            " + abs(ledger_returned_centimos - statement_returned_centimos)"
            " + abs(ledger_repaid_centimos - statement_repaid_centimos)"
            " + abs(coalesce(statement_closing_centimos - statement_opening_centimos"
            " + statement_paid_centimos - statement_returned_centimos"
            " - statement_repaid_centimos, 0))"
            " <= difference_centimos",
            name="difference_told",
        ),
        CheckConstraint(
            "(statement_opening_centimos IS NULL) = (statement_closing_centimos IS NULL)",
            name="balances_whole",
        ),
        CheckConstraint(
            "balanced = (difference_centimos = 0) AND (NOT balanced OR differences_count = 0)",
            name="balanced_to_the_centimo",
        ),
        UniqueConstraint(
            "channel",
            "business_date",
            "version",
            name="uq_closing_channel_business_date_version",
        ),
    )

    id: str = text_column(primary_key=True)
    channel: str = text_column()
    business_date: date = Field(nullable=False)
    version: int = Field(nullable=False)
    supersedes: str | None = Field(
        default=None, sa_type=Text, nullable=True, foreign_key="closing.id", unique=True
    )
    ledger_paid_centimos: int = centimos_column()
    ledger_returned_centimos: int = centimos_column()
    statement_paid_centimos: int = centimos_column()
    statement_returned_centimos: int = centimos_column()
    ledger_repaid_centimos: int = centimos_column()
    statement_repaid_centimos: int = centimos_column()
    statement_opening_centimos: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    statement_closing_centimos: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    difference_centimos: int = centimos_column()
    differences_count: int = Field(nullable=False)
    differences: list[dict[str, Any]] = Field(sa_type=JSONB, nullable=False)
    balanced: bool = Field(nullable=False)
    content_sha256: str = text_column()
    made_by: str = text_column()
    made_at: datetime = instant_column()
