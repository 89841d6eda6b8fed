"""Assessments a second, end to end, against bare OPA with the same questions in the same run.

`python -m tests.benchmarks.eligibility` on the running stack (`make up`). What is measured is
HTTP, token, authorisation, facts, policy, row, audit and event; the neighbours' own work is not
(`assessing_room`), and registers only with `--registers`. Bare OPA is asked over HTTP by as many
clients, and what it is asked are questions that the room has asked and kept. Both take turns, so
that other load on the machine meets both.
"""

import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console

from services.kernel.settings import Settings, settings
from services.kernel.tokens import issue
from tests.benchmarks.assessing_room import Served, room_elsewhere
from tests.support.databases import scratch_settings
from tests.support.figures import note

CLIENTS = 8
BATCH = 100
TURNS = 4
QUESTIONS = 20
GOAL_SINGLE = 0.5
GOAL_BATCH = 1.0
console = Console()


@dataclass
class Tally:
    """How much was done in how long, over all turns."""

    done: int = 0
    elapsed_s: float = 0
    taken_ms: list[float] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        """How many a second."""
        return self.done / self.elapsed_s

    async def turn(self, ask: Callable[[], Awaitable[None]], calls: int, *, clients: int) -> None:
        """So many calls by so many clients side by side."""

        async def client() -> None:
            for _ in range(calls // clients):
                started_s = time.perf_counter()
                await ask()
                self.taken_ms.append((time.perf_counter() - started_s) * 1000)

        started_s = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(clients)))
        self.elapsed_s += time.perf_counter() - started_s
        self.done += calls // clients * clients


class Sides:
    """The room and the bare engine, as one client program asks them."""

    def __init__(self, client: httpx2.AsyncClient, config: Settings, room: Served) -> None:
        self._client = client
        self._policy = f"{config.opa_url}/v1/data/fund/eligibility/decision"
        self._url = room.url
        self._left = iter(room.application_ids)
        self._numbers = itertools.count()
        self._questions: list[dict[str, Any]] = []
        token = issue(config, sub="fund-services", role="service")
        self._headers = {"Authorization": f"Bearer {token}"}

    async def warm(self) -> None:
        """Assess some applications and keep what the policy was asked about them."""
        for _ in range(QUESTIONS):
            self._questions.append((await self._assessed())["input"])
        for _ in range(QUESTIONS):
            await self.bare()

    async def bare(self) -> None:
        """One question to OPA alone."""
        question = self._questions[next(self._numbers) % QUESTIONS]
        answer = await self._client.post(self._policy, json={"input": question})
        assert answer.json()["result"]["eligible"] is True

    async def single(self) -> None:
        """One assessment."""
        assert (await self._assessed())["eligible"] is True

    async def batch(self) -> None:
        """A hundred assessments in one call."""
        ids = list(itertools.islice(self._left, BATCH))
        said = await self._write("/v1/assessments/batch", {"application_ids": ids})
        assert [one["assessment"]["eligible"] for one in said["results"]] == [True] * BATCH

    async def _assessed(self) -> Any:
        return await self._write("/v1/assessments", {"application_id": next(self._left)})

    async def _write(self, path: str, body: dict[str, Any]) -> Any:
        keyed = {**self._headers, "Idempotency-Key": f"bench-{next(self._numbers)}"}
        answer = await self._client.post(f"{self._url}{path}", json=body, headers=keyed)
        answer.raise_for_status()
        return answer.json()


async def measure(room: Served, config: Settings, count: int) -> None:
    """The bare engine, single assessments and batches, in turns."""
    engine, singly, together = Tally(), Tally(), Tally()
    limits = httpx2.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
    async with httpx2.AsyncClient(timeout=60, trust_env=False, limits=limits) as client:
        sides = Sides(client, config, room)
        await sides.warm()
        for _ in range(TURNS):
            await engine.turn(sides.bare, count // TURNS, clients=CLIENTS)
            await singly.turn(sides.single, count // TURNS, clients=CLIENTS)
            await engine.turn(sides.bare, count // TURNS, clients=CLIENTS)
            await together.turn(sides.batch, count // TURNS // BATCH, clients=1)
    together.done *= BATCH
    for name, side, goal in (("single", singly, GOAL_SINGLE), ("batch", together, GOAL_BATCH)):
        tell(name, side, engine, goal)
    cuts = statistics.quantiles(singly.taken_ms, n=100)
    for name, value in (("p50", cuts[49]), ("p99", cuts[98])):
        note(f"bench.assessments.single.{name}_ms", value, "ms", samples=len(singly.taken_ms))
    console.print(f"one assessment at {CLIENTS} clients: p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f}")


def tell(name: str, side: Tally, engine: Tally, goal: float) -> None:
    """Print a side's rate beside the bare engine's and keep it."""
    note(
        f"bench.assessments.{name}.per_s",
        side.per_s,
        "1/s",
        bare=engine.per_s,
        samples=side.done,
    )
    console.print(
        f"assessments, {name}: {side.per_s:.1f}/s; bare OPA {engine.per_s:.1f}/s;"
        f" ratio {side.per_s / engine.per_s:.2f} (goal >= {goal})"
    )


def _asking(config: Settings, registers: bool) -> Settings:
    return config if registers else config.model_copy(update={"registers_url": ""})


def main(
    count: Annotated[int, typer.Option(min=TURNS * BATCH, max=20_000)] = 400,
    registers: bool = False,
) -> None:
    """Measure on the running stack; with `--registers` every question holds their answers too."""
    config = settings()
    console.print("with registers" if registers else "without registers")
    with (
        scratch_settings("eligibility") as scratch,
        room_elsewhere(_asking(scratch, registers), 2 * count + QUESTIONS) as room,
    ):
        asyncio.run(measure(room, config, count))


if __name__ == "__main__":
    typer.run(main)
