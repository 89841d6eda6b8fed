"""The way to the partners: their real application in this process, over a line that fails.

A flow (one payment, inquiry or statement on its way) carries the one fault that its request meets:
before the partner gets it, or after the partner has done what it asks.
"""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

BEFORE: Final = ("refused", "lost", "killed_before", "stalled_before")
AFTER: Final = ("swallowed", "error_500", "rubbish", "twice", "killed_after", "stalled_after")
FAULTS: Final = (*BEFORE, *AFTER)


class Killed(BaseException):
    """The process that did this is no more."""


@dataclass
class Flow:
    """A piece of work with partners; its fault strikes once."""

    fault: str | None = None
    paused: asyncio.Event = field(default_factory=asyncio.Event)
    resumed: asyncio.Event = field(default_factory=asyncio.Event)
    struck: str | None = None

    async def pause(self) -> None:
        """Stand still until the simulation goes on with it."""
        self.paused.set()
        await self.resumed.wait()
        self.paused.clear()


FLOW: ContextVar[Flow] = ContextVar("flow")


class Wire(httpx2.AsyncBaseTransport):
    """Carries requests to the partners' application."""

    def __init__(self, app: Any) -> None:
        self._app = httpx2.ASGITransport(app=app)
        self.before_arrival: Callable[[], object] = lambda: None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        flow = FLOW.get()
        fault = flow.fault
        if fault is None or (request.url.path.endswith("/oauth/token") and fault != "refused"):
            return await self._arrive(request)
        flow.fault, flow.struck = None, fault
        if fault in BEFORE:
            await self._before(fault, flow, request)
        answer = await self._arrive(request)
        if fault in AFTER:
            answer = await self._after(fault, flow, request, answer)
        return answer

    async def _arrive(self, request: httpx2.Request) -> httpx2.Response:
        self.before_arrival()
        return await self._app.handle_async_request(request)

    async def _before(self, fault: str, flow: Flow, request: httpx2.Request) -> None:
        if fault == "stalled_before":
            await flow.pause()
        elif fault == "refused":
            raise httpx2.ConnectError("nobody listens", request=request)
        elif fault == "lost":
            raise httpx2.ReadTimeout("it never arrived", request=request)
        else:
            raise Killed

    async def _after(
        self, fault: str, flow: Flow, request: httpx2.Request, answer: httpx2.Response
    ) -> httpx2.Response:
        if fault == "twice":
            return await self._arrive(request)
        if fault == "stalled_after":
            await flow.pause()
            return answer
        await answer.aread()
        if fault == "swallowed":
            raise httpx2.ReadTimeout("no answer", request=request)
        if fault == "killed_after":
            raise Killed
        status = 500 if fault == "error_500" else 200
        return httpx2.Response(status, text="<html>mantenimiento</html>", request=request)
