"""`make alert-drill`: the faults of an operator's night, and the table of what they raised."""

import stamina
from rich.console import Console
from rich.table import Table

from tests.faults import alerts, traffic


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"


def main() -> None:
    """Do each fault, with people at work; exit 1 when one raised anything but its own alert."""
    stamina.instrumentation.set_on_retry_hooks([])  # the readers' waiting would hide the table
    console = Console(width=150, highlight=False)
    loud = alerts.quiet()
    if loud:
        console.print(f"not begun: {', '.join(sorted(loud))} fires already; see its runbook")
        raise SystemExit(1)
    outcomes = []
    with traffic.at_work() as done:
        for fault in alerts.faults():
            outcome = alerts.drill(fault)
            outcomes.append(outcome)
            console.print(f"{fault.name}: {'; '.join(outcome.problems) or 'as it should be'}")
            alerts.quiet()
    table = Table("fault", "alert", "fires after s", "runbook", "ends after s", "else")
    for one in outcomes:
        table.add_row(
            one.fault.name,
            one.fault.alert,
            _seconds(one.fired_after_s),
            one.runbook,
            _seconds(one.cleared_after_s),
            ", ".join(sorted(one.others)) or "nothing",
        )
    console.print(table)
    console.print(f"meanwhile: {done}")
    raise SystemExit(1 if any(one.problems for one in outcomes) else 0)


if __name__ == "__main__":
    main()
