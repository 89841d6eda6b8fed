"""The conditions of the board's approval, as milestones of the agreement."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE agreement_condition (
    agreement_id text NOT NULL,
    number integer NOT NULL,
    text text NOT NULL,
    evidence text NOT NULL,
    due_working_days integer NOT NULL,
    due_on date,
    fulfilled_by text,
    fulfilled_with text,
    fulfilled_at timestamptz,
    verified_by text,
    verified_at timestamptz,
    CONSTRAINT pk_agreement_condition PRIMARY KEY (agreement_id, number),
    CONSTRAINT fk_agreement_condition_agreement_id_agreement FOREIGN KEY (agreement_id) REFERENCES agreement (id),
    CONSTRAINT ck_agreement_condition_number_positive CHECK (number >= 1),
    CONSTRAINT ck_agreement_condition_due_later CHECK (due_working_days >= 1),
    CONSTRAINT ck_agreement_condition_verifier_is_another CHECK (verified_by <> fulfilled_by),
    CONSTRAINT ck_agreement_condition_fulfilled_with_evidence CHECK (
        (fulfilled_by IS NULL) = (fulfilled_at IS NULL) AND (fulfilled_by IS NULL) = (fulfilled_with IS NULL)
    ),
    CONSTRAINT ck_agreement_condition_verified_after CHECK (
        (verified_by IS NULL) = (verified_at IS NULL) AND (verified_by IS NULL OR fulfilled_by IS NOT NULL)
    )
);

-- What the board said stays, and what was verified is settled.
CREATE FUNCTION check_agreement_condition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.verified_by IS NOT NULL
        OR (NEW.agreement_id, NEW.number, NEW.text, NEW.evidence, NEW.due_working_days)
        IS DISTINCT FROM (OLD.agreement_id, OLD.number, OLD.text, OLD.evidence, OLD.due_working_days)
        OR (OLD.due_on IS NOT NULL AND NEW.due_on IS DISTINCT FROM OLD.due_on)
    THEN
        RAISE EXCEPTION 'a condition can only be fulfilled and verified' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_condition_kept BEFORE UPDATE ON agreement_condition
    FOR EACH ROW EXECUTE FUNCTION check_agreement_condition();
CREATE TRIGGER agreement_condition_not_deleted BEFORE DELETE ON agreement_condition
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT, UPDATE ON agreement_condition TO fund_app;
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP TABLE agreement_condition")
    op.execute("DROP FUNCTION check_agreement_condition")
