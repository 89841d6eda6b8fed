"""Each alert leads to a page that says what it means, how to look, what to do, how to undo."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from clients.fondo.app import app
from deploy.prometheus.files import ALERTS
from deploy.prometheus.model import RUNBOOKS, Alert
from tests.support.openapi import operations

ROOT = Path(__file__).resolve().parents[3]
SECTIONS = ["What it means", "How to look", "What to do", "How to undo"]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda one: f"{one.name}-{one.severity}")
def test_an_alert_has_its_runbook_with_four_sections_that_say_something(alert: Alert) -> None:
    head, *parts = re.split(
        r"^## (.+)$", (ROOT / alert.runbook).read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert head.strip() == f"# {alert.name}"
    assert parts[::2] == SECTIONS
    assert all(len(said.split()) >= 5 for said in parts[1::2])


def test_every_runbook_belongs_to_an_alert() -> None:
    pages = {path.stem for path in (ROOT / RUNBOOKS).glob("[A-Z]*.md")}
    assert pages == {alert.name for alert in ALERTS}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda one: f"{one.name}-{one.severity}")
def test_an_alert_says_in_spanish_what_is_wrong_and_where_to_look(alert: Alert) -> None:
    assert alert.summary[0].isupper()
    assert not alert.summary.endswith(".")
    assert alert.description.endswith(".")


@pytest.mark.parametrize("name", sorted({alert.name for alert in ALERTS}))
def test_what_a_runbook_asks_of_the_api_exists(name: str) -> None:
    text = (ROOT / RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
    existing = operations()
    for method, path, query in re.findall(r"(GET|POST|PUT) (/v1/[\w/{}-]+)(?:\?(\S+?))?`", text):
        assert set(re.findall(r"(\w+)=", query)) <= existing[method, path], path


@pytest.mark.parametrize("name", sorted({alert.name for alert in ALERTS}))
def test_the_commands_of_a_runbook_exist(name: str) -> None:
    text = (ROOT / RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
    for said in re.findall(r"`fondo ((?:[a-z-]+ ?)+)", text):
        command: Any = get_command(app)
        for word in said.split():
            if not hasattr(command, "commands"):
                break
            assert word in command.commands, f"fondo {said}"
            command = command.commands[word]
