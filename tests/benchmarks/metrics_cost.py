"""What counting costs: the API with its metrics on against off, in turns within one run.

`python -m tests.benchmarks.metrics_cost` on the running stack. Two API processes of this run, alike
but for FUND_METRICS; each pair of turns asks both the same, in alternating order. Two costs are
told, each as the median of the pairs: by requests a second, which is what callers see and moves
with whatever else the machine does, and by the process's own processor time a request.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Annotated, Final

import httpx2
import typer
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from services.kernel.ids import new_id
from services.kernel.settings import Settings, settings
from services.kernel.tokens import issue
from tests.benchmarks import api
from tests.support.figures import note
from tests.support.serving import free_port

GOAL: Final = 0.03
console = Console(width=120)
TERMS: Final = {
    "title": "Convocatoria de medida",
    "opens_on": "2026-01-05",
    "closes_on": "2026-12-31",
    "instruments": ["agroideas"],
    "envelope": {"amount": "1000.00"},
    "per_producer_cap": {"amount": "100.00"},
}


@contextmanager
def serving(metrics: str) -> Iterator[str]:
    """The address of an API process with its metrics on or off."""
    listening = free_port()
    port = listening.getsockname()[1]
    listening.close()
    environment = {"FUND_METRICS": metrics, "FUND_API_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "services", "api"], env={**os.environ, **environment}
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline_s = time.monotonic() + 90
        while not _ready(url):
            assert time.monotonic() < deadline_s, f"the API with metrics {metrics} did not start"
            time.sleep(0.2)
        counts = "fund_" in httpx2.get(f"{url}/metrics", trust_env=False).text
        assert counts == (metrics == "on")
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _ready(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/readyz", timeout=10, trust_env=False).status_code == 200
    except httpx2.HTTPError:
        return False


@dataclass(frozen=True)
class Turn:
    """Seconds a request of one turn: by the clock, and of the API's processor time."""

    clock_s: float
    processor_s: float


async def processor_s(client: httpx2.AsyncClient) -> float:
    """The processor time that the API process has used, as it tells itself."""
    answer = await client.get("/metrics")
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            if sample.name == "process_cpu_seconds_total":
                return float(sample.value)
    raise AssertionError("the API does not tell its processor time")


async def turn_of(config: Settings, url: str, what: str, requests_a_client: int) -> Turn:
    """One turn of reads of one call, or of calls made."""
    token = issue(config, sub="secretaria-1", role="secretariat")
    headers = {"Authorization": f"Bearer {token}"}

    async def write(client: httpx2.AsyncClient, _: int) -> httpx2.Response:
        body = {"code": new_id("bench").upper().replace("_", "-"), **TERMS}
        key = {"Idempotency-Key": new_id("key")}
        return await client.post("/v1/calls", json=body, headers={**headers, **key})

    async with httpx2.AsyncClient(base_url=url, trust_env=False) as client:
        call_id = (await write(client, 0)).raise_for_status().json()["id"]

    async def read(client: httpx2.AsyncClient, _: int) -> httpx2.Response:
        return await client.get(f"/v1/calls/{call_id}", headers=headers)

    asked = read if what == "read" else write
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as client:
        before_s = await processor_s(client)
        found = await api.measure(asked, api_url=url, requests_a_client=requests_a_client)
        used_s = await processor_s(client) - before_s
    return Turn(found.elapsed_s / found.requests, used_s / found.requests)


def cost(config: Settings, on: str, off: str, what: str, turns: int, requests: int) -> None:
    """Tell by how much the median pair is dearer with metrics on, as a share."""
    pairs = []
    for number in range(turns):
        order = (on, off) if number % 2 == 0 else (off, on)
        made = {url: asyncio.run(turn_of(config, url, what, requests)) for url in order}
        pairs.append((made[on], made[off]))
    for by in ("clock", "processor"):
        ratios = [getattr(one, f"{by}_s") / getattr(other, f"{by}_s") for one, other in pairs]
        spent = statistics.median(ratios) - 1
        low, _, high = (quartile - 1 for quartile in statistics.quantiles(ratios, n=4))
        note(f"bench.metrics.{what}.{by}_cost", spent, "share", samples=turns)
        console.print(
            f"metrics on against off, {what}s at {api.CLIENTS} clients, {turns} pairs of turns,"
            f" by {by} time: cost {spent:.1%} (goal < {GOAL:.0%}), quartiles {low:.1%} {high:.1%}"
        )


def main(
    turns: Annotated[int, typer.Option(min=2, max=200)] = 24,
    requests_a_client: Annotated[int, typer.Option(min=1, max=200)] = 12,
) -> None:
    """Measure on the running stack (`make up`)."""
    config = settings()
    with ExitStack() as served:
        on, off = (served.enter_context(serving(one)) for one in ("on", "off"))
        for what in ("read", "write"):  # warm both
            for url in (on, off):
                asyncio.run(turn_of(config, url, what, 4))
        for what in ("read", "write"):
            cost(config, on, off, what, turns, requests_a_client)


if __name__ == "__main__":
    typer.run(main)
