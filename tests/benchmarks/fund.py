"""The fund itself: whole applications, every human step driven at once, side by side."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from temporalio.client import Client

from deploy.demo import client, job
from deploy.demo.inputs import Inputs


@dataclass(frozen=True)
class Run:
    application_id: str
    submitted_at_s: float
    settled_at_s: float


def one_application(people: job.People, inputs: Inputs, consortium_id: str, call_id: str) -> Run:
    """From the submission to the first settlement, which is the grant's."""
    applicant = people.applicant(consortium_id)
    submitted_at_s = time.perf_counter()
    application_id = job.submit(applicant, call_id, consortium_id, inputs.plan)
    job.await_state(applicant, application_id, "eligible")
    job.evaluate(people, application_id, inputs.evaluation)
    job.vote(people, job.ballot_of(people, application_id), inputs.board)
    agreement = job.agreement_of(applicant, people, application_id)
    job.sign(applicant, people, agreement["id"])
    grant = next(item for item in agreement["tranches"] if item["channel"] == "agroideas")
    job.release(applicant, people, grant["id"])
    job.await_paid(applicant, grant["id"])
    return Run(application_id, submitted_at_s, time.perf_counter())


def measure(
    people: job.People, inputs: Inputs, *, applications: int, side_by_side: int
) -> list[Run]:
    """So many applications of one consortium, each in a call of its own.

    The people look twice a second: their looking must not be what is measured.
    """
    client.POLL_S = 0.5
    consortium_id = job.register(people, inputs)
    calls = [job.open_call(people, inputs) for _ in range(applications)]
    with ThreadPoolExecutor(side_by_side) as pool:
        return list(
            pool.map(lambda call: one_application(people, inputs, consortium_id, call), calls)
        )


async def activities_of(client: Client, application_id: str) -> int:
    """How many activities the application's workflows have completed."""
    found = 0
    ids = [f"application/{application_id}"]
    while ids:
        handle = client.get_workflow_handle(ids.pop())
        async for event in handle.fetch_history_events():
            found += event.HasField("activity_task_completed_event_attributes")
            if event.HasField("child_workflow_execution_started_event_attributes"):
                started = event.child_workflow_execution_started_event_attributes
                ids.append(started.workflow_execution.workflow_id)
    return found


async def activities_per_application(client: Client, runs: list[Run]) -> float:
    counts = await asyncio.gather(*(activities_of(client, run.application_id) for run in runs))
    return sum(counts) / len(counts)
