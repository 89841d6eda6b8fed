"""A balance is moved by the trigger on entries and by nobody else, the owner included."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

GUARD = """
-- An integrity constraint, not business logic: keep_balances() is the one writer of balances.
-- A statement of a session runs this at depth 1, the trigger on entries at depth 2.
CREATE FUNCTION refuse_direct_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.balance_centimos = 0 THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF pg_trigger_depth() > 1 AND (NEW.code, NEW.kind, NEW.may_overdraw, NEW.opened_at)
                IS NOT DISTINCT FROM (OLD.code, OLD.kind, OLD.may_overdraw, OLD.opened_at) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% on account is refused: balances are moved by entries alone', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER account_balance_by_entries BEFORE INSERT OR UPDATE OR DELETE ON account
    FOR EACH ROW EXECUTE FUNCTION refuse_direct_balance();
CREATE TRIGGER account_no_truncate BEFORE TRUNCATE ON account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.execute(GUARD)


def downgrade() -> None:
    raise NotImplementedError("the ledger is never taken down; restore a backup instead")
