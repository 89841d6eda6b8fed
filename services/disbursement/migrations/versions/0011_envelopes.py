"""Tranches name the accounts that their money is committed in and came from, by instrument."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

COLUMNS = r"""
ALTER TABLE tranche ADD COLUMN committed_account text, ADD COLUMN budget_account text;
UPDATE tranche SET committed_account = 'agreement:' || agreement_id || '\:committed',
    budget_account = 'call:' || call_id || '\:available';
ALTER TABLE tranche
    ALTER COLUMN committed_account SET NOT NULL,
    ALTER COLUMN budget_account SET NOT NULL,
    ADD CONSTRAINT ck_tranche_own_accounts CHECK (
        starts_with(committed_account, 'agreement:' || agreement_id || '\:committed')
        AND starts_with(budget_account, 'call:' || call_id || '\:available')
    );
"""


def upgrade() -> None:
    op.execute(COLUMNS)


def downgrade() -> None:
    op.execute("ALTER TABLE tranche DROP COLUMN committed_account, DROP COLUMN budget_account")
