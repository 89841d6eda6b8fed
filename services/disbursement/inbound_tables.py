"""Table of the partners' signed messages as they came: the delivery log of our side."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.disbursement.tables import Table, text_column
from services.kernel.db import instant_column


class InboundMessage(Table, table=True):
    """One delivery of a message whose signature held, repetitions too, and what it led to."""

    __tablename__ = "inbound_message"
    __table_args__ = (
        CheckConstraint("program IN ('agroideas', 'agrobanco')", name="program_known"),
        CheckConstraint(
            "outcome IN ('applied', 'repeated', 'case', 'refused')", name="outcome_known"
        ),
        CheckConstraint("bytes > 0", name="bytes_positive"),
        Index("ix_inbound_message_program_id", "program", "id"),
    )

    id: str = text_column(primary_key=True)
    program: str = text_column()
    message_id: str = text_column()
    type: str = text_column()
    reference: str = text_column()
    outcome: str = text_column()
    sha256: str = text_column()
    bytes: int = Field(nullable=False)
    received_at: datetime = instant_column()
