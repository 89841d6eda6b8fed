"""What the room measures of its assessments, their findings and the signals among them."""

from typing import Final

from services.kernel.gauges import Measured

GAUGES: Final = (
    Measured(
        "fund_assessments_total",
        "Assessments by outcome.",
        ("outcome",),
        "SELECT outcome, count(*) FROM assessment GROUP BY outcome",
        kind="counter",
    ),
    Measured(
        "fund_findings_total",
        "Findings of the assessments, by the rule's code and severity.",
        ("code", "severity"),
        "SELECT f ->> 'code', f ->> 'severity', count(*) FROM assessment,"
        " jsonb_array_elements(decision -> 'findings') AS f GROUP BY 1, 2",
        kind="counter",
    ),
)
