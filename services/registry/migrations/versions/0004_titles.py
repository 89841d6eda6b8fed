"""Titles, the title a parcel was cut from, boundaries and households: all optional."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE producer ADD COLUMN household text;

ALTER TABLE parcel
    ADD COLUMN title_number text,
    ADD COLUMN title_registered_on date,
    ADD COLUMN parent_title_number text,
    ADD COLUMN parent_area_m2 bigint,
    ADD COLUMN cut_on date,
    ADD COLUMN boundary jsonb,
    ADD CONSTRAINT ck_parcel_title CHECK (
        (title_number IS NULL) = (title_registered_on IS NULL)
    ),
    ADD CONSTRAINT ck_parcel_parent CHECK (
        (parent_title_number IS NULL) = (parent_area_m2 IS NULL)
        AND (parent_title_number IS NULL) = (cut_on IS NULL)
        AND (parent_title_number IS NULL OR title_number IS NOT NULL)
    ),
    ADD CONSTRAINT ck_parcel_parent_area_m2 CHECK (parent_area_m2 > 0),
    ADD CONSTRAINT ck_parcel_title_days CHECK (
        title_registered_on BETWEEN '1900-01-01' AND '2100-12-31'
        AND cut_on BETWEEN '1900-01-01' AND '2100-12-31'
    );

CREATE INDEX ix_parcel_title_number ON parcel (title_number);
CREATE INDEX ix_parcel_parent_title_number ON parcel (parent_title_number);
CREATE INDEX ix_parcel_code ON parcel (code, ubigeo_scheme, ubigeo_code);
"""


def upgrade() -> None:
    op.execute(COLUMNS)


def downgrade() -> None:
    op.execute(
        "ALTER TABLE producer DROP COLUMN household;"
        "DROP INDEX ix_parcel_code;"
        "ALTER TABLE parcel DROP COLUMN title_number, DROP COLUMN title_registered_on,"
        " DROP COLUMN parent_title_number, DROP COLUMN parent_area_m2, DROP COLUMN cut_on,"
        " DROP COLUMN boundary;"
    )
