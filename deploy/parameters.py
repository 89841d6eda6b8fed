"""`python -m deploy.parameters`: every parameter of the policies, those without a read norm first.

A norm counts as read when the parameter is of a law or a programme and its confidence is high.
Whatever stands below that is for a person to check before it may refuse anybody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer
import yaml
from rich.console import Console
from rich.table import Table

POLICIES: Final = Path(__file__).parents[1] / "policies"
WIDTH: Final = 200
KEY: Final = re.compile(r'"([a-z_]+\.[a-z0-9_.]+)"')


@dataclass(frozen=True, slots=True)
class Version:
    """A parameter's value in a period [valid_from, valid_to); rules are packages that name it."""

    key: str
    value: Any
    unit: str
    kind: str
    source: str
    confidence: str
    enforce: bool
    valid_from: str
    valid_to: str | None
    rules: tuple[str, ...]

    @property
    def norm_read(self) -> bool:
        """Whether its norm, or the programme's own publication, was read."""
        return self.kind != "proposal" and self.confidence == "high"

    def holds(self, day: date) -> bool:
        """Whether the period holds the day."""
        until = self.valid_to
        return self.valid_from <= day.isoformat() and (until is None or day.isoformat() < until)


def parameters(policies: Path = POLICIES) -> list[Version]:
    """Every version of every parameter: those without a read norm first, then by key and period."""
    used = _used_by(policies)
    found = [
        Version(key=key, rules=used.get(key, ()), **version)
        for file in policies.glob("fund/parameters/*/data.yaml")
        for name, versions in yaml.safe_load(file.read_text()).items()
        for key in [f"{file.parent.name}.{name}"]
        for version in versions
    ]
    return sorted(found, key=lambda one: (one.norm_read, one.key, one.valid_from))


def table(versions: list[Version], title: str) -> Table:
    """The versions as a table to read."""
    drawn = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for column in ("parameter", "value", "unit", "kind", "confidence", "enforced", "validity"):
        drawn.add_column(column, overflow="fold")
    drawn.add_column("used by", overflow="fold")
    drawn.add_column("source", overflow="fold")
    for one in versions:
        drawn.add_row(
            one.key,
            _plain(one.value),
            one.unit,
            one.kind,
            one.confidence,
            "yes" if one.enforce else "no",
            f"{one.valid_from} – {one.valid_to or 'open'}",
            ", ".join(one.rules) or "—",
            one.source,
        )
    return drawn


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(part)}" for name, part in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _used_by(policies: Path) -> dict[str, tuple[str, ...]]:
    """The packages that read a key, by key; the list of all keys (`basis`) reads none itself."""
    users: dict[str, set[str]] = {}
    for path in policies.rglob("*.rego"):
        if path.name.endswith("_test.rego"):
            continue
        package = path.parent.relative_to(policies / "fund").as_posix().replace("/", ".")
        text = re.sub(r"^keys := \{.*?^\}", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
        for key in KEY.findall(text):
            users.setdefault(key, set()).add(package.removeprefix("eligibility."))
    return {key: tuple(sorted(packages)) for key, packages in users.items()}


def main(
    day: Annotated[str, typer.Option(help="Only what holds on this day, YYYY-MM-DD.")] = "",
) -> None:
    """Print the parameters of the policies."""
    shown = parameters()
    if day:
        shown = [one for one in shown if one.holds(date.fromisoformat(day))]
    unread = [one for one in shown if not one.norm_read]
    console = Console()
    if console.width < WIDTH and not console.is_terminal:
        console = Console(width=WIDTH)
    console.print(table(unread, f"No norm read ({len(unread)}): to be checked by a person"))
    console.print(table([one for one in shown if one.norm_read], "Norm or programme's rule read"))
    keys = {one.key for one in shown}
    console.print(f"{len(keys)} parameters, {len({one.key for one in unread})} without a read norm")


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
