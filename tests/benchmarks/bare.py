"""The bare engine: workflows of three activities that do nothing, on the same Temporal server."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

TASK_QUEUE = "bench-bare"
ACTIVITIES = 3


@activity.defn(name="bench_nothing")
async def nothing(number: int) -> int:
    return number


@workflow.defn(name="BenchBare")
class BenchBare:
    @workflow.run
    async def run(self) -> int:
        total = 0
        for number in range(ACTIVITIES):
            total += await workflow.execute_activity(
                nothing, number, start_to_close_timeout=timedelta(seconds=30)
            )
        return total


@dataclass(frozen=True)
class Bare:
    workflows: int
    elapsed_s: float

    @property
    def activities_per_s(self) -> float:
        return self.workflows * ACTIVITIES / self.elapsed_s


async def measure(client: Client, *, workflows: int, side_by_side: int) -> Bare:
    """Run so many workflows, so many at a time; the first few are not timed."""
    places = asyncio.Semaphore(side_by_side)

    async def one(number: str) -> None:
        async with places:
            await client.execute_workflow(
                BenchBare.run, id=f"bench-bare/{number}", task_queue=TASK_QUEUE
            )

    async with Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[BenchBare],
        activities=[nothing],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        stamp = time.time_ns()
        await asyncio.gather(*(one(f"{stamp}-warm-{n}") for n in range(10)))
        started_s = time.perf_counter()
        await asyncio.gather(*(one(f"{stamp}-{n}") for n in range(workflows)))
        return Bare(workflows, time.perf_counter() - started_s)
