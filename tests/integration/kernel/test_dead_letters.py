"""The operator's way: what could not be applied is listed, shown, repaired and applied again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.applications.listeners import LISTENERS
from services.kernel.db import Database
from services.kernel.dead_letters import DeadLetterWriter
from services.kernel.ids import new_id
from services.kernel.listen import Application
from services.kernel.settings import Settings
from tests.integration.applications.conftest import KnownConsortia, Room
from tests.integration.kernel.happenings import Space
from tests.support import stack
from tests.support.databases import admin, name_of, scratch_settings
from tests.support.serving import own_issuer, room_here

TIMELINE = LISTENERS[0]


@pytest.fixture
def applications_settings(servers: None, tmp_path: Path) -> Iterator[Settings]:
    with scratch_settings("applications") as scratch, own_issuer(scratch, tmp_path) as settings:
        yield settings


@pytest.fixture
async def room(
    applications_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Room]:
    """The room whose listener the command finds by name; commands work on its database."""
    monkeypatch.setenv("FUND_DATABASE_URL", applications_settings.database_url)
    registry = KnownConsortia()
    async with room_here("applications", applications_settings, neighbours=registry) as made:
        yield Room(*made, registry)


async def told(*words: str, may_fail: bool = False) -> str:
    said = await asyncio.to_thread(
        stack.command, "services", "dead-letters", *words, may_fail=may_fail
    )
    return " ".join(said.split())


def repair(settings: Settings, known: str, missing: str) -> None:
    """Put a copy of a known application where the missing one should be."""
    with admin(name_of(settings)) as connection:
        connection.execute(
            "INSERT INTO application SELECT copy.* FROM application, jsonb_populate_record("
            "application, jsonb_build_object('id', %s::text, 'consortium_id', %s::text)) AS copy"
            " WHERE application.id = %s",
            [missing, new_id("con"), known],
        )


async def test_a_parked_aggregate_is_seen_repaired_and_replayed(
    room: Room, applications_settings: Settings
) -> None:
    missing, ballot = new_id("app"), new_id("bal")
    space, database = Space("board"), room.app.state.databases["applications"]
    assert isinstance(database, Database)
    consumer = Application(TIMELINE, database, DeadLetterWriter(applications_settings))
    for number, verb in enumerate(("ballot.opened", "vote.cast"), start=1):
        key, value = space.record(
            ballot, number, type=f"fund.board.{verb}.v1", applicationid=missing
        )
        await consumer.take(f"fund.board.v1/0@{number}", key.encode(), value)

    listed = await told("list", "--consumer", TIMELINE.consumer)
    assert listed.count(f"{TIMELINE.consumer} {ballot}") == 2
    assert "its aggregate is parked" in listed
    offset = next(
        words[0]
        for line in stack.command("services", "dead-letters", "list").splitlines()
        if ballot in line and (words := line.split())
    )
    assert missing in await told("show", offset)

    again = await told("replay", TIMELINE.consumer, "--aggregate", ballot, may_fail=True)
    assert f"0 dead letters applied {ballot} stays parked" in again

    repair(applications_settings, (await room.draft())["id"], missing)
    applied = await told("replay", TIMELINE.consumer, "--aggregate", ballot)
    assert applied == "2 dead letters applied"
    rows = await room.rows("SELECT source FROM timeline_entry WHERE subject = :id", id=ballot)
    assert len(rows) == 2
    assert await room.rows("SELECT * FROM parked_aggregate") == []


async def test_the_command_names_the_consumers_it_knows() -> None:
    said = await told("replay", "nobody", may_fail=True)
    assert "no consumer nobody" in said
    assert TIMELINE.consumer in said


async def test_what_does_not_exist_is_not_shown() -> None:
    assert "no dead letter at offset 999999999" in await told("show", "999999999", may_fail=True)
