"""Each room's OpenAPI says what it serves: routes, policies, keys, problems, examples that hold."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import yaml
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from services.kernel.app import create_app
from services.kernel.openapi import PROBLEM_JSON, operations
from services.kernel.rooms import ROOMS
from services.kernel.settings import Settings
from tests.contracts.conftest import ROOT

pytestmark = pytest.mark.serverless

Documents = dict[str, dict[str, Any]]
Operation = tuple[str, str, str, dict[str, Any]]
UNTOLD = {
    *("/healthz", "/readyz", "/metrics", "/openapi.json"),
    *("/docs", "/docs/oauth2-redirect", "/redoc", "/static-offline-docs"),
}
"""What every process serves besides its contract: health, metrics and the contract itself."""
UNTOLD_OF = {"disbursement": {"/docs/partners", "/docs/partners/openapi.json"}}
"""And what one room serves besides: the contract's part for its partners."""
SIGNED = "signature"
"""The x-policy of what a partner's signature opens instead of a token."""


def every(documents: Documents) -> Iterator[Operation]:
    for room, document in documents.items():
        for path, method, operation in operations(document):
            yield room, path, method, operation


def problems(documents: Documents, check: Any) -> list[str]:
    return [
        f"{method.upper()} {path}: {found}"
        for _, path, method, operation in every(documents)
        if (found := check(path, method, operation))
    ]


def served(routes: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Path and method of every route, those of included routers too."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from served(route.original_router.routes)
        elif isinstance(route, APIRoute):
            yield from ((route.path, method.lower()) for method in route.methods)
        else:
            yield route.path, "get"


def test_each_room_serves_what_its_document_tells_and_nothing_else(documents: Documents) -> None:
    for room, document in documents.items():
        told = {(path, method) for path, method, _ in operations(document)}
        found = set(served(create_app([room], Settings()).routes))
        assert found == told | {(path, "get") for path in UNTOLD | UNTOLD_OF.get(room, set())}, room


def test_documents_are_openapi_3_1_of_version_1(documents: Documents) -> None:
    assert set(documents) == set(ROOMS)
    for room, document in documents.items():
        assert document["openapi"].startswith("3.1."), room
        assert document["info"]["version"] == "1.0.0", room
        assert document["info"]["title"].endswith(room), room
        assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_operation_ids_are_unique_over_all_rooms(documents: Documents) -> None:
    counted = Counter(operation["operationId"] for _, _, _, operation in every(documents))
    assert [name for name, count in counted.items() if count > 1] == []


def test_every_operation_has_a_summary_and_a_policy_of_the_table(documents: Documents) -> None:
    table = yaml.safe_load((ROOT / "policies/fund/authz/actions/data.yaml").read_text())

    def check(_: str, __: str, operation: dict[str, Any]) -> str:
        if not operation.get("summary"):
            return "no summary"
        policy = operation.get("x-policy")
        return "" if policy in table or policy == SIGNED else f"x-policy {policy} is in no table"

    assert problems(documents, check) == []


def test_every_operation_but_the_signed_one_needs_a_token(documents: Documents) -> None:
    def check(_: str, __: str, operation: dict[str, Any]) -> str:
        open_to_all = operation.get("security") != [{"bearer": []}]
        return "open to all" if open_to_all and operation["x-policy"] != SIGNED else ""

    assert problems(documents, check) == []


def test_every_write_requires_an_idempotency_key(documents: Documents) -> None:
    def check(_: str, method: str, operation: dict[str, Any]) -> str:
        found = [p for p in operation.get("parameters", []) if p["name"] == "Idempotency-Key"]
        wanted = method != "get" and operation["x-policy"] != SIGNED
        required = bool(found) and found[0]["required"] and found[0]["in"] == "header"
        return "" if required is wanted and bool(found) is wanted else f"{found}"

    assert problems(documents, check) == []


def test_every_refusal_is_a_problem_and_tokens_can_be_missing_everywhere(
    documents: Documents,
) -> None:
    def check(_: str, __: str, operation: dict[str, Any]) -> str:
        answers = operation["responses"]
        refusals = {status: answer for status, answer in answers.items() if status >= "400"}
        if not {"400", "401", "503"} <= set(refusals):
            return f"only {sorted(refusals)}"
        loose = [s for s, a in refusals.items() if "#/components/responses/" not in a["$ref"]]
        return f"{loose} are no problems" if loose else ""

    assert problems(documents, check) == []
    for document in documents.values():
        for answer in document["components"]["responses"].values():
            assert set(answer["content"]) == {PROBLEM_JSON}
        problem = document["components"]["schemas"]["Problem"]
        assert set(problem["required"]) == {
            *("type", "title", "status", "code", "detail", "errors", "request_id")
        }


def test_every_body_has_an_example_that_its_schema_accepts(documents: Documents) -> None:
    wrong = []
    for room, document in documents.items():
        resource = Resource(contents=document, specification=DRAFT202012)
        registry = Registry().with_resource("urn:room", resource)
        named = list(document["components"]["responses"].items())
        for _, _, operation in operations(document):
            answers = [operation.get("requestBody", {}), *operation["responses"].values()]
            named += [(operation["operationId"], answer) for answer in answers]
        for name, answer in named:
            for content in answer.get("content", {}).values():
                schema = content["schema"]
                if "$ref" in schema:
                    schema = {"$ref": f"urn:room{schema['$ref']}"}
                validator = Draft202012Validator(schema, registry=registry)
                errors = validator.iter_errors(content["example"])
                wrong += [f"{room} {name} {e.json_path}: {e.message}" for e in errors]
    assert wrong == []
