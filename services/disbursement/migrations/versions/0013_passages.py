"""When each tranche came into each state, for the read side."""

from alembic import op

from services.kernel.migrations import append_only

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE tranche_passage (
    number bigint GENERATED ALWAYS AS IDENTITY,
    tranche_id text NOT NULL,
    state text NOT NULL,
    entered_at timestamptz NOT NULL,
    CONSTRAINT pk_tranche_passage PRIMARY KEY (number),
    CONSTRAINT fk_tranche_passage_tranche_id_tranche FOREIGN KEY (tranche_id) REFERENCES tranche (id)
);
CREATE INDEX ix_tranche_passage_tranche_id ON tranche_passage (tranche_id);
INSERT INTO tranche_passage (tranche_id, state, entered_at)
    SELECT t.id, t.state, coalesce(t.confirmed_at, t.released_at, t.requested_at, a.drafted_at)
    FROM tranche t JOIN agreement a ON a.id = t.agreement_id ORDER BY t.id;

-- The app cannot write here: only a tranche that moves does.
CREATE FUNCTION note_passage() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.state <> OLD.state THEN
        INSERT INTO public.tranche_passage (tranche_id, state, entered_at)
            VALUES (NEW.id, NEW.state, now());
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tranche_passes AFTER INSERT OR UPDATE OF state ON tranche
    FOR EACH ROW EXECUTE FUNCTION note_passage();
GRANT SELECT ON tranche_passage TO fund_app;
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute(append_only("tranche_passage"))


def downgrade() -> None:
    raise NotImplementedError("passages are history; restore a backup instead")
