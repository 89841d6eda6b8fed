"""Traits by which consortia resemble each other, their plans' signatures, and later reviews."""

from alembic import op

from services.kernel.migrations import append_only

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE trait (
    assessment_id text NOT NULL
        CONSTRAINT fk_trait_assessment_id_assessment REFERENCES assessment (id),
    kind text NOT NULL
        CONSTRAINT ck_trait_kind CHECK (kind IN ('phone', 'address', 'email', 'cci', 'director',
            'supplier', 'adviser', 'adviser_day', 'notary_day', 'formed_day', 'plan_band')),
    digest text NOT NULL CONSTRAINT ck_trait_digest CHECK (digest ~ '^[0-9a-f]{64}$'),
    application_id text NOT NULL,
    consortium_id text NOT NULL,
    call_id text NOT NULL,
    shown text NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT pk_trait PRIMARY KEY (assessment_id, kind, digest)
);
CREATE INDEX ix_trait_kind_digest ON trait (kind, digest, consortium_id, application_id);
CREATE TABLE plan_signature (
    assessment_id text NOT NULL CONSTRAINT pk_plan_signature PRIMARY KEY
        CONSTRAINT fk_plan_signature_assessment_id_assessment REFERENCES assessment (id),
    signature bytea NOT NULL CONSTRAINT ck_plan_signature_length CHECK (length(signature) = 1024)
);
CREATE TABLE likeness_review (
    id text NOT NULL CONSTRAINT pk_likeness_review PRIMARY KEY,
    assessment_id text NOT NULL
        CONSTRAINT fk_likeness_review_assessment_id_assessment REFERENCES assessment (id),
    level text NOT NULL
        CONSTRAINT ck_likeness_review_level CHECK (level IN ('clear', 'review', 'reject')),
    weight integer NOT NULL CONSTRAINT ck_likeness_review_weight CHECK (weight >= 0),
    findings jsonb NOT NULL,
    policy_revision text NOT NULL,
    reviewed_by text NOT NULL,
    reviewed_at timestamptz NOT NULL
);
CREATE INDEX ix_likeness_review_assessment_id_id ON likeness_review (assessment_id, id);
GRANT SELECT, INSERT ON trait, plan_signature, likeness_review TO fund_app;
"""


def upgrade() -> None:
    """Create the three tables; none of their rows is ever changed."""
    op.execute(TABLES)
    for table in ("trait", "plan_signature", "likeness_review"):
        op.execute(append_only(table))


def downgrade() -> None:
    """Drop the three tables."""
    op.execute("DROP TABLE likeness_review; DROP TABLE plan_signature; DROP TABLE trait;")
