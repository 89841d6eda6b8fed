"""What the room measures of its applications."""

from typing import Final

from services.kernel.gauges import Measured

GAUGES: Final = (
    Measured(
        "fund_applications",
        "Applications by call, region (department of most land) and state.",
        ("call", "region", "state"),
        "SELECT call_id, 'unknown', state, count(*) FROM application GROUP BY call_id, state",
    ),
    Measured(
        "fund_applications_oldest_seconds",
        "How long the oldest application has been in the state.",
        ("state",),
        "SELECT state, extract(epoch FROM now() - min(updated_at)) FROM application GROUP BY state",
    ),
)
