"""Tallies of assessments by outcome and of their findings by rule."""

from services.kernel.migrations import create_tally_table, tally_of_appended

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ASSESSMENTS = {
    "assessments": "SELECT ARRAY[outcome], 1 FROM {rows}",
    "findings": "SELECT ARRAY[f ->> 'code', f ->> 'severity'], 1 FROM {rows},"
    " jsonb_array_elements(decision -> 'findings') AS f",
}


def upgrade() -> None:
    """Begin to count."""
    create_tally_table()
    tally_of_appended("assessment", _ASSESSMENTS)


def downgrade() -> None:
    raise NotImplementedError(
        "tallies are counted from the day they began; restore a backup instead"
    )
