"""The contract of Agroideas alone, as `contracts/partners/agroideas-openapi.yaml` keeps it."""

import json
from typing import Any

import yaml
from fastapi import FastAPI
from fastapi.routing import APIRoute

from deploy.sandbox import agroideas, batches, no_objections

PROBLEM = "application/problem+json"


def _name(route: APIRoute) -> str:
    return route.name


def agroideas_openapi() -> str:
    app = FastAPI(
        title="Agroideas payments (sandbox)",
        version="1.0.0",
        description="Payment orders of the fund to Agroideas: OAuth2, REST, signed callbacks.",
        generate_unique_id_function=_name,
    )
    app.include_router(agroideas.router)
    app.include_router(batches.router)
    app.include_router(no_objections.router)
    document = json.loads(json.dumps(app.openapi()))
    for path in document["paths"].values():
        for operation in path.values():
            _say_what_holds(operation)
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100))


def _say_what_holds(operation: dict[str, Any]) -> None:
    """Problems come as problem+json only, and the key is demanded (with 400, so by hand)."""
    for response in operation["responses"].values():
        content = response.get("content", {})
        if PROBLEM in content:
            content.pop("application/json", None)
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "idempotency-key":
            parameter["required"] = True
            parameter["schema"] = {"type": "string", "minLength": 1, "maxLength": 255}
