"""What the exporter checks in the background: audit chains piece by piece, and consumers' lag."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from services.exporter import watches
from services.exporter.lag import ConsumerLag
from services.exporter.watches import AuditWatch, Round, step_of
from services.kernel import clock
from services.kernel.db import Database
from services.kernel.ids import new_id
from services.kernel.settings import Settings, settings
from services.kernel.work import Principal, Work
from tests.support.databases import admin, name_of, scratch_settings
from tests.support.kafka import put, topic_of


@pytest.fixture
def room(servers: None) -> Iterator[Settings]:
    with scratch_settings("registry") as found:
        yield found


@pytest.fixture
def intruder(room: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A superuser whom triggers do not stop."""
    with admin(name_of(room)) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture
def step(room: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, float]]:
    """One step of the watch, in pieces of four rows, and what is measured after it."""
    monkeypatch.setattr(watches, "AUDIT_ROWS", 4)
    watch = AuditWatch("registry")
    go = step_of(watch, "registry", room)

    def taken() -> dict[str, float]:
        go()
        return {told.name: next(iter(told.rows()))[-1] for told in watch.measured}

    return taken


def grow(room: Settings, count: int) -> None:
    """So many more audit rows, linked as those of the application are."""

    async def change(session: Any) -> None:
        work = Work(session, Principal(sub="x", role="operator"), clock.now(), "r")
        for number in range(count):
            work.record("test.changed", f"thing-{number}", {"number": number})
        await session.flush()

    async def go() -> None:
        database = Database("registry", room)
        await database.run(change)
        await database.dispose()

    asyncio.run(go())


def test_a_chain_is_walked_in_pieces_and_its_end_is_told(
    room: Settings, step: Callable[[], dict[str, float]]
) -> None:
    grow(room, 10)
    for checked in (4, 8):
        found = step()
        assert found["fund_audit_checked_entries"] == checked
        assert found["fund_audit_checked_timestamp_seconds"] == 0
    found = step()
    assert (found["fund_audit_checked_entries"], found["fund_audit_broken"]) == (10, 0)
    assert abs(found["fund_audit_checked_timestamp_seconds"] - time.time()) < 30


def test_an_old_row_that_was_edited_is_found_within_a_walk_and_cleared_after_the_cure(
    room: Settings, intruder: psycopg.Connection[Any], step: Callable[[], dict[str, float]]
) -> None:
    grow(room, 10)
    assert [step()["fund_audit_broken"] for _ in range(3)] == [0, 0, 0]
    edit = "UPDATE audit SET actor = %s WHERE id = (SELECT audit_id FROM audit_link WHERE seq = 6)"
    intruder.execute(edit, ("somebody",))
    assert [step()["fund_audit_broken"] for _ in range(2)] == [0, 1]
    assert step()["fund_audit_broken"] == 1
    intruder.execute(edit, ("x",))
    assert [step()["fund_audit_broken"] for _ in range(4)][-1] == 0


def test_a_chain_that_was_cut_at_its_end_is_found_by_who_has_seen_it_longer(
    room: Settings, intruder: psycopg.Connection[Any], step: Callable[[], dict[str, float]]
) -> None:
    grow(room, 3)
    assert step()["fund_audit_broken"] == 0
    intruder.execute("DELETE FROM audit USING audit_link l WHERE l.audit_id = id AND l.seq = 3")
    intruder.execute("DELETE FROM audit_link WHERE seq = 3")
    assert step()["fund_audit_broken"] == 1
    grow(room, 1)
    assert step()["fund_audit_broken"] == 1


def test_a_check_that_fails_is_tried_again() -> None:
    stopping, tries = threading.Event(), threading.Semaphore(0)

    def fail() -> None:
        tries.release()
        raise psycopg.OperationalError

    Round("failing", 0.01, [fail]).start(stopping)
    assert all(tries.acquire(timeout=5) for _ in range(3))
    stopping.set()


def test_the_lag_of_a_consumer_is_what_it_has_not_committed(servers: None) -> None:
    config, group = settings(), new_id("group")
    lag = ConsumerLag(config)
    with topic_of(config, new_id("topic")) as topic:
        put(config, topic, *[("key", b"value")] * 7)
        consumer: Any = KafkaConsumer(
            bootstrap_servers=config.kafka_bootstrap, group_id=group, enable_auto_commit=False
        )
        consumer.assign([TopicPartition(topic, 0)])
        consumer.commit({TopicPartition(topic, 0): OffsetAndMetadata(3, "", -1)})
        consumer.close()
        lag.refresh()
        told = {one.name: list(one.rows()) for one in lag.measured}
        lag.close()
    assert (group, topic, 4) in told["fund_consumer_lag_events"]
    assert told["fund_exporter_kafka_up"] == [(1,)]


def test_a_kafka_that_does_not_answer_is_told_and_nothing_else_of_it(servers: None) -> None:
    lag = ConsumerLag(settings().model_copy(update={"kafka_bootstrap": "127.0.0.1:9"}))
    with pytest.raises((KafkaError, OSError)):
        lag.refresh()
    assert {one.name: list(one.rows()) for one in lag.measured} == {
        "fund_consumer_lag_events": [],
        "fund_exporter_kafka_up": [(0,)],
    }
