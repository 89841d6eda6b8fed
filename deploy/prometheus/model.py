"""The shape of an alert, which every rule file, runbook test and board shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["page", "ticket"]
"""`page` wakes somebody now; `ticket` waits for the morning."""

RUNBOOKS: Final = "docs/runbooks"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alerting rule. `holds` is how long the expression must be true before it fires."""

    name: str
    severity: Severity
    expression: str
    summary: str
    description: str
    board: str
    holds: str = "0s"
    label: str = ""

    @property
    def runbook(self) -> str:
        """The page that says what to do, from the root of the repository."""
        return f"{RUNBOOKS}/{self.name}.md"

    def rule(self) -> dict[str, object]:
        """The rule as Prometheus reads it."""
        summary = f"{self.summary}: {{{{ $labels.{self.label} }}}}" if self.label else self.summary
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": self.holds,
            "labels": {"severity": self.severity},
            "annotations": {
                "summary": summary,
                "description": self.description,
                "runbook": self.runbook,
                "dashboard": self.board,
            },
        }
