"""An act that is signed: shown first, confirmed, signed here, and its receipt kept."""

from collections.abc import Callable
from typing import Any

from rich.console import RenderableType
from rich.panel import Panel

from clients.fondo import receipts, signing, times
from clients.fondo.desk import Desk
from clients.fondo.output import facts
from clients.fondo.signing import Signed
from clients.fondo.words import word

Json = dict[str, Any]


def sign_shown(
    desk: Desk, build: Callable[..., Json], said: Json, question: str, *, yes: bool
) -> Signed:
    """Show what is to be signed, ask, sign."""
    if not desk.out.as_json:
        desk.out.aside.print(_shown(desk, said))
    desk.confirm(question, yes=yes)
    key, passphrase = desk.unlock()
    return signing.sign(desk.profile.name, build, said, key=key, passphrase=passphrase)


def _shown(desk: Desk, said: Json) -> RenderableType:
    conditions = [
        ("Condición", f"{one['text']} (prueba: {one['evidence']}; {one['due_working_days']} días)")
        for one in said.get("conditions", [])
    ]
    inside = facts(
        ("Votación", said.get("ballot_id")),
        ("Acta", said.get("acta_id")),
        ("Asiento", word(said["seat"]) if "seat" in said else None),
        ("Persona", said["holder_sub"]),
        ("Voto", word(said["choice"]) if "choice" in said else None),
        ("Motivo", said.get("reason")),
        ("Faltan", ", ".join(one["holder_sub"] for one in said.get("missing", []))),
        ("Impedimento legal", said.get("legal_bar")),
        *conditions,
        ("Hasta", said.get("until")),
        ("Huella del expediente", said.get("file_sha256")),
        ("Huella de la solicitud", said.get("dossier_sha256")),
        ("Huella del acta", said.get("content_sha256")),
    )
    style = "red" if desk.profile.live else "cyan"
    return Panel(inside, title=f"Lo que se firma · {desk.profile.label}", border_style=style)


def finish(desk: Desk, action: str, signed: Signed, answer: Json) -> None:
    """Keep the receipt of what was signed and answered, and show it."""
    receipt = receipts.keep(desk.profile, action, signed, answer)
    desk.out.show(
        {**answer, "receipt": {"sha256": receipt["sha256"], "kept_at": receipt["kept_at"]}},
        lambda: [
            f"✓ {action}: recibido.",
            facts(
                ("Constancia", receipt["sha256"]), ("Guardada", times.in_lima(receipt["kept_at"]))
            ),
        ],
    )
