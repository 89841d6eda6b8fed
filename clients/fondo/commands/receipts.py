"""What was signed from this computer: receipt list, verify."""

from pathlib import Path
from typing import Annotated, Any

import typer

from clients.fondo import receipts, times
from clients.fondo.desk import Desk, command, group, number
from clients.fondo.errors import Refused
from clients.fondo.output import facts, table
from clients.fondo.words import short

app = group("Las constancias de lo que firmó desde esta computadora.")


@command(app, "list")
def list_receipts(desk: Desk) -> None:
    """Sus constancias, la última primero."""
    name = desk.profile.name
    rows = [{"name": one, **receipts.read(name, one)} for one in receipts.names(name)]
    desk.remember("receipt", [(row["name"], row["action"]) for row in rows])
    made = table("Constancias", "N.º", "Cuándo", "Qué", "Huella")
    for at, row in enumerate(rows, start=1):
        made.add_row(str(at), times.in_lima(row["kept_at"]), row["action"], short(row["sha256"]))
    desk.out.show({"data": rows}, lambda: [made])


@command(app, "verify")
def verify(
    desk: Desk,
    receipt: Annotated[str | None, number("receipt")] = None,
    file: Annotated[
        Path | None, typer.Option(help="Una constancia que llegó de otro lado.")
    ] = None,
) -> None:
    """Comprueba una constancia sin el servidor: su huella y la firma sobre el texto."""
    found = _found(desk, receipt, file)
    faults = receipts.faults(found)
    if faults:
        detail = "La constancia no vale: " + "; ".join(faults) + "."
        raise Refused("client.receipt_broken", detail, "Compare con `fondo board show`.")
    desk.out.show(
        {"valid": True, "sha256": found["sha256"], "signed": found["signed"]},
        lambda: [
            "✓ La constancia está entera y la firma vale.",
            facts(*_said(found)),
        ],
    )


def _found(desk: Desk, receipt: str | None, file: Path | None) -> dict[str, Any]:
    if file is not None:
        return receipts.read_file(file)
    name = desk.resolve("receipt", receipt or "1") if receipt else receipts.names(desk.profile.name)
    newest = name if isinstance(name, str) else next(iter(name), "")
    return receipts.read(desk.profile.name, newest)


def _said(receipt: dict[str, Any]) -> list[tuple[str, Any]]:
    text = receipt["signed"]["text"]
    return [
        ("Qué", receipt["action"]),
        ("Firmado", times.in_lima(text.get("signed_at"))),
        ("Por", text.get("holder_sub")),
        ("Expediente", text.get("file_sha256")),
        ("Huella", receipt["sha256"]),
    ]
