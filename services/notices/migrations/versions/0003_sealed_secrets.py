"""Webhook secrets are kept sealed. Those that stood in plain text go, and so do the stored answers
that showed them: a recipient makes a new one, and its deliveries wait until then."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM webhook_secret")
    op.execute("DELETE FROM idempotency WHERE body LIKE '%whsec\\_%'")
    op.execute("ALTER TABLE webhook_secret DROP CONSTRAINT ck_webhook_secret_secret")
    op.execute(
        "ALTER TABLE webhook_secret ADD CONSTRAINT ck_webhook_secret_sealed CHECK (secret ~ '^gAAAA')"
    )


def downgrade() -> None:
    op.execute("DELETE FROM webhook_secret")
    op.execute("ALTER TABLE webhook_secret DROP CONSTRAINT ck_webhook_secret_sealed")
    op.execute(
        "ALTER TABLE webhook_secret ADD CONSTRAINT ck_webhook_secret_secret"
        " CHECK (secret ~ '^whsec_[A-Za-z0-9+/=]{32,}$')"
    )
