"""Who sits on the board: seat list, appoint, absence."""

from typing import Annotated, Any

import typer
from rich.markup import escape

from clients.fondo import times
from clients.fondo.desk import Desk, Yes, command, group
from clients.fondo.gateway import SeatCapacity
from clients.fondo.output import table
from clients.fondo.words import SEATS, word

app = group("Los asientos del directorio: titulares, suplentes, ausencias.")


def _complete(incomplete: str) -> list[str]:
    return [seat for seat in SEATS if seat.startswith(incomplete)]


Seat = Annotated[
    str, typer.Argument(help="midagri, produce, mincetur o mef.", autocompletion=_complete)
]


@command(app, "list")
def list_seats(desk: Desk) -> None:
    """Quién ocupa cada asiento, quién lo suple y quién preside hoy."""
    rows = desk.gateway.seats()
    made = table("Directorio", "Asiento", "Titular", "Nombre", "Suplente", "Hoy")
    for row in rows:
        today = "preside" if row["presides"] else "ausente" if row["absent"] else ""
        alternate = (row["alternate"] or {}).get("holder_sub") or "—"
        who, name = row["holder_sub"] or "—", escape(row["holder_name"] or "—")
        made.add_row(word(row["seat"]), escape(who), name, escape(alternate), today)
    desk.out.show({"data": rows}, lambda: [made])


@command(app, "appoint")
def appoint(
    desk: Desk,
    seat: Seat,
    holder: Annotated[str, typer.Option(help="La persona, como la nombra su token (sub).")],
    name: Annotated[str, typer.Option(help="Su nombre.")],
    resolution: Annotated[str | None, typer.Option(help="La norma que designa.")] = None,
    capacity: Annotated[SeatCapacity, typer.Option(help="Titular o suplente.")] = "titular",
    chair: Annotated[bool, typer.Option("--chair", help="Preside.")] = False,
    deputy_chair: Annotated[
        bool, typer.Option("--deputy-chair", help="Reemplaza a quien preside.")
    ] = False,
    since: Annotated[str | None, typer.Option("--from", help="Desde cuándo; si no, ya.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Hasta cuándo; si no, abierto.")] = None,
    yes: Yes = False,
) -> None:
    """Registra una designación (secretaría): quién ocupa un asiento, desde y hasta cuándo."""
    body: dict[str, Any] = {"holder_sub": holder, "holder_name": name, "capacity": capacity}
    body |= {"chair": chair, "deputy_chair": deputy_chair, "resolution": resolution}
    body |= {"valid_from": times.typed(since)} if since else {}
    body |= {"valid_to": times.typed(until)} if until else {}
    desk.confirm(f"¿Designar a {holder} como {word(capacity)} de {word(seat)}?", yes=yes)
    answer = desk.gateway.appoint(seat, body)
    desk.out.show(answer, lambda: [f"{holder} ocupa el asiento de {word(seat)}."])


@command(app, "absence")
def absence(
    desk: Desk,
    seat: Seat,
    since: Annotated[str, typer.Option("--from", help="Desde cuándo: «2026-12-01 00:00».")],
    until: Annotated[str, typer.Option("--to", help="Hasta cuándo.")],
    reason: Annotated[str, typer.Option(help="El motivo, por escrito.")],
) -> None:
    """Registra la ausencia de un titular (secretaría): mientras dura, actúa su suplente."""
    body = {"from_at": times.typed(since), "to_at": times.typed(until), "reason": reason}
    answer = desk.gateway.note_absence(seat, body)
    desk.out.show(answer, lambda: [f"Ausencia de {word(seat)} registrada."])
