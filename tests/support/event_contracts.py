"""Real outbox rows against the committed schemas: what was published is what was promised."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import psycopg
from cloudevents.core.v1.event import CloudEvent
from jsonschema import Draft202012Validator

from services.kernel.settings import Settings

EVENTS: Final = Path(__file__).parents[2] / "contracts" / "events"
ATTRIBUTES: Final = {
    *("specversion", "id", "source", "type", "subject", "time", "datacontenttype"),
    *("aggregateversion", "requestid", "applicationid", "traceparent", "data"),
}


@cache
def validator_of(event_type: str) -> Draft202012Validator:
    """The validator of the committed schema; a type without one was never promised."""
    path = EVENTS / f"{event_type}.json"
    assert path.exists(), f"{event_type} is published and has no schema: run `make contracts`"
    schema = json.loads(path.read_text())
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def assert_rows_valid(rows: Iterable[Mapping[str, Any]]) -> int:
    """Check the `body` (or the row itself) of each outbox row; returns how many there were."""
    count = 0
    for row in rows:
        body = dict(row.get("body", row))
        assert not set(body) - ATTRIBUTES, f"unknown attributes: {sorted(set(body) - ATTRIBUTES)}"
        told = {k: v for k, v in body.items() if k not in ("data", "time")}
        CloudEvent(attributes=told, data=body["data"])  # raises what CloudEvents 1.0 refuses
        errors = [
            f"{error.json_path}: {error.message}"
            for error in validator_of(body["type"]).iter_errors(body["data"])
        ]
        assert not errors, f"{body['type']} {body['id']}: {errors}"
        assert body["aggregateversion"] >= 1, body
        assert body["subject"] in body["data"].values(), f"{body['type']}: subject is not its data"
        count += 1
    return count


def outbox_rows(settings: Settings, room: str) -> list[dict[str, Any]]:
    """Every row that the room's outbox holds."""
    url = settings.database_url.format(room=room).replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT body FROM outbox ORDER BY seq").fetchall()
    return [{"body": body} for (body,) in found]
