"""The events as they are committed: the JSON Schema of each, and AsyncAPI 3.0 over all topics."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Final

from services.kernel.events import Listener
from services.kernel.examples import Examples
from services.kernel.rooms import optional, part
from services.kernel.work import Event

JSON_SCHEMA: Final = "https://json-schema.org/draft/2020-12/schema"
CLOUD_EVENTS: Final = "application/cloudevents+json; charset=UTF-8"
_TEXT: Final = {"type": "string"}
_ENVELOPE: Final = {
    "type": "object",
    "description": "CloudEvents 1.0 in structured JSON, with the fund's extensions.",
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {**_TEXT, "description": "Unique; a second delivery carries the same"},
        "source": {**_TEXT, "format": "uri-reference"},
        "type": _TEXT,
        "subject": {**_TEXT, "description": "The aggregate's id, and the record's key"},
        "time": {**_TEXT, "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "aggregateversion": {"type": "integer", "minimum": 1, "description": "Order in a subject"},
        "applicationid": {**_TEXT, "description": "The application that it is about, if any"},
        "requestid": {**_TEXT, "description": "X-Request-ID of the request that caused it"},
        "traceparent": {
            **_TEXT,
            "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
            "description": "W3C Trace Context of what caused it; absent without tracing",
        },
        "data": {"type": "object"},
    },
    "required": [
        *("specversion", "id", "source", "type", "subject", "time"),
        *("datacontenttype", "aggregateversion", "requestid", "data"),
    ],
}
_HEADERS: Final = {
    "type": "object",
    "properties": {
        "content-type": {"const": CLOUD_EVENTS},
        "ce_id": _TEXT,
        "ce_type": _TEXT,
        "traceparent": _TEXT,
    },
    "required": ["content-type", "ce_id", "ce_type"],
}


def events_of(room: str) -> list[type[Event]]:
    """The events that the room publishes, by type: of its `events` and of each `…_events`."""
    folder = Path(str(part(room, "events").__file__)).parent
    names = [module.name for module in iter_modules([str(folder)])]
    parts = [part(room, name) for name in names if name == "events" or name.endswith("_events")]
    named = [value for module in parts for value in vars(module).values()]
    found = {kind for kind in named if isinstance(kind, type) and issubclass(kind, Event)}
    return sorted((kind for kind in found if hasattr(kind, "TYPE")), key=lambda kind: kind.TYPE)


def event_schema(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event's data."""
    schema = event.model_json_schema(mode="serialization")
    given = {**schema.get("$defs", {}), event.__name__: schema}
    schema["examples"] = [Examples(given).of(schema)]
    return {"$schema": JSON_SCHEMA, "$id": f"urn:{event.TYPE}", **schema}


def asyncapi_of(rooms: Iterable[str]) -> dict[str, Any]:
    """The AsyncAPI document: a channel a topic, who sends to it and which listener receives."""
    events = {room: events_of(room) for room in rooms}
    operations = dict(_operations(events))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Fondo Consorcios: events",
            "version": "1.0.0",
            "description": "Facts that the rooms publish through their outboxes: at least once, "
            "and for each subject in the order of aggregateversion. A reader ignores fields that "
            "it does not know. The workflows' bridge listens too; it declares its own reading.",
        },
        "defaultContentType": CLOUD_EVENTS,
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "variables": {"bootstrap": {"description": "host:port (FUND_KAFKA_BOOTSTRAP)"}},
            }
        },
        "channels": {room: _channel(room, events[room]) for room in events},
        "operations": operations,
        "components": {
            "messages": {kind.TYPE: _message(kind) for found in events.values() for kind in found},
            "schemas": {"CloudEvent": _ENVELOPE},
        },
    }


def _channel(room: str, events: list[type[Event]]) -> dict[str, Any]:
    return {
        "address": f"fund.{room}.v1",
        "description": f"What the room {room} tells the others.",
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {e.TYPE: {"$ref": f"#/components/messages/{e.TYPE}"} for e in events},
        "bindings": {"kafka": {"topic": f"fund.{room}.v1", "bindingVersion": "0.5.0"}},
    }


def _operations(events: dict[str, list[type[Event]]]) -> Iterator[tuple[str, Any]]:
    for room, published in events.items():
        summary = "Publish what happened"
        yield f"{room}.publish", _operation("send", room, [e.TYPE for e in published], summary)
    for room in events:
        listeners: list[Listener] = optional(room, "listeners", "LISTENERS", [])
        for listener in listeners:
            by_room: dict[str, list[str]] = {}
            for name in sorted(listener.handlers):
                by_room.setdefault(name.split(".")[1], []).append(name)
            for other, names in sorted(by_room.items()):
                summary = f"Consumer group {listener.consumer}"
                yield (
                    f"{listener.consumer}.from_{other}",
                    _operation("receive", other, names, summary),
                )


def _operation(action: str, room: str, names: list[str], summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{room}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{room}/messages/{name}"} for name in names],
    }


def _message(event: type[Event]) -> dict[str, Any]:
    own = {
        "type": "object",
        "properties": {
            "type": {"const": event.TYPE},
            "data": {"$ref": f"./events/{event.TYPE}.json"},
        },
    }
    return {
        "name": event.TYPE,
        "title": event.__name__,
        "summary": (event.__doc__ or "").split("\n")[0],
        "contentType": CLOUD_EVENTS,
        "headers": _HEADERS,
        "payload": {"allOf": [{"$ref": "#/components/schemas/CloudEvent"}, own]},
        "bindings": {
            "kafka": {
                "key": {**_TEXT, "description": f"data.{event.SUBJECT}"},
                "bindingVersion": "0.5.0",
            }
        },
    }
