"""A ring of twelve paper consortia among five hundred honest ones: through the room's detection,
the real policy and the real database."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import pytest

from services.eligibility import reviews, service
from services.eligibility.facts import RoomFacts
from services.eligibility.models import Assessment
from services.eligibility.reviews import Standing
from services.kernel import clock
from services.kernel.db import AsyncSession, Database
from services.kernel.opa import Opa
from services.kernel.settings import Settings
from services.kernel.work import Work
from tests.factories.eligibility import StubNeighbours
from tests.factories.ring import Season, season
from tests.integration.eligibility.conftest import SERVICE
from tests.support.databases import scratch_settings

SEED: Final = 2026
AT_ONCE: Final = 8
MAX_HONEST_IN_REVIEW: Final = 5
"""As the fund wants it: at most so many of 500 honest consortia give people work."""


@pytest.fixture(scope="module")
def ring_settings(servers: None) -> Iterator[Settings]:
    with scratch_settings("eligibility") as scratch:
        yield scratch


@pytest.fixture
async def database(ring_settings: Settings) -> AsyncIterator[Database]:
    made = Database("eligibility", ring_settings)
    try:
        yield made
    finally:
        await made.engine.dispose()


async def run(database: Database, use_case: Any, **arguments: Any) -> Any:
    """The use case in a transaction of its own."""

    async def attempt(session: AsyncSession) -> Any:
        return await use_case(Work(session, SERVICE, clock.now(), "ring"), **arguments)

    return await database.run(attempt)


async def assess_all(database: Database, opa: Opa, made: Season) -> list[Assessment]:
    neighbours = StubNeighbours()
    neighbours.bodies |= made.neighbour_bodies()
    facts = RoomFacts(neighbours)  # type: ignore[arg-type]
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(application_id: str) -> Assessment:
        async with gate:
            prepared = await service.prepare(database, facts, opa, application_id=application_id)
            kept: Assessment = await run(database, service.assess, prepared=prepared)
            return kept

    return await asyncio.gather(*(one(body["id"]) for body in made.applications))


async def look_at_all(database: Database, opa: Opa, call_id: str) -> dict[str, Standing]:
    """The standing of each consortium after a look at the whole call."""
    async with database.begin() as session:
        ids = await reviews.newest_of_call(
            session, call_id=call_id, after=None, linked_to=None, limit=1000
        )
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(assessment_id: str) -> tuple[str, Standing]:
        async with gate:
            looked = await reviews.look_again(database, opa, assessment_id=assessment_id)
            kept = await run(database, reviews.review, looked=looked)
            return looked.assessment.consortium_id, kept

    return dict(await asyncio.gather(*(one(assessment_id) for assessment_id in ids)))


async def test_the_ring_is_found_and_the_honest_are_left_in_peace(
    ring_settings: Settings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    made = season(SEED)
    patient = ring_settings.model_copy(update={"opa_timeout_s": 30})  # rules are judged, not speed
    async with Opa(patient) as opa:
        assessed = await assess_all(database, opa, made)
        at_first = {
            row.consortium_id for row in assessed if row.decision["review"]["level"] != "clear"
        }
        stood = await look_at_all(database, opa, made.call["id"])
    assert len(stood) == 512
    suspected = {who for who, standing in stood.items() if standing.review.level != "clear"}
    caught = suspected & made.ring
    levels = sorted(stood[who].review.level for who in made.ring)
    weights = sorted(stood[who].review.weight for who in made.ring)
    with capsys.disabled():
        print(
            f"\nring: at first {len(at_first & made.ring)} of 12, after the look at the call"
            f" {len(caught)} of 12 ({levels.count('reject')} reject); honest in review"
            f" {len(suspected - made.ring)} of 500; precision"
            f" {len(caught) / max(len(suspected), 1):.3f}, recall {len(caught) / 12:.3f};"
            f" ring's weights {weights}"
        )
    assert caught == made.ring
    assert len(suspected - made.ring) <= MAX_HONEST_IN_REVIEW
    for who in made.ring:
        linked = {
            other["consortium_id"]
            for found in stood[who].findings
            for link in found["fact"].get("links", [])
            for other in link["others"]
        }
        assert linked & made.ring, "the linked records are the evidence"
    assert all(row.eligible for row in assessed), "signals refuse nobody"
