"""What public registers said (append-only), and what an assessment waits for."""

from alembic import op

from services.kernel.migrations import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE register_answer (
    id text NOT NULL CONSTRAINT pk_register_answer PRIMARY KEY,
    register text NOT NULL,
    subject text NOT NULL,
    path text NOT NULL,
    asked_at timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    status text NOT NULL
        CONSTRAINT ck_register_answer_status CHECK (status IN ('found', 'not_found')),
    body jsonb NOT NULL,
    sha256 text NOT NULL
        CONSTRAINT ck_register_answer_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_register_answer_validity CHECK (valid_until > asked_at)
);
CREATE INDEX ix_register_answer_register_subject_asked_at
    ON register_answer (register, subject, asked_at);
GRANT SELECT, INSERT ON register_answer TO fund_app;
CREATE TABLE assessment_wait (
    id text NOT NULL CONSTRAINT pk_assessment_wait PRIMARY KEY,
    application_id text NOT NULL,
    consortium_id text NOT NULL,
    round integer NOT NULL CONSTRAINT ck_assessment_wait_round CHECK (round >= 1),
    waiting_for text NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL,
    last_tried_at timestamptz NOT NULL,
    attempts integer NOT NULL CONSTRAINT ck_assessment_wait_attempts CHECK (attempts >= 1),
    ended_at timestamptz,
    CONSTRAINT uq_assessment_wait_application_id_round UNIQUE (application_id, round),
    CONSTRAINT ck_assessment_wait_last_tried_at CHECK (last_tried_at >= since),
    CONSTRAINT ck_assessment_wait_ended_at CHECK (ended_at >= last_tried_at)
);
GRANT SELECT, INSERT, UPDATE ON assessment_wait TO fund_app;
"""


def upgrade() -> None:
    """Create both tables."""
    op.execute(TABLES)
    op.execute(append_only("register_answer"))


def downgrade() -> None:
    """Drop both tables."""
    op.execute("DROP TABLE assessment_wait; DROP TABLE register_answer;")
