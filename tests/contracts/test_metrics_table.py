"""The page of metrics is what the code declares, and nothing is counted past it."""

import re

import pytest

from deploy import metrics_table
from tests.architecture.tidy import ROOT

pytestmark = pytest.mark.serverless
OURS = ("fund_", "http_server_")
"""Our own names, and those that the semantic conventions of HTTP servers give."""
PROCESSES = {"api", "exporter", "relay", "listen", "notify", "folder", "worker", "bridge"}


def test_the_committed_page_is_that_of_the_code() -> None:
    committed = metrics_table.PAGE.read_text(encoding="utf-8")
    assert committed == metrics_table.page(), "run `make contracts` and commit what it wrote"


def test_every_metric_is_named_once_with_labels_and_a_meaning() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", metrics_table.page(), re.MULTILINE)
    names = [name for name, _ in rows]
    assert len(names) == len(set(names)) > 40
    for name, rest in rows:
        kind, _, unit, meaning, process = rest.split(" | ")
        assert name.startswith(OURS), name
        assert (kind == "counter") == name.endswith("_total"), name
        assert unit, name
        assert len(meaning) > 10, name
        assert process in PROCESSES, name


def test_no_metric_is_made_past_the_declarations() -> None:
    direct = re.compile(r"from prometheus_client import .*\b(Counter|Gauge|Histogram|Summary)\b")
    found = [
        str(path.relative_to(ROOT))
        for folder in ("services", "workflows")
        for path in (ROOT / folder).rglob("*.py")
        if direct.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["services/kernel/telemetry.py"]
