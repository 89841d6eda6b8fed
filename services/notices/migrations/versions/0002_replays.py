"""A delivery may be written once more when its recipient asks for a replay."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE delivery ADD COLUMN copy_number integer NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE delivery ALTER COLUMN copy_number DROP DEFAULT")
    op.execute("ALTER TABLE delivery DROP CONSTRAINT uq_delivery_event")
    op.execute(
        "ALTER TABLE delivery ADD CONSTRAINT uq_delivery_event"
        " UNIQUE (event_id, recipient_sub, channel, copy_number)"
    )
    op.execute("ALTER TABLE delivery ADD CONSTRAINT ck_delivery_copy CHECK (copy_number >= 0)")


def downgrade() -> None:
    op.execute("ALTER TABLE delivery DROP CONSTRAINT ck_delivery_copy")
    op.execute("ALTER TABLE delivery DROP CONSTRAINT uq_delivery_event")
    op.execute("ALTER TABLE delivery DROP COLUMN copy_number")
    op.execute(
        "ALTER TABLE delivery ADD CONSTRAINT uq_delivery_event"
        " UNIQUE (event_id, recipient_sub, channel)"
    )
