"""Objectives with an error budget, and the alerts on how fast it burns.

Two windows guard each alert: the long one says that it matters, the short one that it still goes
on, so that the alert ends soon after the cure (Google's SRE workbook, chapter 5). Objectives whose
budget is nothing, such as a ledger in balance, are plain alerts: the first breach fires.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from deploy.prometheus.model import Alert, Severity

RATIO: Final = "fund:objective_errors:ratio_{window}"


@dataclass(frozen=True, slots=True)
class Burn:
    """A speed at which the budget burns, over a long and a short window, and at least so many
    bad events in the long one: a single failure at night is no incident."""

    severity: Severity
    times: float
    long: str
    short: str
    at_least: int


@dataclass(frozen=True, slots=True)
class Objective:
    """What share of events is good. `bad` and `all` are selectors of counters."""

    name: str
    alert: str
    target: float
    bad: str
    all: str
    summary: str
    description: str
    board: str
    burns: tuple[Burn, ...]

    @property
    def budget(self) -> float:
        """The share of events that may be bad."""
        return round(1 - self.target, 6)

    @property
    def windows(self) -> list[str]:
        """Every window that an alert asks for, once, the shortest first as they are declared."""
        return list(dict.fromkeys(w for burn in self.burns for w in (burn.short, burn.long)))

    def records(self) -> list[dict[str, object]]:
        """One recorded ratio of bad to all events for each window; nothing without events."""
        return [
            {
                "record": RATIO.format(window=window),
                "expr": f"({_sum(self.bad, window)} or vector(0))"
                f"\n/ ({_sum(self.all, window)} > 0)",
                "labels": {"objective": self.name},
            }
            for window in self.windows
        ]

    def alerts(self) -> list[Alert]:
        """One alert for each severity, all of one name and so of one runbook."""
        return [self._alert(severity) for severity in dict.fromkeys(b.severity for b in self.burns)]

    def _alert(self, severity: Severity) -> Alert:
        burns = [burn for burn in self.burns if burn.severity == severity]
        speeds = " or ".join(
            f"{one.times:g} times over {one.long} and {one.short}" for one in burns
        )
        return Alert(
            name=self.alert,
            severity=severity,
            expression="\nor\n".join(self._expression(burn) for burn in burns),
            summary=self.summary,
            description=f"{self.description} The error budget is {self.budget:.1%} of them in"
            f" thirty days, and it burns too fast: {speeds}.",
            board=self.board,
        )

    def _expression(self, burn: Burn) -> str:
        limit = f"{burn.times * self.budget:.6g}"
        over = [
            f'{RATIO.format(window=window)}{{objective="{self.name}"}} > {limit}'
            for window in (burn.long, burn.short)
        ]
        enough = f"{_sum(self.bad, burn.long)} >= {burn.at_least}"
        return f"(\n  {over[0]}\n  and {over[1]}\n  and on () {enough}\n)"


def _sum(selectors: str, window: str) -> str:
    """The increase over a window; several selectors, one a line, are taken with their signs."""
    terms = []
    for line in selectors.strip().splitlines():
        sign, selector = line[:2], line[2:]
        terms.append(f"{sign}sum(increase({selector}[{window}]))")
    text = " ".join(terms).removeprefix("+ ")
    return f"({text})" if len(terms) > 1 else text


# A service that is asked all day: the workbook's own numbers for thirty days.
STEADY: Final = (
    Burn("page", 14.4, long="1h", short="5m", at_least=10),
    Burn("page", 6, long="6h", short="30m", at_least=20),
    Burn("ticket", 1, long="3d", short="6h", at_least=20),
)
# A few events a day: longer windows, and one late event is a ticket, not a call at night.
SELDOM: Final = (
    Burn("page", 6, long="1d", short="6h", at_least=3),
    Burn("ticket", 1, long="7d", short="1d", at_least=1),
)

HTTP: Final = "http_server_request_duration_seconds"

OBJECTIVES: Final = (
    Objective(
        name="api_availability",
        alert="ApiErrors",
        target=0.999,
        bad=f'+ {HTTP}_count{{job="api",http_response_status_code=~"5.."}}',
        all=f'+ {HTTP}_count{{job="api"}}',
        summary="La API responde con errores del servidor",
        description="Requests end in a status of 500 or above.",
        board="services",
        burns=STEADY,
    ),
    Objective(
        name="api_latency",
        alert="ApiSlow",
        target=0.99,
        bad=f'+ {HTTP}_count{{job="api"}}\n- {HTTP}_bucket{{job="api",le="1.0"}}',
        all=f'+ {HTTP}_count{{job="api"}}',
        summary="La API tarda más de un segundo",
        description="Requests take longer than one second.",
        board="services",
        burns=STEADY,
    ),
    Objective(
        name="decision_in_term",
        alert="DecisionsLate",
        target=0.99,
        bad='+ fund_decisions_total{within_term="false"}',
        all="+ fund_decisions_total",
        summary="Se decide fuera del plazo legal",
        description="Applications are decided after their legal term.",
        board="applications",
        burns=SELDOM,
    ),
    Objective(
        name="payment_in_a_day",
        alert="PaymentsLate",
        target=0.99,
        bad='+ fund_payments_total{within_day="false"}',
        all="+ fund_payments_total",
        summary="Los pagos se confirman después de un día",
        description="Payments are confirmed more than a day after they were sent.",
        board="disbursement",
        burns=SELDOM,
    ),
)
