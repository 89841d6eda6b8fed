"""Sessions of the board: session list, show, convene, attend."""

from typing import Annotated, Any, Literal

import typer

from clients.fondo import times
from clients.fondo.desk import Desk, Yes, command, group, number
from clients.fondo.gateway import SessionState
from clients.fondo.output import facts, table
from clients.fondo.words import word

app = group("Las sesiones del directorio: convocatoria, orden del día, asistencia.")
Kind = Literal["ordinary", "extraordinary"]
Mode = Literal["virtual", "in_person"]


@command(app, "list")
def list_sessions(
    desk: Desk,
    state: Annotated[SessionState | None, typer.Option(help="Solo las de este estado.")] = None,
) -> None:
    """Las sesiones, con su estado y sus horas."""
    rows = desk.gateway.sessions(state)
    desk.remember("session", [(row["id"], _label(row)) for row in rows])
    made = table("Sesiones", "N.º", "Sesión", "Clase", "Estado", "Primera", "Votación hasta")
    for at, row in enumerate(rows, start=1):
        first, closes = times.in_lima(row["first_call_at"]), times.in_lima(row["voting_closes_at"])
        made.add_row(
            str(at),
            str(row.get("number", "")),
            word(row["kind"]),
            word(row["state"]),
            first,
            closes,
        )
    desk.out.show({"data": rows}, lambda: [made])


def _label(row: dict[str, Any]) -> str:
    return f"{row.get('number', '')} {times.in_lima(row['first_call_at'])} {word(row['state'])}"


@command(app, "show")
def show(desk: Desk, session: Annotated[str, number("session")]) -> None:
    """Una sesión: orden del día, convocatorias y quiénes asistieron."""
    found = desk.gateway.session(desk.resolve("session", session))
    _show(desk, found)


def _show(desk: Desk, found: dict[str, Any]) -> None:
    agenda = table("Orden del día", "", "Expediente")
    for at, item in enumerate(found.get("agenda", []), start=1):
        agenda.add_row(str(item.get("position", at)), str(item.get("title") or item["ballot_id"]))
    attended = table("Asistencia", "Asiento", "Persona", "Como", "Convocatoria", "Desde")
    for one in found.get("attendance", []):
        since = times.in_lima(one.get("attended_at"))
        attended.add_row(
            word(one["seat"]),
            str(one.get("holder_name") or one["holder_sub"]),
            word(one.get("capacity")),
            word(one.get("call")),
            since,
        )
    desk.out.show(
        found,
        lambda: [
            facts(
                ("Sesión", found.get("number")),
                ("Clase", f"{word(found['kind'])}, {word(found['mode'])}"),
                ("Estado", word(found["state"])),
                ("Primera", times.in_lima(found["first_call_at"])),
                ("Segunda", times.in_lima(found.get("second_call_at"))),
                ("Votación hasta", times.in_lima(found["voting_closes_at"])),
                ("Lugar", found.get("place")),
            ),
            agenda,
            attended,
        ],
    )


@command(app, "convene")
def convene(
    desk: Desk,
    first_call: Annotated[str, typer.Option(help="Hora de Lima: «2026-12-02 09:30».")],
    voting_closes: Annotated[str, typer.Option(help="Hasta cuándo se vota, hora de Lima.")],
    ballot: Annotated[
        list[str] | None,
        typer.Option(help="Expediente del orden del día; repetible. Sin ninguno: todos."),
    ] = None,
    kind: Annotated[Kind, typer.Option(help="Ordinaria o extraordinaria.")] = "ordinary",
    mode: Annotated[Mode, typer.Option(help="Virtual o presencial.")] = "virtual",
    place: Annotated[
        str, typer.Option(help="Dónde, o en qué dirección virtual.")
    ] = "Sala virtual del consejo directivo",
    blind: Annotated[
        bool, typer.Option("--blind/--open", help="Si los votos se ven recién al decidir.")
    ] = True,
    waived_notice: Annotated[
        bool,
        typer.Option("--waived-notice", help="Sin plazo de convocatoria: los cuatro lo aceptan."),
    ] = False,
    yes: Yes = False,
) -> None:
    """Convoca a sesión (secretaría): fija las horas y el orden del día."""
    body: dict[str, Any] = {
        "kind": kind,
        "mode": mode,
        "place": place,
        "blind": blind,
        "waived_notice": waived_notice,
        "first_call_at": times.typed(first_call),
        "voting_closes_at": times.typed(voting_closes),
        "agenda": [desk.resolve("ballot", one) for one in ballot or _unsessioned(desk)],
    }
    count = len(body["agenda"])
    desk.confirm(f"¿Convocar a sesión {word(kind)} con {count} expedientes?", yes=yes)
    answer = desk.gateway.convene(body)
    _show(desk, answer)


def _unsessioned(desk: Desk) -> list[str]:
    live = {"scheduled", "open", "second_call"}
    rows = desk.gateway.ballots()
    return [row["id"] for row in rows if row["state"] in live and not row.get("session_id")]


@command(app, "attend")
def attend(desk: Desk, session: Annotated[str, number("session")]) -> None:
    """Asiste: su asiento cuenta para el quórum desde este momento."""
    seat = desk.seat
    answer = desk.gateway.attend(desk.resolve("session", session))
    desk.out.show(answer, lambda: [f"Asistencia de {word(seat)} registrada."])
