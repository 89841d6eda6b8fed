"""A room starts and answers alone, with everything else out of reach; its history is its own."""

import ast
import json
import os
import socket
import subprocess
import sys
from typing import Any

import pytest
from alembic.script import ScriptDirectory

from services.kernel.migrate import config_of
from services.kernel.rooms import ROOMS
from services.kernel.settings import Settings
from tests.architecture.tidy import ROOT


def nowhere() -> str:
    """An address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"127.0.0.1:{listening.getsockname()[1]}"


def alone(room: str) -> dict[str, Any]:
    """What a process says that serves this room while nothing else can be reached."""
    gone = nowhere()
    unreachable = {
        "FUND_DATABASE_URL": f"postgresql+psycopg://nobody@{gone}/fund_{{room}}",
        "FUND_KAFKA_BOOTSTRAP": gone,
        "FUND_TEMPORAL_ADDRESS": gone,
        **{
            f"FUND_{name}_URL": f"http://{gone}"
            for name in ("API", "OPA", "ISSUER", "AGROIDEAS", "AGROBANCO")
        },
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.architecture.alone", "api", room],
        cwd=ROOT,
        env={**os.environ, **unreachable},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_runs_and_answers_while_every_neighbour_is_down(room: str) -> None:
    said = alone(room)
    assert said["strangers"] == []
    answers = said["answers"]
    assert {name: answer["status"] for name, answer in answers.items()} == {
        "health": 200,
        "ready": 503,
        "contract": 200,
        "without_token": 401,
        "with_token": 503,
    }
    assert answers["ready"]["body"]["checks"] == {"opa": "down", f"database:{room}": "down"}
    assert answers["without_token"]["body"]["code"] == "auth.token_missing"
    assert answers["with_token"]["body"]["code"] == "auth.issuer_unavailable"


@pytest.mark.parametrize("room", ROOMS)
def test_a_rooms_history_is_one_line_from_its_first_revision(room: str) -> None:
    revisions = list(
        ScriptDirectory.from_config(config_of(room, Settings())).walk_revisions("base", "heads")
    )
    numbers = [f"{number:04}" for number in range(len(revisions), 0, -1)]
    assert [revision.revision for revision in revisions] == numbers
    assert all(f"/{room}/" in str(revision.path) for revision in revisions)


@pytest.mark.parametrize("room", ROOMS)
def test_a_migration_imports_no_code_that_will_have_changed(room: str) -> None:
    for path in (ROOT / "services" / room / "migrations/versions").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {
            name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (
                [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            )
            if name and name.split(".")[0] in {"services", "workflows", "deploy"}
        }
        assert imported <= {"services.kernel.migrations"}, path.name
