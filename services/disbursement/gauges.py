"""What the room measures of its money: balances, instructions, cases, closings, holds."""

from typing import Final

from services.kernel.gauges import Measured

GAUGES: Final = (
    Measured(
        "fund_instructions",
        "Payment instructions by channel and state.",
        ("channel", "state"),
        "SELECT channel, state, count(*) FROM instruction GROUP BY channel, state",
    ),
    Measured(
        "fund_reconciliation_cases",
        "Reconciliation cases by channel, kind and state.",
        ("channel", "kind", "state"),
        "SELECT channel, kind, state, count(*) FROM reconciliation_case GROUP BY 1, 2, 3",
    ),
    Measured(
        "fund_reconciliation_cases_oldest_seconds",
        "Age of the oldest open reconciliation case.",
        ("channel",),
        "SELECT channel, extract(epoch FROM now() - min(opened_at)) FROM reconciliation_case"
        " WHERE state = 'open' GROUP BY channel",
    ),
    Measured(
        "fund_reconciliation_cases_overdue",
        "Open reconciliation cases past the day on which they were due.",
        ("channel",),
        "SELECT channel, count(*) FILTER (WHERE due_on < (now() AT TIME ZONE 'America/Lima')::date)"
        " FROM reconciliation_case WHERE state = 'open' GROUP BY channel",
    ),
    Measured(
        "fund_closings_unbalanced",
        "Days of a channel whose last closing does not balance.",
        ("channel",),
        "SELECT channel, count(*) FILTER (WHERE NOT balanced) FROM closing c WHERE NOT EXISTS"
        " (SELECT FROM closing later WHERE later.supersedes = c.id) GROUP BY channel",
    ),
    Measured(
        "fund_holds_active",
        "Holds and freezes that stand now, by what they hold back.",
        ("kind",),
        "SELECT kind, count(h.id) FROM unnest(ARRAY['fund', 'channel', 'call', 'consortium',"
        " 'agreement', 'person']) AS k (kind) LEFT JOIN hold h ON h.scope = k.kind"
        " AND h.lifted_at IS NULL AND (h.ends_at IS NULL OR h.ends_at > now()) GROUP BY kind",
    ),
)
