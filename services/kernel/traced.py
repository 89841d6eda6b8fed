"""Requests as units of work: what each is about, and its span."""

from collections.abc import Mapping
from typing import Final

from asgi_correlation_id import correlation_id
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kernel import tracing

UNTRACED: Final = frozenset({"/healthz", "/readyz", "/metrics"})
READS: Final = frozenset({"GET", "HEAD"})
STRANGERS: Final = frozenset({401, 403, 404})
"""Answers after which a request has no place in the trace of the application that it named."""


class TracedRequests:
    """Opens a unit of work for each request: about the application that its path or its query
    names, until its use case says it better."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in UNTRACED:
            await self._app(scope, receive, send)
            return
        unit = _begun(scope)
        if unit.spans is None:
            await self._app(scope, receive, send)
            return

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                status = message["status"]
                unit.first.facts["http.response.status_code"] = status
                unit.refused = status in STRANGERS
                if status >= 500:
                    unit.first.error = (str(status), "")
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except BaseException as error:
            unit.first.fail(error)
            raise
        finally:
            route = getattr(scope.get("route"), "path", "unknown route")
            unit.first.name = f"{scope['method']} {route}"
            unit.first.facts["http.route"] = route
            tracing.finish(unit)


def _begun(scope: Scope) -> tracing.Unit:
    """The unit stays the context's own to the end of the request's task, so that an error that is
    answered outside of here is logged with its ids."""
    named = tracing.APPLICATION_ID.search(scope["path"]) or tracing.APPLICATION_ID.search(
        scope["query_string"].decode("latin-1")
    )
    request_id = correlation_id.get() or ""
    traceparent, claim = _said(dict(scope["headers"])) if tracing.is_on() else (None, None)
    unit = tracing.new_unit(
        "http",
        scope["method"],
        application_id=named[0] if named else None,
        request_id=request_id,
        traceparent=traceparent,
        claim=claim,
        trusted=False,
    )
    unit.first.facts |= {"http.request.method": scope["method"], "fund.request_id": request_id}
    unit.reads = scope["method"] in READS
    tracing.enter(unit)
    return unit


def _said(headers: Mapping[bytes, bytes]) -> tuple[str | None, str | None]:
    """The caller's `traceparent`, and the application that its `tracestate` names."""
    traceparent = headers.get(b"traceparent")
    state = headers.get(b"tracestate", b"")[:512].decode("latin-1")
    return traceparent.decode("latin-1") if traceparent else None, tracing.application_in(state)
