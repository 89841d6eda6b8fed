"""What the room measures of its applications."""

from typing import Final

from services.applications.domain import OVER, State
from services.kernel.gauges import Measured, tallied

_OVER: Final = ", ".join(sorted(f"'{state.value}'" for state in OVER))
_WAITING: Final = ", ".join(f"'{state.value}'" for state in State if state not in OVER)

GAUGES: Final = (
    tallied(
        "fund_applications",
        "Applications by call, region (department with most of the consortium's land) and state.",
        ("call", "region", "state"),
        "applications",
    ),
    Measured(
        "fund_applications_oldest_seconds",
        "How long the oldest application has been in the state; absent when none is in it.",
        ("state",),
        f"SELECT state, extract(epoch FROM now() - (SELECT min(state_since) FROM application a"
        f" WHERE a.state = s.state AND a.state NOT IN ({_OVER})))"
        f" FROM unnest(ARRAY[{_WAITING}]) AS s (state)",
    ),
    tallied(
        "fund_application_state_seconds_total",
        "Time that applications had been in the state when they left it, summed.",
        ("state",),
        "state_ms",
        kind="counter",
        in_milliseconds=True,
    ),
    tallied(
        "fund_application_state_exits_total",
        "Applications that left the state.",
        ("state",),
        "state_exits",
        kind="counter",
    ),
    tallied(
        "fund_decisions_total",
        "Applications decided (approved, rejected, ineligible), within the legal term or after it.",
        ("within_term",),
        "decisions",
        kind="counter",
    ),
)
