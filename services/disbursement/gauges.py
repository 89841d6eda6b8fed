"""What the room measures of its money: balances, instructions, cases, closings, holds."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, Final

import psycopg

from services.disbursement.ledger_watch import LedgerWatch
from services.kernel import clock
from services.kernel.clock import LIMA, lima_date
from services.kernel.gauges import Measured, tallied
from services.kernel.working_days import working_day, working_days_between

CLOSING_DUE: Final = time(10)
"""The hour in Lima of the next working day by which a day is closed."""
DAYS_BACK: Final = 45
"""How many days back a missing closing is looked for; the monthly review finds older ones."""

_WAITING: Final = "'created', 'sent', 'acknowledged', 'unknown'"

_FIRST_DAYS: Final = """
SELECT channel, min(day) FROM (
    SELECT channel, min(business_date) AS day FROM closing GROUP BY channel
    UNION ALL
    SELECT channel, (SELECT (confirmed_at AT TIME ZONE 'America/Lima')::date FROM tranche t
        WHERE t.channel = paid.channel AND confirmed_at IS NOT NULL ORDER BY id LIMIT 1)
    FROM (SELECT DISTINCT labels[1] AS channel FROM tally WHERE name = 'payments') AS paid
) AS begun WHERE day IS NOT NULL GROUP BY channel
"""
_CLOSED: Final = (
    "SELECT DISTINCT business_date FROM closing WHERE channel = %s AND business_date >= %s"
)


def closings_missing(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, int]]:
    """By channel, the working days since its first payment or closing that should be closed by
    now and are not."""
    now = clock.now()
    last = _last_due(now)
    for channel, first in connection.execute(_FIRST_DAYS).fetchall():
        begun = max(first, date.fromordinal(last.toordinal() - DAYS_BACK))
        closed = {day for (day,) in connection.execute(_CLOSED, (channel, begun))}
        due = working_days_between(date.fromordinal(begun.toordinal() - 1), last)
        held = sum(1 for day in closed if day <= last and _counts(day))
        yield channel, max(due - held, 0)


def _last_due(now: datetime) -> date:
    """The last working day whose closing is due by now."""
    today = lima_date(now)
    before = working_day(today, -1)
    if _counts(today) and now.astimezone(LIMA).time() >= CLOSING_DUE:
        return before
    return working_day(before, -1)


def _counts(day: date) -> bool:
    return working_days_between(date.fromordinal(day.toordinal() - 1), day) == 1


GAUGES: Final = (
    tallied(
        "fund_budget_centimos",
        "A call's money by channel and account (available, committed, in_transit, paid); channel"
        " `any` is what either may use.",
        ("call", "channel", "account"),
        "money",
    ),
    tallied(
        "fund_instructions",
        "Payment instructions by channel and state.",
        ("channel", "state"),
        "instructions",
    ),
    Measured(
        "fund_instructions_oldest_seconds",
        "How long the oldest instruction has been in the state; absent when none is in it.",
        ("channel", "state"),
        "SELECT channel, state, extract(epoch FROM now() - (SELECT min(state_since)"
        " FROM instruction i WHERE i.channel = c.channel AND i.state = s.state"
        f" AND i.state IN ({_WAITING}))) FROM unnest(ARRAY['agroideas', 'agrobanco'])"
        f" AS c (channel), unnest(ARRAY[{_WAITING}]) AS s (state)",
    ),
    tallied(
        "fund_payments_total",
        "Payments that a partner confirmed, within a day of being sent or later.",
        ("channel", "within_day"),
        "payments",
        kind="counter",
    ),
    tallied(
        "fund_reconciliation_cases",
        "Reconciliation cases by channel, kind and state.",
        ("channel", "kind", "state"),
        "cases",
    ),
    Measured(
        "fund_reconciliation_cases_oldest_seconds",
        "Age of the oldest open reconciliation case; absent when none is open.",
        ("channel",),
        "SELECT channel, extract(epoch FROM now() - min(opened_at)) FROM reconciliation_case"
        " WHERE state = 'open' GROUP BY channel",
    ),
    Measured(
        "fund_reconciliation_cases_overdue",
        "Open reconciliation cases past the day on which they were due.",
        ("channel",),
        "SELECT c.channel, count(o.id) FROM unnest(ARRAY['agroideas', 'agrobanco']) AS c (channel)"
        " LEFT JOIN reconciliation_case o ON o.channel = c.channel AND o.state = 'open'"
        " AND o.due_on < (now() AT TIME ZONE 'America/Lima')::date GROUP BY c.channel",
    ),
    Measured(
        "fund_closings_missing",
        "Working days not closed by 10:00 (Lima) of the next working day, of the last 45 days.",
        ("channel",),
        closings_missing,
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

WATCHES: Final = (LedgerWatch,)
