"""Every route asks the policy, the policy's table knows every question, and writes need a key."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from services.kernel.app import create_app
from services.kernel.auth import guarded
from services.kernel.rooms import ROOMS
from services.kernel.settings import Settings
from tests.architecture.tidy import ROOT

TABLE: Path = ROOT / "policies/fund/authz/actions/data.yaml"
SIGNED = dict.fromkeys(
    ("/v1/partners/agroideas/callbacks", "/v1/partners/agroideas/no-objections"),
    "Standard Webhooks: the signature is the authority",
)
"""Routes that authenticate in another way, each with its reason."""
OPEN = {"/docs/partners", "/docs/partners/openapi.json"} | {
    "/docs",
    "/docs/oauth2-redirect",
    "/redoc",
    "/healthz",
    "/readyz",
    "/metrics",
}
"""What anybody may read: the documentation, health and metrics."""
NOT_A_ROUTE: dict[str, str] = {}
"""Actions of the table that no route names, each with its reason."""
GUARD = "guard.<locals>.guarding"
KEYED = "command_of.<locals>.command"


def routes_of(app: FastAPI) -> list[APIRoute]:
    """All routes that are not open to anybody, those of included routers too."""
    found = [context.original_route for context in iter_route_contexts(app.routes)]
    return [route for route in found if isinstance(route, APIRoute) and route.path not in OPEN]


def action_of(route: APIRoute) -> str:
    """The action that the route says it asks about."""
    return str((route.openapi_extra or {}).get("x-policy"))


def dependencies_of(route: APIRoute) -> dict[str, Any]:
    """What runs before the route, by its qualified name."""
    return {
        getattr(dependency.call, "__qualname__", ""): dependency.call
        for dependency in route.dependant.dependencies
    }


def unguarded(routes: list[APIRoute]) -> Iterator[str]:
    """Routes that do not ask the policy what they say they ask."""
    for route in routes:
        guard = dependencies_of(route).get(GUARD)
        asked = [cell.cell_contents for cell in guard.__closure__ or ()] if guard else []
        if route.path not in SIGNED and action_of(route) not in asked:
            yield f"{sorted(route.methods or ())} {route.path}"


@pytest.fixture(scope="module")
def routes() -> list[APIRoute]:
    return routes_of(create_app(ROOMS, Settings()))


@pytest.fixture(scope="module")
def table() -> dict[str, dict[str, str]]:
    known: dict[str, dict[str, str]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return known


def test_every_route_is_guarded_by_the_action_that_it_names(routes: list[APIRoute]) -> None:
    assert list(unguarded(routes)) == []


def test_a_route_without_a_guard_is_found() -> None:
    app = FastAPI()
    app.get("/v1/open")(lambda: None)
    app.get("/v1/said", openapi_extra={"x-policy": "board.seat.read"})(lambda: None)
    other = {**guarded("board.seat.read"), "openapi_extra": {"x-policy": "board.ballot.read"}}
    app.get("/v1/other", **other)(lambda: None)
    app.get("/v1/fine", **guarded("board.seat.read"))(lambda: None)
    assert list(unguarded(routes_of(app))) == [
        "['GET'] /v1/open",
        "['GET'] /v1/said",
        "['GET'] /v1/other",
    ]


def test_every_action_of_a_route_is_in_the_policys_table_and_the_other_way_round(
    routes: list[APIRoute], table: dict[str, dict[str, str]]
) -> None:
    asked = {action_of(route) for route in routes} - {"signature"}
    assert asked - set(table) == set()
    assert set(table) - asked == set(NOT_A_ROUTE)


def test_an_action_belongs_to_the_room_whose_route_asks_it(routes: list[APIRoute]) -> None:
    for route in routes:
        action = action_of(route)
        room = route.endpoint.__module__.split(".")[1]
        assert action == "signature" or re.fullmatch(rf"{room}\.[a-z_]+\.[a-z_]+", action), action


def test_a_scope_of_the_table_is_answered_by_the_route(
    routes: list[APIRoute], table: dict[str, dict[str, str]]
) -> None:
    unanswered = set()
    for route in routes:
        guard = dependencies_of(route).get(GUARD)
        if guard is None:
            continue
        action = action_of(route)
        scoped = {"consortium", "program", "own"} & set(table[action].values())
        told = [cell.cell_contents for cell in guard.__closure__]
        if scoped and not any(callable(content) for content in told):
            unanswered.add(action)
    assert unanswered == set()


def test_every_write_needs_an_idempotency_key(routes: list[APIRoute]) -> None:
    writes = [route for route in routes if route.methods != {"GET"}]
    without = {route.path for route in writes if KEYED not in dependencies_of(route)}
    assert without == set(SIGNED)


def test_nothing_before_a_route_waits_for_a_thread(routes: list[APIRoute]) -> None:
    """FastAPI runs a plain function in its pool of threads: two switches to read a header."""

    def called(dependant: Any) -> Iterator[Any]:
        for dependency in dependant.dependencies:
            yield dependency
            yield from called(dependency)

    def waits(call: Any) -> bool:
        plain = call if inspect.isroutine(call) else type(call).__call__
        return not (inspect.iscoroutinefunction(plain) or inspect.isasyncgenfunction(plain))

    calls = {dependency.call for route in routes for dependency in called(route.dependant)}
    assert len(calls) > len(ROOMS)
    assert [call for call in calls if waits(call)] == []
