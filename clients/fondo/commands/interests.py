"""Declared interests, which the fund compares with each file: interests add, list, end."""

from typing import Annotated, Any, Literal

import typer

from clients.fondo import times
from clients.fondo.desk import Desk, Yes, command, group, number
from clients.fondo.output import table
from clients.fondo.words import GROUNDS, word

app = group("Sus intereses declarados: el fondo los compara con las partes de cada expediente.")
_ARTICLE = " ".join(f"{at}: {text}." for at, text in GROUNDS.items())


@command(app, "list")
def list_interests(desk: Desk) -> None:
    """Sus intereses declarados."""
    rows = desk.gateway.interests()
    desk.remember("interest", [(row["id"], f"{row['value']} {row['name']}") for row in rows])
    made = table(
        "Intereses declarados", "N.º", "Documento", "Nombre", "Relación", "Causal", "Terminó"
    )
    for at, row in enumerate(rows, start=1):
        document = f"{word(row['kind'])} {row['value']}"
        ended = str(row.get("valid_to") or "—")
        made.add_row(
            str(at), document, str(row["name"]), str(row["relation"]), str(row["ground"]), ended
        )
    desk.out.show({"data": rows}, lambda: [made])


@command(app, "add")
def add(
    desk: Desk,
    value: Annotated[str, typer.Argument(help="El RUC o DNI de la empresa o persona.")],
    name: Annotated[str, typer.Option(help="Su nombre.")],
    relation: Annotated[str, typer.Option(help="Qué lo une a ella: accionista, hermano…")],
    ground: Annotated[int, typer.Option(min=1, max=6, help=_ARTICLE)],
    since: Annotated[str, typer.Option("--from", help="Desde qué día: 2026-01-31.")],
    until: Annotated[str | None, typer.Option("--to", help="Hasta qué día.")] = None,
) -> None:
    """Declara un interés en una empresa o persona."""
    kind: Literal["ruc", "dni"] = "ruc" if len(value) == 11 else "dni"
    body: dict[str, Any] = {"kind": kind, "value": value, "name": name, "relation": relation}
    body |= {"ground": ground, "valid_from": times.typed_day(since).isoformat()}
    body |= {"valid_to": times.typed_day(until).isoformat()} if until else {}
    answer = desk.gateway.declare_interest(body)
    desk.out.show(answer, lambda: [f"Interés en {name} declarado."])


@command(app, "end")
def end(
    desk: Desk,
    interest: Annotated[str, number("interest")],
    until: Annotated[str, typer.Option("--to", help="Su último día: 2026-12-31.")],
    yes: Yes = False,
) -> None:
    """Dice hasta qué día existió un interés; lo declarado queda en la historia."""
    interest_id = desk.resolve("interest", interest)
    desk.confirm("¿Terminar este interés?", yes=yes)
    answer = desk.gateway.end_interest(interest_id, times.typed_day(until).isoformat())
    desk.out.show(answer, lambda: ["Interés terminado."])
