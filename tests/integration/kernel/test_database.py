"""What PostgreSQL refuses for others' sake runs again as a whole, five times at most (F12)."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from services.kernel.db import AsyncSession, Database
from services.kernel.errors import Conflict, Unavailable
from services.kernel.settings import Settings
from services.kernel.tables import InboxRow
from tests.integration.kernel.happenings import Space
from tests.support.databases import admin, name_of


def refusing(state: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END $$"


async def count(database: Database, table: str) -> int:
    async with database.begin() as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


@pytest.mark.parametrize("state", ["40001", "40P01"])
async def test_a_transaction_runs_again_as_a_whole(database: Database, state: str) -> None:
    space, tries = Space("none"), 0

    async def work(session: AsyncSession) -> int:
        nonlocal tries
        tries += 1
        space.publish(session, "thing", tries)
        await session.flush()
        if tries < 4:
            await session.execute(text(refusing(state)))
        return tries

    assert await database.run(work) == 4
    assert await count(database, "outbox") == 1


@pytest.mark.parametrize("state", ["40001", "40P01"])
async def test_it_runs_five_times_at_most(database: Database, state: str) -> None:
    tries = 0

    async def work(session: AsyncSession) -> None:
        nonlocal tries
        tries += 1
        Space("none").publish(session, "thing", tries)
        await session.flush()
        await session.execute(text(refusing(state)))

    with pytest.raises(Unavailable) as told:
        await database.run(work)
    assert (tries, told.value.code) == (5, "kernel.contention")
    assert await count(database, "outbox") == 0


async def test_a_real_deadlock_ends_with_both_effects(database: Database) -> None:
    async with database.begin() as session:
        for name in ("a", "b"):
            Space("none").publish(session, name, 1)
    both = asyncio.Barrier(2)
    tries = 0

    async def work(session: AsyncSession, first: str, second: str) -> None:
        nonlocal tries
        tries += 1
        change = text(
            "UPDATE outbox SET aggregate_version = aggregate_version + 1 WHERE aggregate_id = :id"
        )
        await session.execute(change, {"id": first})
        if tries <= 2:
            await both.wait()
        await session.execute(change, {"id": second})

    await asyncio.gather(
        database.run(lambda session: work(session, "a", "b")),
        database.run(lambda session: work(session, "b", "a")),
    )
    assert tries == 3
    async with database.begin() as session:
        versions = (await session.execute(text("SELECT aggregate_version FROM outbox"))).all()
    assert [version for (version,) in versions] == [3, 3]


async def test_another_refusal_is_not_tried_again(database: Database) -> None:
    tries = 0

    async def work(session: AsyncSession) -> None:
        nonlocal tries
        tries += 1
        for _ in range(2):
            row = InboxRow.model_validate(
                {
                    "consumer": "c",
                    "event_id": "e",
                    "aggregate_id": "a",
                    "type": "t",
                    "applied_at": "2026-03-01T12:00:00Z",
                }
            )
            await session.execute(insert(InboxRow).values(row.model_dump()))

    with pytest.raises(Conflict) as told:
        await database.run(work)
    assert (tries, told.value.code) == (1, "registry.constraint")


@pytest.mark.parametrize("outside", [False, True])
async def test_connections_that_the_server_ended_are_forgotten_at_once(
    database: Database, fresh_settings: Settings, outside: bool
) -> None:
    async def ask() -> None:
        if outside:
            await database.rows("SELECT pg_sleep(0.05)", ())
            return
        async with database.begin() as session:
            await session.execute(text("SELECT pg_sleep(0.05)"))

    await asyncio.gather(*(ask() for _ in range(6)))
    with admin() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [name_of(fresh_settings)],
        )
    with pytest.raises(Unavailable):
        await ask()
    await asyncio.gather(*(ask() for _ in range(6)))


async def test_without_a_database_the_answer_is_unavailable(fresh_settings: Settings) -> None:
    url = fresh_settings.database_url.replace(name_of(fresh_settings), "test0_nowhere")
    nowhere = Database("registry", fresh_settings.model_copy(update={"database_url": url}))
    with pytest.raises(Unavailable) as told:
        async with nowhere.begin() as session:
            await session.execute(text("SELECT 1"))
    assert told.value.code == "kernel.database_unavailable"
    with pytest.raises(Unavailable) as told:
        await nowhere.rows("SELECT 1", ())
    assert told.value.code == "kernel.database_unavailable"
    await nowhere.dispose()


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
async def test_whoever_loses_the_commit_is_told_that_nobody_knows(
    database: Database, done: bool
) -> None:
    """The server commits, or not, and the connection ends before its answer comes."""
    engine = database.engine.sync_engine

    def lost(connection: Any) -> None:
        server = connection.connection.driver_connection.pgconn
        if done:
            server.exec_(b"COMMIT")
        server.finish()

    async def work(session: AsyncSession) -> None:
        Space("none").publish(session, "thing", 1)

    event.listen(engine, "commit", lost)
    try:
        with pytest.raises(Unavailable) as told:
            await database.run(work)
    finally:
        event.remove(engine, "commit", lost)
    assert told.value.code == "kernel.commit_unknown"
    assert await count(database, "outbox") == int(done)


async def test_what_is_read_outside_a_transaction_leaves_none_open(
    database: Database, fresh_settings: Settings
) -> None:
    row = ("test.reader", "evt-1", "thing", "test.happened", "2026-03-01T12:00:00Z")
    written = "INSERT INTO inbox VALUES (%s, %s, %s, %s, %s) RETURNING event_id"
    assert await database.rows(written, row) == [("evt-1",)]
    assert await database.rows("SELECT event_id FROM inbox WHERE consumer = %s", row[:1]) == [
        ("evt-1",)
    ]
    with pytest.raises(Conflict):
        await database.rows(written, row)
    idle = (
        "SELECT count(*) FROM pg_stat_activity WHERE state LIKE %s AND datname = current_database()"
    )
    assert await database.rows(idle, ("idle in transaction%",)) == [(0,)]


async def test_what_is_owed_is_written_with_the_commit_and_undone_with_the_rollback(
    database: Database,
) -> None:
    space = Space("none")

    async def undone(session: AsyncSession) -> None:
        space.publish(session, "thing", 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.run(undone)
    assert await count(database, "outbox") == 0
    async with database.begin() as session:
        for number in range(3):
            space.publish(session, "thing", number)
    told = await database.rows("SELECT aggregate_version FROM outbox ORDER BY seq", ())
    assert told == [(0,), (1,), (2,)]


async def test_inside_a_savepoint_nothing_is_owed(database: Database) -> None:
    async with database.begin() as session, session.begin_nested():
        with pytest.raises(RuntimeError, match="savepoint"):
            Space("none").publish(session, "thing", 1)
