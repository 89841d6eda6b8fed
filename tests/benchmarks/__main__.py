"""`make bench`: the fund against bare Temporal on the same server, in one run.

Every figure is printed and kept in `build/figures.json`. All loads are bounded in count.
"""

import asyncio
import time
import uuid
from typing import Annotated

import httpx2
import typer
from rich.console import Console
from rich.table import Table
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from deploy.demo import job
from deploy.demo.inputs import money, read_inputs
from services.kernel.settings import Settings, settings
from services.kernel.tokens import issue
from tests.benchmarks import api, bare, fund
from tests.support.figures import note

GOAL_RATIO = 0.6
GOAL_ACTIVITIES = 16
console = Console()
table = Table(title="Figures of this run")
for heading in ("figure", "value", "bare", "ratio", "goal"):
    table.add_column(heading)


def tell(
    name: str,
    value: float,
    unit: str,
    *,
    bare_value: float | None = None,
    samples: int = 1,
    goal: str = "",
) -> None:
    """Print a figure in the closing table and keep it."""
    note(name, value, unit, bare=bare_value, samples=samples)
    ratio = f"{value / bare_value:.2f}" if bare_value else ""
    shown = "" if bare_value is None else f"{bare_value:.1f}"
    table.add_row(name, f"{value:.2f} {unit}", shown, ratio, goal)


async def engines(config: Settings, applications: int, side_by_side: int) -> None:
    """Bare Temporal first and last, the fund between them."""
    client = await Client.connect(config.temporal_address, data_converter=pydantic_data_converter)
    console.print("bare Temporal …")
    before = await bare.measure(client, workflows=100, side_by_side=20)
    inputs = read_inputs()
    people = job.People(config, inputs.board)
    job.seat_board(people, inputs)
    console.print(f"{applications} whole applications, {side_by_side} at a time …")
    runs = await asyncio.to_thread(
        fund.measure, people, inputs, applications=applications, side_by_side=side_by_side
    )
    elapsed_s = max(run.settled_at_s for run in runs) - min(run.submitted_at_s for run in runs)
    after = await bare.measure(client, workflows=100, side_by_side=20)
    bare_rate = (before.activities_per_s + after.activities_per_s) / 2
    activities = await fund.activities_per_application(client, runs)
    rate = len(runs) / elapsed_s
    waited = sorted(run.settled_at_s - run.submitted_at_s for run in runs)
    tell("bench.applications_per_s", rate, "1/s", samples=len(runs))
    tell("bench.application_p50_s", waited[len(waited) // 2], "s", samples=len(runs))
    tell(
        "bench.activities_per_application",
        activities,
        "activities",
        samples=len(runs),
        goal=f"<= {GOAL_ACTIVITIES}",
    )
    tell(
        "bench.activities_per_s",
        rate * activities,
        "1/s",
        bare_value=bare_rate,
        samples=len(runs),
        goal=f"ratio >= {GOAL_RATIO}",
    )


async def requests(config: Settings, requests_a_client: int) -> None:
    """Plain reads and writes at fifty clients."""
    token = issue(config, sub="secretaria-1", role="secretariat")
    headers = {"Authorization": f"Bearer {token}"}
    stamp = int(time.time())
    terms = {
        "title": "Convocatoria de medida",
        "opens_on": "2026-01-05",
        "closes_on": "2026-12-31",
        "instruments": ["agroideas"],
        "envelope": money("1000.00"),
        "per_producer_cap": money("100.00"),
    }

    async def write(client: httpx2.AsyncClient, number: int) -> httpx2.Response:
        body = {"code": f"BENCH-{stamp}-{number}", **terms}
        keyed = {**headers, "Idempotency-Key": uuid.uuid4().hex}
        return await client.post("/v1/calls", json=body, headers=keyed)

    async with httpx2.AsyncClient(base_url=config.api_url, trust_env=False) as client:
        call_id = (await write(client, -1)).raise_for_status().json()["id"]

    async def read(client: httpx2.AsyncClient, _: int) -> httpx2.Response:
        return await client.get(f"/v1/calls/{call_id}", headers=headers)

    for name, ask in (("read", read), ("write", write)):
        console.print(f"plain {name}s at {api.CLIENTS} clients …")
        found = await api.measure(ask, api_url=config.api_url, requests_a_client=requests_a_client)
        tell(f"bench.api.{name}.p50_ms", found.p50_ms, "ms", samples=found.requests)
        tell(f"bench.api.{name}.p99_ms", found.p99_ms, "ms", samples=found.requests)
        tell(
            f"bench.api.{name}.per_s",
            found.requests / found.elapsed_s,
            "1/s",
            samples=found.requests,
        )


def main(
    applications: Annotated[int, typer.Option(min=1, max=500)] = 40,
    side_by_side: Annotated[int, typer.Option(min=1, max=64)] = 16,
    requests_a_client: Annotated[int, typer.Option(min=1, max=200)] = 40,
) -> None:
    """Measure on the running stack (`make up`)."""
    config = settings()
    asyncio.run(engines(config, applications, side_by_side))
    asyncio.run(requests(config, requests_a_client))
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
