"""Plain reads and writes of the API at fifty clients: latency by percentile."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx2

CLIENTS = 50


@dataclass(frozen=True)
class Latency:
    requests: int
    elapsed_s: float
    p50_ms: float
    p99_ms: float


async def measure(
    ask: Callable[[httpx2.AsyncClient, int], Awaitable[httpx2.Response]],
    *,
    api_url: str,
    requests_a_client: int,
) -> Latency:
    """Fifty clients, each so many requests one after another; any failure ends the run."""
    taken_ms: list[float] = []
    limits = httpx2.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)

    async with httpx2.AsyncClient(
        base_url=api_url, timeout=60, trust_env=False, limits=limits
    ) as client:

        async def one(number: int) -> None:
            for turn in range(requests_a_client):
                started_s = time.perf_counter()
                answer = await ask(client, number * requests_a_client + turn)
                answer.raise_for_status()
                taken_ms.append((time.perf_counter() - started_s) * 1000)

        started_s = time.perf_counter()
        await asyncio.gather(*(one(number) for number in range(CLIENTS)))
        elapsed_s = time.perf_counter() - started_s
    cuts = statistics.quantiles(taken_ms, n=100)
    return Latency(len(taken_ms), elapsed_s, cuts[49], cuts[98])
