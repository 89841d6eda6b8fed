"""A dossier on a screen: what is known by name in tables, everything else as it came."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from rich.console import RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.tree import Tree

from clients.fondo import times
from clients.fondo.output import facts, table
from clients.fondo.words import short, soles, word

Json = dict[str, Any]
Parts = list[RenderableType]
_SUMS: Final = ("total", "agroideas", "agrobanco", "own")


def pages(found: Json) -> Sequence[RenderableType]:
    """The whole dossier: conflicts first, then what is asked and why, the hashes last."""
    file: Json = found["file"]
    parts = _changes(found) + _conflicts(found.get("my_conflicts") or [])
    for name, show in _KNOWN.items():
        if file.get(name):
            parts += show(file[name])
    parts += _recusals(found.get("recusals") or [])
    rest = {name: value for name, value in file.items() if name not in {*_KNOWN, "type"}}
    parts += [tree_of(name, value) for name, value in rest.items()]
    ballot: Json = found.get("ballot") or {}
    closes = ballot.get("closes_at")
    parts.append(
        facts(
            ("Votación", word(ballot.get("state"))),
            ("Se vota hasta", f"{times.in_lima(closes)} (queda: {times.left(closes)})"),
            ("Huella del expediente", found["file_sha256"]),
            ("Huella de la solicitud", ballot.get("dossier_sha256")),
        )
    )
    return parts


def _changes(found: Json) -> Parts:
    """Why the file is not the first one: the votes on those before do not count."""
    if not found.get("earlier"):
        return []
    told = f"{escape(str(found.get('reason', '')))} Los votos sobre el anterior no cuentan."
    return [Panel(told, title="El expediente cambió", border_style="yellow")]


def _recusals(rows: list[Json]) -> Parts:
    if not rows:
        return []
    made = table("Abstenciones", "Asiento", "Persona", "Causal", "Motivo", "Estado")
    for row in rows:
        reason, ground = escape(str(row.get("reason", ""))), str(row.get("ground", ""))
        who, outcome = str(row.get("holder_sub", "")), word(row.get("outcome"))
        made.add_row(word(row.get("seat")), escape(who), ground, reason, outcome)
    return [made]


def conflict_line(one: Json) -> str:
    """A declared interest that meets a party, in one line."""
    told = one.get("text_es") or one.get("text") or one.get("name") or ""
    return f"{told} (causal {one['ground']})" if one.get("ground") else str(told)


def _conflicts(conflicts: list[Json]) -> Parts:
    if not conflicts:
        return []
    text = "\n".join(escape(conflict_line(one)) for one in conflicts)
    return [Panel(text, title="Sus intereses declarados coinciden", border_style="yellow")]


def _consortium(one: Json) -> Parts:
    firm: Json = one.get("anchor_firm") or {}
    members = f"{one.get('members', '—')}, {one.get('women', '—')} mujeres"
    return [
        facts(
            ("Consorcio", one.get("name")),
            ("Integrantes", members),
            ("Hectáreas", one.get("area_ha")),
            ("Empresa tractora", f"{firm.get('legal_name', '')} {firm.get('ruc', '')}".strip()),
            ("Directivos", ", ".join(map(str, one.get("directors") or []))),
            ("Proveedores", ", ".join(str(firm["name"]) for firm in one.get("suppliers") or [])),
        )
    ]


def _call(one: Json) -> Parts:
    return [facts(("Convocatoria", f"{one.get('code', '')} {one.get('title', '')}".strip()))]


def _plan(plan: Json) -> Parts:
    lines = table(
        "Presupuesto por instrumento", "", "Rubro", "Total", "Agroideas", "Agrobanco", "Propio"
    )
    for line in plan.get("budget_lines") or []:
        sums = [soles(line.get(name)) for name in _SUMS]
        lines.add_row(str(line.get("line_no", "")), escape(str(line.get("item", ""))), *sums)
    tranches = table("Desembolsos", "", "Por", "Monto", "Hito")
    for one in plan.get("tranches") or []:
        channel, amount = word(one.get("channel")), soles(one.get("amount"))
        milestone = escape(str(one.get("milestone", "")))
        tranches.add_row(str(one.get("sequence", "")), channel, amount, milestone)
    summary, title = escape(str(plan.get("summary", ""))), escape(str(plan.get("title", "Plan")))
    return [Panel(summary, title=title), lines, tranches]


def _budget(one: Json) -> Parts:
    sums = [(word(name).capitalize(), soles(one[name])) for name in _SUMS if name in one]
    asked = [("Pide al fondo", soles(one.get("fund")))]
    return [facts(*sums, *asked, ("Por productor", soles(one.get("fund_per_producer"))))]


def _eligibility(one: Json) -> Parts:
    findings = table("Hallazgos de elegibilidad", "Código", "Grado", "Sobre", "Qué", "Norma")
    for found in one.get("findings") or []:
        about = escape(str((found.get("subject") or {}).get("label", "")))
        told = escape(str(found.get("message_es", "")))
        norm = escape(str(found.get("norm", "")))
        findings.add_row(str(found.get("code", "")), word(found.get("severity")), about, told, norm)
    parts: Parts = [facts(("Elegibilidad", word(one.get("outcome"))))]
    parts += [findings] if one.get("findings") else []
    parts += [tree_of("Puntaje", one["score"])] if one.get("score") else []
    parts += [tree_of("Descargos", one["answers"])] if one.get("answers") else []
    return parts


def _signals(one: Json) -> Parts:
    made = table("Señales de organización de papel", "Código", "Abierta", "Qué")
    for signal in one.get("signals") or []:
        found: Json = signal.get("finding") or {}
        told = escape(str(found.get("message_es", "")))
        made.add_row(str(found.get("code", "")), word(signal.get("open")), told)
    return [facts(("Señales", word(one.get("level")))), *([made] if one.get("signals") else [])]


def _evaluation(one: Json) -> Parts:
    return [
        facts(
            ("Evaluación", word(one.get("recommendation"))),
            ("Puntaje", one.get("score")),
            ("Razones", one.get("reasons")),
            ("Evaluó", f"{one.get('evaluated_by')}, {times.in_lima(one.get('evaluated_at'))}"),
        )
    ]


def _concentration(one: Json) -> Parts:
    made = table("Concentración, si se aprueba", "De", "Nombre", "Tiene", "Tendría", "Del fondo")
    for line in one.get("lines") or []:
        share = line.get("share_bp")
        told = "—" if share is None else f"{share // 100}.{share % 100:02d} %"
        holds, would = soles(line.get("holds")), soles(line.get("would_hold"))
        made.add_row(
            word(line.get("kind")), escape(str(line.get("name") or "—")), holds, would, told
        )
    return [made]


def _earlier(one: Json) -> Parts:
    made = table("Convenios anteriores", "De", "Consorcio", "Estado", "Agroideas", "Agrobanco")
    for row in one.get("agreements") or []:
        sums = [soles(row.get(name)) for name in ("agroideas", "agrobanco")]
        name = escape(str(row.get("consortium_name", "")))
        made.add_row(word(row.get("relation")), name, word(row.get("state")), *sums)
    parts: Parts = [made] if one.get("agreements") else [facts(("Convenios anteriores", "ninguno"))]
    return parts + (
        [tree_of("Votaciones anteriores", one["ballots"])] if one.get("ballots") else []
    )


def _documents(rows: list[Json]) -> Parts:
    made = table("Documentos", "Clase", "Nombre", "SHA-256")
    for row in rows:
        kind, name = str(row.get("kind", "")), str(row.get("name", ""))
        made.add_row(escape(kind), escape(name), str(row.get("sha256", "")))
    return [made]


def _parties(rows: list[Json]) -> Parts:
    made = table("Partes", "Como", "Documento", "Nombre")
    for row in rows:
        document = f"{word(row.get('kind'))} {row.get('value', '')}"
        made.add_row(word(row.get("role")), document, escape(str(row.get("name", ""))))
    return [made]


_KNOWN: Final[dict[str, Callable[[Any], Parts]]] = {
    "consortium": _consortium,
    "call": _call,
    "plan": _plan,
    "budget": _budget,
    "eligibility": _eligibility,
    "signals": _signals,
    "evaluation": _evaluation,
    "concentration": _concentration,
    "earlier": _earlier,
    "parties": _parties,
    "documents": _documents,
}
"""The parts of a compiled file, in the order in which a member reads them."""


def tree_of(title: str, value: Any) -> RenderableType:
    """Any document, indented."""
    tree = Tree(f"[bold]{escape(title)}[/bold]")
    _grow(tree, value)
    return tree


def _grow(tree: Tree, value: Any) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict | list):
                _grow(tree.add(escape(str(key))), inner)
            else:
                tree.add(f"{escape(str(key))}: {_leaf(str(key), inner)}")
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict | list):
                _grow(tree.add("·"), inner)
            else:
                tree.add(_leaf("", inner))
        if not value:
            tree.add("ninguno")
    else:
        tree.add(_leaf("", value))


def _leaf(key: str, value: Any) -> str:
    if key.endswith("_at"):
        return times.in_lima(value)
    if "sha256" in key:
        return short(value)
    return escape(word(value))
