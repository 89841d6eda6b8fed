"""What consortia answer to findings, append-only."""

from alembic import op

from services.kernel.migrations import append_only

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE finding_answer (
    id text NOT NULL CONSTRAINT pk_finding_answer PRIMARY KEY,
    assessment_id text NOT NULL
        CONSTRAINT fk_finding_answer_assessment_id_assessment REFERENCES assessment (id),
    finding_code text NOT NULL
        CONSTRAINT ck_finding_answer_finding_code CHECK (finding_code ~ '^[A-Z]{3}-[0-9]{3}$'),
    text text NOT NULL,
    document_ids jsonb NOT NULL,
    answered_by text NOT NULL,
    answered_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    CONSTRAINT ck_finding_answer_in_time CHECK (answered_at < due_at)
);
CREATE INDEX ix_finding_answer_assessment_id ON finding_answer (assessment_id);
GRANT SELECT, INSERT ON finding_answer TO fund_app;
"""


def upgrade() -> None:
    """Create the table of answers."""
    op.execute(TABLE)
    op.execute(append_only("finding_answer"))


def downgrade() -> None:
    """Drop the table of answers."""
    op.execute("DROP TABLE finding_answer;")
