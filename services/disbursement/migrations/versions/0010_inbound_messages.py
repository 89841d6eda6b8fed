"""The log of partners' signed messages."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE inbound_message (
    id text NOT NULL,
    program text NOT NULL,
    message_id text NOT NULL,
    type text NOT NULL,
    reference text NOT NULL,
    outcome text NOT NULL,
    sha256 text NOT NULL,
    bytes integer NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT pk_inbound_message PRIMARY KEY (id),
    CONSTRAINT ck_inbound_message_program_known CHECK (program IN ('agroideas', 'agrobanco')),
    CONSTRAINT ck_inbound_message_outcome_known CHECK (outcome IN ('applied', 'repeated', 'case', 'refused')),
    CONSTRAINT ck_inbound_message_bytes_positive CHECK (bytes > 0)
);
CREATE INDEX ix_inbound_message_program_id ON inbound_message (program, id);
CREATE TRIGGER inbound_message_kept BEFORE UPDATE OR DELETE ON inbound_message
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON inbound_message TO fund_app;
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP TABLE inbound_message")
