"""AsyncAPI: valid by the standard's own schema, whole, and every reference leads somewhere."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from services.kernel.asyncapi import events_of
from services.kernel.rooms import ROOMS, optional
from tests.contracts.conftest import COMMITTED

pytestmark = pytest.mark.serverless
STANDARD = Draft7Validator(json.loads((COMMITTED / "vendor/asyncapi-3.0.0.json").read_text()))


@pytest.fixture
def document(generated: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((generated / "asyncapi.yaml").read_text())
    return found


def test_the_document_is_valid_asyncapi_3(document: dict[str, Any]) -> None:
    assert [error.message for error in STANDARD.iter_errors(document)] == []


def test_the_standards_schema_refuses_what_is_wrong(document: dict[str, Any]) -> None:
    document["operations"]["board.publish"]["action"] = "shout"
    assert list(STANDARD.iter_errors(document))


def test_every_room_sends_its_events_and_every_listener_receives(document: dict[str, Any]) -> None:
    operations = document["operations"]
    sent = {
        ref["$ref"].rsplit("/", 1)[1]
        for operation in operations.values()
        if operation["action"] == "send"
        for ref in operation["messages"]
    }
    assert sent == {event.TYPE for room in ROOMS for event in events_of(room)}
    received = {
        (name.split(".from_")[0], ref["$ref"].rsplit("/", 1)[1])
        for name, operation in operations.items()
        if operation["action"] == "receive"
        for ref in operation["messages"]
    }
    assert received == {
        (listener.consumer, event_type)
        for room in ROOMS
        for listener in optional(room, "listeners", "LISTENERS", [])
        for event_type in listener.handlers
    }


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    lost = [ref for ref in _references(document) if not _found(document, ref)]
    assert lost == []


def test_no_machine_is_named(document: dict[str, Any]) -> None:
    assert [server["host"] for server in document["servers"].values()] == ["{bootstrap}"]


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [ref for value in part.values() for ref in _references(value)]
    if isinstance(part, list):
        return [ref for value in part for ref in _references(value)]
    return []


def _found(document: dict[str, Any], ref: str) -> bool:
    if ref.startswith("./"):
        return (COMMITTED / ref).is_file()
    part: Any = document
    for step in ref.removeprefix("#/").split("/"):
        part = part.get(step) if isinstance(part, dict) else None
    return part is not None
