"""What a member decides, signed on this computer: board vote, recuse, recusal, defer."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import typer

from clients.fondo import signing, times
from clients.fondo.acts import finish, sign_shown
from clients.fondo.commands.board import app
from clients.fondo.desk import Desk, Yes, command, group, number
from clients.fondo.errors import Wrong
from clients.fondo.words import GROUNDS, word
from services.kernel.statements import deferral_statement, vote_statement

recusal_app = group("Las abstenciones que usted, al presidir, decide.")
app.add_typer(recusal_app, name="recusal")

Json = dict[str, Any]
Choice = Literal["for", "against", "abstain"]
_ARTICLE = " ".join(f"{at}: {text}." for at, text in GROUNDS.items())
_CONDITION = "«texto | prueba | días hábiles»; repetible. Solo con --for."


@command(app, "vote")
def vote(
    desk: Desk,
    ballot: Annotated[str, number("ballot")],
    in_favour: Annotated[bool, typer.Option("--for", help="A favor.")] = False,
    against: Annotated[bool, typer.Option("--against", help="En contra; con --reason.")] = False,
    abstain: Annotated[
        bool, typer.Option("--abstain", help="Solo con --legal-bar y --reason.")
    ] = False,
    reason: Annotated[str | None, typer.Option(help="El motivo, por escrito.")] = None,
    legal_bar: Annotated[str | None, typer.Option(help="La norma que le impide votar.")] = None,
    condition: Annotated[list[str] | None, typer.Option(help=_CONDITION)] = None,
    yes: Yes = False,
) -> None:
    """Vota: muestra qué se firma, lo firma aquí con su llave y guarda la constancia."""
    choice = _choice(in_favour=in_favour, against=against, abstain=abstain)
    _check_words(choice, reason, legal_bar, condition)
    ballot_id = desk.resolve("ballot", ballot)
    found = desk.gateway.dossier(ballot_id)
    said = {
        "ballot_id": ballot_id,
        "file_sha256": signing.check_content(found["file"], found["file_sha256"], "El expediente"),
        "dossier_sha256": found["ballot"]["dossier_sha256"],
        "seat": desk.seat,
        "holder_sub": desk.identity.sub,
        "choice": choice,
        "reason": reason,
        "legal_bar": legal_bar,
        "conditions": [_condition(text) for text in condition or []],
    }
    question = f"¿Firmar y enviar este voto {word(choice)}?"
    signed = sign_shown(desk, vote_statement, said, question, yes=yes)
    names = ("choice", "reason", "legal_bar", "conditions", "file_sha256", "signed_at", "nonce")
    answer = desk.gateway.vote(ballot_id, signed.sent(*names))
    finish(desk, f"Voto {word(choice)}", signed, answer)


def _choice(*, in_favour: bool, against: bool, abstain: bool) -> Choice:
    chosen: list[Choice] = []
    chosen += ["for"] if in_favour else []
    chosen += ["against"] if against else []
    chosen += ["abstain"] if abstain else []
    if len(chosen) != 1:
        detail = "Diga una cosa: --for, --against o --abstain."
        raise Wrong("client.choice", detail, "Quien está presente vota; abstenerse pide una norma.")
    return chosen[0]


def _check_words(
    choice: Choice, reason: str | None, legal_bar: str | None, conditions: Sequence[str] | None
) -> None:
    if choice != "for" and not (reason or "").strip():
        detail = "Este voto lleva su motivo por escrito."
        raise Wrong("client.reason_required", detail, 'Agregue --reason "…".')
    if choice == "abstain" and not (legal_bar or "").strip():
        detail = "Solo se abstiene de votar quien tiene un impedimento legal (LPAG 112)."
        raise Wrong("client.legal_bar_required", detail, 'Diga la norma: --legal-bar "…".')
    if choice != "abstain" and legal_bar:
        raise Wrong("client.legal_bar_unfit", "Un impedimento legal solo va con --abstain.")
    if choice != "for" and conditions:
        raise Wrong("client.condition_unfit", "Las condiciones solo van con un voto a favor.")


def _condition(text: str) -> Json:
    parts = [part.strip() for part in text.split("|")]
    if len(parts) != 3 or not all(parts) or not parts[2].isdecimal():
        cure = 'Por ejemplo: --condition "Contrato de agua | Copia inscrita | 20".'
        raise Wrong("client.condition_malformed", f"No se entiende la condición «{text}».", cure)
    return {"text": parts[0], "evidence": parts[1], "due_working_days": int(parts[2])}


@command(app, "recuse")
def recuse(
    desk: Desk,
    ballot: Annotated[str, number("ballot")],
    ground: Annotated[int | None, typer.Option(min=1, max=6, help=_ARTICLE)] = None,
    reason: Annotated[str | None, typer.Option(help="El hecho, por escrito.")] = None,
    seat: Annotated[
        str | None, typer.Option(help="Proponerla para otro asiento: midagri, produce…")
    ] = None,
    yes: Yes = False,
) -> None:
    """Pide abstenerse, o propone que otro se abstenga, por una causal del artículo 99 LPAG."""
    if ground is None or not (reason or "").strip():
        grounds = "\n".join(f"  {at}. {text}" for at, text in GROUNDS.items())
        desk.out.say(f"Las causales de abstención:\n{grounds}")
        detail = 'Diga la causal y el hecho: --ground N --reason "…".'
        raise Wrong("client.ground_required", detail)
    ballot_id = desk.resolve("ballot", ballot)
    whose = f"que {word(seat)} se abstenga" if seat else "su abstención"
    desk.confirm(f"¿Pedir {whose} por la causal {ground}: {GROUNDS[ground]}?", yes=yes)
    body: Json = {"ground": ground, "reason": reason} | ({"seat": seat} if seat else {})
    answer = desk.gateway.recuse(ballot_id, body)
    until = times.in_lima(answer.get("decide_by"))
    desk.out.show(answer, lambda: [f"Abstención pedida; quien preside decide hasta el {until}."])


@command(recusal_app, "decide")
def decide(
    desk: Desk,
    recusal: Annotated[str, number("recusal")],
    reason: Annotated[str, typer.Option(help="El motivo de su decisión.")],
    accept: Annotated[bool, typer.Option("--accept/--dismiss", help="Aceptar o desestimar.")],
    yes: Yes = False,
) -> None:
    """Decide una abstención, al presidir: acepta o desestima, con motivo."""
    recusal_id = desk.resolve("recusal", recusal)
    verb = "Aceptar" if accept else "Desestimar"
    desk.confirm(f"¿{verb} esta abstención?", yes=yes)
    answer = desk.gateway.decide_recusal(recusal_id, accepted=accept, reason=reason)
    desk.out.show(answer, lambda: [f"Abstención {'aceptada' if accept else 'desestimada'}."])


@command(app, "defer")
def defer(
    desk: Desk,
    ballot: Annotated[str, number("ballot")],
    until: Annotated[str, typer.Option(help="Hasta qué día: 2026-12-15 (1 a 30 días hábiles).")],
    reason: Annotated[str, typer.Option(help="El motivo, por escrito.")],
    yes: Yes = False,
) -> None:
    """Aplaza una votación, al presidir: con motivo y fecha, firmado con su llave."""
    ballot_id = desk.resolve("ballot", ballot)
    found = desk.gateway.dossier(ballot_id)
    said = {
        "ballot_id": ballot_id,
        "file_sha256": signing.check_content(found["file"], found["file_sha256"], "El expediente"),
        "seat": desk.seat,
        "holder_sub": desk.identity.sub,
        "reason": reason,
        "until": times.typed_day(until),
    }
    signed = sign_shown(desk, deferral_statement, said, f"¿Aplazar hasta el {until}?", yes=yes)
    names = ("reason", "until", "signed_at", "nonce")
    answer = desk.gateway.defer(ballot_id, signed.sent(*names))
    finish(desk, f"Aplazamiento hasta el {until}", signed, answer)
