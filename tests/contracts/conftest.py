"""The contracts as the code writes them now, and as they are committed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from jsonschema import Draft202012Validator

from services.kernel import contracts
from services.kernel.rooms import ROOMS
from tests.contracts.world import World, world_of

Refused = Callable[..., dict[str, Any]]
ROOT: Final = Path(__file__).parents[2]
COMMITTED: Final = ROOT / "contracts"


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that `make contracts` writes."""
    folder = tmp_path_factory.mktemp("contracts")
    contracts.write(folder)
    return folder


@pytest.fixture(scope="session")
def documents(generated: Path) -> dict[str, dict[str, Any]]:
    """The OpenAPI document of each room."""
    return {
        room: json.loads((generated / "openapi" / f"{room}.json").read_text()) for room in ROOMS
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The rooms, served side by side, with something in each; one world a file."""
    with world_of(tmp_path_factory.mktemp("issuer")) as made:
        yield made


@pytest.fixture
def refused(documents: dict[str, dict[str, Any]]) -> Refused:
    """Check that an answer is a problem of this status and, if named, of this code."""
    parts = documents["registry"]["components"]["schemas"]
    schema = json.loads(
        json.dumps({**parts["Problem"], "$defs": {"FieldProblem": parts["FieldProblem"]}}).replace(
            "#/components/schemas/", "#/$defs/"
        )
    )

    def check(answer: httpx2.Response, status: int, code: str | None = None) -> dict[str, Any]:
        assert answer.status_code == status, answer.text[:500]
        assert answer.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = answer.json()
        Draft202012Validator(schema).validate(problem)
        assert problem["status"] == status
        assert problem["type"] == f"/problems/{problem['code']}"
        assert code in (None, problem["code"]), problem
        assert "Traceback" not in answer.text
        return problem

    return check
