"""Signals resolved in writing by two people of the secretariat."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE signal_resolution (
    id text NOT NULL CONSTRAINT pk_signal_resolution PRIMARY KEY,
    assessment_id text NOT NULL
        CONSTRAINT fk_signal_resolution_assessment_id_assessment REFERENCES assessment (id),
    code text NOT NULL CONSTRAINT ck_signal_resolution_code CHECK (code ~ '^PAP-[0-9]{3}$'),
    finding_sha256 text NOT NULL
        CONSTRAINT ck_signal_resolution_finding_sha256 CHECK (finding_sha256 ~ '^[0-9a-f]{64}$'),
    verdict text NOT NULL
        CONSTRAINT ck_signal_resolution_verdict CHECK (verdict IN ('dismissed', 'confirmed')),
    reasons text NOT NULL
        CONSTRAINT ck_signal_resolution_reasons CHECK (length(btrim(reasons)) >= 20),
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    confirmed_by text,
    confirmed_at timestamptz,
    CONSTRAINT uq_signal_resolution_assessment_id_finding_sha256
        UNIQUE (assessment_id, finding_sha256),
    CONSTRAINT ck_signal_resolution_four_eyes CHECK (confirmed_by <> proposed_by),
    CONSTRAINT ck_signal_resolution_confirmed CHECK (num_nulls(confirmed_by, confirmed_at) IN (0, 2))
);
CREATE FUNCTION refuse_resolution_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.confirmed_by IS NOT NULL THEN
        RAISE EXCEPTION 'signal_resolution: a confirmed resolution stands';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signal_resolution_stands BEFORE UPDATE OR DELETE ON signal_resolution
    FOR EACH ROW EXECUTE FUNCTION refuse_resolution_change();
GRANT SELECT, INSERT ON signal_resolution TO fund_app;
GRANT UPDATE (confirmed_by, confirmed_at) ON signal_resolution TO fund_app;
"""


def upgrade() -> None:
    """Create the table; a proposal is only ever confirmed, and then stands."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE signal_resolution; DROP FUNCTION refuse_resolution_change();")
