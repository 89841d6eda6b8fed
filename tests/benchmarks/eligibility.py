"""Assessments a second, end to end, against bare OPA with the same questions in the same run.

`python -m tests.benchmarks.eligibility` on the running stack (`make up`). The room is served on a
free port over a scratch database; its neighbours' bodies are at hand, so that what is measured is
HTTP, token, authorisation, facts, policy, row, audit and event, and not the neighbours' databases.
The bare engine is asked over HTTP by as many clients side by side.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console

from services.eligibility.facts import RoomFacts
from services.kernel.app import create_app
from services.kernel.clock import lima_date, now
from services.kernel.settings import Settings, settings
from services.kernel.tokens import issue
from tests.factories.eligibility import StubNeighbours, application
from tests.support.databases import scratch_settings
from tests.support.figures import note
from tests.support.serving import served

CLIENTS = 8
BATCH = 100
GOAL_SINGLE = 0.5
GOAL_BATCH = 1.0
console = Console()


async def rate(ask: Callable[[int], Awaitable[None]], count: int, clients: int) -> float:
    """How many a second, so many clients side by side; the first few are not timed."""
    numbers = itertools.count()

    async def client(share: int) -> None:
        for _ in range(share):
            await ask(next(numbers))

    await client(clients)
    started_s = time.perf_counter()
    await asyncio.gather(*(client(count // clients) for _ in range(clients)))
    return count // clients * clients / (time.perf_counter() - started_s)


async def questions_of(neighbours: StubNeighbours, ids: list[str]) -> list[dict[str, Any]]:
    """The questions that the room will ask about these applications."""
    facts = RoomFacts(neighbours)  # type: ignore[arg-type]
    found = [await facts.application(name) for name in ids]
    return [
        (
            await facts.dossier(one, as_of=lima_date(one.body.submitted_at or now()))
        ).question.document()
        for one in found
    ]


async def measure(url: str, config: Settings, neighbours: StubNeighbours, count: int) -> None:
    """Bare engine first and last, the room between them."""
    known = [neighbours.know(application())["id"] for _ in range(2 * count + CLIENTS)]
    questions = await questions_of(neighbours, known[:20])
    headers = {"Authorization": f"Bearer {issue(config, sub='fund-services', role='service')}"}
    limits = httpx2.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
    async with httpx2.AsyncClient(timeout=60, trust_env=False, limits=limits) as client:

        async def bare(number: int) -> None:
            body = {"input": questions[number % len(questions)]}
            path = f"{config.opa_url}/v1/data/fund/eligibility/decision"
            assert (await client.post(path, json=body)).json()["result"]["eligible"] is True

        async def write(path: str, body: dict[str, Any], key: str) -> Any:
            keyed = {**headers, "Idempotency-Key": key}
            answer = await client.post(f"{url}{path}", json=body, headers=keyed)
            answer.raise_for_status()
            return answer.json()

        async def single(number: int) -> None:
            body = {"application_id": known[number]}
            assert (await write("/v1/assessments", body, f"one-{number}"))["eligible"] is True

        before = await rate(bare, count, CLIENTS)
        singly = await rate(single, count, CLIENTS)
        left = known[count + CLIENTS :]
        started_s = time.perf_counter()
        for start in range(0, len(left), BATCH):
            body = {"application_ids": left[start : start + BATCH]}
            said = await write("/v1/assessments/batch", body, f"many-{start}")
            assert [one["refused"] for one in said["results"] if one["refused"]] == []
        together = len(left) / (time.perf_counter() - started_s)
        after = await rate(bare, count, CLIENTS)
    engine = (before + after) / 2
    for name, value, goal in (("single", singly, GOAL_SINGLE), ("batch", together, GOAL_BATCH)):
        note(f"bench.assessments.{name}.per_s", value, "1/s", bare=engine, samples=count)
        console.print(
            f"assessments, {name}: {value:.1f}/s; bare OPA {engine:.1f}/s;"
            f" ratio {value / engine:.2f} (goal >= {goal})"
        )


def main(count: Annotated[int, typer.Option(min=100, max=20_000)] = 400) -> None:
    """Measure on the running stack."""
    config, neighbours = settings(), StubNeighbours()
    with scratch_settings("eligibility") as scratch:
        app = create_app(["eligibility"], scratch)
        with served(app) as url:
            app.state.neighbours = neighbours
            asyncio.run(measure(url, config, neighbours, count))


if __name__ == "__main__":
    typer.run(main)
