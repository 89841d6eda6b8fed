"""What runs, since when, and whether it is healthy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from rich.table import Table

from deploy.local import health
from deploy.local.programs import PROGRAMS, Program
from deploy.local.settings import Stack
from deploy.local.supervision import State, Supervisor


@dataclass(frozen=True)
class Row:
    """One program as the table and `--json` show it."""

    name: str
    kind: str
    state: str
    pid: int | None
    uptime_seconds: int | None
    healthy: bool
    url: str


def rows(stack: Stack) -> list[Row]:
    """Every program that was started, in the order of the list of programs."""
    states = {name: one for name, one in Supervisor(stack).states().items() if one.started_at}
    known = [program for program in PROGRAMS.values() if program.name in states]
    if not known:
        return []
    with ThreadPoolExecutor(max_workers=len(known)) as pool:
        return list(pool.map(lambda one: _row(stack, one, states[one.name]), known))


def _row(stack: Stack, program: Program, state: State) -> Row:
    running = state.state in ("RUNNING", "STARTING")
    plain = program.health in ("postgres", "kafka", "port") or program.name == "temporal"
    port = "temporal" if program.name == "temporal" else next(iter(program.ports), "")
    address = f"127.0.0.1:{stack.port(port)}" if plain and port else ""
    if port and not plain:
        address = stack.url(port, program.page)
    return Row(
        name=program.name,
        kind=program.kind,
        state=state.state.lower(),
        pid=state.pid or None,
        uptime_seconds=state.uptime if running else None,
        healthy=running and health.healthy(stack, program),
        url=address,
    )


def as_json(found: list[Row]) -> list[dict[str, object]]:
    """The rows as plain data."""
    return [asdict(row) for row in found]


def table(found: list[Row]) -> Table:
    """The rows as a table."""
    result = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("name", "kind", "state", "pid", "uptime", "health", "URL"):
        result.add_column(title, no_wrap=True)
    for row in found:
        mark = "[green]✓[/green]" if row.healthy else "[red]✗[/red]"
        result.add_row(
            row.name,
            row.kind,
            row.state,
            str(row.pid or "–"),
            _duration(row.uptime_seconds),
            mark,
            row.url,
        )
    return result


def _duration(seconds: int | None) -> str:
    if seconds is None:
        return "–"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{rest:02}s"
