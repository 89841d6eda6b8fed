"""Tallies of instructions, payments, cases, and of a call's money by channel."""

from alembic import op

from services.kernel.migrations import create_tally_table, state_since, tally, tally_of_appended

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_COLUMNS = """
ALTER TABLE instruction ADD COLUMN state_since timestamptz NOT NULL DEFAULT now();
UPDATE instruction i SET state_since = sent.at
    FROM (SELECT tranche_id, lineage, max(started_at) AS at FROM attempt GROUP BY 1, 2) AS sent
    WHERE sent.tranche_id = i.tranche_id AND sent.lineage = i.lineage
    AND i.state IN ('sent', 'acknowledged', 'unknown');
CREATE INDEX ix_instruction_waiting ON instruction (channel, state, state_since)
    WHERE state IN ('created', 'sent', 'acknowledged', 'unknown');
"""

_WITHIN_DAY = """SELECT ARRAY[i.channel, coalesce(i.settled_at - (SELECT min(a.started_at) FROM attempt a
        WHERE a.tranche_id = i.tranche_id AND a.lineage = i.lineage) <= interval '1 day', true)::text], 1"""

_INSTRUCTIONS = {"instructions": "SELECT ARRAY[channel, state], 1 FROM {rows}"}
_PAID = {
    "payments": f"{_WITHIN_DAY} FROM added i JOIN removed o USING (id)"
    " WHERE i.state = 'settled' AND o.state <> 'settled'"
}
_PAID_BEFORE = f"""
INSERT INTO tally SELECT 'payments', labels, count(*)
    FROM ({_WITHIN_DAY} FROM instruction i WHERE i.settled_at IS NOT NULL) AS paid (labels, amount)
    GROUP BY labels;
"""
_CASES = {"cases": "SELECT ARRAY[channel, kind, state], 1 FROM {rows}"}

# An account's code says whose it is: call:…:available[:channel], agreement:…:committed[:channel],
# channel:…:in_transit, consortium:…:grants|loans|accounted, recoveries:channel. Others are no budget.
_MONEY = {
    "money": """SELECT ARRAY[call_id, CASE
            WHEN owner IN ('channel', 'recoveries') THEN split_part(code, ':', 2)
            WHEN owner = 'consortium' THEN CASE split_part(code, ':', 3) WHEN 'loans' THEN 'agrobanco' ELSE 'agroideas' END
            ELSE coalesce(nullif(split_part(code, ':', 4), ''), 'any') END,
        CASE WHEN owner IN ('consortium', 'recoveries') THEN 'paid' ELSE split_part(code, ':', 3) END], amount
    FROM (SELECT call_id, account_code AS code, split_part(account_code, ':', 1) AS owner,
            sum(amount_centimos) AS amount
        FROM {rows} GROUP BY call_id, account_code) AS moved
    WHERE owner IN ('call', 'agreement', 'channel', 'recoveries')
        OR owner = 'consortium' AND split_part(code, ':', 3) IN ('grants', 'loans', 'accounted')""",
}


def upgrade() -> None:
    op.execute(_COLUMNS)
    create_tally_table()
    state_since("instruction")
    tally("instruction", _INSTRUCTIONS, moves=_PAID)
    op.execute(_PAID_BEFORE)
    tally("reconciliation_case", _CASES)
    tally_of_appended("entry", _MONEY)


def downgrade() -> None:
    raise NotImplementedError(
        "tallies are counted from the day they began; restore a backup instead"
    )
