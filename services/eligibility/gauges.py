"""What the room measures of its assessments, their findings and the signals among them."""

from typing import Final

from services.kernel.gauges import Measured, tallied

GAUGES: Final = (
    tallied(
        "fund_assessments_total",
        "Assessments by outcome.",
        ("outcome",),
        "assessments",
        kind="counter",
    ),
    tallied(
        "fund_findings_total",
        "Findings of the assessments, by the rule's code and severity.",
        ("code", "severity"),
        "findings",
        kind="counter",
    ),
    Measured(
        "fund_signals",
        "Signals of a paper organisation by code: found in assessments; and resolved in writing,"
        " as proposed by one person, or dismissed or confirmed by two.",
        ("kind", "state"),
        "SELECT labels[1], 'found', sum(amount) FROM tally"
        " WHERE name = 'findings' AND labels[1] LIKE 'PAP-%' GROUP BY 1"
        " UNION ALL SELECT code, CASE WHEN confirmed_at IS NULL THEN 'proposed' ELSE verdict END,"
        " count(*) FROM signal_resolution GROUP BY 1, 2",
    ),
)
