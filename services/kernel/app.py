"""The HTTP application of one room, of several, or of all: routers, errors, health, metrics."""

import gc
import json
import uuid
from collections import ChainMap
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import FastAPI, Request, Response
from fastapi.telemetry import TelemetryConfig
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kernel.auth import Authenticator
from services.kernel.errors import FundError, TooLarge
from services.kernel.metered import MeteredRequests
from services.kernel.neighbours import Neighbours
from services.kernel.opa import Opa
from services.kernel.openapi import describe, operation_id
from services.kernel.operations import router_of
from services.kernel.problems import add_problems, as_problem
from services.kernel.rooms import database_of, part
from services.kernel.settings import Settings
from services.kernel.telemetry import METRICS_ON, POOL_CONNECTIONS
from services.kernel.traced import TracedRequests

MAX_BODY_BYTES: Final = 1_048_576
UNTOLD: Final = TelemetryConfig(tracing=False, metrics=False, logs=False)
"""Requests are traced and counted by `traced` and `metered`, at a fraction of the price."""


def create_app(rooms: Sequence[str], settings: Settings) -> FastAPI:
    """The application that serves these rooms; it starts and answers with any neighbour down."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.settings = settings
        app.state.databases = {room: database_of(room, settings) for room in rooms}
        app.state.authenticator = Authenticator(settings)
        app.state.neighbours = Neighbours(settings)
        async with Opa(settings) as opa:
            app.state.opa = opa
            _spare_what_stays()
            yield
        await app.state.neighbours.close()
        for database in app.state.databases.values():
            await database.dispose()

    app = FastAPIOffline(
        title=f"Fondo Consorcios: {', '.join(rooms)}",
        version="1.0.0",
        lifespan=lifespan,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
        telemetry=UNTOLD,
    )
    add_problems(app)
    for room in rooms:
        app.include_router(part(room, "api").router, tags=[room])
        app.include_router(router_of(room), tags=[room])
    _add_health(app)
    describe(app)
    app.add_route("/metrics", metrics, include_in_schema=False)
    large = [getattr(part(room, "api"), "LARGE_BODIES", {}) for room in rooms]
    app.add_middleware(LimitedBodies, limit=MAX_BODY_BYTES, larger=dict(ChainMap(*large)))
    app.add_middleware(TracedRequests)
    app.add_middleware(
        CorrelationIdMiddleware,
        header_name="X-Request-ID",
        generator=lambda: uuid.uuid4().hex,
        validator=lambda value: value.isascii() and value.isprintable() and 0 < len(value) <= 64,
    )
    if METRICS_ON:
        app.add_middleware(MeteredRequests)
    return app


def _spare_what_stays() -> None:
    """Let the collector pass over what lives as long as the process: each full collection went
    through all of it, and every request of that moment waited."""
    gc.collect()
    gc.freeze()


def metrics(request: Request) -> Response:
    """All metrics of this process, for Prometheus."""
    for room, database in request.app.state.databases.items():
        in_use, idle = database.connections()
        POOL_CONNECTIONS.labels(room, "in_use").set(in_use)
        POOL_CONNECTIONS.labels(room, "idle").set(idle)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _add_health(app: FastAPI) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz(response: Response) -> dict[str, Any]:
        """Each database and OPA answer; 503 names which does not."""
        checks: dict[str, str] = {"opa": "ok" if await app.state.opa.is_ready() else "down"}
        for room, database in app.state.databases.items():
            try:
                async with database.begin() as session:
                    await session.execute(text("SELECT 1"))
                checks[f"database:{room}"] = "ok"
            except FundError:
                checks[f"database:{room}"] = "down"
        response.status_code = 200 if set(checks.values()) == {"ok"} else 503
        return {"status": "ok" if response.status_code == 200 else "down", "checks": checks}


class LimitedBodies:
    """Refuses a body past its path's limit, declared or streamed, before anything is read of it."""

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int]) -> None:
        self._app = app
        self._limit = limit
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._larger.get(scope["path"], self._limit)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or len(declared) > 12 or int(declared) > limit:
            await self._refuse(limit, scope, receive, send)
            return
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            if len(body) > limit:
                await self._refuse(limit, scope, receive, send)
                return
            if not message.get("more_body", False):
                break
        whole: Message = {"type": "http.request", "body": bytes(body), "more_body": False}
        unread = [whole]

        async def replayed() -> Message:
            return unread.pop() if unread else await receive()

        await self._app(scope, replayed, send)

    async def _refuse(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        problem = as_problem(TooLarge("http.body_too_large", f"El cuerpo pasa de {limit} bytes."))
        response = Response(
            content=_json(problem.marshal()),
            status_code=413,
            media_type="application/problem+json",
        )
        await response(scope, receive, send)


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
