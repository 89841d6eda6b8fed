"""What waits for a member and what it is decided on: board inbox, list, show, votes, recompile."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.markup import escape

from clients.fondo import signing, times
from clients.fondo.desk import Desk, command, group, number
from clients.fondo.dossier import conflict_line, pages
from clients.fondo.errors import Wrong
from clients.fondo.gateway import BallotState
from clients.fondo.output import facts, table
from clients.fondo.words import GROUNDS, short, soles, word

app = group("Lo que espera su decisión: ver, votar, abstenerse.")
Json = dict[str, Any]
NAMED_MAX = 20
"""How many dossiers, sessions and actas of an inbox are read one by one."""
SESSION_OVER = frozenset({"closed", "not_held"})


@command(app, "inbox")
def inbox(desk: Desk) -> None:
    """Lo que le espera: votaciones, abstenciones por decidir, sesiones, actas por firmar."""
    found = desk.gateway.inbox()
    ballots, recusals = found["ballots"], found["recusals"]
    found["sessions"] = sessions = _to_attend(desk)
    found["actas"] = actas = _to_sign(desk)
    titles = [_title(desk, row["ballot"], at) for at, row in enumerate(ballots)]
    ids = [row["ballot"]["id"] for row in ballots]
    desk.remember("ballot", list(zip(ids, titles, strict=True)))
    desk.remember("recusal", [(row["id"], row["reason"][:60]) for row in recusals])
    desk.remember("session", [(row["id"], str(row["number"])) for row in sessions])
    desk.remember("acta", [(row["id"], str(row["number"])) for row in actas])
    parts: list[RenderableType] = [f"{desk.profile.label} · {desk.identity.sub}"]
    parts += _ballots(ballots, titles) + _recusals(recusals) + _sessions(sessions) + _actas(actas)
    if len(parts) == 1:
        parts.append("Nada espera por usted.")
    desk.out.show(found, lambda: parts)


def _to_attend(desk: Desk) -> list[Json]:
    """The sessions that are not over and at which the caller has not attended."""
    near = [row for row in desk.gateway.sessions() if row["state"] not in SESSION_OVER]
    read = [desk.gateway.session(row["id"]) for row in near[:NAMED_MAX]]
    who = desk.identity.sub
    return [
        {name: value for name, value in one.items() if name not in {"agenda", "attendance"}}
        for one in read
        if who not in {attended["holder_sub"] for attended in one["attendance"]}
    ]


def _to_sign(desk: Desk) -> list[Json]:
    """The actas that wait for the caller's signature."""
    read = [desk.gateway.acta(row["id"]) for row in desk.gateway.actas(sealed=False)[:NAMED_MAX]]
    who = desk.identity.sub
    return [
        {name: value for name, value in one.items() if name != "content"}
        for one in read
        if who in {missing["holder_sub"] for missing in one["missing"]}
    ]


def _title(desk: Desk, ballot: Json, at: int) -> str:
    """Whose dossier it is, in words; the list itself tells identifiers only."""
    if desk.out.as_json or at >= NAMED_MAX:
        return str(ballot["application_id"])
    file: Json = desk.gateway.dossier(ballot["id"])["file"]
    name = (file.get("consortium") or {}).get("name")
    asked = (file.get("budget") or {}).get("fund")
    return f"{name or ballot['application_id']}" + (f", {soles(asked)}" if asked else "")


def _ballots(rows: list[Json], titles: list[str]) -> list[RenderableType]:
    if not rows:
        return []
    made = table("Por votar", "N.º", "Expediente", "Cierra", "Queda", "Puede votar", "Conflictos")
    for at, (row, title) in enumerate(zip(rows, titles, strict=True), start=1):
        may = f"sí, {word(row['capacity'])}" if row["may_vote"] else f"no: {word(row['refusal'])}"
        left = f"{times.left(row['closes_at'])} ({row['working_days_left']} días hábiles)"
        conflicts = "; ".join(conflict_line(one) for one in row.get("conflicts", [])) or "—"
        closes = times.in_lima(row["closes_at"])
        made.add_row(str(at), escape(title), closes, left, may, escape(conflicts))
    return [made]


def _recusals(rows: list[Json]) -> list[RenderableType]:
    if not rows:
        return []
    made = table("Abstenciones por decidir", "N.º", "Asiento", "Causal", "Motivo", "Decidir hasta")
    for at, row in enumerate(rows, start=1):
        ground = f"{row['ground']}. {GROUNDS[row['ground']].split(':')[0]}"
        until = times.in_lima(row.get("decide_by"))
        made.add_row(str(at), word(row["seat"]), ground, escape(row["reason"]), until)
    return [made]


def _sessions(rows: list[Json]) -> list[RenderableType]:
    if not rows:
        return []
    made = table("Sesiones a las que asistir", "N.º", "Sesión", "Estado", "Primera convocatoria")
    for at, row in enumerate(rows, start=1):
        first = times.in_lima(row.get("first_call_at"))
        made.add_row(str(at), str(row.get("number", "")), word(row.get("state")), first)
    return [made]


def _actas(rows: list[Json]) -> list[RenderableType]:
    if not rows:
        return []
    made = table("Actas por firmar", "N.º", "Acta", "Huella")
    for at, row in enumerate(rows, start=1):
        made.add_row(str(at), str(row.get("number", "")), short(row.get("content_sha256")))
    return [made]


@command(app, "list")
def list_ballots(
    desk: Desk,
    state: Annotated[BallotState | None, typer.Option(help="Solo las de este estado.")] = None,
) -> None:
    """Todas las votaciones, también las terminadas."""
    rows = desk.gateway.ballots(state)
    desk.remember(
        "ballot", [(row["id"], f"{word(row['state'])} {row['closes_at']}") for row in rows]
    )
    made = table("Votaciones", "N.º", "Solicitud", "Estado", "Cierra", "Resultado", "Acuerdo")
    for at, row in enumerate(rows, start=1):
        result, closes = word(row.get("result")), times.in_lima(row["closes_at"])
        number = str(row.get("resolution_number") or "—")
        made.add_row(str(at), row["application_id"], word(row["state"]), closes, result, number)
    desk.out.show({"data": rows}, lambda: [made])


@command(app, "votes")
def votes(desk: Desk, ballot: Annotated[str, number("ballot")]) -> None:
    """Cómo va o cómo terminó una votación: quién votó qué, el recuento y el acuerdo."""
    found = desk.gateway.ballot(desk.resolve("ballot", ballot))
    cast = {vote["seat"]: vote for vote in found["votes"]}
    made = table("Votación", "Asiento", "Persona", "Voto", "Cuándo", "Motivo")
    for seat in found["seats"]:
        vote = cast.get(seat["seat"], {})
        choice = "reservado" if vote and vote["choice"] is None else word(vote.get("choice"))
        choice = "se abstiene" if seat["recused"] else choice
        who = str(vote.get("holder_sub") or seat["holder_sub"] or "—")
        reason = escape(str(vote.get("reason") or ""))
        at = times.in_lima(vote.get("cast_at"))
        made.add_row(word(seat["seat"]), escape(who), choice, at, reason)
    tally = f"{found['votes_for']} a favor, {found['votes_against']} en contra"
    conditions = found["conditions"] or []
    desk.out.show(
        found,
        lambda: [
            made,
            facts(
                ("Estado", word(found["state"])),
                ("Resultado", word(found["result"]) if found["result"] else None),
                ("Recuento", tally if found["votes_for"] is not None else None),
                ("Dirimió", word(found["tie_broken_by"]) if found["tie_broken_by"] else None),
                ("Acuerdo", found["resolution_number"]),
                *(("Condición", f"{one['text']} ({one['evidence']})") for one in conditions),
            ),
        ],
    )


@command(app, "show")
def show(
    desk: Desk,
    ballot: Annotated[str, number("ballot")],
    pdf: Annotated[Path | None, typer.Option(help="Guarda el expediente en PDF aquí.")] = None,
) -> None:
    """El expediente: plan, presupuesto, hallazgos, evaluación, antecedentes y documentos."""
    ballot_id = desk.resolve("ballot", ballot)
    found = desk.gateway.dossier(ballot_id)
    signing.check_content(found["file"], found["file_sha256"], "El expediente")
    if pdf is not None:
        save(pdf, desk.gateway.dossier_pdf(ballot_id))
        desk.out.say(f"PDF en {pdf}")
    desk.out.show(found, lambda: pages(found))


@command(app, "recompile")
def recompile(
    desk: Desk,
    ballot: Annotated[str, number("ballot")],
    reason: Annotated[str, typer.Option(help="Por qué cambió; los miembros lo leen.")],
) -> None:
    """Compila otra vez el expediente (secretaría); anula los votos sobre el anterior."""
    answer = desk.gateway.recompile_dossier(desk.resolve("ballot", ballot), reason)
    desk.out.show(answer, lambda: [f"Expediente nuevo: {short(answer.get('file_sha256'))}"])


def save(path: Path, content: bytes) -> None:
    """Write a file that the member asked for; raises Wrong when it cannot be written."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Wrong(
            "client.file_unwritable", f"No se puede escribir {path}: {error.strerror}."
        ) from None
