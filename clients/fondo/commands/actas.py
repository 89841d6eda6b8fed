"""The actas: acta list, show, draw, sign, seal, download."""

from pathlib import Path
from typing import Annotated, Any

import typer

from clients.fondo import signing, times
from clients.fondo.acts import finish, sign_shown
from clients.fondo.commands.board import save
from clients.fondo.desk import Desk, Yes, command, group, number
from clients.fondo.dossier import tree_of
from clients.fondo.errors import Wrong
from clients.fondo.output import facts, table
from clients.fondo.words import short, word
from services.kernel.statements import acta_statement, seal_statement

app = group("Las actas: levantarlas, firmarlas, sellarlas, descargarlas.")


@command(app, "list")
def list_actas(desk: Desk) -> None:
    """Las actas y cuáles están selladas."""
    rows = desk.gateway.actas()
    desk.remember("acta", [(row["id"], str(row["number"])) for row in rows])
    made = table("Actas", "N.º", "Acta", "Levantada", "Sellada", "Huella")
    for at, row in enumerate(rows, start=1):
        drawn, sealed = times.in_lima(row["drawn_at"]), times.in_lima(row.get("sealed_at"))
        made.add_row(str(at), str(row["number"]), drawn, sealed, short(row["content_sha256"]))
    desk.out.show({"data": rows}, lambda: [made])


@command(app, "show")
def show(desk: Desk, acta: Annotated[str, number("acta")]) -> None:
    """Un acta: su contenido, quiénes firmaron y quiénes faltan."""
    found = desk.gateway.acta(desk.resolve("acta", acta))
    _show(desk, found)


def _show(desk: Desk, found: dict[str, Any], *, whole: bool = True) -> None:
    _checked(found)
    desk.out.show(
        found,
        lambda: [
            facts(
                ("Acta", found["number"]),
                ("Levantada", times.in_lima(found["drawn_at"])),
                ("Sellada", times.in_lima(found.get("sealed_at"))),
                ("Firmaron", _people(found["signatures"]) or "nadie todavía"),
                ("Faltan", _people(found["missing"])),
                ("Huella", found["content_sha256"]),
            ),
            *([tree_of("Contenido", found["content"])] if whole else []),
        ],
    )


def _checked(found: dict[str, Any]) -> str:
    """The hash of the content, computed here."""
    return signing.check_content(found["content"], found["content_sha256"], "El acta")


def _people(rows: list[dict[str, Any]]) -> str:
    return ", ".join(f"{word(one['seat'])} ({one['holder_sub']})" for one in rows)


@command(app, "draw")
def draw(
    desk: Desk,
    session: Annotated[str | None, typer.Option(help="El número de la sesión.")] = None,
    ballot: Annotated[
        str | None, typer.Option(help="El número de una votación sin sesión.")
    ] = None,
) -> None:
    """Levanta el acta de una sesión, o de una votación sin sesión (secretaría)."""
    if (session is None) == (ballot is None):
        detail = "Diga de qué: --session N o --ballot N."
        raise Wrong("client.acta_of_what", detail, "Vea `fondo session list`, `fondo board list`.")
    if session is not None:
        found = desk.gateway.draw_acta_of_session(desk.resolve("session", session))
    else:
        found = desk.gateway.draw_acta_of_ballot(desk.resolve("ballot", str(ballot)))
    desk.remember("acta", [(found["id"], str(found["number"]))])
    _show(desk, found, whole=False)


@command(app, "sign")
def sign(desk: Desk, acta: Annotated[str, number("acta")], yes: Yes = False) -> None:
    """Firma un acta con su llave, después de comprobar aquí su huella."""
    acta_id = desk.resolve("acta", acta)
    found = desk.gateway.acta(acta_id)
    said = {
        "acta_id": acta_id,
        "content_sha256": _checked(found),
        "seat": desk.seat,
        "holder_sub": desk.identity.sub,
    }
    signed = sign_shown(desk, acta_statement, said, f"¿Firmar el acta {found['number']}?", yes=yes)
    answer = desk.gateway.sign_acta(acta_id, signed.sent("signed_at", "nonce"))
    finish(desk, f"Firma del acta {found['number']}", signed, answer)


@command(app, "seal")
def seal(
    desk: Desk,
    acta: Annotated[str, number("acta")],
    reason: Annotated[str, typer.Option(help="Quién no firmó y por qué.")],
    yes: Yes = False,
) -> None:
    """Sella un acta sin las firmas que faltan (secretaría), diciendo por qué faltan; lo firma."""
    acta_id = desk.resolve("acta", acta)
    found = desk.gateway.acta(acta_id)
    said = {
        "acta_id": acta_id,
        "content_sha256": _checked(found),
        "holder_sub": desk.identity.sub,
        "missing": found["missing"],
        "reason": reason,
    }
    question = f"¿Sellar el acta {found['number']}? Nadie más podrá firmarla."
    signed = sign_shown(desk, seal_statement, said, question, yes=yes)
    answer = desk.gateway.seal_acta(acta_id, signed.sent("reason", "signed_at", "nonce"))
    finish(desk, f"Sello del acta {found['number']}", signed, answer)


@command(app, "download")
def download(
    desk: Desk,
    acta: Annotated[str, number("acta")],
    to: Annotated[
        Path, typer.Argument(help="A qué archivo: .pdf para leer, .json para `fondo verify`.")
    ],
) -> None:
    """Guarda un acta en un archivo, PDF o JSON; ambos se comprueban con `fondo verify`."""
    acta_id = desk.resolve("acta", acta)
    if to.suffix.lower() == ".pdf":
        content = desk.gateway.acta_pdf(acta_id)
    elif to.suffix.lower() == ".json":
        content = desk.gateway.acta_file(acta_id)
    else:
        raise Wrong("client.acta_suffix", "El archivo termina en .pdf o en .json.")
    save(to, content)
    desk.out.show(
        {"file": str(to), "bytes": len(content)},
        lambda: [f"Acta en {to}. Compruébela: `fondo verify {to}`."],
    )
