"""Tables of the room; each rule that PostgreSQL can hold is a named constraint here."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.applications import domain
from services.kernel.db import (
    centimos_column,
    instant_column,
    state_since_column,
    table_registry,
)
from services.kernel.errors import FundError
from services.kernel.tables import tally_table

ROOM = table_registry()

_STATES = ", ".join(f"'{state.value}'" for state in domain.State)
_OVER = ", ".join(sorted(f"'{state.value}'" for state in domain.OVER))


class Table(SQLModel, registry=ROOM):
    """Base of the room's tables."""


class Call(Table, table=True):
    """A call (convocatoria): when, for which instruments, with how much and on which terms."""

    __tablename__ = "call"
    __table_args__ = (
        UniqueConstraint("code", name="uq_call_code"),
        CheckConstraint("closes_on >= opens_on", name="period"),
        CheckConstraint("envelope_centimos > 0", name="envelope"),
        CheckConstraint("per_producer_cap_centimos > 0", name="per_producer_cap"),
        CheckConstraint("jsonb_array_length(instruments) BETWEEN 1 AND 2", name="instruments"),
        CheckConstraint(
            "amendment_term_working_days > 0 AND amendment_rounds_max >= 0"
            " AND evaluation_term_working_days > 0 AND board_term_working_days > 0",
            name="terms",
        ),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    code: str = Field(sa_type=Text, nullable=False)
    title: str = Field(sa_type=Text, nullable=False)
    opens_on: date = Field(sa_type=Date, nullable=False)
    closes_on: date = Field(sa_type=Date, nullable=False)
    instruments: list[str] = Field(sa_type=JSONB, nullable=False)
    envelope_centimos: int = centimos_column()
    per_producer_cap_centimos: int = centimos_column()
    amendment_term_working_days: int = Field(nullable=False)
    amendment_rounds_max: int = Field(nullable=False)
    evaluation_term_working_days: int = Field(nullable=False)
    board_term_working_days: int = Field(nullable=False)
    version: int = Field(sa_type=BigInteger, nullable=False)
    created_by: str = Field(sa_type=Text, nullable=False)
    created_at: datetime = instant_column()


class Application(Table, table=True):
    """An application (solicitud): its state, its present plan, what was found about it."""

    __tablename__ = "application"
    __table_args__ = (
        ForeignKeyConstraint(["call_id"], ["call.id"], name="fk_application_call_id_call"),
        Index(
            "uq_application_open",
            "consortium_id",
            "call_id",
            unique=True,
            postgresql_where=text(f"state NOT IN ({_OVER})"),
        ),
        Index("ix_application_call_id", "call_id"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint(
            "round >= 0 AND (round = 0) = (dossier_sha256 IS NULL)"
            " AND (round = 0) = (submitted_at IS NULL)"
            " AND (round = 0) = (first_submitted_at IS NULL)"
            " AND (round > 0 OR state IN ('draft', 'withdrawn', 'expired'))"
            " AND (round = 0 OR state <> 'draft')",
            name="round",
        ),
        CheckConstraint("dossier_sha256 ~ '^[0-9a-f]{64}$'", name="dossier_sha256"),
        CheckConstraint(
            "(state = 'observed') <= (amendment_due_at IS NOT NULL)", name="amendment_due_at"
        ),
        CheckConstraint(
            "(assessment_id IS NULL) = (findings_count IS NULL) AND findings_count >= 0",
            name="assessment",
        ),
        CheckConstraint(
            "num_nulls(evaluated_by, evaluated_at, evaluation_score, evaluation_recommendation,"
            " evaluation_reasons) IN (0, 5) AND evaluation_score BETWEEN 0 AND 100"
            " AND evaluation_recommendation IN ('recommend', 'do_not_recommend')",
            name="evaluation",
        ),
        CheckConstraint("evaluated_by <> created_by", name="evaluator_is_not_registrar"),
        Index(
            "ix_application_waiting",
            "state",
            "state_since",
            postgresql_where=text(f"state NOT IN ({_OVER})"),
        ),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    call_id: str = Field(sa_type=Text, nullable=False)
    consortium_id: str = Field(sa_type=Text, nullable=False)
    state: str = Field(sa_type=Text, nullable=False)
    state_reference: str | None = Field(default=None, sa_type=Text, nullable=True)
    state_reason: str | None = Field(default=None, sa_type=Text, nullable=True)
    state_since: datetime | None = state_since_column()
    region: str | None = Field(default=None, sa_type=Text, nullable=True)
    decided_in_term: bool | None = Field(default=None, nullable=True)
    version: int = Field(sa_type=BigInteger, nullable=False)
    round: int = Field(nullable=False)
    plan: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    dossier_sha256: str | None = Field(default=None, sa_type=Text, nullable=True)
    submitted_at: datetime | None = instant_column(nullable=True)
    first_submitted_at: datetime | None = instant_column(nullable=True)
    assessment_id: str | None = Field(default=None, sa_type=Text, nullable=True)
    findings_count: int | None = Field(default=None, nullable=True)
    amendment_due_at: datetime | None = instant_column(nullable=True)
    evaluated_by: str | None = Field(default=None, sa_type=Text, nullable=True)
    evaluated_at: datetime | None = instant_column(nullable=True)
    evaluation_score: int | None = Field(default=None, nullable=True)
    evaluation_recommendation: str | None = Field(default=None, sa_type=Text, nullable=True)
    evaluation_reasons: str | None = Field(default=None, sa_type=Text, nullable=True)
    created_by: str = Field(sa_type=Text, nullable=False)
    created_at: datetime = instant_column()
    updated_at: datetime = instant_column()


class ApplicationRound(Table, table=True):
    """A submitted plan as it was: the first one and each amendment (subsanación); append-only."""

    __tablename__ = "application_round"
    __table_args__ = (
        ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name="fk_application_round_application_id_application",
        ),
        CheckConstraint("round > 0", name="round"),
        CheckConstraint("dossier_sha256 ~ '^[0-9a-f]{64}$'", name="dossier_sha256"),
    )

    application_id: str = Field(sa_type=Text, primary_key=True)
    round: int = Field(primary_key=True)
    plan: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    dossier_sha256: str = Field(sa_type=Text, nullable=False)
    submitted_by: str = Field(sa_type=Text, nullable=False)
    submitted_at: datetime = instant_column()


class Document(Table, table=True):
    """What is known of an attached document; its bytes are kept elsewhere."""

    __tablename__ = "document"
    __table_args__ = (
        ForeignKeyConstraint(
            ["application_id"], ["application.id"], name="fk_document_application_id_application"
        ),
        UniqueConstraint("application_id", "sha256", name="uq_document_application_id_sha256"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("size_bytes > 0", name="size_bytes"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    application_id: str = Field(sa_type=Text, nullable=False)
    kind: str = Field(sa_type=Text, nullable=False)
    name: str = Field(sa_type=Text, nullable=False)
    sha256: str = Field(sa_type=Text, nullable=False)
    size_bytes: int = Field(sa_type=BigInteger, nullable=False)
    attached_by: str = Field(sa_type=Text, nullable=False)
    attached_at: datetime = instant_column()


class TimelineEntry(Table, table=True):
    """One thing that happened to an application, here or in another room; append-only.

    `position` sorts by time, then by id, also as text.
    """

    __tablename__ = "timeline_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name="fk_timeline_entry_application_id_application",
        ),
        UniqueConstraint(
            "application_id", "position", name="uq_timeline_entry_application_id_position"
        ),
        UniqueConstraint("event_id", name="uq_timeline_entry_event_id"),
        Index("ix_timeline_entry_subject", "subject"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    application_id: str = Field(sa_type=Text, nullable=False)
    position: str = Field(sa_type=Text, nullable=False)
    at: datetime = instant_column()
    source: str = Field(sa_type=Text, nullable=False)
    what: str = Field(sa_type=Text, nullable=False)
    subject: str = Field(sa_type=Text, nullable=False)
    event_id: str | None = Field(default=None, sa_type=Text, nullable=True)
    detail: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    text_es: str = Field(sa_type=Text, nullable=False)


TALLY = tally_table(ROOM)

CONSTRAINT_ERRORS: dict[str, FundError] = {
    "uq_call_code": domain.CALL_CODE_TAKEN,
    "ck_call_period": domain.CALL_PERIOD,
    "uq_application_open": domain.ALREADY_APPLIED,
    "ck_application_evaluator_is_not_registrar": domain.EVALUATOR_IS_REGISTRAR,
    "uq_document_application_id_sha256": domain.DOCUMENT_ALREADY_ATTACHED,
}
