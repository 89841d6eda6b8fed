"""Assessments and their replays, both append-only."""

from alembic import op

from services.kernel.migrations import append_only, create_kernel_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE assessment (
    id text NOT NULL CONSTRAINT pk_assessment PRIMARY KEY,
    application_id text NOT NULL,
    consortium_id text NOT NULL,
    call_id text NOT NULL,
    round integer NOT NULL CONSTRAINT ck_assessment_round CHECK (round >= 1),
    dossier_sha256 text NOT NULL
        CONSTRAINT ck_assessment_dossier_sha256 CHECK (dossier_sha256 ~ '^[0-9a-f]{64}$'),
    as_of date NOT NULL,
    input jsonb NOT NULL,
    input_sha256 text NOT NULL
        CONSTRAINT ck_assessment_input_sha256 CHECK (input_sha256 ~ '^[0-9a-f]{64}$'),
    decision jsonb NOT NULL,
    eligible boolean NOT NULL,
    outcome text NOT NULL
        CONSTRAINT ck_assessment_outcome CHECK (outcome IN ('eligible', 'ineligible')),
    policy_revision text NOT NULL,
    evidence jsonb NOT NULL,
    assessed_at timestamptz NOT NULL,
    CONSTRAINT uq_assessment_application_id_round UNIQUE (application_id, round),
    CONSTRAINT ck_assessment_eligible_outcome CHECK (eligible = (outcome = 'eligible')),
    CONSTRAINT ck_assessment_eligible_decision
        CHECK (decision -> 'eligible' IS NOT DISTINCT FROM to_jsonb(eligible)),
    CONSTRAINT ck_assessment_eligible_findings
        CHECK (eligible <> jsonb_path_exists(decision, '$.findings[*] ? (@.severity == "blocking")'))
);
CREATE TABLE replay (
    id text NOT NULL CONSTRAINT pk_replay PRIMARY KEY,
    assessment_id text NOT NULL
        CONSTRAINT fk_replay_assessment_id_assessment REFERENCES assessment (id),
    same boolean NOT NULL,
    stored_revision text NOT NULL,
    current_revision text NOT NULL,
    differences jsonb NOT NULL,
    replayed_by text NOT NULL,
    replayed_at timestamptz NOT NULL,
    CONSTRAINT ck_replay_same_differences CHECK (same = (differences = '[]'::jsonb))
);
CREATE INDEX ix_replay_assessment_id ON replay (assessment_id);
GRANT SELECT, INSERT ON assessment, replay TO fund_app;
"""


def upgrade() -> None:
    """Create the room's tables and the kernel's."""
    create_kernel_tables()
    op.execute(TABLES)
    op.execute(append_only("assessment"))
    op.execute(append_only("replay"))


def downgrade() -> None:
    """Drop the room's tables; the kernel's go with the database."""
    op.execute("DROP TABLE replay; DROP TABLE assessment;")
