"""Holds and freezes; agreements that are suspended, terminated or given up by the consortium."""

from alembic import op

from services.kernel.migrations import append_only

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE hold (
    id TEXT NOT NULL,
    scope TEXT NOT NULL,
    target TEXT NOT NULL,
    reason TEXT NOT NULL,
    placed_by TEXT NOT NULL,
    placed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE,
    lifted_by TEXT,
    lifted_at TIMESTAMP WITH TIME ZONE,
    lift_reason TEXT,
    CONSTRAINT pk_hold PRIMARY KEY (id),
    CONSTRAINT ck_hold_scope_known CHECK (scope IN ('fund', 'channel', 'call', 'consortium', 'agreement', 'person')),
    CONSTRAINT ck_hold_target_of_scope CHECK ((scope = 'fund') = (target = '')),
    CONSTRAINT ck_hold_ends_later CHECK (ends_at > placed_at),
    CONSTRAINT ck_hold_lifted_by_another CHECK (lifted_by <> placed_by),
    CONSTRAINT ck_hold_lifted_whole CHECK ((lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lift_reason IS NULL))
);
CREATE INDEX ix_hold_standing ON hold (scope, target) WHERE lifted_at IS NULL;
CREATE TABLE withdrawal (
    application_id TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_withdrawal PRIMARY KEY (application_id)
);
ALTER TABLE agreement
    ADD COLUMN state_reason TEXT,
    ADD COLUMN state_by TEXT,
    DROP CONSTRAINT ck_agreement_state_known,
    ADD CONSTRAINT ck_agreement_state_known CHECK (state IN ('drafted', 'signed', 'active', 'suspended', 'closed', 'terminated')),
    ADD CONSTRAINT ck_agreement_reason_told CHECK (state NOT IN ('suspended', 'terminated') OR (state_reason IS NOT NULL AND state_by IS NOT NULL)),
    DROP CONSTRAINT ck_agreement_signed_by_both,
    ADD CONSTRAINT ck_agreement_signed_by_both CHECK (state NOT IN ('signed', 'active', 'suspended', 'closed') OR (fund_signed_by IS NOT NULL AND consortium_signed_by IS NOT NULL));
"""

TRIGGERS = """
CREATE FUNCTION check_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.lifted_at IS NOT NULL OR (NEW.id, NEW.scope, NEW.target, NEW.reason, NEW.placed_by, NEW.placed_at, NEW.ends_at)
        IS DISTINCT FROM (OLD.id, OLD.scope, OLD.target, OLD.reason, OLD.placed_by, OLD.placed_at, OLD.ends_at)
    THEN
        RAISE EXCEPTION 'a hold can only be lifted, once' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'hold_history';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER hold_history BEFORE UPDATE ON hold FOR EACH ROW EXECUTE FUNCTION check_hold();
CREATE TRIGGER hold_kept BEFORE DELETE ON hold FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON hold TO fund_app;
GRANT SELECT, INSERT ON withdrawal TO fund_app;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(TRIGGERS)
    op.execute(append_only("withdrawal"))
    op.execute(GRANTS)


def downgrade() -> None:
    raise NotImplementedError("holds and ends are history; restore a backup instead")
