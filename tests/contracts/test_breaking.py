"""Today's contracts accept all that the released ones accepted, and still say all they said.

oasdiff compares. An event is wrapped twice: as a webhook's request (what was valid stays valid,
old rows can be read again) and as an answer (what consumers read does not go away).
"""

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.conftest import COMMITTED, ROOT

pytestmark = pytest.mark.serverless
RELEASED = COMMITTED / "released" / "v1"
RELEASED_ROOMS = sorted(path.stem for path in (RELEASED / "openapi").glob("*.json"))
"""A room that is younger than the release has nobody yet who could lose anything."""
ADDED_VALUES = Path(__file__).with_name("added_values.txt")
LIMIT_S = 60

Document = dict[str, Any]


@pytest.fixture(scope="session")
def oasdiff() -> str:
    """The program, built once and cached by the project's tools."""
    python = str(ROOT / ".local/venv/bin/python")
    command = [python if Path(python).exists() else "python3", "-m", "deploy.tools"]
    subprocess.run([*command, "install", "oasdiff"], cwd=ROOT, check=True, timeout=280)
    found = subprocess.run(
        [*command, "path", "oasdiff"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return found.stdout.strip()


def breaks(oasdiff: str, before: Path, after: Path) -> str:
    """What a client of `before` loses with `after`; empty when nothing."""
    done = subprocess.run(
        [
            *(oasdiff, "breaking", str(before), str(after), "--fail-on", "ERR"),
            *("--color", "never", "--err-ignore", str(ADDED_VALUES)),
        ],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout + done.stderr if done.returncode else ""


def wrapped(folder: Path) -> Document:
    """All event schemas of a folder as one OpenAPI document."""
    document: Document = {
        "openapi": "3.1.0",
        "info": {"title": "events", "version": "1"},
        "paths": {},
        "webhooks": {},
        "components": {"schemas": {}},
    }
    for path in sorted(folder.glob("*.json")):
        schema = json.loads(
            path.read_text().replace("#/$defs/", f"#/components/schemas/{path.stem}.")
        )
        for name, part in schema.pop("$defs", {}).items():
            document["components"]["schemas"][f"{path.stem}.{name}"] = part
        for key in ("$schema", "$id"):
            schema.pop(key)
        content = {"application/json": {"schema": schema}}
        told = {"200": {"description": "told", "content": content}}
        taken = {"200": {"description": "taken"}}
        document["paths"][f"/{path.stem}"] = {"get": {"responses": copy.deepcopy(told)}}
        document["webhooks"][path.stem] = {
            "post": {"requestBody": {"required": True, "content": content}, "responses": taken}
        }
    return document


def written(folder: Path, name: str, document: Document) -> Path:
    path = folder / name
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("room", RELEASED_ROOMS)
def test_a_client_of_the_released_api_loses_nothing(
    oasdiff: str, room: str, generated: Path
) -> None:
    name = f"openapi/{room}.json"
    assert breaks(oasdiff, RELEASED / name, generated / name) == ""


def test_a_reader_of_the_released_events_loses_nothing(
    oasdiff: str, generated: Path, tmp_path: Path
) -> None:
    before = written(tmp_path, "before.json", wrapped(RELEASED / "events"))
    after = written(tmp_path, "after.json", wrapped(generated / "events"))
    assert breaks(oasdiff, before, after) == ""


def _forget_an_operation(document: Document) -> None:
    document["paths"].pop("/v1/ballots/{ballot_id}/resolution")


def _require_a_new_field(document: Document) -> None:
    body = document["components"]["schemas"]["VoteIn"]
    body["properties"]["mood"] = {"type": "string"}
    body.setdefault("required", []).append("mood")


def _narrow_a_choice(document: Document) -> None:
    document["components"]["schemas"]["VoteIn"]["properties"]["choice"]["enum"] = ["for"]


def _stop_telling_a_field(document: Document) -> None:
    answer = document["components"]["schemas"]["BallotOut"]
    answer["properties"].pop("result")
    answer["required"].remove("result")


@pytest.mark.parametrize(
    "change",
    [_forget_an_operation, _require_a_new_field, _narrow_a_choice, _stop_telling_a_field],
)
def test_a_planted_break_of_an_api_is_found(
    oasdiff: str, change: Callable[[Document], None], tmp_path: Path
) -> None:
    released = RELEASED / "openapi" / "board.json"
    document = json.loads(released.read_text())
    change(document)
    assert breaks(oasdiff, released, written(tmp_path, "board.json", document))


def _drop_a_field(schema: Document) -> None:
    schema["properties"].pop("complete")
    schema["required"].remove("complete")


def _change_a_type(schema: Document) -> None:
    schema["properties"]["seats_voted"] = {"type": "string"}


def _demand_more(schema: Document) -> None:
    schema["properties"]["mood"] = {"type": "string"}
    schema["required"].append("mood")


@pytest.mark.parametrize("change", [_drop_a_field, _change_a_type, _demand_more])
def test_a_planted_break_of_an_event_is_found(
    oasdiff: str, change: Callable[[Document], None], tmp_path: Path
) -> None:
    document = wrapped(RELEASED / "events")
    changed = copy.deepcopy(document)
    name = "fund.board.vote.cast.v1"
    change(
        changed["paths"][f"/{name}"]["get"]["responses"]["200"]["content"]["application/json"][
            "schema"
        ]
    )
    body = changed["webhooks"][name]["post"]["requestBody"]
    change(body["content"]["application/json"]["schema"])
    before = written(tmp_path, "before.json", document)
    assert breaks(oasdiff, before, written(tmp_path, "after.json", changed))


def test_a_new_optional_field_breaks_nobody(oasdiff: str, tmp_path: Path) -> None:
    document = wrapped(RELEASED / "events")
    changed = copy.deepcopy(document)
    for event in changed["paths"].values():
        schema = event["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        schema["properties"]["noted"] = {"type": "string"}
    before = written(tmp_path, "before.json", document)
    assert breaks(oasdiff, before, written(tmp_path, "after.json", changed)) == ""
