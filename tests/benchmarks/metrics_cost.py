"""What counting costs: the API with its metrics on against off, in turns within one run.

`python -m tests.benchmarks.metrics_cost` on the running stack. Two API processes of this run, alike
but for FUND_METRICS; each pair of turns asks both the same, in alternating order. Two processes of
the same program differ by themselves, by some per cent, so there are several couples of them. Two
costs are told, each as the median of all pairs: by requests a second, which is what callers see and
moves with whatever else the machine does, and by the process's own processor time a request.
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
from pathlib import Path
from typing import Annotated, Final

import httpx2
import typer
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


@dataclass(frozen=True)
class Serving:
    """An API process of this run."""

    url: str
    pid: int

    def processor_s(self) -> float:
        """The processor time that the process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(metrics: str) -> Iterator[Serving]:
    """An API process with its metrics on or off."""
    listening = free_port()
    port = listening.getsockname()[1]
    listening.close()
    environment = {"FUND_METRICS": metrics, "FUND_API_PORT": str(port), "PYTHONHASHSEED": "0"}
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
        yield Serving(url, process.pid)
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


async def turn_of(config: Settings, served: Serving, what: str, requests_a_client: int) -> Turn:
    """One turn of reads of one call, or of calls made."""
    token = issue(config, sub="secretaria-1", role="secretariat")
    headers = {"Authorization": f"Bearer {token}"}

    async def write(client: httpx2.AsyncClient, _: int) -> httpx2.Response:
        body = {"code": new_id("bench").upper().replace("_", "-"), **TERMS}
        key = {"Idempotency-Key": new_id("key")}
        return await client.post("/v1/calls", json=body, headers={**headers, **key})

    async with httpx2.AsyncClient(base_url=served.url, trust_env=False) as client:
        call_id = (await write(client, 0)).raise_for_status().json()["id"]

    async def read(client: httpx2.AsyncClient, _: int) -> httpx2.Response:
        return await client.get(f"/v1/calls/{call_id}", headers=headers)

    asked = read if what == "read" else write
    before_s = served.processor_s()
    found = await api.measure(asked, api_url=served.url, requests_a_client=requests_a_client)
    used_s = served.processor_s() - before_s
    return Turn(found.elapsed_s / found.requests, used_s / found.requests)


def pairs_of(
    config: Settings, on: Serving, off: Serving, *, turns: int, requests: int
) -> dict[str, list[tuple[Turn, Turn]]]:
    """By what is asked, the turns of two processes side by side; the first of each only warm."""
    found: dict[str, list[tuple[Turn, Turn]]] = {"read": [], "write": []}
    for what, pairs in found.items():
        for number in range(turns + 1):
            order = (on, off) if number % 2 == 0 else (off, on)
            made = {one.url: asyncio.run(turn_of(config, one, what, requests)) for one in order}
            if number:
                pairs.append((made[on.url], made[off.url]))
    return found


def tell(what: str, pairs: list[tuple[Turn, Turn]]) -> None:
    """Tell by how much the median pair is dearer with metrics on, as a share."""
    for by in ("clock", "processor"):
        ratios = [getattr(one, f"{by}_s") / getattr(other, f"{by}_s") for one, other in pairs]
        spent = statistics.median(ratios) - 1
        low, _, high = (quartile - 1 for quartile in statistics.quantiles(ratios, n=4))
        note(f"bench.metrics.{what}.{by}_cost", spent, "share", samples=len(pairs))
        console.print(
            f"metrics on against off, {what}s at {api.CLIENTS} clients, {len(pairs)} pairs of"
            f" turns, by {by} time: cost {spent:.1%} (goal < {GOAL:.0%}),"
            f" quartiles {low:.1%} {high:.1%}"
        )


def main(
    couples: Annotated[int, typer.Option(min=1, max=20)] = 6,
    turns: Annotated[int, typer.Option(min=2, max=200)] = 6,
    requests_a_client: Annotated[int, typer.Option(min=1, max=200)] = 10,
) -> None:
    """Measure on the running stack (`make up`)."""
    config = settings()
    found: dict[str, list[tuple[Turn, Turn]]] = {"read": [], "write": []}
    for number in range(couples):
        with ExitStack() as served:
            modes = ("on", "off") if number % 2 == 0 else ("off", "on")
            by_mode = {mode: served.enter_context(serving(mode)) for mode in modes}
            made = pairs_of(
                config, by_mode["on"], by_mode["off"], turns=turns, requests=requests_a_client
            )
            for what, pairs in made.items():
                found[what] += pairs
    for what, pairs in found.items():
        tell(what, pairs)


if __name__ == "__main__":
    typer.run(main)
