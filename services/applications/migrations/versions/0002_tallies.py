"""Tallies of applications: how many are in a state and for how long, and decided in the term."""

from alembic import op

from services.kernel.migrations import create_tally_table, state_since, tally

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COLUMNS = """
ALTER TABLE application
    ADD COLUMN state_since timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN region text,
    ADD COLUMN decided_in_term boolean;
UPDATE application SET state_since = updated_at;
CREATE INDEX ix_application_waiting ON application (state, state_since)
    WHERE state NOT IN ('closed', 'expired', 'ineligible', 'rejected', 'terminated', 'withdrawn');
"""

_SOURCES = {
    "applications": "SELECT ARRAY[call_id, coalesce(region, 'unknown'), state], 1 FROM {rows}",
    "decisions": "SELECT ARRAY[decided_in_term::text], 1 FROM {rows} WHERE decided_in_term IS NOT NULL",
}

_LEFT = "FROM removed o JOIN added n USING (id) WHERE o.state <> n.state"
_MOVES = {
    "state_exits": f"SELECT ARRAY[o.state], 1 {_LEFT}",
    "state_ms": f"SELECT ARRAY[o.state], (extract(epoch FROM n.state_since - o.state_since) * 1000)::bigint {_LEFT}",
}


def upgrade() -> None:
    """Add the columns and begin to count."""
    op.execute(_COLUMNS)
    create_tally_table()
    state_since("application")
    tally("application", _SOURCES, moves=_MOVES)


def downgrade() -> None:
    raise NotImplementedError(
        "tallies are counted from the day they began; restore a backup instead"
    )
