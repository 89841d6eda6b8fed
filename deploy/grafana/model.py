"""What a board and its panels say, apart from how Grafana draws them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["stat", "lines", "bars"]
Steps = tuple[tuple[float, str], ...]

GOOD: Final = "green"
WARN: Final = "orange"
BAD: Final = "red"
ANY_IS_BAD: Final[Steps] = ((1, BAD),)
NEUTRAL: Final[Steps] = ()
"""A number that is neither good nor bad: it stays green."""


@dataclass(frozen=True, slots=True)
class Query:
    """One expression; `legend` names its series by their labels."""

    expression: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. The title is for Spanish eyes, the description says in English what it shows.

    `steps` colour the value from a limit on; below the first it is `base`. `record` is the path of
    the API where the facts are, `workflows` a query of the Temporal UI. `empty` says why it is
    right that there is no data on a healthy day; a panel without it must have some.
    """

    title: str
    description: str
    queries: tuple[Query, ...]
    unit: str
    steps: Steps
    runbook: str
    kind: Kind = "lines"
    record: str = ""
    workflows: str = ""
    empty: str = ""
    base: str = GOOD
    width: int = 8


@dataclass(frozen=True, slots=True)
class Row:
    """Panels side by side under a heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard: which question it answers, and the variables that narrow it down."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    variables: tuple[str, ...] = field(default=())

    @property
    def panels(self) -> list[Panel]:
        """All panels in their order."""
        return [panel for row in self.rows for panel in row.panels]


def one(expression: str, legend: str = "") -> tuple[Query, ...]:
    """The queries of a panel that has one."""
    return (Query(expression, legend),)
