"""`python -m deploy.recovery`: backup, restore, drill, off; `archive` is the supervised program.

Each command imports what it needs: commits wait while the archive starts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.local import settings
from deploy.local.errors import StackError
from deploy.local.settings import Stack
from deploy.local.view import View, show_error

if TYPE_CHECKING:
    from deploy.recovery.drill import Outcome

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False)
if not console.is_terminal:
    console.width = 120
errors = Console(stderr=True, highlight=False)


@app.command()
def archive(
    state: Annotated[Path, typer.Option()], port_base: Annotated[int, typer.Option()]
) -> None:
    """Receive PostgreSQL's log for ever."""
    from deploy.recovery.archive import run

    run(Stack(state, port_base))


@app.command()
def backup() -> None:
    """Take a base backup and let commits wait for the archive from now on."""
    from deploy.recovery.backup import take

    with View(console, quiet=True) as view:
        folder = take(settings.load(), view)
        size = sum(path.stat().st_size for path in folder.iterdir())
        console.print(
            f"{folder} ({size / 1e6:.0f} MB in {view.elapsed():.1f} s); the archive is on"
        )


@app.command()
def off() -> None:
    """End the archive; commits no longer wait for it. What it has stays."""
    from deploy.recovery.backup import archive_off

    archive_off(settings.load())
    console.print("the archive is off")


@app.command()
def restore() -> None:
    """Put the newest backup and the archived log in place of the present data."""
    from deploy.recovery.restore import restore as put_back

    with View(console, quiet=True) as view:
        put_back(settings.load(), view, console.print)


@app.command()
def drill(*, as_json: Annotated[bool, typer.Option("--json", help="Plain data.")] = False) -> None:
    """Back up under load, destroy, restore, and count what is missing; exit 1 if anything is."""
    from deploy.recovery.drill import run
    from services.kernel.settings import settings as application

    stack = settings.load()
    started = console if not as_json else errors
    with View(started, quiet=True) as view:
        found = run(
            stack,
            application(),
            view,
            lambda text: started.print(f"[dim]{view.elapsed():6.1f} s[/dim]  {text}"),
        )
    if as_json:
        typer.echo(json.dumps(found.document(), indent=2))
    else:
        console.print(_table(found))
    raise typer.Exit(0 if found.well else 1)


def _table(found: Outcome) -> Table:
    table = Table(title="Restore drill", show_header=False)
    rows = {
        "writes answered before the disaster": found.acknowledged,
        "of them lost": found.lost,
        "writes without an answer, repeated by their key": found.unanswered,
        "base backup under load": f"{found.backup_s} s",
        "from the disaster to full service": f"{found.outage_s} s",
        "the workflow goes on in the same run": "yes" if found.same_run else "NO",
        "tranches paid afterwards by the application halfway": found.tranches_paid,
        "events that a consumer lacks": found.events_missing,
        "faults of audit chains and ledger": "; ".join(found.audit_faults) or "none",
        "trial balance": f"S/ {found.trial_balance}",
    }
    for name, value in rows.items():
        table.add_row(name, str(value))
    return table


def main() -> None:
    """Run a command; a failure is told in words, with its cure, and exit status 1."""
    try:
        app()
    except StackError as error:
        show_error(errors, error)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
