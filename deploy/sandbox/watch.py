"""At the door: bodies have a limit, and every answer of a partner is counted."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy.sandbox import problems
from deploy.sandbox.books import PARTNERS
from deploy.sandbox.metrics import Metrics
from deploy.sandbox.problems import Problem

BODY_LIMIT_BYTES = 5 * 1024 * 1024


class Watch:
    """Plain ASGI, so that a route can still see its caller leave."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        partner = scope["path"].split("/", 2)[1]

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start" and partner in PARTNERS:
                status = str(message["status"])
                self._metrics.requests.labels(partner, scope["method"], status).inc()
            await send(message)

        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > BODY_LIMIT_BYTES:
            too_large = Problem(413, "too_large", "El cuerpo pasa de 5 MiB.")
            await problems.answer(too_large)(scope, receive, counted)
            return
        await self._app(scope, receive, counted)
