"""Definitions stay replayable: no chance, no clock of their own, and old histories still run."""

import ast
import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from workflows import worker

ROOT = Path(__file__).parents[2]
DEFINITIONS = sorted((ROOT / "workflows" / "definitions").glob("*.py"))
HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))

FORBIDDEN_MODULES = {"random", "uuid", "secrets", "time", "os", "socket", "threading", "httpx2"}
FORBIDDEN_CALLS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("asyncio", "wait"),
    ("asyncio", "as_completed"),
    ("asyncio", "to_thread"),
    ("clock", "now"),
}


def forbidden_in(source: str) -> list[str]:
    """What a definition's source does that a replay could not repeat."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".")[0] for alias in node.names]
            found += [name for name in names if name in FORBIDDEN_MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module.split(".")[0] in FORBIDDEN_MODULES:
                found.append(node.module)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if (node.value.id, node.attr) in FORBIDDEN_CALLS:
                found.append(f"{node.value.id}.{node.attr}")
        elif isinstance(node, (ast.For, ast.comprehension)) and isinstance(
            node.iter, (ast.Set, ast.SetComp)
        ):
            found.append("iteration over a set")
    return found


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.stem)
def test_a_definition_uses_nothing_that_a_replay_cannot_repeat(path: Path) -> None:
    assert forbidden_in(path.read_text()) == [], (
        f"{path.name}: use workflow.now(), workflow.uuid4(), workflow.wait, or an activity"
    )


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "from uuid import uuid4",
        "x = datetime.now(UTC)",
        "await asyncio.wait(tasks)",
        "for x in {1, 2}: pass",
    ],
)
def test_the_check_finds_what_it_is_for(source: str) -> None:
    assert forbidden_in(source)


def kind_of(path: Path) -> str:
    return path.stem.split("-")[1]


KINDS = [definition.__name__ for definition in worker.WORKFLOWS]


@pytest.mark.parametrize("kind", KINDS)
def test_each_workflow_has_histories_to_replay(kind: str) -> None:
    assert sum(kind_of(path) == kind for path in HISTORIES) >= 3


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_recorded_history_still_runs(path: Path) -> None:
    replayer = Replayer(
        workflows=list(worker.WORKFLOWS),
        data_converter=pydantic_data_converter,
        workflow_runner=worker.sandbox(),
        workflow_failure_exception_types=worker.FAILURES,
    )
    await replayer.replay_workflow(WorkflowHistory.from_json(path.stem, path.read_text()))


def test_histories_name_no_machine() -> None:
    for path in HISTORIES:
        text = path.read_text()
        assert "stackTrace" not in text
        identities = {found for found in _values(json.loads(text), "identity") if found != "stage"}
        assert identities == set(), path.name


def _values(part: object, name: str) -> list[str]:
    if isinstance(part, dict):
        own = [str(part[name])] if name in part else []
        return own + [found for value in part.values() for found in _values(value, name)]
    return (
        [found for item in part for found in _values(item, name)] if isinstance(part, list) else []
    )
