"""Imports of the padrón, each a row that is never changed; digits are checked without a pattern.

A regular expression costs PostgreSQL a microsecond for each row and column, which is half of a
national load.
"""

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

CHECKS = """
ALTER TABLE producer DROP CONSTRAINT ck_producer_dni, DROP CONSTRAINT ck_producer_cci,
    ADD CONSTRAINT ck_producer_dni
        CHECK (length(dni) = 8 AND translate(dni, '0123456789', '') = ''),
    ADD CONSTRAINT ck_producer_cci
        CHECK (length(cci) = 20 AND translate(cci, '0123456789', '') = '');
"""
PATTERNS = """
ALTER TABLE producer DROP CONSTRAINT ck_producer_dni, DROP CONSTRAINT ck_producer_cci,
    ADD CONSTRAINT ck_producer_dni CHECK (dni ~ '^[0-9]{8}$'),
    ADD CONSTRAINT ck_producer_cci CHECK (cci ~ '^[0-9]{20}$');
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(CHECKS)
    op.execute(append_only("import_run"))


def downgrade() -> None:
    op.execute("DROP TABLE import_run")
    op.execute(PATTERNS)
