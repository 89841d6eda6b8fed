"""Profiles that consortia declare, each declaration kept."""

from alembic import op

from services.kernel.migrations import append_only

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE consortium_profile (
    id text NOT NULL CONSTRAINT pk_consortium_profile PRIMARY KEY,
    consortium_id text NOT NULL
        CONSTRAINT fk_consortium_profile_consortium_id_consortium REFERENCES consortium (id),
    number integer NOT NULL CONSTRAINT ck_consortium_profile_number CHECK (number >= 1),
    content jsonb NOT NULL,
    declared_by text NOT NULL,
    declared_at timestamptz NOT NULL,
    CONSTRAINT uq_consortium_profile_consortium_id_number UNIQUE (consortium_id, number)
);
GRANT SELECT, INSERT ON consortium_profile TO fund_app;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(append_only("consortium_profile"))


def downgrade() -> None:
    op.execute("DROP TABLE consortium_profile;")
