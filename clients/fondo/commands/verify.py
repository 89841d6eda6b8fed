"""Checking an acta without any server: verify."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.markup import escape

from clients.fondo.desk import Desk, command
from clients.fondo.errors import Refused, Wrong
from clients.fondo.output import facts, table

if TYPE_CHECKING:
    from clients.fondo.verifying import Report


def add_to(app: typer.Typer) -> None:
    """Put the command on the program."""
    command(app, "verify")(verify)


def verify(
    desk: Desk,
    file: Annotated[Path, typer.Argument(help="El acta: su archivo .json o su .pdf.")],
    previous: Annotated[
        Path | None, typer.Option(help="El acta anterior, para comprobar la cadena.")
    ] = None,
    known_keys: Annotated[
        Path | None,
        typer.Option(help="JSON con las llaves que usted ya conoce: {persona: [llave, …]}."),
    ] = None,
) -> None:
    """Comprueba un acta sin el servidor: cada firma, cada voto, cada cuenta y cada byte."""
    from clients.fondo.verifying import verify as check  # reads papers: slow, and only needed here

    report = check(
        _bytes(file),
        previous=_bytes(previous) if previous else None,
        known_keys=_known(known_keys) if known_keys else None,
    )
    document = {
        "valid": report.is_valid,
        "number": report.number,
        "content_sha256": report.content_sha256,
        "previous_sha256": report.previous_sha256,
        "results": list(report.results),
        "faults": [
            {"code": one.code, "where": one.where, "detail": one.detail} for one in report.faults
        ],
        "notes": list(report.notes),
    }
    desk.out.show(document, lambda: _rendered(report))
    if not report.is_valid:
        detail = f"El acta NO es válida: {len(report.faults)} cosas están mal."
        raise Refused("acta.invalid", detail, "No la use; pida el archivo otra vez y compare.")


def _rendered(report: "Report") -> list[RenderableType]:
    verdict = "[bold green]✓ El acta es válida.[/]" if report.is_valid else ""
    faults = table("Lo que está mal", "Dónde", "Qué", "Código")
    for one in report.faults:
        faults.add_row(escape(one.where), escape(one.detail), one.code)
    told: list[RenderableType] = [verdict] if verdict else [faults]
    about = facts(
        ("Acta", report.number),
        ("Huella", report.content_sha256),
        ("Acta anterior", report.previous_sha256),
        *(("Asunto", result) for result in report.results),
        *(("Nota", note) for note in report.notes),
    )
    return [*told, about]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        detail = f"No se puede leer {path}: {error.strerror}."
        raise Wrong("client.file_unreadable", detail) from None


def _known(path: Path) -> Mapping[str, Collection[str]]:
    try:
        found = json.loads(_bytes(path))
    except ValueError:
        found = None
    fits = isinstance(found, dict) and all(isinstance(kids, list) for kids in found.values())
    if not fits:
        detail = f"{path} no dice qué llaves son de quién."
        cure = 'Por ejemplo: {"mef-1": ["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"]}.'
        raise Wrong("client.known_keys", detail, cure)
    assert isinstance(found, dict)
    return {str(sub): [str(kid) for kid in kids] for sub, kids in found.items()}
