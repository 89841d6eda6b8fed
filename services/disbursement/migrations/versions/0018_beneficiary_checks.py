"""Beneficiaries drawn by lot and asked what they received."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE beneficiary_check (
    instruction_id text NOT NULL,
    seed text NOT NULL,
    drawn_by text NOT NULL,
    drawn_at timestamptz NOT NULL,
    amount_centimos bigint,
    received_on date,
    heard_by text,
    heard_at timestamptz,
    CONSTRAINT pk_beneficiary_check PRIMARY KEY (instruction_id),
    CONSTRAINT fk_beneficiary_check_instruction_id_instruction FOREIGN KEY (instruction_id)
        REFERENCES instruction (id),
    CONSTRAINT ck_beneficiary_check_hearer_is_another CHECK (heard_by <> drawn_by),
    CONSTRAINT ck_beneficiary_check_heard_whole CHECK (
        (heard_by IS NULL) = (amount_centimos IS NULL) AND (heard_by IS NULL) = (heard_at IS NULL)),
    CONSTRAINT ck_beneficiary_check_amount_not_negative CHECK (amount_centimos >= 0),
    CONSTRAINT ck_beneficiary_check_day_of_receipt CHECK (
        (received_on IS NOT NULL) = (coalesce(amount_centimos, 0) > 0))
);
-- What was drawn stays drawn, and what was heard stays as it was heard.
CREATE FUNCTION check_beneficiary_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.heard_at IS NOT NULL OR (NEW.instruction_id, NEW.seed, NEW.drawn_by, NEW.drawn_at)
        IS DISTINCT FROM (OLD.instruction_id, OLD.seed, OLD.drawn_by, OLD.drawn_at)
    THEN
        RAISE EXCEPTION 'a beneficiary is heard once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER beneficiary_check_kept BEFORE UPDATE ON beneficiary_check
    FOR EACH ROW EXECUTE FUNCTION check_beneficiary_check();
CREATE TRIGGER beneficiary_check_not_deleted BEFORE DELETE ON beneficiary_check
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT, UPDATE ON beneficiary_check TO fund_app;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    raise NotImplementedError("answers are history; restore a backup instead")
