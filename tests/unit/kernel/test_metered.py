"""Requests are counted by route, method and status; what callers invent adds no series."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from starlette.testclient import TestClient

from services.kernel.metered import MeteredRequests


@pytest.fixture
def client() -> Iterator[TestClient]:
    """An application with a route that answers and one that fails."""
    app = FastAPI()

    @app.get("/v1/metered/{name}")
    async def answered(name: str) -> dict[str, str]:
        return {"name": name}

    @app.get("/v1/failing")
    async def failing() -> None:
        raise RuntimeError("no answer")

    app.add_middleware(MeteredRequests)
    with TestClient(app, raise_server_exceptions=False) as one:
        yield one


def counted(method: str, route: str, status: str) -> float:
    labels = {
        "http_request_method": method,
        "http_route": route,
        "http_response_status_code": status,
    }
    name = "http_server_request_duration_seconds_count"
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/v1/metered/one", "/v1/metered/{name}", 200),
        ("GET", "/v1/metered/another", "/v1/metered/{name}", 200),
        ("GET", "/v1/nowhere", "", 404),
        ("POST", "/v1/failing", "/v1/failing", 405),
        ("GET", "/v1/failing", "/v1/failing", 500),
        ("BREW", "/v1/nowhere", "", 404),
    ],
)
def test_a_request_is_counted_by_its_route(
    client: TestClient, method: str, path: str, route: str, status: int
) -> None:
    known = method if method != "BREW" else "_OTHER"
    before = counted(known, route, str(status))
    assert client.request(method, path).status_code == status
    assert counted(known, route, str(status)) == before + 1
    assert REGISTRY.get_sample_value("http_server_active_requests") == 0
