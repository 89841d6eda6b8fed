"""Tables of accountability: reports with their invoices, claims to pay back, and what came back.

What PostgreSQL itself refuses: the same invoice in two reports, a report decided by who filed it,
a second open report of a tranche, a receipt confirmed by who recorded it, a bank's operation or
statement line booked twice, a claim waived by one person alone.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Text,
    text,
)
from sqlmodel import Field

from services.disbursement.tables import Table, optional_text, reference, text_column
from services.kernel.db import centimos_column, instant_column


def _transfer() -> Any:
    return Field(default=None, sa_type=Text, nullable=True, unique=True, foreign_key="transfer.id")


class AccountabilityReport(Table, table=True):
    """A rendición: due once a grant is paid, filed, observed and corrected, reviewed, accepted."""

    __tablename__ = "accountability_report"
    __table_args__ = (
        CheckConstraint(
            "state IN ('due', 'filed', 'observed', 'accepted', 'closed')", name="state_known"
        ),
        CheckConstraint("reviewed_by <> filed_by", name="reviewer_is_not_filer"),
        CheckConstraint("observed_by <> filed_by", name="observer_is_not_filer"),
        CheckConstraint("accepted_by <> filed_by", name="accepter_is_not_filer"),
        CheckConstraint("accepted_by <> reviewed_by", name="accepter_is_not_reviewer"),
        CheckConstraint(
            "state <> 'accepted' OR (filed_by IS NOT NULL AND reviewed_by IS NOT NULL"
            " AND accepted_by IS NOT NULL AND accepted_at IS NOT NULL)",
            name="accepted_by_the_book",
        ),
        CheckConstraint(
            "accepted_centimos >= 0 AND (transfer_id IS NOT NULL) = (accepted_centimos > 0)",
            name="accepted_is_posted",
        ),
        Index(
            "uq_accountability_report_open",
            "tranche_id",
            unique=True,
            postgresql_where=text("state IN ('due', 'filed', 'observed')"),
        ),
    )

    id: str = text_column(primary_key=True)
    tranche_id: str = reference("tranche.id", index=True)
    agreement_id: str = reference("agreement.id", index=True)
    consortium_id: str = text_column(index=True)
    number: int = Field(nullable=False)
    state: str = text_column(default="due")
    due_on: date = Field(nullable=False)
    remind_on: list[date] = Field(sa_column=Column(ARRAY(Date), nullable=False))
    filed_by: str | None = optional_text()
    filed_at: datetime | None = instant_column(nullable=True)
    observed_by: str | None = optional_text()
    observation: str | None = optional_text()
    reviewed_by: str | None = optional_text()
    reviewed_at: datetime | None = instant_column(nullable=True)
    accepted_by: str | None = optional_text()
    accepted_at: datetime | None = instant_column(nullable=True)
    accepted_centimos: int = centimos_column(default=0)
    transfer_id: str | None = _transfer()
    version: int = Field(default=1, nullable=False)


class AccountabilityInvoice(Table, table=True):
    """A comprobante in a report: used once anywhere, as long as no correction took it out."""

    __tablename__ = "accountability_invoice"
    __table_args__ = (
        CheckConstraint("amount_centimos > 0", name="amount_positive"),
        CheckConstraint(
            "eligible_centimos BETWEEN 0 AND amount_centimos", name="eligible_within_amount"
        ),
        CheckConstraint("decided_by <> filed_by", name="decider_is_not_filer"),
        CheckConstraint("false_by <> filed_by", name="finder_is_not_filer"),
        CheckConstraint(
            "(eligible_centimos IS NULL) = (decided_by IS NULL)"
            " AND (eligible_centimos IS NULL) = (decision_reason IS NULL)",
            name="decided_whole",
        ),
        CheckConstraint(
            "(false_by IS NULL) = (false_at IS NULL)"
            " AND (false_by IS NULL) = (false_evidence IS NULL)",
            name="false_whole",
        ),
        Index(
            "uq_accountability_invoice_used",
            "issuer_ruc",
            "kind",
            "series",
            "number",
            unique=True,
            postgresql_where=text("taken_out_at IS NULL"),
        ),
    )

    id: str = text_column(primary_key=True)
    report_id: str = reference("accountability_report.id", index=True)
    kind: str = text_column()
    series: str = text_column()
    number: str = text_column()
    issuer_ruc: str = text_column()
    issued_on: date = Field(nullable=False)
    amount_centimos: int = centimos_column()
    concept: str = text_column()
    budget_line_no: int = Field(nullable=False)
    filed_by: str = text_column()
    taken_out_at: datetime | None = instant_column(nullable=True)
    eligible_centimos: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    decided_by: str | None = optional_text()
    decision_reason: str | None = optional_text()
    false_by: str | None = optional_text()
    false_at: datetime | None = instant_column(nullable=True)
    false_evidence: str | None = optional_text()


class Claim(Table, table=True):
    """What a consortium must pay back of a tranche: a refund of what it has not spent well, or an
    undue payment (pago indebido)."""

    __table_args__ = (
        CheckConstraint("kind IN ('refund', 'undue')", name="kind_known"),
        CheckConstraint(
            "state IN ('found', 'notified', 'recovered', 'waived')", name="state_known"
        ),
        CheckConstraint("amount_centimos > 0", name="amount_positive"),
        CheckConstraint(
            "received_centimos BETWEEN 0 AND amount_centimos", name="received_within_amount"
        ),
        CheckConstraint(
            "(state = 'recovered') = (received_centimos = amount_centimos)",
            name="recovered_in_full",
        ),
        CheckConstraint(
            "state <> 'notified' OR (notified_by IS NOT NULL AND due_on IS NOT NULL)",
            name="notified_with_term",
        ),
        CheckConstraint("waived_by <> waiver_asked_by", name="two_people_waive"),
        CheckConstraint("waived_by <> found_by", name="finder_does_not_waive"),
        CheckConstraint(
            "(state = 'waived') = (waived_by IS NOT NULL) AND (waived_by IS NULL OR"
            " (waiver_asked_by IS NOT NULL AND waiver_reason IS NOT NULL))",
            name="waived_by_the_book",
        ),
    )

    id: str = text_column(primary_key=True)
    kind: str = text_column()
    tranche_id: str = reference("tranche.id", index=True)
    agreement_id: str = reference("agreement.id", index=True)
    consortium_id: str = text_column(index=True)
    invoice_id: str | None = Field(
        default=None,
        sa_type=Text,
        nullable=True,
        unique=True,
        foreign_key="accountability_invoice.id",
    )
    amount_centimos: int = centimos_column()
    received_centimos: int = centimos_column(default=0)
    ground: str = text_column()
    evidence: str = text_column()
    state: str = text_column()
    found_by: str = text_column()
    found_at: datetime = instant_column()
    notified_by: str | None = optional_text()
    notified_at: datetime | None = instant_column(nullable=True)
    due_on: date | None = Field(default=None, nullable=True)
    waiver_asked_by: str | None = optional_text()
    waiver_reason: str | None = optional_text()
    waived_by: str | None = optional_text()
    waived_at: datetime | None = instant_column(nullable=True)
    version: int = Field(default=1, nullable=False)


class Receipt(Table, table=True):
    """Money that came back on a claim: shown by a line of a statement, or by the bank's operation
    that a second person confirms."""

    __table_args__ = (
        CheckConstraint("amount_centimos > 0", name="amount_positive"),
        CheckConstraint("confirmed_by <> recorded_by", name="confirmer_is_another"),
        CheckConstraint(
            "transfer_id IS NULL OR confirmed_by IS NOT NULL OR line_id IS NOT NULL",
            name="booked_on_proof",
        ),
        CheckConstraint("(channel IS NULL) = (line_id IS NULL)", name="line_whole"),
        ForeignKeyConstraint(
            ["channel", "line_id"],
            ["statement_line.channel", "statement_line.line_id"],
            name="fk_receipt_channel_statement_line",
        ),
        Index(
            "uq_receipt_line",
            "channel",
            "line_id",
            unique=True,
            postgresql_where=text("line_id IS NOT NULL"),
        ),
    )

    id: str = text_column(primary_key=True)
    claim_id: str = reference("claim.id", index=True)
    amount_centimos: int = centimos_column()
    bank_reference: str = text_column(unique=True)
    received_on: date = Field(nullable=False)
    channel: str | None = optional_text()
    line_id: str | None = optional_text()
    recorded_by: str = text_column()
    recorded_at: datetime = instant_column()
    confirmed_by: str | None = optional_text()
    confirmed_at: datetime | None = instant_column(nullable=True)
    transfer_id: str | None = _transfer()
