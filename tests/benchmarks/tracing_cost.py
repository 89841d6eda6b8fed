"""What tracing costs a request: without instrumentation, switched off, and writing every span.

`python -m tests.benchmarks.tracing_cost` on the running stack (`make up`). The room `applications`
answers in this process, on a database of its own and the real OPA, once without the unit of work
that each request otherwise is. The three ways take turns, in an order that changes, and processor
time is compared beside time: other load on the machine meets all, and adds to no processor time.
"""

import asyncio
import statistics
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import httpx2
import typer
from rich.console import Console
from rich.table import Table

from deploy.demo.inputs import money
from services.kernel import tracing
from services.kernel.app import create_app
from services.kernel.settings import Settings
from services.kernel.trace_export import Export
from services.kernel.traced import TracedRequests
from tests.support.callers import principal, token_of
from tests.support.databases import scratch_settings
from tests.support.figures import note
from tests.support.serving import own_issuer

WAYS = ("bare", "off", "on")
GOAL_OFF_RATIO = 1.03
console = Console()

Ask = Callable[[httpx2.AsyncClient], Awaitable[httpx2.Response]]
Measured = dict[str, list[tuple[float, float]]]
"""By way: processor time and time of a request, in milliseconds, of each turn."""


@asynccontextmanager
async def room(config: Settings, *, bare: bool) -> AsyncIterator[httpx2.AsyncClient]:
    """The room in this process; `bare` is as if requests had never been units of work."""
    app = create_app(["applications"], config)
    if bare:
        traced: object = TracedRequests
        app.user_middleware = [one for one in app.user_middleware if one.cls is not traced]
    headers = {"Authorization": f"Bearer {token_of(config, principal('secretariat'))}"}
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url="http://room", headers=headers
        ) as client,
    ):
        yield client


async def write(client: httpx2.AsyncClient) -> httpx2.Response:
    """Open a call: a transaction with an event, an audit row and a kept answer."""
    terms = {
        "code": f"TRAZA-{uuid.uuid4().hex[:12].upper()}",
        "title": "Convocatoria de medida",
        "opens_on": "2026-01-05",
        "closes_on": "2026-12-31",
        "instruments": ["agroideas"],
        "envelope": money("1000.00"),
        "per_producer_cap": money("100.00"),
    }
    return await client.post("/v1/calls", json=terms, headers={"Idempotency-Key": uuid.uuid4().hex})


async def turns(config: Settings, ask: Ask, *, requests: int, number: int) -> Measured:
    """So many turns of each way, each of so many requests one after another."""
    measured: Measured = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        export = Export("bench", Path(folder), otlp=False)
        async with room(config, bare=True) as bare, room(config, bare=False) as whole:
            clients = {"bare": bare, "off": whole, "on": whole}
            for client in (bare, whole):
                await _asked(client, ask, requests, export)
            for turn in range(number):
                for way in (*WAYS[turn % 3 :], *WAYS[: turn % 3]):
                    tracing.export_to(export if way == "on" else None)
                    measured[way].append(await _asked(clients[way], ask, requests, export))
                    tracing.export_to(None)
    return measured


async def _asked(
    client: httpx2.AsyncClient, ask: Ask, requests: int, export: Export
) -> tuple[float, float]:
    began, began_busy = time.perf_counter(), time.process_time()
    for _ in range(requests):
        (await ask(client)).raise_for_status()
    export.flush()  # what is written later belongs to these requests, not to the next ones
    busy, taken = time.process_time() - began_busy, time.perf_counter() - began
    return busy / requests * 1000, taken / requests * 1000


def tell(name: str, measured: Measured, table: Table) -> None:
    """A row a way: medians over its turns, and their ratio to the bare one turn by turn."""
    for way in WAYS:
        ratios = [
            [mine / bare for mine, bare in zip(turn, beside, strict=True)]
            for turn, beside in zip(measured[way], measured["bare"], strict=True)
        ]
        busy, taken = (statistics.median(column) for column in zip(*measured[way], strict=True))
        busy_ratio, ratio = (statistics.median(column) for column in zip(*ratios, strict=True))
        goal = f"< {GOAL_OFF_RATIO}" if way == "off" else ""
        table.add_row(
            f"{name}, {way}",
            f"{busy:.3f}",
            f"{busy_ratio:.3f}",
            f"{taken:.3f}",
            f"{ratio:.3f}",
            goal,
        )
        note(f"bench.tracing.{name}.{way}.busy_ratio", busy_ratio, "1", samples=len(ratios))
        note(f"bench.tracing.{name}.{way}.ratio", ratio, "1", samples=len(ratios))


async def measure(config: Settings, *, requests: int, number: int) -> Table:
    """All ways for a read and a write."""
    async with room(config, bare=False) as client:
        call_id = (await write(client)).raise_for_status().json()["id"]

    async def read(client: httpx2.AsyncClient) -> httpx2.Response:
        return await client.get(f"/v1/calls/{call_id}")

    table = Table(title=f"A request's cost by tracing: {number} turns of {requests} requests each")
    for heading in ("request", "busy ms", "ratio of busy", "ms", "ratio of time", "goal of busy"):
        table.add_column(heading)
    for name, ask in (("read", read), ("write", write)):
        console.print(f"{name}s without, with and with exported tracing …")
        tell(name, await turns(config, ask, requests=requests, number=number), table)
    return table


def main(
    requests: Annotated[int, typer.Option(min=1, max=2_000)] = 10,
    number: Annotated[int, typer.Option("--turns", min=3, max=600)] = 40,
) -> None:
    """Measure on the running stack (`make up`)."""
    with (
        tempfile.TemporaryDirectory() as folder,
        scratch_settings("applications") as scratch,
        own_issuer(scratch, Path(folder)) as config,
    ):
        console.print(asyncio.run(measure(config, requests=requests, number=number)))


if __name__ == "__main__":
    typer.run(main)
