"""Every request of the fund's API, ready for an API client: a Postman 2.1 collection.

Generated from contracts/openapi (`make contracts`), never edited: a folder a room, a request an
operation, with the example body of the contract. Postman, Bruno, Insomnia and Hoppscotch import it.
Set `base_url` and `token`; a path's identifier is a variable of the same name; each write makes its
own Idempotency-Key.
"""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
DOCUMENTS: Final = ROOT / "contracts/openapi"
FILE: Final = Path(__file__).with_name("fondo-consorcios.postman_collection.json")
SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
NAME: Final = "Fondo Consorcios"
KEY_HEADER: Final = "Idempotency-Key"
ABOUT: Final = (
    "Cada solicitud de la API del Fondo Consorcios. Ponga las variables base_url y token; los"
    " identificadores de las rutas son variables. Cada escritura lleva su Idempotency-Key."
)

Json = dict[str, Any]


def write(folder: Path = DOCUMENTS, to: Path = FILE) -> Path:
    """Write the collection of all documents in the folder."""
    documents = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
    }
    text = json.dumps(collection(documents), indent=2, ensure_ascii=False) + "\n"
    to.write_text(text, encoding="utf-8")
    return to


def collection(documents: dict[str, Json]) -> Json:
    """The collection of these OpenAPI documents, by room."""
    names = {
        parameter["name"]
        for document in documents.values()
        for _, _, operation in _operations(document)
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "path"
    }
    variables = [
        {"key": "base_url", "value": "http://127.0.0.1:18000", "type": "string"},
        {"key": "token", "value": "", "type": "string"},
        *({"key": name, "value": "", "type": "string"} for name in sorted(names)),
    ]
    return {
        "info": {
            "_postman_id": str(uuid.uuid5(uuid.NAMESPACE_URL, "urn:fondo-consorcios:collection")),
            "name": NAME,
            "description": ABOUT,
            "schema": SCHEMA,
        },
        "auth": _bearer(),
        "variable": variables,
        "item": [
            {"name": room, "item": [_item(*found) for found in _operations(document)]}
            for room, document in documents.items()
        ],
    }


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _item(path: str, method: str, operation: Json) -> Json:
    parameters = operation.get("parameters", [])
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    headers = [_header(one) for one in parameters if one["in"] == "header"]
    request: Json = {
        "method": method.upper(),
        "header": [{"key": "Accept", "value": "application/json"}, *headers],
        "url": _url(path, [one for one in parameters if one["in"] == "query"]),
        "description": _description(operation),
    }
    if not operation.get("security"):
        request["auth"] = {"type": "noauth"}
    if body is not None:
        request["header"].append({"key": "Content-Type", "value": "application/json"})
        raw = json.dumps(body.get("example", {}), indent=2, ensure_ascii=False)
        request["body"] = {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json"}}}
    return {"name": operation["summary"], "request": request, "response": []}


def _url(path: str, query: list[Json]) -> Json:
    parts = path.replace("{", "{{").replace("}", "}}").strip("/").split("/")
    asked = [
        {"key": one["name"], "value": _value(one), "disabled": not one["required"]} for one in query
    ]
    required = "&".join(f"{one['key']}={one['value']}" for one in asked if not one["disabled"])
    raw = "{{base_url}}/" + "/".join(parts) + (f"?{required}" if required else "")
    url: Json = {"raw": raw, "host": ["{{base_url}}"], "path": parts}
    return {**url, "query": asked} if asked else url


def _header(parameter: Json) -> Json:
    made = parameter["name"] == KEY_HEADER
    value = "{{$guid}}" if made else _value(parameter)
    return {"key": parameter["name"], "value": value, "disabled": not parameter["required"]}


def _value(parameter: Json) -> str:
    schema = parameter["schema"]
    found = [*schema.get("examples", []), *schema.get("enum", []), schema.get("default")]
    return "" if found[0] is None else str(found[0])


def _description(operation: Json) -> str:
    policy = operation.get("x-policy")
    told = [operation.get("description") or f"{operation['summary']}."]
    return "\n\n".join([*told, *([f"Acción de la política: `{policy}`"] if policy else [])])


def _bearer() -> Json:
    return {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]}
