"""Payment lists: who is paid and for what, an invoice paid once, and a second releaser."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE instruction
    ADD COLUMN beneficiary_kind text NOT NULL DEFAULT 'consortium',
    ADD COLUMN budget_line integer,
    ADD COLUMN invoice text,
    ADD CONSTRAINT ck_instruction_beneficiary_known
        CHECK (beneficiary_kind IN ('consortium', 'supplier', 'producer'));
UPDATE instruction SET beneficiary_kind = 'producer' WHERE channel = 'agrobanco';
ALTER TABLE instruction ALTER COLUMN beneficiary_kind DROP DEFAULT;
-- A column of its own, so that a change of state that keeps an instruction alive touches no index.
ALTER TABLE instruction ADD COLUMN live boolean NOT NULL
    GENERATED ALWAYS AS (state NOT IN ('rejected', 'returned')) STORED;
ALTER TABLE instruction SET (fillfactor = 60);
DROP INDEX uq_instruction_live;
CREATE UNIQUE INDEX uq_instruction_live ON instruction (tranche_id, item) WHERE live;
CREATE UNIQUE INDEX uq_instruction_invoice ON instruction (beneficiary_document, invoice)
    WHERE invoice IS NOT NULL AND live;

ALTER TABLE tranche
    ADD COLUMN second_from_centimos bigint,
    ADD COLUMN second_released_by text,
    ADD COLUMN second_released_at timestamptz,
    ADD CONSTRAINT ck_tranche_second_releaser_is_another CHECK (
        second_released_by <> released_by AND second_released_by <> prepared_by
        AND second_released_by <> requested_by),
    ADD CONSTRAINT ck_tranche_released_twice CHECK (
        state IN ('planned', 'requested', 'observed', 'rejected', 'returned')
        OR second_from_centimos IS NULL OR amount_centimos < second_from_centimos
        OR second_released_by IS NOT NULL);
"""

DOWN = """
ALTER TABLE tranche DROP COLUMN second_from_centimos, DROP COLUMN second_released_by,
    DROP COLUMN second_released_at;
DROP INDEX uq_instruction_live;
ALTER TABLE instruction DROP COLUMN live, DROP COLUMN beneficiary_kind, DROP COLUMN budget_line,
    DROP COLUMN invoice;
CREATE UNIQUE INDEX uq_instruction_live ON instruction (tranche_id, item)
    WHERE state NOT IN ('rejected', 'returned');
ALTER TABLE instruction RESET (fillfactor);
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
