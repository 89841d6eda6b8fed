"""Daily closings: the ledger against the statements of a channel and day, kept as they were made."""

from alembic import op

from services.kernel.migrations import append_only

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE statement_balance (
    id text NOT NULL,
    channel text NOT NULL,
    business_date date NOT NULL,
    opening_centimos bigint NOT NULL,
    closing_centimos bigint NOT NULL,
    read_at timestamptz NOT NULL,
    CONSTRAINT pk_statement_balance PRIMARY KEY (id)
);
CREATE INDEX ix_statement_balance_business_date ON statement_balance (channel, business_date);
CREATE TABLE closing (
    id text NOT NULL,
    channel text NOT NULL,
    business_date date NOT NULL,
    version integer NOT NULL,
    supersedes text,
    ledger_paid_centimos bigint NOT NULL,
    ledger_returned_centimos bigint NOT NULL,
    statement_paid_centimos bigint NOT NULL,
    statement_returned_centimos bigint NOT NULL,
    statement_opening_centimos bigint,
    statement_closing_centimos bigint,
    difference_centimos bigint NOT NULL,
    differences_count integer NOT NULL,
    differences jsonb NOT NULL,
    balanced boolean NOT NULL,
    content_sha256 text NOT NULL,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT pk_closing PRIMARY KEY (id),
    CONSTRAINT uq_closing_channel_business_date_version UNIQUE (channel, business_date, version),
    CONSTRAINT uq_closing_supersedes UNIQUE (supersedes),
    CONSTRAINT fk_closing_supersedes_closing FOREIGN KEY (supersedes) REFERENCES closing (id),
    CONSTRAINT ck_closing_channel_known CHECK (channel IN ('agroideas', 'agrobanco')),
    CONSTRAINT ck_closing_versions_follow CHECK ((version = 1) = (supersedes IS NULL) AND version >= 1),
    CONSTRAINT ck_closing_difference_told CHECK (
        abs(ledger_paid_centimos - statement_paid_centimos)
        + abs(ledger_returned_centimos - statement_returned_centimos)
        + abs(coalesce(statement_closing_centimos - statement_opening_centimos
            + statement_paid_centimos - statement_returned_centimos, 0)) <= difference_centimos),
    CONSTRAINT ck_closing_balances_whole CHECK (
        (statement_opening_centimos IS NULL) = (statement_closing_centimos IS NULL)),
    CONSTRAINT ck_closing_balanced_to_the_centimo CHECK (
        balanced = (difference_centimos = 0) AND (NOT balanced OR differences_count = 0))
);
GRANT SELECT, INSERT ON closing, statement_balance TO fund_app;
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute(append_only("closing"))
    op.execute(append_only("statement_balance"))


def downgrade() -> None:
    raise NotImplementedError("closings are history; restore a backup instead")
