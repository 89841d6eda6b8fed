"""Table of the amendments of agreements: what was proposed, who decided, and how it came into
force. A trigger of the migration keeps what was proposed as it was."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.disbursement.tables import Table, optional_text, reference, text_column
from services.kernel.db import instant_column

OPEN_STATES = ("drafted", "in_board", "approved")
_OPEN = "state IN ('drafted', 'in_board', 'approved')"


class Addendum(Table, table=True):
    """An amendment (adenda): the plan as it is to be from now on, and why."""

    __table_args__ = (
        CheckConstraint(
            "state IN ('drafted', 'in_board', 'approved', 'in_force', 'refused', 'withdrawn')",
            name="state_known",
        ),
        CheckConstraint("route IN ('secretariat', 'board')", name="route_known"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("approver <> drafted_by", name="approver_is_another"),
        CheckConstraint(
            "state NOT IN ('in_board', 'approved', 'in_force')"
            " OR (approver IS NOT NULL AND decision_id IS NOT NULL)",
            name="approved_by_the_book",
        ),
        CheckConstraint(
            "state NOT IN ('approved', 'in_force') OR (route = 'board') = (ballot_id IS NOT NULL)",
            name="board_decides_what_is_the_boards",
        ),
        CheckConstraint(
            "(ballot_id IS NULL) = (resolution_result IS NULL)", name="resolution_whole"
        ),
        CheckConstraint(
            "state NOT IN ('approved', 'in_force') OR ballot_id IS NULL"
            " OR resolution_result = 'approved'",
            name="board_approved",
        ),
        CheckConstraint("(state = 'in_force') = (in_force_at IS NOT NULL)", name="in_force_whole"),
        CheckConstraint(
            "(state IN ('approved', 'in_force')) <= (document_version IS NOT NULL)",
            name="document_drawn",
        ),
        CheckConstraint(
            "state NOT IN ('refused', 'withdrawn')"
            " OR (end_reason IS NOT NULL AND ended_by IS NOT NULL)",
            name="end_told",
        ),
        ForeignKeyConstraint(
            ["ballot_id", "resolution_result"],
            ["resolution.ballot_id", "resolution.result"],
            name="fk_addendum_ballot_id_resolution",
        ),
        ForeignKeyConstraint(
            ["agreement_id", "document_version"],
            ["agreement_document.agreement_id", "agreement_document.version"],
            name="fk_addendum_document",
        ),
        UniqueConstraint("agreement_id", "number", name="uq_addendum_agreement_id_number"),
        Index("uq_addendum_open", "agreement_id", unique=True, postgresql_where=text(_OPEN)),
    )

    id: str = text_column(primary_key=True)
    agreement_id: str = reference("agreement.id")
    application_id: str = text_column(index=True)
    consortium_id: str = text_column(index=True)
    number: int = Field(nullable=False)
    state: str = text_column()
    route: str = text_column()
    reason: str = text_column()
    plan: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    former_plan: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    changes: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    proposal_sha256: str = text_column()
    due_on: date = Field(nullable=False)
    drafted_by: str = text_column()
    drafted_at: datetime = instant_column()
    approver: str | None = optional_text()
    decision_id: str | None = Field(
        default=None, sa_type=Text, nullable=True, foreign_key="decision.id"
    )
    ballot_id: str | None = optional_text()
    resolution_result: str | None = optional_text()
    document_version: int | None = Field(default=None, nullable=True)
    decided_at: datetime | None = instant_column(nullable=True)
    in_force_at: datetime | None = instant_column(nullable=True)
    ended_by: str | None = optional_text()
    end_reason: str | None = optional_text()
    version: int = Field(default=1, nullable=False)
