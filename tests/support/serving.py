"""Applications served by this process: on a free port, or without a socket for one caller."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from services.kernel.app import create_app
from services.kernel.issuer import issuer_app
from services.kernel.settings import Settings
from tests.support.callers import Caller

START_LIMIT_S = 20


def free_port() -> socket.socket:
    """A listening socket on a port that nobody else has."""
    return socket.create_server(("127.0.0.1", 0))


def unused_port() -> int:
    """A port that nobody listens on, for a process that is to."""
    with free_port() as listening:
        port: int = listening.getsockname()[1]
    return port


def metrics_on(port: int) -> dict[str, float]:
    """A process's metrics, by name and labels: `fund_x_total['email', 'sent']`."""
    page = httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def url_of(listening: socket.socket) -> str:
    """The address of a listening socket."""
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def served(app: Any, listening: socket.socket | None = None) -> Iterator[str]:
    """The address of the application, on a free port unless a socket is given."""
    listening = listening or free_port()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", loop="asyncio"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while not server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.02)
        yield url_of(listening)
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


@contextmanager
def own_issuer(settings: Settings, folder: Path) -> Iterator[Settings]:
    """The settings with an issuer of this test run, whose key no other process knows."""
    listening = free_port()
    here = settings.model_copy(
        update={"issuer_url": url_of(listening), "issuer_key_file": folder / "key.pem"}
    )
    with served(issuer_app(here), listening):
        yield here


@asynccontextmanager
async def room_here(
    room: str, settings: Settings, *, neighbours: Any = None
) -> AsyncIterator[tuple[FastAPI, Caller]]:
    """The room in this process and its caller; `neighbours` stands in for the other rooms."""
    app = create_app([room], settings)
    async with app.router.lifespan_context(app):
        real = app.state.neighbours
        app.state.neighbours = neighbours or real
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        try:
            async with httpx2.AsyncClient(transport=transport, base_url="http://room") as client:
                yield app, Caller(client, settings)
        finally:
            app.state.neighbours = real
