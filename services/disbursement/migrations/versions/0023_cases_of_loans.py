"""A repayment that names no loan of ours may be matched to one, by two people."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE reconciliation_case
    ADD COLUMN proposed_loan_id text,
    ADD CONSTRAINT fk_reconciliation_case_proposed_loan_id_loan
        FOREIGN KEY (proposed_loan_id) REFERENCES loan (id),
    DROP CONSTRAINT ck_reconciliation_case_proposed_whole,
    ADD CONSTRAINT ck_reconciliation_case_proposed_whole CHECK (
        (proposed_by IS NULL) = (num_nonnulls(proposed_instruction_id, proposed_loan_id) = 0)
        AND num_nonnulls(proposed_instruction_id, proposed_loan_id) <= 1
        AND (proposed_by IS NULL) = (proposed_at IS NULL));
CREATE OR REPLACE FUNCTION check_case() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['owner', 'proposed_instruction_id', 'proposed_loan_id', 'proposed_by',
        'proposed_at', 'state', 'resolution', 'reason', 'resolved_by', 'resolved_at', 'version'];
BEGIN
    IF OLD.state = 'resolved' OR to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving THEN
        RAISE EXCEPTION 'case % can only be worked on while it is open', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    raise NotImplementedError("cases are history; restore a backup instead")
