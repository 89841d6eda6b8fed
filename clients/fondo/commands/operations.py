"""How the fund stands, for its operators: ops status, doctor, stuck."""

from collections.abc import Sequence
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from clients.fondo import checks, times, waits
from clients.fondo.desk import Desk, command, group
from clients.fondo.errors import FondoError
from clients.fondo.operations import ROOMS
from clients.fondo.output import table

app = group(
    "La operación del fondo: qué vive, qué espera y cómo se cura. Terminan con 0 si todo está bien,"
    " 1 si algo está mal, 2 si se escribió mal, 3 si nadie responde."
)
Json = dict[str, Any]
_MARKS = {"well": ("✓", "green"), "wrong": ("✗", "bold red"), "unknown": ("?", "yellow")}


def finish(*, well: bool) -> None:
    """End the command by how things are."""
    if not well:
        raise typer.Exit(FondoError.EXIT_CODE)


@command(app, "status")
def status(desk: Desk) -> None:
    """De un vistazo: procesos, bandejas de salida, retrasos y lo que espera."""
    asked = desk.operations
    rooms = [asked.read(f"/v1/operations/{room}/state") for room in ROOMS]
    processes = asked.told("/v1/operations/processes")
    lags = asked.told("/v1/operations/lags")
    found, failed = waits.found(asked)
    unknown = [one for one in (processes, lags) if isinstance(one, FondoError)] + failed
    shown: Json = {
        "rooms": rooms,
        "processes": [] if isinstance(processes, FondoError) else processes,
        "lags": [] if isinstance(lags, FondoError) else lags,
        "waits": _counted(found),
        "unknown": [one.detail for one in unknown],
    }
    dead = [row for row in shown["processes"] if row["state"] != "up"]
    shown["well"] = not (dead or found or failed)
    desk.out.show(shown, lambda: _status(shown))
    finish(well=shown["well"])


def _counted(found: Sequence[waits.Wait]) -> dict[str, int]:
    kinds = [one.kind for one in found]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def _status(shown: Json) -> list[Any]:
    rooms = table("Servicios", "Servicio", "Eventos sin enviar", "Desde", "Apartados")
    for row in shown["rooms"]:
        since = times.in_lima(row["oldest_unsent_at"])
        rooms.add_row(row["room"], str(row["unsent_events"]), since, str(row["parked_aggregates"]))
    processes = table("Procesos y servidores", "", "Proceso", "Dónde")
    for row in shown["processes"]:
        processes.add_row(
            _mark("well" if row["state"] == "up" else "wrong"), row["job"], row["instance"]
        )
    lags = table("Retrasos de lectura", "Grupo", "Tema", "Eventos")
    for row in shown["lags"]:
        if row["events"]:
            lags.add_row(row["group"], row["topic"], str(row["events"]))
    late = table("Espera más de lo debido (`fondo ops stuck`)", "Qué", "Cuántos")
    for kind, count in shown["waits"].items():
        late.add_row(KINDS[kind], str(count))
    parts = [one for one in (rooms, processes, lags, late) if one.row_count]
    return [*parts, *(f"? {one}" for one in shown["unknown"]), _verdict(well=shown["well"])]


KINDS = {
    "application": "solicitudes",
    "ballot": "votaciones",
    "tranche": "desembolsos",
    "case": "casos de conciliación",
    "outbox": "bandejas de salida",
    "dead_letter": "eventos apartados",
    "workflow": "flujos",
    "notice": "avisos no entregados",
}


def _mark(state: str) -> Text:
    sign, style = _MARKS[state]
    return Text(sign, style=style)


def _verdict(*, well: bool) -> Text:
    return Text("Todo está bien.", "green") if well else Text("Algo está mal.", "bold red")


@command(app, "doctor")
def doctor(desk: Desk) -> None:
    """Revisa cada dependencia y dice cómo se cura la que falla."""
    found = list(checks.everything(desk.operations, desk.identity.role))
    well = all(one.state != "wrong" for one in found)
    document = {"data": [one.document() for one in found], "well": well}

    def rendered() -> list[Any]:
        made = table("Dependencias", "", "Qué", "Cómo está", "Qué hacer")
        for one in found:
            made.add_row(_mark(one.state), one.name, Text(one.detail), Text(one.cure))
        return [made, _verdict(well=well)]

    desk.out.show(document, rendered)
    finish(well=well)


@command(app, "stuck")
def stuck(desk: Desk) -> None:
    """Lo que espera más de lo debido, a quién espera y qué se puede hacer."""
    found, failed = waits.found(desk.operations)
    document = {
        "data": [one.document() for one in found],
        "unknown": [one.detail for one in failed],
    }
    desk.out.show(
        document, lambda: [_stuck(found), *(f"? {one.detail}" for one in failed), _left(found)]
    )
    finish(well=not (found or failed))


def _stuck(found: Sequence[waits.Wait]) -> Table:
    made = table(
        "Espera más de lo debido", "Desde", "Qué", "Cómo está", "A quién espera", "Qué hacer"
    )
    for one in found:
        what = Text(f"{KINDS[one.kind]}\n{one.what}")
        made.add_row(
            times.in_lima(one.since), what, Text(one.detail), Text(one.on_whom), Text(one.cure)
        )
    return made


def _left(found: Sequence[waits.Wait]) -> str:
    return f"{len(found)} esperas." if found else "Nada espera más de lo debido."
