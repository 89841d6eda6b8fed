"""Assessments, their replays and what registers said: written once, never changed; PostgreSQL
refuses what contradicts itself. What an assessment waits for is kept beside them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.kernel.db import instant_column, table_registry
from services.kernel.errors import Conflict, Denied, FundError, Invalid
from services.kernel.tables import tally_table

ROOM = table_registry()


class Table(SQLModel, registry=ROOM):
    """Base of the room's tables."""


class Assessment(Table, table=True):
    """One answer of the policy about one round of an application, with all that it was asked."""

    __tablename__ = "assessment"
    __table_args__ = (
        UniqueConstraint("application_id", "round"),
        CheckConstraint("round >= 1", name="round"),
        CheckConstraint("outcome IN ('eligible', 'ineligible')", name="outcome"),
        CheckConstraint("eligible = (outcome = 'eligible')", name="eligible_outcome"),
        CheckConstraint(
            "decision -> 'eligible' IS NOT DISTINCT FROM to_jsonb(eligible)",
            name="eligible_decision",
        ),
        CheckConstraint(
            "eligible <> jsonb_path_exists(decision,"
            " '$.findings[*] ? (@.severity == \"blocking\")')",
            name="eligible_findings",
        ),
        CheckConstraint("input_sha256 ~ '^[0-9a-f]{64}$'", name="input_sha256"),
        CheckConstraint("dossier_sha256 ~ '^[0-9a-f]{64}$'", name="dossier_sha256"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    application_id: str = Field(sa_type=Text, nullable=False)
    consortium_id: str = Field(sa_type=Text, nullable=False)
    call_id: str = Field(sa_type=Text, nullable=False)
    round: int = Field(nullable=False)
    dossier_sha256: str = Field(sa_type=Text, nullable=False)
    as_of: date = Field(sa_type=Date, nullable=False)
    input: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    input_sha256: str = Field(sa_type=Text, nullable=False)
    decision: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    eligible: bool = Field(nullable=False)
    outcome: str = Field(sa_type=Text, nullable=False)
    policy_revision: str = Field(sa_type=Text, nullable=False)
    evidence: list[dict[str, Any]] = Field(sa_type=JSONB, nullable=False)
    assessed_at: datetime = instant_column()


class FindingAnswer(Table, table=True):
    """What a consortium answered to the findings of one code, within the term."""

    __tablename__ = "finding_answer"
    __table_args__ = (
        ForeignKeyConstraint(["assessment_id"], ["assessment.id"]),
        CheckConstraint("finding_code ~ '^[A-Z]{3}-[0-9]{3}$'", name="finding_code"),
        CheckConstraint("answered_at < due_at", name="in_time"),
        Index(None, "assessment_id"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    assessment_id: str = Field(sa_type=Text, nullable=False)
    finding_code: str = Field(sa_type=Text, nullable=False)
    text: str = Field(sa_type=Text, nullable=False)
    document_ids: list[str] = Field(sa_type=JSONB, nullable=False)
    answered_by: str = Field(sa_type=Text, nullable=False)
    answered_at: datetime = instant_column()
    due_at: datetime = instant_column()


class Replay(Table, table=True):
    """A question asked again: by whom, when, and whether the answer was the same."""

    __tablename__ = "replay"
    __table_args__ = (
        ForeignKeyConstraint(["assessment_id"], ["assessment.id"]),
        CheckConstraint("same = (differences = '[]'::jsonb)", name="same_differences"),
        Index(None, "assessment_id"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    assessment_id: str = Field(sa_type=Text, nullable=False)
    same: bool = Field(nullable=False)
    stored_revision: str = Field(sa_type=Text, nullable=False)
    current_revision: str = Field(sa_type=Text, nullable=False)
    differences: list[dict[str, Any]] = Field(sa_type=JSONB, nullable=False)
    replayed_by: str = Field(sa_type=Text, nullable=False)
    replayed_at: datetime = instant_column()


class Trait(Table, table=True):
    """A value by which an application may resemble another consortium's: found by its digest."""

    __tablename__ = "trait"
    __table_args__ = (
        ForeignKeyConstraint(["assessment_id"], ["assessment.id"]),
        CheckConstraint(
            "kind IN ('phone', 'address', 'email', 'cci', 'director', 'supplier', 'adviser',"
            " 'adviser_day', 'notary_day', 'formed_day', 'plan_band')",
            name="kind",
        ),
        CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),
        Index("ix_trait_kind_digest", "kind", "digest", "consortium_id", "application_id"),
    )

    assessment_id: str = Field(sa_type=Text, primary_key=True)
    kind: str = Field(sa_type=Text, primary_key=True)
    digest: str = Field(sa_type=Text, primary_key=True)
    application_id: str = Field(sa_type=Text, nullable=False)
    consortium_id: str = Field(sa_type=Text, nullable=False)
    call_id: str = Field(sa_type=Text, nullable=False)
    shown: str = Field(sa_type=Text, nullable=False)
    recorded_at: datetime = instant_column()


class PlanSignature(Table, table=True):
    """The MinHash signature of a plan's text, for estimating how much two plans share."""

    __tablename__ = "plan_signature"
    __table_args__ = (
        ForeignKeyConstraint(["assessment_id"], ["assessment.id"]),
        CheckConstraint("length(signature) = 1024", name="length"),
    )

    assessment_id: str = Field(sa_type=Text, primary_key=True)
    signature: bytes = Field(sa_type=LargeBinary, nullable=False)


class LikenessReview(Table, table=True):
    """The signals of an assessment as they stood later, when other applications were known."""

    __tablename__ = "likeness_review"
    __table_args__ = (
        ForeignKeyConstraint(["assessment_id"], ["assessment.id"]),
        CheckConstraint("level IN ('clear', 'review', 'reject')", name="level"),
        CheckConstraint("weight >= 0", name="weight"),
        Index(None, "assessment_id", "id"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    assessment_id: str = Field(sa_type=Text, nullable=False)
    level: str = Field(sa_type=Text, nullable=False)
    weight: int = Field(nullable=False)
    findings: list[dict[str, Any]] = Field(sa_type=JSONB, nullable=False)
    policy_revision: str = Field(sa_type=Text, nullable=False)
    reviewed_by: str = Field(sa_type=Text, nullable=False)
    reviewed_at: datetime = instant_column()


class SignalResolution(Table, table=True):
    """What the secretariat found of a signal, in writing; it holds for the finding as it was."""

    __tablename__ = "signal_resolution"
    __table_args__ = (
        ForeignKeyConstraint(["assessment_id"], ["assessment.id"]),
        UniqueConstraint("assessment_id", "finding_sha256"),
        CheckConstraint("code ~ '^PAP-[0-9]{3}$'", name="code"),
        CheckConstraint("finding_sha256 ~ '^[0-9a-f]{64}$'", name="finding_sha256"),
        CheckConstraint("verdict IN ('dismissed', 'confirmed')", name="verdict"),
        CheckConstraint("length(btrim(reasons)) >= 20", name="reasons"),
        CheckConstraint("confirmed_by <> proposed_by", name="four_eyes"),
        CheckConstraint("num_nulls(confirmed_by, confirmed_at) IN (0, 2)", name="confirmed"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    assessment_id: str = Field(sa_type=Text, nullable=False)
    code: str = Field(sa_type=Text, nullable=False)
    finding_sha256: str = Field(sa_type=Text, nullable=False)
    verdict: str = Field(sa_type=Text, nullable=False)
    reasons: str = Field(sa_type=Text, nullable=False)
    proposed_by: str = Field(sa_type=Text, nullable=False)
    proposed_at: datetime = instant_column()
    confirmed_by: str | None = Field(default=None, sa_type=Text, nullable=True)
    confirmed_at: datetime | None = instant_column(nullable=True)


class RegisterAnswer(Table, table=True):
    """What a public register said of a subject: written once, used again while it is valid."""

    __tablename__ = "register_answer"
    __table_args__ = (
        CheckConstraint("status IN ('found', 'not_found')", name="status"),
        CheckConstraint("valid_until > asked_at", name="validity"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        Index(None, "register", "subject", "asked_at"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    register_name: str = Field(sa_type=Text, nullable=False, sa_column_kwargs={"name": "register"})
    subject: str = Field(sa_type=Text, nullable=False)
    path: str = Field(sa_type=Text, nullable=False)
    asked_at: datetime = instant_column()
    valid_until: datetime = instant_column()
    status: str = Field(sa_type=Text, nullable=False)
    body: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    sha256: str = Field(sa_type=Text, nullable=False)


class AssessmentWait(Table, table=True):
    """What the assessment of a round waits for; ended when the assessment is kept."""

    __tablename__ = "assessment_wait"
    __table_args__ = (
        UniqueConstraint("application_id", "round"),
        CheckConstraint("round >= 1", name="round"),
        CheckConstraint("attempts >= 1", name="attempts"),
        CheckConstraint("last_tried_at >= since", name="last_tried_at"),
        CheckConstraint("ended_at >= last_tried_at", name="ended_at"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    application_id: str = Field(sa_type=Text, nullable=False)
    consortium_id: str = Field(sa_type=Text, nullable=False)
    round: int = Field(nullable=False)
    waiting_for: str = Field(sa_type=Text, nullable=False)
    reason: str = Field(sa_type=Text, nullable=False)
    since: datetime = instant_column()
    last_tried_at: datetime = instant_column()
    attempts: int = Field(nullable=False)
    ended_at: datetime | None = instant_column(nullable=True)


TALLY = tally_table(ROOM)

CONSTRAINT_ERRORS: dict[str, FundError] = {
    "uq_assessment_application_id_round": Conflict(
        "eligibility.round_already_assessed",
        "Esta presentación ya fue evaluada; consulte su evaluación.",
        retry_after_s=1,
    ),
    "uq_signal_resolution_assessment_id_finding_sha256": Conflict(
        "eligibility.signal_already_resolved",
        "Esta señal ya tiene una resolución; otra persona de la secretaría debe confirmarla.",
    ),
    "ck_signal_resolution_reasons": Invalid(
        "eligibility.reasons_too_short",
        "Escriba las razones en veinte caracteres o más, sin contar espacios a los lados.",
    ),
    "ck_signal_resolution_four_eyes": Denied(
        "eligibility.same_person",
        "Quien propuso la resolución no puede confirmarla; debe hacerlo otra persona de la"
        " secretaría.",
    ),
}
