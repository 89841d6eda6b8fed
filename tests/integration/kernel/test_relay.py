"""From outbox to Kafka: late rows wait, marks follow acks, nothing is lost or passed (F03, F13)."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import pytest
from prometheus_client import REGISTRY

from services.kernel.db import Database
from services.kernel.owed import write
from services.kernel.relay import RoomOutbox, Sender, Unsent, relay
from services.kernel.settings import Settings
from tests.integration.kernel.happenings import Space, numbers_by_thing
from tests.support import stack
from tests.support.databases import admin, name_of
from tests.support.kafka import records_of, topic_of
from tests.support.serving import free_port
from tests.support.waiting import eventually, until


@pytest.fixture
def space(fresh_settings: Settings) -> Iterator[Space]:
    made = Space(f"x{name_of(fresh_settings).replace('_', 'x')}")
    with topic_of(fresh_settings, made.topic, partitions=3):
        yield made


@pytest.fixture
def sender(fresh_settings: Settings) -> Iterator[Sender]:
    made = Sender(fresh_settings)
    yield made
    made.close()


@contextmanager
def outbox_of(settings: Settings) -> Iterator[RoomOutbox]:
    made = RoomOutbox("registry", settings)
    yield made
    made.close()


@pytest.fixture
def outbox(fresh_settings: Settings) -> Iterator[RoomOutbox]:
    with outbox_of(fresh_settings) as made:
        yield made


def unsent(settings: Settings) -> int:
    with admin(name_of(settings)) as connection:
        found = connection.execute("SELECT count(*) FROM outbox WHERE published_at IS NULL")
        return int((found.fetchone() or [0])[0])


def passed_on(outbox: RoomOutbox, sender: Sender, count: int) -> None:
    """Pass on until so many rows are marked; others' transactions may hold rows back a while."""
    moved = 0

    def enough() -> bool:
        nonlocal moved
        moved += outbox.pass_on(sender)
        return moved >= count

    until(enough, within_s=30, what=f"{count} rows marked")
    assert moved == count


@asynccontextmanager
async def relaying(settings: Settings, count: int = 1) -> AsyncIterator[None]:
    """So many relays, each in a thread of its own."""
    stopping = threading.Event()
    running = [
        asyncio.create_task(asyncio.to_thread(relay, ["registry"], settings, until=stopping.is_set))
        for _ in range(count)
    ]
    try:
        yield
    finally:
        stopping.set()
        await asyncio.gather(*running)


async def drained(settings: Settings, within_s: float = 60) -> None:
    async def empty() -> bool:
        return await asyncio.to_thread(unsent, settings) == 0

    await eventually(empty, within_s=within_s, what="an empty outbox")


async def test_a_row_becomes_a_cloud_event_under_its_aggregates_key(
    database: Database, fresh_settings: Settings, space: Space, outbox: RoomOutbox, sender: Sender
) -> None:
    await space.commit(database, "ñandú", 1)
    passed_on(outbox, sender, 1)
    [record] = records_of(fresh_settings, space.topic)
    assert record.key == record.value["subject"] == "ñandú"
    assert record.value["type"] == space.type
    assert record.value["specversion"] == "1.0"
    assert record.value["aggregateversion"] == 1
    assert record.value["data"] == {"thing": "ñandú", "number": 1, "padding": ""}
    assert outbox.pass_on(sender) == 0


async def test_a_long_transaction_delays_and_nothing_is_skipped(
    database: Database, fresh_settings: Settings, space: Space, outbox: RoomOutbox, sender: Sender
) -> None:
    await space.commit(database, "before", 1)
    async with database.begin() as late:
        space.publish(late, "late", 1)
        await late.run_sync(write)
        await space.commit(database, "quick", 1, 2)
        passed_on(outbox, sender, 1)
        for _ in range(5):
            assert outbox.pass_on(sender) == 0
        assert unsent(fresh_settings) == 2
    passed_on(outbox, sender, 3)
    found = records_of(fresh_settings, space.topic)
    assert numbers_by_thing(found) == {"before": [1], "late": [1], "quick": [1, 2]}
    assert len(found) == 4


async def test_what_waits_comes_in_the_order_of_the_transactions(
    database: Database, fresh_settings: Settings, outbox: RoomOutbox, sender: Sender
) -> None:
    space = Space(f"y{name_of(fresh_settings).replace('_', 'x')}")
    with topic_of(fresh_settings, space.topic):
        async with database.begin() as first:
            space.publish(first, "one", 1)
            await first.run_sync(write)
            async with database.begin() as second:
                space.publish(second, "two", 1)
                await second.run_sync(write)
                space.publish(first, "one", 2)
        passed_on(outbox, sender, 3)
        found = records_of(fresh_settings, space.topic)
    assert [(one.key, one.value["data"]["number"]) for one in found] == [
        ("one", 1),
        ("one", 2),
        ("two", 1),
    ]


async def test_without_kafka_nothing_is_marked(
    database: Database, fresh_settings: Settings, space: Space, outbox: RoomOutbox, sender: Sender
) -> None:
    await space.commit(database, "thing", 1, 2)
    with free_port() as listening:
        closed = f"127.0.0.1:{listening.getsockname()[1]}"
    nowhere = Sender(fresh_settings.model_copy(update={"kafka_bootstrap": closed}))
    assert outbox.pass_on(nowhere) == 0
    assert unsent(fresh_settings) == 2
    passed_on(outbox, sender, 2)


async def test_a_record_that_kafka_refuses_holds_back_its_aggregate_alone(
    database: Database, fresh_settings: Settings, space: Space, outbox: RoomOutbox, sender: Sender
) -> None:
    await space.commit(database, "fine", 1)
    async with database.begin() as session:
        space.publish(session, "huge", 1, padding="x" * 1_200_000)
    await space.commit(database, "huge", 2)
    await space.commit(database, "fine", 2)
    passed_on(outbox, sender, 2)
    assert unsent(fresh_settings) == 2
    assert numbers_by_thing(records_of(fresh_settings, space.topic)) == {"fine": [1, 2]}


class AcksAndDies(Sender):
    """Sends, and loses the relay's connection between Kafka's acks and the marks."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._database = name_of(settings)

    def send(self, rows: Sequence[Unsent]) -> list[int]:
        done = super().send(rows)
        with admin() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND application_name LIKE 'fund-relay-%%'",
                [self._database],
            )
        return done


async def test_a_relay_that_dies_between_ack_and_mark_repeats_and_loses_nothing(
    database: Database, fresh_settings: Settings, space: Space, outbox: RoomOutbox, sender: Sender
) -> None:
    await space.commit(database, "thing", 1, 2, 3)
    dying = AcksAndDies(fresh_settings)
    until(lambda: outbox.pass_on(dying) == 0 and outbox.fileno() is None, what="the relay's end")
    dying.close()
    assert unsent(fresh_settings) == 3
    with outbox_of(fresh_settings) as next_one:
        passed_on(next_one, sender, 3)
    found = records_of(fresh_settings, space.topic)
    assert len(found) == 6
    assert len({record.value["id"] for record in found}) == 3
    assert numbers_by_thing(found) == {"thing": [1, 2, 3]}


async def test_one_relay_leads_and_another_takes_over_when_it_is_gone(
    database: Database, fresh_settings: Settings, space: Space, sender: Sender
) -> None:
    with outbox_of(fresh_settings) as leader, outbox_of(fresh_settings) as standby:
        await space.commit(database, "thing", 1)
        passed_on(leader, sender, 1)
        await space.commit(database, "thing", 2)
        assert standby.pass_on(sender) == 0
        leader.close()
        passed_on(standby, sender, 1)
        assert leader.pass_on(sender) == 0
    assert len(records_of(fresh_settings, space.topic)) == 2


async def test_two_relays_at_once_leave_no_gap_and_send_nothing_twice(
    database: Database, fresh_settings: Settings, space: Space
) -> None:
    async with relaying(fresh_settings, count=2):
        things = {f"thing-{name}": list(range(1, 11)) for name in range(20)}
        await asyncio.gather(
            *(space.commit(database, thing, *numbers) for thing, numbers in things.items())
        )
        await drained(fresh_settings)
    found = records_of(fresh_settings, space.topic)
    assert numbers_by_thing(found) == things
    assert len(found) == 200


@pytest.fixture
def broker_goes_on() -> Iterator[None]:
    """At the end the broker runs, whatever a test has done to it."""
    if stack.is_existing():
        pytest.skip("stops the broker, so it runs on the tests' own stack only")
    yield
    stack.command("deploy.local", "kill", "kafka", "--signal", "CONT")


def failed_sends() -> float:
    name = "fund_outbox_failed_total"
    return REGISTRY.get_sample_value(name, {"room": "registry"}) or 0.0


def senders() -> set[int]:
    """The threads of kafka-python's producers."""
    return {one.ident or 0 for one in threading.enumerate() if type(one).__name__ == "Sender"}


@pytest.mark.usefixtures("broker_goes_on")
async def test_a_broker_that_stands_still_longer_than_any_limit_loses_nothing(
    database: Database, fresh_settings: Settings, space: Space
) -> None:
    things, before_all = [f"thing-{number}" for number in range(6)], senders()

    async def happen(*numbers: int) -> None:
        await asyncio.gather(*(space.commit(database, thing, *numbers) for thing in things))

    async with relaying(fresh_settings):
        await happen(1, 2)
        await drained(fresh_settings)
        stack.command("deploy.local", "kill", "kafka", "--signal", "STOP")
        before = failed_sends()
        await happen(3, 4)

        async def given_up() -> bool:
            return failed_sends() > before

        await eventually(given_up, within_s=60, what="a send past its delivery timeout")
        await happen(5, 6)
        assert await asyncio.to_thread(unsent, fresh_settings) == len(things) * 4
        stack.command("deploy.local", "kill", "kafka", "--signal", "CONT")
        await drained(fresh_settings)
    found = records_of(fresh_settings, space.topic)
    assert numbers_by_thing(found) == {thing: [1, 2, 3, 4, 5, 6] for thing in things}
    until(lambda: senders() <= before_all, what="the end of every producer that was given up")
