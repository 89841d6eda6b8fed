"""Requests counted: how long each took, and how many are under way.

Names and labels are those of OpenTelemetry's semantic conventions for HTTP servers.
"""

import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kernel.telemetry import gauge, histogram

METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
OTHER_METHOD: Final = "_OTHER"
NO_ROUTE: Final = ""

REQUEST_SECONDS = histogram(
    "http_server_request_duration_seconds",
    "Time from a request's arrival to the end of its answer.",
    ["http_request_method", "http_route", "http_response_status_code"],
    by="api",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
)
ACTIVE_REQUESTS = gauge(
    "http_server_active_requests", "Requests that are being answered at this moment.", by="api"
)


class MeteredRequests:
    """Counts each request by its route, never by its path: a caller cannot add to the series."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_s = time.perf_counter()
        status = 500  # an error that nobody answered is answered so further out

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        ACTIVE_REQUESTS.inc()
        try:
            await self._app(scope, receive, noting)
        finally:
            ACTIVE_REQUESTS.dec()
            method = scope["method"] if scope["method"] in METHODS else OTHER_METHOD
            route = getattr(scope.get("route"), "path", NO_ROUTE)
            taken_s = time.perf_counter() - started_s
            REQUEST_SECONDS.labels(method, route, status).observe(taken_s)
