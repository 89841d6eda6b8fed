"""The generated client and the collection of requests are those of the committed contracts."""

import json
from pathlib import Path
from typing import Any

import pytest

from clients import collections, generate
from tests.contracts.conftest import COMMITTED

pytestmark = pytest.mark.serverless


def _requests() -> list[tuple[str, str, dict[str, Any]]]:
    written = json.loads(collections.FILE.read_text(encoding="utf-8"))
    return [
        (room["name"], item["name"], item["request"])
        for room in written["item"]
        for item in room["item"]
    ]


def test_the_client_was_generated_from_the_contract_as_it_is() -> None:
    told = generate.STAMP.read_text(encoding="utf-8").strip()
    assert told == generate.source_sha256(), "run `make client` and commit what it wrote"


def test_the_client_has_a_function_for_each_operation_of_the_board() -> None:
    document = json.loads(generate.DOCUMENT.read_text(encoding="utf-8"))
    wanted = {
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
    }
    found = {path.stem for path in (generate.PACKAGE / "api").glob("*/[a-z]*.py")}
    assert found == wanted


def test_answers_are_read_loosely_and_requests_are_not() -> None:
    document = json.loads(generate.DOCUMENT.read_text(encoding="utf-8"))
    schemas = generate.loosened(document)["components"]["schemas"]
    assert "enum" in schemas["VoteIn"]["properties"]["choice"]
    assert "enum" not in schemas["VoteOut"]["properties"]["choice"]


def test_the_collection_is_that_of_the_contracts(tmp_path: Path) -> None:
    again = collections.write(to=tmp_path / "collection.json")
    assert again.read_bytes() == collections.FILE.read_bytes(), "run `make contracts` and commit"


def test_the_collection_has_each_operation_with_its_example() -> None:
    found = {
        (room, request["method"], request["url"]["raw"]): request
        for room, _, request in _requests()
    }
    count = 0
    for path in sorted((COMMITTED / "openapi").glob("*.json")):
        for url, item in json.loads(path.read_text(encoding="utf-8"))["paths"].items():
            for method, operation in item.items():
                count += 1
                raw = "{{base_url}}" + url.replace("{", "{{").replace("}", "}}")
                request = next(
                    request
                    for (room, verb, asked), request in found.items()
                    if (room, verb, asked.split("?")[0]) == (path.stem, method.upper(), raw)
                )
                body = operation.get("requestBody", {}).get("content", {}).get("application/json")
                if body:
                    assert json.loads(request["body"]["raw"]) == body["example"]
                headers = {one["key"]: one["value"] for one in request["header"]}
                if method != "get" and operation.get("security"):
                    assert headers["Idempotency-Key"] == "{{$guid}}"
                assert ("auth" in request) == (not operation.get("security"))
    assert count == len(found)


def test_every_variable_of_the_collection_is_declared() -> None:
    text = collections.FILE.read_text(encoding="utf-8")
    written = json.loads(text)
    declared = {one["key"] for one in written["variable"]}
    assert {"base_url", "token"} <= declared
    assert written["info"]["schema"] == collections.SCHEMA
    used = {
        part.strip("{}")
        for _, _, request in _requests()
        for part in [*request["url"]["path"], *request["url"]["host"]]
        if part.startswith("{{")
    }
    assert used <= declared
