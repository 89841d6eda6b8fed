"""`python -m deploy.tools install [NAME…] | path NAME [PROGRAM] | list`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.tools import CATALOG, STACK_TOOLS, ToolError, ensure_all, find

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Pinned servers and tools.")
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def report(label: str, step: str, seconds: float) -> None:
    """One line a step: name, version, step, seconds."""
    console.print(f"  {label:<22} {step} [dim]{seconds:5.1f} s[/dim]")


def fail(error: ToolError) -> typer.Exit:
    """Show what failed and the cure; the exit status says so too."""
    errors.print(f"[red]✗[/red] {error}", soft_wrap=True)
    if error.cure:
        errors.print(f"  [bold]cure:[/bold] {error.cure}", soft_wrap=True)
    return typer.Exit(1)


def known(names: list[str]) -> list[str]:
    """The names given, or all of the stack's; an unknown name is refused."""
    for name in names:
        if name not in CATALOG:
            raise typer.BadParameter(f"{name}: choose from {', '.join(CATALOG)}")
    return names or list(STACK_TOOLS)


@app.command()
def install(names: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Fetch or build the tools named (all of the stack's by default)."""
    try:
        ensure_all(known(names or []), report)
    except ToolError as error:
        raise fail(error) from error


@app.command()
def path(name: str, program: Annotated[str | None, typer.Argument()] = None) -> None:
    """Where a program of an installed tool lies (its first program by default)."""
    found = find(known([name])[0])
    if found is None:
        raise fail(ToolError(f"{name} is not there", f"run `make tools NAME={name}`"))
    console.print(found[program or next(iter(found.programs))], soft_wrap=True)


@app.command("list")
def list_tools() -> None:
    """All tools, their versions, and whether they are there."""
    table = Table("tool", "version", "from")
    for tool in CATALOG.values():
        found = find(tool.name)
        table.add_row(tool.name, tool.version, found.origin if found else "–")
    console.print(table)


if __name__ == "__main__":
    app()
