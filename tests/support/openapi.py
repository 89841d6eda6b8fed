"""The rooms' operations as their committed contracts tell them."""

import json
import re
from pathlib import Path
from typing import Final

CONTRACTS: Final = Path(__file__).resolve().parents[2] / "contracts" / "openapi"


def operations() -> dict[tuple[str, str], set[str]]:
    """Method and path, its parameters written {id} → query parameters, of every room."""
    found: dict[tuple[str, str], set[str]] = {}
    for path in CONTRACTS.glob("*.json"):
        for address, methods in json.loads(path.read_text(encoding="utf-8"))["paths"].items():
            for method, operation in methods.items():
                parameters = operation.get("parameters", [])
                queried = {one["name"] for one in parameters if one["in"] == "query"}
                found[method.upper(), re.sub(r"{\w+}", "{id}", address)] = queried
    return found
