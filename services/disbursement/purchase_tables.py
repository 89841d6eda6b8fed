"""Table of purchases that wait for the programme's no-objection (no objeción). A trigger of the
migration keeps what was asked as it was asked."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.disbursement.tables import Table, optional_text, reference, text_column
from services.kernel.db import centimos_column, instant_column


class Purchase(Table, table=True):
    """What the consortium wants to buy, from whom, by which quotations; the programme's word."""

    __table_args__ = (
        CheckConstraint(
            "state IN ('requested', 'sent', 'granted', 'observed', 'denied', 'withdrawn')",
            name="state_known",
        ),
        CheckConstraint("amount_centimos > 0", name="amount_positive"),
        CheckConstraint("jsonb_array_length(quotations) >= 1", name="quoted"),
        CheckConstraint("sent_by <> requested_by", name="sender_is_another"),
        CheckConstraint(
            "state NOT IN ('sent', 'granted', 'observed', 'denied')"
            " OR (sent_by IS NOT NULL AND sent_at IS NOT NULL)",
            name="sent_whole",
        ),
        CheckConstraint(
            "(state IN ('granted', 'observed', 'denied')) = (answered_at IS NOT NULL)"
            " AND (answered_at IS NULL) = (answered_by IS NULL)"
            " AND (state = 'granted') <= (record_number IS NOT NULL)"
            " AND (state IN ('observed', 'denied')) <= (answer_reason IS NOT NULL)",
            name="answered_whole",
        ),
        CheckConstraint("length(reference) <= 35", name="reference_fits"),
        Index("ix_purchase_agreement_id_supplier_ruc", "agreement_id", "supplier_ruc"),
    )

    id: str = text_column(primary_key=True)
    agreement_id: str = reference("agreement.id")
    application_id: str = text_column()
    consortium_id: str = text_column(index=True)
    program: str = text_column(default="agroideas")
    reference: str = text_column(unique=True)
    corrects: str | None = Field(
        default=None, sa_type=Text, nullable=True, unique=True, foreign_key="purchase.id"
    )
    budget_line: int = Field(nullable=False)
    description: str = text_column()
    supplier_ruc: str = text_column()
    supplier_name: str = text_column()
    amount_centimos: int = centimos_column()
    quotations: list[dict[str, Any]] = Field(sa_type=JSONB, nullable=False)
    choice_reason: str | None = optional_text()
    state: str = text_column(default="requested")
    requested_by: str = text_column()
    requested_at: datetime = instant_column()
    sent_by: str | None = optional_text()
    sent_at: datetime | None = instant_column(nullable=True)
    record_number: str | None = optional_text()
    answered_by: str | None = optional_text()
    answered_at: datetime | None = instant_column(nullable=True)
    answer_reason: str | None = optional_text()
    version: int = Field(default=1, nullable=False)
