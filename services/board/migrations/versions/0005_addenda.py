"""A ballot may be on an amendment of an agreement (adenda)."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE ballot ADD COLUMN addendum_id text;
CREATE INDEX ix_ballot_addendum_id ON ballot (addendum_id) WHERE addendum_id IS NOT NULL;
-- What a ballot is on stays; check_ballot keeps the rest of its subject.
CREATE FUNCTION keep_addendum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a ballot does not change this way' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ballot_moves';
END $$;
CREATE TRIGGER ballot_addendum_kept BEFORE UPDATE ON ballot
    FOR EACH ROW WHEN (NEW.addendum_id IS DISTINCT FROM OLD.addendum_id) EXECUTE FUNCTION keep_addendum();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute("ALTER TABLE ballot DROP COLUMN addendum_id CASCADE")
    op.execute("DROP FUNCTION keep_addendum CASCADE")
