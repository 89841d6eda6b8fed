"""Boards drawn with Grafana's own SDK, as the JSON that Grafana provisions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from grafana_foundation_sdk.builders import bargauge, prometheus, stat, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from deploy.grafana.boards import BOARDS
from deploy.grafana.model import Board, Panel, Row
from deploy.prometheus.model import RUNBOOKS

FOLDER: Final = Path(__file__).with_name("dashboards")
SOURCE: Final = models.DataSourceRef(type_val="prometheus", uid="prometheus")

# What narrows a board down: label → the metric whose values are offered, and the name shown.
VARIABLES: Final = {
    "call": ("fund_applications", "Convocatoria"),
    "region": ("fund_applications", "Región"),
    "channel": ("fund_instructions", "Canal"),
    "seat": ("fund_votes_missing", "Ministerio"),
}
# Where links lead; an installation puts its own addresses in.
PLACES: Final = {
    "api": ("API", "http://127.0.0.1:18000"),
    "temporal": ("Temporal", "http://127.0.0.1:18026"),
    "runbooks": ("Guías", RUNBOOKS),
}
DRAWN: Final[dict[str, Callable[[], Any]]] = {
    "stat": stat.Panel,
    "lines": timeseries.Panel,
    "bars": bargauge.Panel,
}
HEIGHT: Final = 7


def rendered() -> dict[str, str]:
    """File name → JSON of every board."""
    return {f"{board.uid}.json": _text(board) for board in BOARDS}


def write() -> None:
    """Write the folder: the boards that there are, and nothing else."""
    FOLDER.mkdir(exist_ok=True)
    files = rendered()
    for path in FOLDER.glob("*.json"):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _text(board: Board) -> str:
    drawn = _dashboard(board).build()
    plain = json.loads(JSONEncoder(sort_keys=True).encode(drawn))
    for number, panel in enumerate(plain["panels"], start=1):
        panel["id"] = number
    return json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _dashboard(board: Board) -> build.Dashboard:
    drawn = (
        build.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags(["fondo-consorcios"])
        .time("now-6h", "now")
        .timezone("America/Lima")
        .refresh("30s")
        .readonly()
        .link(
            build.DashboardLink("Tableros")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags(["fondo-consorcios"])
            .as_dropdown(True)
            .keep_time(True)
            .include_vars(True)
        )
    )
    for name in board.variables:
        drawn.with_variable(_variable(name))
    for name, (label, value) in PLACES.items():
        drawn.with_variable(build.TextBoxVariable(name).label(label).default_value(value))
    for row in board.rows:
        _draw_row(drawn, row)
    return drawn


def _variable(name: str) -> build.QueryVariable:
    metric, label = VARIABLES[name]
    return (
        build.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(f"label_values({metric}, {name})")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )


def _draw_row(drawn: build.Dashboard, row: Row) -> None:
    drawn.with_row(build.Row(row.title))
    for panel in row.panels:
        drawn.with_panel(_panel(panel))


def _panel(panel: Panel) -> Any:
    described = panel.description + (f" Normally empty: {panel.empty}." if panel.empty else "")
    drawn = DRAWN[panel.kind]()
    drawn = (
        drawn.title(panel.title)
        .description(described)
        .datasource(SOURCE)
        .unit(panel.unit)
        .no_value("–")
        .thresholds(_thresholds(panel))
        .links(_links(panel))
        .height(HEIGHT)
        .span(panel.width)
    )
    drawn.data_links(_data_links(panel))
    for position, query in enumerate(panel.queries):
        target = (
            prometheus.Dataquery()
            .expr(query.expression)
            .legend_format(query.legend or "__auto")
            .ref_id(chr(ord("A") + position))
        )
        if panel.kind == "lines":
            target.range()
        else:
            target.instant()
        drawn.with_target(target)
    return drawn


def _thresholds(panel: Panel) -> build.ThresholdsConfig:
    steps = [models.Threshold(value=None, color=panel.base)]
    steps += [models.Threshold(value=value, color=colour) for value, colour in panel.steps]
    return build.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _links(panel: Panel) -> list[Any]:
    """To the runbook, to the records behind the number, and to their workflows."""
    links = [("Guía de acción", f"${{runbooks}}/{panel.runbook}.md")]
    if panel.record and not _by_series(panel):
        links.append(("Registros en la API", f"${{api}}{panel.record}"))
    if panel.workflows:
        links.append(
            (
                "Flujos en Temporal",
                f"${{temporal}}/namespaces/default/workflows?query={panel.workflows}",
            )
        )
    return [_link(title, url) for title, url in links]


def _data_links(panel: Panel) -> list[Any]:
    """From one series to its own record."""
    if not _by_series(panel):
        return []
    return [_link("Registro en la API", f"${{api}}{panel.record}")]


def _by_series(panel: Panel) -> bool:
    return "${__field" in panel.record


def _link(title: str, url: str) -> build.DashboardLink:
    return (
        build.DashboardLink(title).url(url).type(models.DashboardLinkType.LINK).target_blank(True)
    )
