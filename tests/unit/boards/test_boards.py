"""What every panel of every board has, and that its numbers and links exist."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from deploy.grafana import drawing
from deploy.grafana.boards import BOARDS
from deploy.grafana.model import Board, Panel
from deploy.prometheus.files import ALERTS
from tests.support.metrics import known
from tests.support.openapi import operations
from tests.support.promql import metrics_of

PANELS = [(board, panel) for board in BOARDS for panel in board.panels]
NAMES = [f"{board.uid}: {panel.title}" for board, panel in PANELS]
every_panel = pytest.mark.parametrize(("board", "panel"), PANELS, ids=NAMES)
GRAFANA_VARIABLE = re.compile(r"\$(\w+)")


def _committed(board: Board) -> dict[str, Any]:
    path = drawing.FOLDER / f"{board.uid}.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_the_committed_boards_are_those_of_the_code() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in drawing.FOLDER.iterdir()}
    assert committed == drawing.rendered(), "run `make boards` and commit what it wrote"


def test_there_are_eight_boards() -> None:
    assert [board.description.partition(":")[0] for board in BOARDS] == [
        "Fund at a glance",
        "Applications and board",
        "Disbursement and reconciliation",
        "Policies",
        "Services",
        "Workflows (Temporal)",
        "Events (Kafka)",
        "Stack",
    ]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_grafana_gets_unit_description_thresholds_and_links_of_each_panel(board: Board) -> None:
    drawn = [panel for panel in _committed(board)["panels"] if panel["type"] != "row"]
    assert [panel["title"] for panel in drawn] == [panel.title for panel in board.panels]
    assert len({panel["id"] for panel in drawn}) == len(drawn)
    for panel in drawn:
        settings = panel["fieldConfig"]["defaults"]
        assert settings["unit"]
        assert len(panel["description"].split()) >= 5, panel["title"]
        steps = settings["thresholds"]["steps"]
        assert steps[0]["value"] is None
        limits = [step["value"] for step in steps[1:]]
        assert limits == sorted(limits)
        assert panel["datasource"]["uid"] == "prometheus"
        links = [link["url"] for link in (*panel["links"], *settings.get("links", []))]
        assert any(url.startswith("${runbooks}/") for url in links)
        assert all(target["expr"] for target in panel["targets"])


@every_panel
def test_a_panel_says_in_spanish_what_it_is_and_in_english_how_to_read_it(
    board: Board, panel: Panel
) -> None:
    assert panel.description.endswith(".")
    assert not re.search(r"\b(de|las?|los|el)\b", panel.description)
    assert not re.search(r"\b(the|of|by)\b", panel.title)


@every_panel
def test_a_panel_reads_metrics_that_the_code_has(board: Board, panel: Panel) -> None:
    names = known()
    for query in panel.queries:
        for name in metrics_of(query.expression):
            assert name in names or any(re.fullmatch(name, one) for one in names), name


@every_panel
def test_a_panel_is_narrowed_by_variables_of_its_board(board: Board, panel: Panel) -> None:
    used = {one for query in panel.queries for one in GRAFANA_VARIABLE.findall(query.expression)}
    assert used <= set(board.variables)


def test_each_variable_of_a_board_narrows_one_of_its_panels() -> None:
    for board in BOARDS:
        text = " ".join(query.expression for panel in board.panels for query in panel.queries)
        assert set(GRAFANA_VARIABLE.findall(text)) == set(board.variables)
    assert {name for board in BOARDS for name in board.variables} == set(drawing.VARIABLES)


@every_panel
def test_a_panels_links_lead_somewhere(board: Board, panel: Panel) -> None:
    assert panel.runbook in {alert.name for alert in ALERTS}
    if panel.record:
        path, query = urlsplit(panel.record).path, urlsplit(panel.record).query
        parameters = operations()["GET", re.sub(r"\${[\w.]+}", "{id}", path)]
        assert set(parse_qs(query)) <= parameters


@pytest.mark.parametrize("uid", ["applications", "disbursement"])
def test_business_panels_lead_to_the_records_of_the_api(uid: str) -> None:
    (board,) = (one for one in BOARDS if one.uid == uid)
    assert all(panel.record for panel in board.panels)
    assert any(panel.workflows for panel in board.panels)


def test_alerts_read_metrics_that_the_code_has_and_name_a_board() -> None:
    names = known()
    for alert in ALERTS:
        assert metrics_of(alert.expression) <= names, alert.name
        assert alert.board in {board.uid for board in BOARDS}, alert.name
