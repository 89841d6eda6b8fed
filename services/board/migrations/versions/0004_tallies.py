"""Tallies of votes and of ended ballots."""

from services.kernel.migrations import create_tally_table, tally, tally_of_appended

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BALLOTS = {
    "ballots_ended": "SELECT ARRAY[coalesce(result, state)], 1 FROM {rows} WHERE closed_at IS NOT NULL",
}
_VOTES = {
    "votes": "SELECT ARRAY[seat, choice], 1 FROM {rows}",
    "vote_ms": "SELECT ARRAY[v.seat], greatest((extract(epoch FROM v.cast_at - b.opened_at) * 1000)::bigint, 0)"
    " FROM {rows} v JOIN ballot b ON b.id = v.ballot_id",
}


def upgrade() -> None:
    """Begin to count."""
    create_tally_table()
    tally("ballot", _BALLOTS)
    tally_of_appended("vote", _VOTES)


def downgrade() -> None:
    raise NotImplementedError(
        "tallies are counted from the day they began; restore a backup instead"
    )
