"""The front door of the split layout: one address, each path passed on to its room.

It stands for the Ingress of a cluster and for Compose's proxy, and follows the same routes.
`python -m deploy.layout.split.gateway PORT FUND_ROOM_URLS`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.layout.routes import routes
from deploy.local.settings import HOST

HOP_BY_HOP: Final = frozenset(
    {"connection", "content-length", "host", "keep-alive", "te", "transfer-encoding", "upgrade"}
)
METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
READ_TIMEOUT_S: Final = 30.0


def app(addresses: dict[str, str]) -> Starlette:
    """The gateway to the rooms at these addresses; an unknown path is 404, a silent room 502."""
    known = routes()

    @asynccontextmanager
    async def lifespan(started: Starlette) -> AsyncIterator[None]:
        async with httpx2.AsyncClient(timeout=READ_TIMEOUT_S, trust_env=False) as client:
            started.state.client = client
            yield

    async def passed_on(request: Request) -> Response:
        path = request.url.path
        room = next((known[one] for one in known if f"{path}/".startswith(f"{one}/")), None)
        if room is None:
            return Response(status_code=404)
        query = f"?{request.url.query}" if request.url.query else ""
        try:
            answer = await request.app.state.client.request(
                request.method,
                f"{addresses[room]}{path}{query}",
                content=await request.body(),
                headers=_kept(request.headers.items()),
            )
        except httpx2.TransportError:
            return Response(status_code=502)
        kept = _kept(answer.headers.items())
        kept.pop("content-encoding", None)  # the client has unpacked it
        return Response(answer.content, answer.status_code, kept)

    return Starlette(routes=[Route("/{path:path}", passed_on, methods=METHODS)], lifespan=lifespan)


def _kept(headers: object) -> dict[str, str]:
    return {name: value for name, value in headers if name.lower() not in HOP_BY_HOP}  # type: ignore[attr-defined]


if __name__ == "__main__":
    port, urls = sys.argv[1:]
    uvicorn.run(app(json.loads(urls)), host=HOST, port=int(port), log_level="warning")
