"""An example for each JSON Schema, put together from those that models and fields give.

A field without an example of its own takes the value that another example gives to a field of the
same name, so that a room's request examples also show what its answers look like.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_FORMATS: Final = {"date": "2026-03-02", "date-time": "2026-03-02T15:00:00Z"}
_TYPES: Final[dict[str, type]] = {"string": str, "integer": int, "boolean": bool}
_ID: Final = re.compile(r"\^([a-z]{3})_\[")
_ID_EXAMPLE: Final = "01k9v1q0m5f3tt0p6k1s9w2r4e"


class Examples:
    """The examples of one document's schemas."""

    def __init__(self, schemas: Mapping[str, Any]) -> None:
        self._schemas = schemas
        self._known: dict[str, list[Any]] = {}
        for told in (_given, _of_fields):
            for schema in schemas.values():
                for example in told(schema):
                    for name, value in _leaves(example):
                        self._known.setdefault(name, []).append(value)

    def of(self, schema: Mapping[str, Any], name: str = "") -> Any:
        """An example of the schema; `name` is the field that has it."""
        if "$ref" in schema:
            return self.of(self._schemas[schema["$ref"].rsplit("/", 1)[1]], name)
        for given in _given(schema):
            whole = self._object(schema) if isinstance(given, dict) else {}
            return {**whole, **given} if whole else given
        if "anyOf" in schema:
            return self.of(schema["anyOf"][0], name)
        if "allOf" in schema:
            return self.of(schema["allOf"][0], name)
        if "properties" in schema:
            return self._object(schema)
        if schema.get("type") == "array":
            return [self.of(schema["items"], name)]
        return self._leaf(schema, name)

    def _object(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.of(part, name) for name, part in schema.get("properties", {}).items()}

    def _leaf(self, schema: Mapping[str, Any], name: str) -> Any:
        for known in self._known.get(name, ()):
            if _fits(known, schema):
                return known
        kind, pattern = schema.get("type", ""), schema.get("pattern", "")
        if found := _ID.match(pattern):
            return f"{found[1]}_{_ID_EXAMPLE}"
        if kind == "string":
            return _FORMATS.get(schema.get("format", ""), name)
        return {"integer": schema.get("minimum", 1), "boolean": True, "null": None}.get(kind, {})


def _given(schema: Mapping[str, Any]) -> Iterator[Any]:
    yield from (schema[key] for key in ("example", "const") if key in schema)
    yield from (schema[key][0] for key in ("examples", "enum") if schema.get(key))


def _of_fields(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, part in schema.get("properties", {}).items():
        yield from (
            {name: kind["examples"][0]}
            for kind in (part, *part.get("anyOf", ()))
            if "examples" in kind
        )


def _leaves(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, part in value.items():
            if isinstance(part, str | int):
                yield name, part
            yield from _leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part)


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    wanted = _TYPES.get(schema.get("type", ""))
    if wanted is None or type(value) is not wanted:
        return False
    return not isinstance(value, str) or bool(re.search(schema.get("pattern", ""), value))
