"""A dossier on a screen: what is known by name in tables, everything else as it came."""

from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType
from rich.panel import Panel
from rich.tree import Tree

from clients.fondo import times
from clients.fondo.output import facts, table
from clients.fondo.words import short, soles, word

Json = dict[str, Any]
_TITLES = {
    "application": "Solicitud",
    "assessment": "Elegibilidad",
    "concentration": "Concentración",
    "consortium": "Consorcio",
    "call": "Convocatoria",
    "evaluation": "Evaluación de la secretaría",
    "earlier_agreements": "Convenios anteriores de las mismas partes",
    "documents": "Documentos",
    "findings": "Hallazgos",
    "parties": "Partes",
    "plan": "Plan de negocio",
    "score": "Puntaje",
}


def pages(found: Json) -> Sequence[RenderableType]:
    """The whole dossier, the plan first and the hashes last."""
    file: Json = found["file"]
    parts: list[RenderableType] = []
    parts += _conflicts(found)
    if isinstance(file.get("plan"), dict):
        parts += _plan(file["plan"])
    parts += [_part(name, value) for name, value in file.items() if name != "plan"]
    ballot = found.get("ballot") or {}
    parts.append(
        facts(
            ("Estado", word(ballot.get("state"))),
            ("Se vota hasta", f"{times.in_lima(ballot.get('closes_at'))}"),
            ("Queda", times.left(ballot.get("closes_at"))),
            ("Huella del expediente", found["file_sha256"]),
            ("Huella de la solicitud", found.get("dossier_sha256")),
        )
    )
    return parts


def _conflicts(found: Json) -> list[RenderableType]:
    conflicts = found.get("conflicts") or found.get("my_conflicts") or []
    if not conflicts:
        return []
    lines = [
        f"{one.get('name', '')} ({one.get('relation', '')}), causal {one.get('ground', '')}"
        if isinstance(one, dict)
        else str(one)
        for one in conflicts
    ]
    return [Panel("\n".join(lines), title="Sus intereses declarados coinciden", style="yellow")]


def _plan(plan: Json) -> list[RenderableType]:
    parts: list[RenderableType] = [
        Panel(str(plan.get("summary", "")), title=str(plan.get("title", "Plan")))
    ]
    lines = plan.get("budget_lines", [])
    made = table(
        "Presupuesto por instrumento", "", "Rubro", "Total", "Agroideas", "Agrobanco", "Propio"
    )
    for line in lines:
        sums = [soles(line.get(name)) for name in ("total", "agroideas", "agrobanco", "own")]
        made.add_row(str(line.get("line_no", "")), str(line.get("item", "")), *sums)
    tranches = table("Desembolsos", "", "Por", "Monto", "Hito")
    for one in plan.get("tranches", []):
        channel, amount = word(one.get("channel")), soles(one.get("amount"))
        tranches.add_row(
            str(one.get("sequence", "")), channel, amount, str(one.get("milestone", ""))
        )
    return parts + ([made] if lines else []) + ([tranches] if plan.get("tranches") else [])


def _part(name: str, value: Any) -> RenderableType:
    title = _TITLES.get(name, name)
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return _rows(title, value)
    return tree_of(title, value)


def tree_of(title: str, value: Any) -> RenderableType:
    """Any document, indented."""
    tree = Tree(f"[bold]{title}[/bold]")
    _grow(tree, value)
    return tree


def _rows(title: str, rows: list[Json]) -> RenderableType:
    """A list of alike objects as a table of their plain fields."""
    columns = [
        key
        for key in dict.fromkeys(key for row in rows for key in row)
        if not any(isinstance(row.get(key), list) for row in rows)
    ]
    made = table(title, *columns)
    for row in rows:
        made.add_row(*(_leaf(key, row.get(key)) for key in columns))
    return made


def _grow(tree: Tree, value: Any) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict | list) and not _is_money(inner):
                _grow(tree.add(_TITLES.get(str(key), str(key))), inner)
            else:
                tree.add(f"{_TITLES.get(key, key)}: {_leaf(key, inner)}")
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict | list) and not _is_money(inner):
                _grow(tree.add("·"), inner)
            else:
                tree.add(_leaf("", inner))
        if not value:
            tree.add("ninguno")
    else:
        tree.add(_leaf("", value))


def _is_money(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"amount", "currency"}


def _leaf(key: str, value: Any) -> str:
    if _is_money(value):
        return soles(value)
    if key.endswith("_at"):
        return times.in_lima(value)
    if "sha256" in key:
        return short(value)
    if isinstance(value, dict | list):
        return ", ".join(map(str, value)) or "—"
    text = word(value)
    return text.replace("[", "\\[")
