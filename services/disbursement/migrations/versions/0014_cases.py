"""Reconciliation cases with an owner, a term, a history and a resolution by two people where money
moves; a statement line of each kind explains an instruction once."""

from alembic import op

from services.kernel.migrations import append_only

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE reconciliation_case
    ADD COLUMN due_on date,
    ADD COLUMN owner text,
    ADD COLUMN proposed_instruction_id text,
    ADD COLUMN proposed_by text,
    ADD COLUMN proposed_at timestamptz,
    ADD COLUMN resolution text,
    ADD COLUMN reason text,
    ADD COLUMN resolved_by text,
    ADD COLUMN resolved_at timestamptz,
    ADD COLUMN version integer NOT NULL DEFAULT 1;
UPDATE reconciliation_case SET due_on = (opened_at AT TIME ZONE 'America/Lima')::date + 7;
ALTER TABLE reconciliation_case
    ALTER COLUMN due_on SET NOT NULL,
    ALTER COLUMN version DROP DEFAULT,
    ADD CONSTRAINT fk_reconciliation_case_proposed_instruction_id_instruction
        FOREIGN KEY (proposed_instruction_id) REFERENCES instruction (id),
    ADD CONSTRAINT ck_reconciliation_case_resolution_known CHECK (
        resolution IN ('matched', 'line_arrived', 'partner_corrected', 'recovered', 'explained')),
    ADD CONSTRAINT ck_reconciliation_case_proposed_whole CHECK (
        (proposed_by IS NULL) = (proposed_instruction_id IS NULL)
        AND (proposed_by IS NULL) = (proposed_at IS NULL)),
    ADD CONSTRAINT ck_reconciliation_case_resolved_whole CHECK (
        (state = 'resolved') = (resolution IS NOT NULL)
        AND (state = 'resolved') = (reason IS NOT NULL)
        AND (state = 'resolved') = (resolved_by IS NOT NULL)
        AND (state = 'resolved') = (resolved_at IS NOT NULL)),
    ADD CONSTRAINT ck_reconciliation_case_matched_as_proposed CHECK (
        resolution <> 'matched' OR proposed_by IS NOT NULL),
    ADD CONSTRAINT ck_reconciliation_case_two_people_match CHECK (
        resolution <> 'matched' OR resolved_by <> proposed_by);
CREATE INDEX ix_reconciliation_case_reference ON reconciliation_case (reference);
CREATE INDEX ix_reconciliation_case_open ON reconciliation_case (due_on) WHERE state = 'open';
CREATE TABLE case_step (
    id text NOT NULL,
    case_id text NOT NULL,
    action text NOT NULL,
    text text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT pk_case_step PRIMARY KEY (id),
    CONSTRAINT fk_case_step_case_id_reconciliation_case FOREIGN KEY (case_id)
        REFERENCES reconciliation_case (id),
    CONSTRAINT ck_case_step_action_known CHECK (
        action IN ('assign', 'comment', 'propose', 'resolve'))
);
CREATE INDEX ix_case_step_case_id ON case_step (case_id);
CREATE UNIQUE INDEX uq_statement_line_instruction_id_kind ON statement_line (instruction_id, kind)
    WHERE instruction_id IS NOT NULL;
CREATE INDEX ix_statement_line_business_date ON statement_line (channel, business_date);
GRANT SELECT, INSERT ON case_step TO fund_app;
"""

TRIGGERS = """
-- What a case is about stays; once resolved, all of it does.
CREATE FUNCTION check_case() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['owner', 'proposed_instruction_id', 'proposed_by', 'proposed_at', 'state',
        'resolution', 'reason', 'resolved_by', 'resolved_at', 'version'];
BEGIN
    IF OLD.state = 'resolved' OR to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving THEN
        RAISE EXCEPTION 'case % can only be worked on while it is open', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reconciliation_case_kept BEFORE UPDATE ON reconciliation_case
    FOR EACH ROW EXECUTE FUNCTION check_case();
CREATE TRIGGER reconciliation_case_not_deleted BEFORE DELETE ON reconciliation_case
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A line says what it said; it may come to explain an instruction, once.
CREATE FUNCTION check_statement_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.instruction_id IS NOT NULL OR NEW.instruction_id IS NULL
        OR to_jsonb(NEW) - 'instruction_id' IS DISTINCT FROM to_jsonb(OLD) - 'instruction_id'
    THEN
        RAISE EXCEPTION 'line % can only be matched, once', OLD.line_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER statement_line_kept BEFORE UPDATE ON statement_line
    FOR EACH ROW EXECUTE FUNCTION check_statement_line();
CREATE TRIGGER statement_line_not_deleted BEFORE DELETE ON statement_line
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(append_only("case_step"))
    op.execute(TRIGGERS)


def downgrade() -> None:
    raise NotImplementedError("cases are history; restore a backup instead")
