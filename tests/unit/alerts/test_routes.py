"""Who is told of which alert, and which alert keeps still because its cause is told."""

import re
import subprocess
from pathlib import Path
from string import Template
from typing import Any

import pytest
import yaml

from deploy.local.configs import ALERTMANAGER
from deploy.prometheus.files import ALERTS
from deploy.tools import ensure

URLS = {"page_url": "http://page.example/", "ticket_url": "http://ticket.example/"}


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = (ALERTMANAGER / "alertmanager.yml").read_text(encoding="utf-8")
    path = tmp_path_factory.mktemp("alertmanager") / "alertmanager.yml"
    path.write_text(Template(text).substitute(URLS), encoding="utf-8")
    return path


def _amtool(*arguments: str | Path) -> str:
    done = subprocess.run(
        [ensure("alertmanager")["amtool"], *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_alertmanager_takes_the_configuration(configuration: Path) -> None:
    assert "SUCCESS" in _amtool("check-config", configuration)


@pytest.mark.parametrize("severity", sorted({alert.severity for alert in ALERTS}))
def test_each_severity_has_its_receiver(severity: str, configuration: Path) -> None:
    argument = f"--config.file={configuration}"
    told = _amtool("config", "routes", "test", argument, f"severity={severity}")
    assert told.strip() == severity


def test_only_alerts_that_exist_hold_others_back(configuration: Path) -> None:
    names = {alert.name for alert in ALERTS}
    rules: list[dict[str, Any]] = yaml.safe_load(configuration.read_text())["inhibit_rules"]
    said: set[str] = set()
    for rule in rules:
        for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
            found = re.fullmatch(r'alertname[!=~]+"(.+)"', matcher)
            said |= set(found[1].split("|")) if found else set()
    assert said
    assert said <= names
