"""What the code promises, written as files: OpenAPI, events, AsyncAPI, policy input and answer.

Everything comes from the rooms' own declarations, found by the names of their parts, so that the
files cannot promise what the code does not do; a test compares them byte by byte.
"""

import json
from pathlib import Path
from typing import Any, Final

import yaml

from services.kernel.app import create_app
from services.kernel.asyncapi import JSON_SCHEMA, asyncapi_of, event_schema, events_of
from services.kernel.auth import policy_schemas
from services.kernel.rooms import ROOMS, optional
from services.kernel.settings import Settings

GENERATED: Final = ("openapi", "events", "policies")
"""The folders in which nothing is written by hand."""


def write(folder: Path) -> list[Path]:
    """Write every generated contract below `folder` and remove what is no longer one."""
    files = {**_openapi(), **_events(), **_policies(), "asyncapi.yaml": _asyncapi()}
    for kind in GENERATED:
        for found in (folder / kind).glob("*.json"):
            if f"{kind}/{found.name}" not in files:
                found.unlink()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [folder / name for name in sorted(files)]


def openapi_of(room: str) -> dict[str, Any]:
    """The room's OpenAPI document, as the room serves it when it runs alone."""
    document: dict[str, Any] = create_app([room], Settings()).openapi()
    return document


def _openapi() -> dict[str, str]:
    return {f"openapi/{room}.json": _json(openapi_of(room)) for room in ROOMS}


def _events() -> dict[str, str]:
    events = [event for room in ROOMS for event in events_of(room)]
    return {f"events/{event.TYPE}.json": _json(event_schema(event)) for event in events}


def _policies() -> dict[str, str]:
    schemas = policy_schemas()
    for room in ROOMS:
        schemas |= optional(room, "policy", "policy_schemas", dict)()
    return {
        f"policies/{name}.json": _json({"$schema": JSON_SCHEMA, "$id": f"urn:{name}", **schema})
        for name, schema in schemas.items()
    }


def _asyncapi() -> str:
    text: str = yaml.safe_dump(
        json.loads(json.dumps(asyncapi_of(ROOMS))), sort_keys=False, allow_unicode=True, width=100
    )
    return text


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
