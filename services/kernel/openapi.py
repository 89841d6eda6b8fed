"""The OpenAPI document as it is served and committed: what FastAPI infers, made to tell the truth.

FastAPI does not know our problems, that a header checked by hand is required, or what an answer
looks like; this module does, for every room alike.
"""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from services.kernel.examples import Examples
from services.kernel.problems import STATUS

PROBLEM_JSON: Final = "application/problem+json"
ABOUT: Final = (
    "Money is decimal text in soles; identifiers carry their noun's prefix; instants are UTC. "
    "Every POST and PUT needs an Idempotency-Key: the same key and body give the first answer "
    "again. Refusals are application/problem+json (RFC 9457) with a stable `code`. `x-policy` is "
    "the action that the policy `fund.authz` is asked about."
)
_TEXT: Final = {"type": "string"}
_FIELD: Final = {
    "type": "object",
    "title": "FieldProblem",
    "description": "One wrong field.",
    "properties": {
        "pointer": {**_TEXT, "description": "JSON Pointer in the body, or #query/…, #path/…"},
        "code": {**_TEXT, "description": "Which rule"},
        "detail": {**_TEXT, "description": "What would cure it, in Spanish"},
    },
    "required": ["pointer", "code", "detail"],
    "additionalProperties": False,
}
_PROBLEM: Final = {
    "type": "object",
    "title": "Problem",
    "description": "Why the request was refused (RFC 9457).",
    "properties": {
        "type": {**_TEXT, "format": "uri-reference", "description": "/problems/ and the code"},
        "title": {**_TEXT, "description": "The kind of refusal, in Spanish"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {
            **_TEXT,
            "pattern": r"^[a-z_]+\.[a-z0-9_]+$",
            "description": "Stable; for programs",
        },
        "detail": {**_TEXT, "description": "What is wrong and the cure, in Spanish"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldProblem"}},
        "request_id": {**_TEXT, "description": "X-Request-ID of the answer, for whoever helps"},
        "trace_id": {
            **_TEXT,
            "pattern": "^[0-9a-f]{32}$",
            "description": "The trace it belongs to: one an application, whatever the request",
        },
    },
    "required": ["type", "title", "status", "code", "detail", "errors", "request_id"],
    "additionalProperties": False,
}
_EXAMPLE_CODES: Final = {
    400: ("http.malformed_json", "El cuerpo no es JSON válido."),
    401: ("auth.expired_token", "El token venció; pida otro."),
    403: ("authz.denied", "Su rol no puede hacer esto."),
    404: ("http.not_found", "No existe, o no es suyo."),
    409: ("idempotency.in_progress", "Otra solicitud con la misma llave está en curso."),
    412: ("http.stale", "Otra persona lo cambió antes; lea de nuevo."),
    413: ("http.body_too_large", "El cuerpo pasa de 1048576 bytes."),
    422: ("http.invalid", "Revise los campos señalados en errors."),
    503: ("policy.unavailable", "El motor de reglas no responde; vuelva a intentarlo."),
}


def operation_id(route: APIRoute) -> str:
    """`<room>_<function>`: unique when rooms are served together."""
    return "_".join([*map(str, route.tags), route.name])


def describe(app: FastAPI) -> None:
    """Let `app.openapi()` tell the whole contract."""
    inferred = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(inferred())
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    document["info"]["description"] = ABOUT
    components = document["components"]
    schemas = components["schemas"]
    for inferred in ("HTTPValidationError", "ValidationError"):
        schemas.pop(inferred, None)
    schemas.update(FieldProblem=_FIELD, Problem=_PROBLEM)
    components["responses"] = {
        _name(status): _problem_response(status) for status in _EXAMPLE_CODES
    }
    examples = Examples(schemas)
    for path, method, operation in operations(document):
        _summarise(operation)
        _correct_parameters(operation)
        _correct_responses(path, method, operation)
        _exemplify(operation, examples)
    for schema in schemas.values():
        if "example" in schema:
            schema["examples"] = [schema.pop("example")]
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation, of every operation of an OpenAPI document."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _summarise(operation: dict[str, Any]) -> None:
    text = operation.pop("description", "")
    operation["summary"] = text.split("\n")[0].rstrip(".")
    if "\n" in text:
        operation["description"] = text


def _correct_parameters(operation: dict[str, Any]) -> None:
    """A parameter is absent rather than null, and `x-required` marks what is checked by hand."""
    for parameter in operation.get("parameters", []):
        schema = parameter["schema"]
        kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
        if len(kinds) == 1:
            schema = parameter["schema"] = {**kinds[0], **schema}
        schema.pop("title", None)
        parameter["required"] = schema.pop("x-required", False) or parameter["required"]


def _correct_responses(path: str, method: str, operation: dict[str, Any]) -> None:
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    answers = operation["responses"]
    if "If-Match" not in names:
        answers.pop("412", None)
    conflicts = operation.pop("x-conflicts", False)
    if method == "get":
        for status in ("413",) if conflicts else ("409", "413"):
            answers.pop(status, None)
    if "{" in path or "Idempotency-Key" in names:
        answers.setdefault("404", {"content": {PROBLEM_JSON: {}}})
    for status, answer in answers.items():
        if PROBLEM_JSON in answer.get("content", {}):
            answers[status] = {"$ref": f"#/components/responses/{_name(int(status))}"}
        elif "Idempotency-Key" in names:
            answer["headers"] = {
                "Idempotency-Replayed": {
                    "description": "`true` when this is the first answer to the key, again",
                    "schema": {"type": "string", "const": "true"},
                }
            }


def _name(status: int) -> str:
    return next(kind.__name__ for kind, (code, _) in STATUS.items() if code == status)


def _problem_response(status: int) -> dict[str, Any]:
    title = next(title for code, title in STATUS.values() if code == status)
    code, detail = _EXAMPLE_CODES[status]
    example = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "errors": [],
        "request_id": "9b2f0a4c6d1e4f708192a3b4c5d6e7f8",
    }
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    return {"description": title, "content": {PROBLEM_JSON: content}}


def _exemplify(operation: dict[str, Any], examples: Examples) -> None:
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for body in bodies:
        for content in body.get("content", {}).values():
            content.setdefault("example", examples.of(content["schema"]))
