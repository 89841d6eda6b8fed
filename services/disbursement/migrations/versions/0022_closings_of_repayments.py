"""A day's closing tells what loans were repaid, on both sides, beside what was paid and came back."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE closing
    ADD COLUMN ledger_repaid_centimos bigint NOT NULL DEFAULT 0,
    ADD COLUMN statement_repaid_centimos bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT ck_closing_difference_told,
    ADD CONSTRAINT ck_closing_difference_told CHECK (
        abs(ledger_paid_centimos - statement_paid_centimos)
        + abs(ledger_returned_centimos - statement_returned_centimos)
        + abs(ledger_repaid_centimos - statement_repaid_centimos)
        + abs(coalesce(statement_closing_centimos - statement_opening_centimos
            + statement_paid_centimos - statement_returned_centimos - statement_repaid_centimos, 0))
        <= difference_centimos);
ALTER TABLE closing
    ALTER COLUMN ledger_repaid_centimos DROP DEFAULT,
    ALTER COLUMN statement_repaid_centimos DROP DEFAULT;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    raise NotImplementedError("closings are history; restore a backup instead")
