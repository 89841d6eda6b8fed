"""The operator's way without an API: what is parked is seen, repaired and applied again."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from services.applications.listeners import LISTENERS
from services.kernel import replaying
from services.kernel.clock import now
from services.kernel.db import AsyncSession, Database
from services.kernel.ids import new_id
from services.kernel.listen import Application
from services.kernel.replaying import DeadLetterRow
from services.kernel.rooms import database_of
from services.kernel.settings import Settings
from services.kernel.work import Work
from tests.integration.kernel.happenings import ACTOR, Space
from tests.support import stack
from tests.support.databases import admin, name_of, scratch_rooms

TIMELINE = LISTENERS[0]
BOARD = Space("board")
WHY = ("--reason", "La causa fue corregida.", "--actor", "operador-9")


@pytest.fixture
def rooms(servers: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Databases of every room, in which the commands work."""
    with scratch_rooms() as settings:
        monkeypatch.setenv("FUND_DATABASE_URL", settings.database_url)
        yield settings


@pytest.fixture
async def applications(rooms: Settings) -> AsyncIterator[Database]:
    database = database_of("applications", rooms)
    yield database
    await database.dispose()


@pytest.fixture
async def board(rooms: Settings) -> AsyncIterator[Database]:
    database = database_of("board", rooms)
    yield database
    await database.dispose()


async def told(*words: str, may_fail: bool = False) -> str:
    said = await asyncio.to_thread(
        stack.command, "services", "dead-letters", *words, may_fail=may_fail
    )
    return " ".join(said.split())


def repair(settings: Settings, missing: str) -> None:
    """Put an application where the missing one should be."""
    with admin(name_of(settings).format(room="applications")) as connection:
        connection.execute("SET session_replication_role = replica")  # its call is missing too
        connection.execute(
            "INSERT INTO application (id, call_id, consortium_id, state, version, round, plan,"
            " created_by, created_at, updated_at)"
            " VALUES (%s, 'cal_1', 'con_1', 'draft', 1, 0, '{}', 'rosa', now(), now())",
            (missing,),
        )


async def happened(board: Database, ballot: str, application_id: str) -> list[bytes]:
    """Two facts about a ballot: in the board's outbox, and as they stand on the topic."""
    values = [
        BOARD.record(ballot, number, type=f"fund.board.{verb}.v1", applicationid=application_id)[1]
        for number, verb in enumerate(("ballot.opened", "vote.cast"), start=1)
    ]
    async with board.begin() as session:
        for value in values:
            BOARD.publish_record(session, value)
    return values


async def test_a_parked_aggregate_is_seen_repaired_and_replayed(
    rooms: Settings, applications: Database, board: Database
) -> None:
    missing, ballot = new_id("app"), new_id("bal")
    consumer = Application(TIMELINE, applications)
    for value in await happened(board, ballot, missing):
        await consumer.take("fund.board.v1:0:1", value)

    listed = await told("list", "--consumer", TIMELINE.consumer)
    assert listed.startswith(f"applications {TIMELINE.consumer} {ballot}: fund.board.ballot.opened")
    assert await told("list", "--consumer", "board.nobody") == ""
    shown = await told("show", ballot)
    assert missing in shown
    assert shown.count('"aggregate_version"') == 2

    again = await told("replay", TIMELINE.consumer, "--aggregate", ballot, *WHY, may_fail=True)
    assert f"{ballot}: 0 events applied, stays parked: fund.board.ballot.opened" in again

    repair(rooms, missing)
    applied = await told("replay", TIMELINE.consumer, "--aggregate", ballot, *WHY)
    assert applied == f"{ballot}: 2 events applied, unparked"
    entries = "SELECT source FROM timeline_entry WHERE subject = %s"
    assert len(await applications.rows(entries, (ballot,))) == 2
    assert await replaying.parked(applications) == []
    audited = "SELECT actor, change ->> 'reason' FROM audit WHERE action = 'dead_letter.replay'"
    assert await applications.rows(audited, ()) == [("operador-9", WHY[1])] * 2


async def test_what_the_bridge_could_not_carry_is_sent_again_from_its_rooms_outbox(
    board: Database,
) -> None:
    ballot = new_id("bal")
    await happened(board, ballot, new_id("app"))
    await board.rows("UPDATE outbox SET published_at = now()", ())

    async def park(session: AsyncSession) -> DeadLetterRow:
        letter = {"consumer": "workflows.bridge", "aggregate_id": ballot, "reason": "no round"}
        return await replaying.park(Work(session, ACTOR, now(), "test"), **letter)

    await board.run(park)
    assert f"board workflows.bridge {ballot}: no round" in await told("list")
    applied = await told("replay", "workflows.bridge", *WHY)
    assert applied == f"{ballot}: 2 events applied, unparked"
    assert await replaying.parked(board) == []
    unsent = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
    assert await board.rows(unsent, ()) == [(2,)]


@pytest.mark.usefixtures("rooms")
async def test_a_replay_of_nothing_or_without_a_reason_is_refused() -> None:
    said = await told("replay", TIMELINE.consumer, *WHY, may_fail=True)
    assert f"nothing of {TIMELINE.consumer} is parked" in said
    assert "say why" in await told("replay", TIMELINE.consumer, may_fail=True)
