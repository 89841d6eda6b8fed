"""What came back of a paid tranche is paid again as a part of its own."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE tranche
    ADD COLUMN part integer NOT NULL DEFAULT 1,
    ADD COLUMN part_of text,
    ADD CONSTRAINT fk_tranche_part_of_tranche FOREIGN KEY (part_of) REFERENCES tranche (id),
    ADD CONSTRAINT ck_tranche_part_of_another CHECK ((part = 1) = (part_of IS NULL)),
    DROP CONSTRAINT uq_tranche_agreement_id_sequence_channel,
    ADD CONSTRAINT uq_tranche_agreement_id_sequence_channel
        UNIQUE (agreement_id, sequence, channel, part);
ALTER TABLE tranche ALTER COLUMN part DROP DEFAULT;
ALTER TABLE instruction
    ADD COLUMN repaid_in text,
    ADD CONSTRAINT fk_instruction_repaid_in_tranche FOREIGN KEY (repaid_in) REFERENCES tranche (id),
    ADD CONSTRAINT ck_instruction_repaid_once_ended CHECK (
        repaid_in IS NULL OR state IN ('rejected', 'returned'));
CREATE INDEX ix_instruction_repaid_in ON instruction (repaid_in) WHERE repaid_in IS NOT NULL;
CREATE TRIGGER instruction_repaid_once BEFORE UPDATE OF repaid_in ON instruction
    FOR EACH ROW WHEN (OLD.repaid_in IS NOT NULL AND NEW.repaid_in IS DISTINCT FROM OLD.repaid_in)
    EXECUTE FUNCTION refuse_change();

-- A part is what came back, less what it gave to a later part; and no tranche gives away what it
-- has paid or is paying.
CREATE FUNCTION demand_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one tranche%ROWTYPE;
    taken bigint;
    given bigint;
    alive bigint;
BEGIN
    SELECT * INTO one FROM tranche WHERE id = NEW.id;
    SELECT coalesce(sum(amount_centimos), 0) INTO taken FROM instruction WHERE repaid_in = one.id;
    SELECT coalesce(sum(amount_centimos) FILTER (WHERE repaid_in IS NOT NULL), 0),
           coalesce(sum(amount_centimos) FILTER (WHERE live), 0)
        INTO given, alive FROM instruction WHERE tranche_id = one.id;
    IF (one.part > 1 AND one.amount_centimos <> taken - given) OR one.amount_centimos < alive THEN
        RAISE EXCEPTION 'tranche %: % is not the % that came back less %, or less than the % alive',
            one.id, one.amount_centimos, taken, given, alive
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ck_tranche_part_sums';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER tranche_part_sums AFTER INSERT OR UPDATE OF amount_centimos ON tranche
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION demand_part();

CREATE OR REPLACE FUNCTION former_of(paid_again instruction) RETURNS text LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, public AS $$
    SELECT former.id FROM public.instruction former
    WHERE NOT former.live AND former.lineage < paid_again.lineage
        AND (former.repaid_in = paid_again.tranche_id
            OR (former.tranche_id = paid_again.tranche_id AND former.repaid_in IS NULL))
        AND former.beneficiary_document = paid_again.beneficiary_document
        AND former.invoice IS NOT DISTINCT FROM paid_again.invoice
        AND NOT EXISTS (SELECT FROM public.instruction later WHERE later.supersedes = former.id)
    ORDER BY former.lineage DESC, (former.amount_centimos = paid_again.amount_centimos) DESC,
        former.item
    LIMIT 1
$$;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    raise NotImplementedError("parts are history; restore a backup instead")
