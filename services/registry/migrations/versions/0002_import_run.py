"""Imports of the padrón, each a row that is never changed."""

from alembic import op

from services.kernel.migrations import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE import_run (
    id text NOT NULL CONSTRAINT pk_import_run PRIMARY KEY,
    file_name text NOT NULL,
    sha256 text NOT NULL CONSTRAINT ck_import_run_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    parcels_file_name text,
    parcels_sha256 text
        CONSTRAINT ck_import_run_parcels_sha256 CHECK (parcels_sha256 ~ '^[0-9a-f]{64}$'),
    source text NOT NULL,
    as_of date NOT NULL,
    producers jsonb NOT NULL,
    parcels jsonb NOT NULL,
    snapshots_added bigint NOT NULL,
    actor text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    CONSTRAINT ck_import_run_period CHECK (finished_at >= started_at)
);
CREATE INDEX ix_import_run_sha256 ON import_run (sha256);

GRANT SELECT ON import_run TO fund_app;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(append_only("import_run"))


def downgrade() -> None:
    op.execute("DROP TABLE import_run")
