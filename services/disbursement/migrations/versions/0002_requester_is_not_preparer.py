"""Three people move a tranche: the requester prepares no more than the preparer releases."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE tranche ADD CONSTRAINT ck_tranche_requester_is_not_preparer"
        " CHECK (requested_by <> prepared_by)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE tranche DROP CONSTRAINT ck_tranche_requester_is_not_preparer")
