"""Tables of what a payment waits for: its milestone, and the evidence of it and of the consortium's
own contribution, each filed by one person and judged by another."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Text, text
from sqlmodel import Field

from services.disbursement.tables import Table, optional_text, reference, text_column
from services.kernel.db import instant_column


class Milestone(Table, table=True):
    """The hito of a tranche: what shows that it is met, and by when."""

    __table_args__ = (CheckConstraint("due_working_days >= 1", name="due_later"),)

    tranche_id: str = reference("tranche.id", primary_key=True)
    agreement_id: str = reference("agreement.id", index=True)
    evidence_required: str = text_column()
    due_working_days: int | None = Field(default=None, nullable=True)
    due_on: date | None = Field(default=None, nullable=True)


class Evidence(Table, table=True):
    """A document of the consortium: of a milestone, or of so much own contribution."""

    __table_args__ = (
        CheckConstraint("kind IN ('milestone', 'own')", name="kind_known"),
        CheckConstraint("(kind = 'milestone') = (tranche_id IS NOT NULL)", name="of_a_milestone"),
        CheckConstraint(
            "(kind = 'own') = (amount_centimos IS NOT NULL)"
            " AND (amount_centimos IS NULL OR amount_centimos > 0)",
            name="own_amount",
        ),
        CheckConstraint("state IN ('filed', 'verified', 'observed')", name="state_known"),
        CheckConstraint("judged_by <> filed_by", name="judge_is_another"),
        CheckConstraint(
            "(state = 'filed') = (judged_by IS NULL) AND (judged_by IS NULL) = (judged_at IS NULL)"
            " AND (state = 'observed') = (reason IS NOT NULL)",
            name="judged_whole",
        ),
        Index(
            "uq_evidence_milestone",
            "tranche_id",
            unique=True,
            postgresql_where=text("state <> 'observed'"),
        ),
        Index(
            "uq_evidence_own_document",
            "document_sha256",
            unique=True,
            postgresql_where=text("kind = 'own' AND state <> 'observed'"),
        ),
    )

    id: str = text_column(primary_key=True)
    kind: str = text_column()
    agreement_id: str = reference("agreement.id", index=True)
    consortium_id: str = text_column(index=True)
    tranche_id: str | None = Field(
        default=None, sa_type=Text, nullable=True, foreign_key="milestone.tranche_id"
    )
    amount_centimos: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    text: str = text_column()
    document_sha256: str = text_column()
    state: str = text_column(default="filed")
    filed_by: str = text_column()
    filed_at: datetime = instant_column()
    judged_by: str | None = optional_text()
    judged_at: datetime | None = instant_column(nullable=True)
    reason: str | None = optional_text()
