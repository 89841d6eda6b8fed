"""Each alert fires when it should and is silent when it should, says Prometheus' own promtool."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.prometheus import files
from deploy.prometheus.model import Alert
from deploy.tools import ensure

CASES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8")
)
EVALUATED_EVERY = {"objectives.yml": "5m", "states.yml": "15s"}
"""By rule file: objectives have no `for`, and their histories are of days."""


@pytest.fixture(scope="module")
def promtool() -> Path:
    return ensure("prometheus")["promtool"]


def _expected(alert: Alert, labels: dict[str, str]) -> dict[str, Any]:
    annotations = {
        name: re.sub(r"{{ \$labels\.(\w+) }}", lambda found: labels[found[1]], str(text))
        for name, text in dict(alert.rule()["annotations"]).items()  # type: ignore[call-overload]
    }
    return {"exp_labels": labels, "exp_annotations": annotations}


def _firings(case: dict[str, Any]) -> list[dict[str, str]]:
    """The labels of each firing of a case."""
    firings = [{"severity": one} if isinstance(one, str) else one for one in case["fires"]]
    objective = {one.alert: one.name for one in files.OBJECTIVES}.get(case["alert"])
    return [{**one, **({"objective": objective} if objective else {})} for one in firings]


def _test_of(case: dict[str, Any]) -> dict[str, Any]:
    by_severity = {one.severity: one for one in files.ALERTS if one.name == case["alert"]}
    return {
        "interval": case.get("interval", "1m"),
        "input_series": [
            {"series": series, "values": str(values)} for series, values in case["series"].items()
        ],
        "alert_rule_test": [
            {
                "eval_time": case["at"],
                "alertname": case["alert"],
                "exp_alerts": [
                    _expected(by_severity[labels["severity"]], labels)  # type: ignore[index]
                    for labels in _firings(case)
                ],
            }
        ],
    }


@pytest.mark.parametrize("rules", EVALUATED_EVERY)
def test_alerts_do_what_their_cases_say(rules: str, promtool: Path, tmp_path: Path) -> None:
    names = {alert.name for alert in files.alerts_of(rules)}
    content = {
        "rule_files": [str(files.FOLDER / rules)],
        "evaluation_interval": EVALUATED_EVERY[rules],
        "tests": [_test_of(case) for case in CASES if case["alert"] in names],
    }
    assert content["tests"]
    wanted = tmp_path / rules
    wanted.write_text(yaml.safe_dump(content), encoding="utf-8")
    done = subprocess.run(
        [promtool, "test", "rules", wanted], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", files.ALERTS, ids=lambda one: f"{one.name}-{one.severity}")
def test_every_alert_has_a_case_that_fires_and_one_that_is_silent(alert: Alert) -> None:
    fires = [
        alert.severity in {labels["severity"] for labels in _firings(case)}
        for case in CASES
        if case["alert"] == alert.name
    ]
    assert set(fires) == {True, False}


def test_the_committed_rules_are_those_of_the_description() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in files.FOLDER.iterdir()}
    assert committed == files.rendered(), "run `make boards` and commit what it wrote"


def test_prometheus_takes_the_rules(promtool: Path) -> None:
    done = subprocess.run(
        [promtool, "check", "rules", *files.FOLDER.glob("*.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAILED" not in done.stdout + done.stderr
