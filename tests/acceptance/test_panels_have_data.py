"""After the demo, a real Prometheus answers every panel and every alert: no error, and no panel
without data but those whose emptiness is a good sign."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from deploy.grafana.boards import BOARDS
from deploy.grafana.model import Board, Panel
from deploy.local import settings as local
from deploy.prometheus.files import ALERTS, RECORDS
from tests.support.figures import note
from tests.support.stack import command
from tests.support.waiting import until

SCRAPED_WITHIN_S = 60
PANELS = [(board, panel) for board in BOARDS for panel in board.panels]


@pytest.fixture(scope="module")
def prometheus() -> Iterator[httpx2.Client]:
    with httpx2.Client(
        base_url=local.load().url("prometheus"), trust_env=False, timeout=20
    ) as client:
        yield client


@pytest.fixture(scope="module")
def after_the_demo(stack: None) -> None:
    command("deploy.demo", limit_s=240)


def _result(prometheus: httpx2.Client, expression: str) -> list[dict[str, Any]]:
    """What Prometheus answers, with every variable of Grafana on all of its values."""
    query = re.sub(r"\$\w+", ".*", expression)
    body = prometheus.post("/api/v1/query", data={"query": query}).json()
    assert body["status"] == "success", f"{query}: {body.get('error')}"
    return list(body["data"]["result"])


def _without_data(prometheus: httpx2.Client, panels: list[tuple[Board, Panel]]) -> list[Any]:
    return [
        (board, panel)
        for board, panel in panels
        if not all(_result(prometheus, query.expression) for query in panel.queries)
    ]


def test_every_panel_has_data_unless_it_is_normally_empty(
    after_the_demo: None, prometheus: httpx2.Client
) -> None:
    missing = PANELS

    def only_the_normally_empty() -> bool:
        nonlocal missing
        missing = _without_data(prometheus, missing)
        return all(panel.empty for _, panel in missing)

    try:
        until(only_the_normally_empty, within_s=SCRAPED_WITHIN_S, every_s=2)
    except AssertionError:
        named = [f"{board.uid}: {panel.title}" for board, panel in missing if not panel.empty]
        pytest.fail(f"no data: {'; '.join(named)}")
    print(f"panels: {len(PANELS)} checked, {len(PANELS) - len(missing)} with data")
    note("boards.panels_checked", len(PANELS), "panels")
    note("boards.panels_with_data", len(PANELS) - len(missing), "panels")


@pytest.mark.parametrize("alert", ALERTS, ids=lambda one: f"{one.name}-{one.severity}")
def test_prometheus_takes_the_expression_of_every_alert(
    alert: Any, after_the_demo: None, prometheus: httpx2.Client
) -> None:
    _result(prometheus, alert.expression)


def test_prometheus_evaluates_every_rule_without_an_error(
    after_the_demo: None, prometheus: httpx2.Client
) -> None:
    groups = prometheus.get("/api/v1/rules").json()["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) == len(ALERTS) + len(RECORDS)
    until(
        lambda: all(
            rule["health"] == "ok"
            for group in prometheus.get("/api/v1/rules").json()["data"]["groups"]
            for rule in group["rules"]
        ),
        within_s=SCRAPED_WITHIN_S,
    )
