"""`python -m deploy.local`: up, down, status, logs, restart, kill, policies,
keep-policies, clean."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.local import down as take_down
from deploy.local import policies as bundles
from deploy.local import processes, settings, status, up
from deploy.local.errors import StackError
from deploy.local.programs import PROGRAMS
from deploy.local.supervision import Supervisor
from deploy.local.view import View, show_error
from deploy.tools import ensure

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The real servers and our processes on this machine.",
)
console = Console(highlight=False)
if not console.is_terminal:
    console.width = 120
errors = Console(stderr=True, highlight=False)
Quiet = Annotated[bool, typer.Option("--quiet", help="Show problems only.")]
Name = Annotated[str, typer.Argument(help=", ".join(PROGRAMS))]


def _known(name: str) -> str:
    if name not in PROGRAMS:
        raise StackError(f"there is no program {name}", f"choose from {', '.join(PROGRAMS)}")
    return name


@app.command("up")
def up_command(
    *,
    servers_only: Annotated[bool, typer.Option(help="Servers only, no process of ours.")] = False,
    quiet: Quiet = False,
) -> None:
    """Bring the stack up and wait until all of it is healthy. Harmless when it runs."""
    stack = settings.load()
    with View(console, quiet=quiet) as view:
        up.up(stack, view, servers_only=servers_only)
        view.note(f"[bold]up[/bold] in {view.elapsed():.1f} s on port base {stack.port_base}")


@app.command()
def down() -> None:
    """Stop everything; data stays."""
    stack = settings.load()
    with up.alone(stack):
        stopped = take_down.down(stack)
    console.print(f"down ({stopped} stopped)")


@app.command()
def clean() -> None:
    """Stop everything and remove what was generated; the tools' cache stays."""
    stack = settings.load()
    with up.alone(stack):
        take_down.clean(stack)
    console.print("clean")


@app.command("status")
def status_command(
    *, as_json: Annotated[bool, typer.Option("--json", help="Plain data.")] = False
) -> None:
    """What runs and whether it is healthy; exit status 1 when something is not."""
    found = status.rows(settings.load())
    if as_json:
        typer.echo(json.dumps(status.as_json(found), indent=2))
    elif found:
        console.print(status.table(found))
    else:
        console.print("nothing runs; start it with `make up`")
    if not found or not all(row.healthy for row in found):
        raise typer.Exit(1)


@app.command()
def logs(
    name: Name,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n")] = 100,
) -> None:
    """The last lines of a program's log."""
    path = settings.load().log(name if name in ("migrate", "supervisord") else _known(name))
    if not path.exists():
        raise StackError(f"{name} has no log yet", "start it with `make up`")
    words = ["tail", "-n", str(lines), *(["-F"] if follow else []), str(path)]
    try:
        subprocess.run(words, check=False)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


@app.command()
def restart(
    names: Annotated[list[str] | None, typer.Argument(help="Our processes by default.")] = None,
) -> None:
    """Restart programs and wait until they are healthy."""
    stack = settings.load()
    with up.alone(stack):
        supervisor = Supervisor(stack)
        states = supervisor.states()
        ours = [name for name in states if PROGRAMS[name].ours]
        wanted = [_known(name) for name in names or ours]
        for name in wanted:
            if name not in states:
                raise StackError(f"{name} is not part of the running stack", "run `make up`")
        supervisor.stop(*wanted)
        for name in wanted:
            supervisor.start(name)
        for name in wanted:
            up.start_and_wait(stack, PROGRAMS[name])
            console.print(f"[green]✓[/green] {name}")


@app.command()
def kill(
    name: Name,
    *,
    number: Annotated[str, typer.Option("--signal", help="KILL, TERM, STOP, CONT, …")] = "KILL",
) -> None:
    """Signal a program and everything below it, as a fault; supervisor starts it again."""
    state = Supervisor(settings.load()).states().get(_known(name))
    if state is None or not state.pid:
        raise StackError(f"{name} does not run", "run `make up`")
    wanted = signal.Signals[f"SIG{number.upper().removeprefix('SIG')}"]
    reached = processes.send(processes.descendants(state.pid), wanted)
    console.print(f"{wanted.name} → {name} (pid {state.pid}, {reached} processes)")


@app.command()
def policies() -> None:
    """Build and sign the policy bundle; when OPA runs, wait until it serves it."""
    stack = settings.load()
    name = bundles.build(stack, ensure("opa"))
    if bundles.served(stack) is not None:
        bundles.wait_until_served(stack)
    console.print(f"policies {name}")


@app.command("keep-policies")
def keep_policies(rules: Annotated[str, typer.Argument(help="A folder, or a revision.")]) -> None:
    """Build, sign and keep a folder of policies without serving it; print its revision."""
    stack = settings.load()
    if Path(rules).is_dir():
        typer.echo(bundles.keep(stack, ensure("opa"), Path(rules)))
    elif rules and bundles.kept_bundle(stack, rules).is_file():
        typer.echo(rules)
    else:
        raise StackError(f"no folder and no kept revision {rules}", "give REV=path/to/policies")


def main() -> None:
    """Run a command; a failure is told in words, with its cure, and exit status 1."""
    try:
        app()
    except StackError as error:
        show_error(errors, error)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
