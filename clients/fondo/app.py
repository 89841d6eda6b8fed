"""The program: its groups of commands and how it starts."""

import stamina.instrumentation

from clients.fondo.commands import (
    access,
    actas,
    board,
    interests,
    keys,
    operations,
    operations_cures,
    receipts,
    seats,
    sessions,
    verify,
    voting,
)
from clients.fondo.desk import group

app = group(
    "El directorio del fondo: vea lo que espera su decisión, vote con su propia llave y compruebe"
    " las actas. Empiece con [bold]fondo login[/bold] y [bold]fondo board inbox[/bold]."
)
access.add_to(app)
verify.add_to(app)
app.add_typer(board.app, name="board")
app.add_typer(sessions.app, name="session")
app.add_typer(seats.app, name="seat")
app.add_typer(actas.app, name="acta")
app.add_typer(keys.app, name="key")
app.add_typer(interests.app, name="interests")
app.add_typer(receipts.app, name="receipt")
operations_cures.add_to(operations.app)
app.add_typer(operations.app, name="ops")

__all__ = ["app", "main", "voting"]  # voting puts its commands on board's group


@app.callback()
def fondo() -> None:
    """The group's own help stands above; retries stay silent."""
    stamina.instrumentation.set_on_retry_hooks([])


def main() -> None:
    """Run the command named on the command line."""
    app(prog_name="fondo")
