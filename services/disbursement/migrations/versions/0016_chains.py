"""An instruction names the one that it pays again: a chain that reads from both ends."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE instruction
    ADD COLUMN supersedes text,
    ADD CONSTRAINT fk_instruction_supersedes_instruction
        FOREIGN KEY (supersedes) REFERENCES instruction (id);
CREATE UNIQUE INDEX uq_instruction_supersedes ON instruction (supersedes)
    WHERE supersedes IS NOT NULL;
CREATE INDEX ix_instruction_ended ON instruction (tranche_id, beneficiary_document) WHERE NOT live;

-- The latest payment to the same person, for the same invoice, that did not stay and that nothing
-- has paid again. It sees the rows that its own statement has written before.
CREATE FUNCTION former_of(paid_again instruction) RETURNS text LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, public AS $$
    SELECT former.id FROM public.instruction former
    WHERE former.tranche_id = paid_again.tranche_id AND NOT former.live
        AND former.lineage < paid_again.lineage
        AND former.beneficiary_document = paid_again.beneficiary_document
        AND former.invoice IS NOT DISTINCT FROM paid_again.invoice
        AND NOT EXISTS (SELECT FROM public.instruction later WHERE later.supersedes = former.id)
    ORDER BY former.lineage DESC, (former.amount_centimos = paid_again.amount_centimos) DESC,
        former.item
    LIMIT 1
$$;
CREATE FUNCTION link_instruction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.supersedes := former_of(NEW);
    RETURN NEW;
END $$;
DO $$
DECLARE
    one instruction%ROWTYPE;
BEGIN
    FOR one IN SELECT * FROM instruction WHERE lineage > 1 ORDER BY tranche_id, lineage, item LOOP
        UPDATE instruction SET supersedes = former_of(one) WHERE id = one.id;
    END LOOP;
END $$;
CREATE TRIGGER instruction_linked BEFORE INSERT ON instruction
    FOR EACH ROW WHEN (NEW.lineage > 1) EXECUTE FUNCTION link_instruction();
CREATE TRIGGER instruction_starts_alone BEFORE INSERT ON instruction
    FOR EACH ROW WHEN (NEW.lineage = 1 AND NEW.supersedes IS NOT NULL)
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER instruction_link_kept BEFORE UPDATE OF supersedes ON instruction
    FOR EACH ROW WHEN (NEW.supersedes IS DISTINCT FROM OLD.supersedes)
    EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    raise NotImplementedError("chains are history; restore a backup instead")
