"""A small HTTP server that takes a partner's callbacks while the checks run."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import uvicorn


@dataclass(frozen=True, slots=True)
class Message:
    """A callback as it came."""

    headers: dict[str, str]
    raw: bytes
    received_at: datetime

    @property
    def reference(self) -> str:
        """The reference in its body, or nothing when it is not of the agreed form."""
        try:
            body = json.loads(self.raw)
        except ValueError:
            return ""
        return str(body.get("reference", "")) if isinstance(body, dict) else ""


@dataclass
class Receiver:
    """What was received, and the statuses with which a reference's first messages are refused."""

    url: str = ""
    messages: list[Message] = field(default_factory=list)
    refusals: dict[str, list[int]] = field(default_factory=dict)

    def of(self, reference: str) -> list[Message]:
        """The messages about a reference, in the order of their coming."""
        return [message for message in self.messages if message.reference == reference]

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """The ASGI application."""
        raw, more = b"", True
        while more:
            part = await receive()
            raw, more = raw + part.get("body", b""), part.get("more_body", False)
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        message = Message(headers, raw, datetime.now(UTC))
        self.messages.append(message)
        left = self.refusals.get(message.reference, [])
        status = left.pop(0) if left else 202
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def receiving(host: str, port: int) -> AsyncIterator[Receiver]:
    """A receiver that listens on host:port (0: any free one)."""
    receiver = Receiver()
    config = uvicorn.Config(
        receiver,
        host=host,
        port=port,
        log_level="warning",
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            raise OSError(f"{host}:{port} is not free for callbacks")
        await asyncio.sleep(0.02)
    bound = server.servers[0].sockets[0].getsockname()[1]
    receiver.url = f"http://{host}:{bound}/callbacks"
    try:
        yield receiver
    finally:
        server.should_exit = True
        await task
