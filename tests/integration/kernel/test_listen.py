"""From Kafka to effects: each once, in order, and a poisoned one parks its aggregate (F22, F23)."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from services.kernel import listen as listening
from services.kernel.db import Database
from services.kernel.errors import Conflict, Unavailable
from services.kernel.events import Listener, NotYet, Received
from services.kernel.listen import TRIES, Application, listen
from services.kernel.replaying import Replayed, Replayer
from services.kernel.settings import Settings
from services.kernel.tables import AuditRow, ParkedAggregate
from services.kernel.telemetry import EVENTS_PARKED
from services.kernel.work import Work
from tests.integration.kernel.happenings import Space
from tests.support.databases import name_of
from tests.support.kafka import put, topic_of
from tests.support.serving import free_port
from tests.support.waiting import eventually

Trouble = Callable[[Work], Any]


@dataclass
class Room:
    """A consumer that notes each event as an audit row, unless a test troubles it."""

    space: Space
    database: Database
    settings: Settings
    troubles: dict[tuple[str, int], Trouble] = field(default_factory=dict)
    tries: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    sent: list[dict[str, Any]] = field(default_factory=list)
    """The outbox of the room that made the events."""

    @property
    def listener(self) -> Listener:
        return Listener(f"{self.space.name}.notes", {self.space.type: self.note})

    async def note(self, work: Work, received: Received) -> None:
        at = (received.subject, received.data["number"])
        self.tries[at] += 1
        work.record("test.noted", received.subject, {"number": received.data["number"]})
        await work.session.flush()
        if at in self.troubles:
            trouble = self.troubles[at](work)
            if trouble is not None:
                await trouble

    def put(self, *records: tuple[str, bytes]) -> None:
        for _, value in records:
            with suppress(ValueError, RecursionError):
                self.sent.append(json.loads(value))
        put(self.settings, self.space.topic, *records)

    async def events(self, room: str, aggregate_id: str) -> list[dict[str, Any]]:
        """As the outboxes of every room are asked."""
        assert room == self.space.name
        return [
            {
                "id": body["id"],
                "type": body["type"],
                "aggregate_version": body["aggregateversion"],
                "body": body,
            }
            for body in self.sent
            if isinstance(body, dict) and body["subject"] == aggregate_id
        ]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        stopped = False
        task = asyncio.create_task(
            listen(self.listener, self.database, self.settings, until=lambda: stopped)
        )
        try:
            yield
            assert not task.done(), task.exception()
        finally:
            stopped = True
            await task

    async def noted(self) -> dict[str, list[int]]:
        """By aggregate the numbers of its events in the order of their effects."""
        query = select(AuditRow.subject, AuditRow.change).order_by(col(AuditRow.at))
        found: dict[str, list[int]] = {}
        async with self.database.begin() as session:
            for subject, change in (await session.exec(query)).all():
                found.setdefault(subject, []).append(change["number"])
        return found

    async def reached(self, **expected: list[int]) -> None:
        async def all_noted() -> bool:
            return await self.noted() == expected

        with suppress(AssertionError):  # the comparison below shows the difference
            await eventually(all_noted, within_s=30)
        assert await self.noted() == expected

    async def parked(self) -> dict[str, str]:
        async with self.database.begin() as session:
            rows = (await session.exec(select(ParkedAggregate))).all()
        return {row.aggregate_id: row.reason for row in rows}

    async def kept_back(self, count: int) -> None:
        """Wait until so many events were kept back, and see that no more were."""

        async def enough() -> bool:
            return self.kept() >= count

        await eventually(enough, within_s=30, what=f"{count} events kept back")
        assert self.kept() == count

    def kept(self) -> int:
        return int(EVENTS_PARKED.labels(self.listener.consumer)._value.get())

    async def replay(self, aggregate_id: str) -> Replayed:
        return await Replayer(self.listener, self.database, self).replay(aggregate_id)

    async def replay_all(self) -> dict[str, Replayed]:
        return {one: await self.replay(one) for one in await self.parked()}


@pytest.fixture
def room(
    database: Database, fresh_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Room]:
    monkeypatch.setattr(listening, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(listening, "UNAVAILABLE_PAUSE_S", 0.01)
    space = Space(f"z{name_of(fresh_settings).replace('_', 'x')}")
    with topic_of(fresh_settings, space.topic, partitions=2):
        yield Room(space, database, fresh_settings)


def failing(error: BaseException) -> Trouble:
    def raises(_: Work) -> None:
        raise error

    return raises


async def test_every_event_has_its_effect_once_and_in_order(room: Room) -> None:
    first, second = room.space.record("a", 1), room.space.record("a", 2)
    room.put(first, room.space.record("b", 1), first, second, first, second)
    async with room.listening():
        await room.reached(a=[1, 2], b=[1])
        room.put(first, room.space.record("b", 2))
        await room.reached(a=[1, 2], b=[1, 2])
    async with room.listening():
        room.put(room.space.record("a", 3), second)
        room.put(room.space.record("b", 3))
        await room.reached(a=[1, 2, 3], b=[1, 2, 3])
    assert await room.parked() == {}


async def test_a_consumer_that_died_before_its_offset_was_kept_repeats_nothing(room: Room) -> None:
    records = [room.space.record("a", number) for number in (1, 2)]
    room.put(*records)
    application = Application(room.listener, room.database)
    for _, value in records:
        await application.take("topic:0:0", value)
    async with room.listening():
        room.put(room.space.record("a", 3))
        await room.reached(a=[1, 2, 3])
    assert max(room.tries.values()) == 1


async def data_error(work: Work) -> None:
    await work.session.execute(text("SELECT 1 / 0"))


POISONS: dict[str, Trouble] = {
    "refusal": failing(Conflict("test.no", "No.")),
    "key": failing(KeyError("x")),
    "attribute": failing(AttributeError("'str' object has no attribute 'get'")),
    "index": failing(IndexError("x")),
    "arithmetic": failing(ZeroDivisionError("x")),
    "database": data_error,
}


@pytest.mark.parametrize("name", POISONS)
async def test_a_poisoned_event_parks_its_aggregate_and_the_others_go_on(
    room: Room, name: str
) -> None:
    room.troubles["a", 2] = POISONS[name]
    room.put(*(room.space.record("a", number) for number in (1, 2, 3)))
    room.put(*(room.space.record("b", number) for number in (1, 2, 3)))
    async with room.listening():
        await room.reached(a=[1], b=[1, 2, 3])
        await room.kept_back(2)
    assert room.tries["a", 2] == TRIES
    parked = await room.parked()
    assert set(parked) == {"a"}
    assert parked["a"].startswith(f"{room.space.type} evt_")
    room.troubles.clear()
    assert await room.replay("b") == Replayed("b", 0, None)
    assert await room.replay("a") == Replayed("a", 2, None)
    assert await room.parked() == {}
    async with room.listening():
        room.put(room.space.record("a", 4))
        await room.reached(a=[1, 2, 3, 4], b=[1, 2, 3])
    assert await room.replay("a") == Replayed("a", 0, None)
    assert await room.noted() == {"a": [1, 2, 3, 4], "b": [1, 2, 3]}


@pytest.mark.parametrize(
    ("value", "changes"),
    [
        (b"", {}),
        (b"\xff", {}),
        (b"[]", {}),
        (b'"x"', {}),
        (b"[" * 100_000, {}),
        (None, {"specversion": "0.3"}),
        (None, {"type": ""}),
        (None, {"data": "text"}),
        (None, {"aggregateversion": "one"}),
        (None, {"time": None}),
        (None, {"subject": None}),
    ],
    ids=[
        *("empty", "bytes", "list", "text", "deep", "old-version", "no-type", "text-data"),
        *("text-version", "no-time", "no-subject"),
    ],
)
async def test_a_record_that_is_no_event_of_ours_is_kept_and_passed_by(
    room: Room, value: bytes | None, changes: dict[str, Any]
) -> None:
    _, whole = room.space.record("a", 1, **changes)
    room.put(("a", whole if value is None else value), room.space.record("a", 2))
    async with room.listening():
        await room.reached(a=[2])
        await room.kept_back(1)
    [(place, reason)] = (await room.parked()).items()
    topic, partition, offset = place.split(":")
    assert (topic, offset) == (room.space.topic, "0")
    assert partition in {"0", "1"}
    assert reason
    assert await room.replay(place) == Replayed(place, 0, None)
    assert (await room.parked(), await room.noted()) == ({}, {"a": [2]})


async def test_an_event_of_another_type_is_passed_by(room: Room) -> None:
    other = f"fund.{room.space.name}.thing.ignored.v1"
    room.put(room.space.record("a", 1, type=other), room.space.record("a", 2))
    async with room.listening():
        await room.reached(a=[2])
    assert (room.kept(), await room.parked()) == (0, {})


async def test_an_event_before_what_it_needs_waits_for_it(room: Room) -> None:
    def after_b(_: Work) -> None:
        if room.tries["b", 1] == 0:
            raise NotYet("b comes first")

    room.troubles["a", 1] = after_b
    room.put(room.space.record("a", 1), room.space.record("b", 1))
    async with room.listening():
        await room.reached(a=[1], b=[1])
    assert await room.parked() == {}


async def test_what_is_away_is_waited_for_and_parks_nothing(room: Room) -> None:
    def away(_: Work) -> None:
        if room.tries["a", 1] <= 3 * TRIES:
            raise Unavailable("test.away", "No responde.")

    room.troubles["a", 1] = away
    room.put(room.space.record("a", 1))
    async with room.listening():
        await room.reached(a=[1])
    assert room.tries["a", 1] == 3 * TRIES + 1
    assert await room.parked() == {}


async def test_a_replay_that_fails_again_leaves_the_aggregate_parked(room: Room) -> None:
    room.troubles["a", 1] = room.troubles["a", 2] = failing(Conflict("test.no", "No."))
    room.put(*(room.space.record("a", number) for number in (1, 2, 3)))
    room.put(room.space.record("b", 1))
    async with room.listening():
        await room.kept_back(3)
    del room.troubles["a", 1]
    done = await room.replay("a")
    assert done.applied == 1
    assert "test.no" in str(done.stays_parked)
    assert await room.noted() == {"a": [1], "b": [1]}
    assert set(await room.parked()) == {"a"}
    async with room.listening():
        room.put(room.space.record("a", 4))
        await room.kept_back(4)
    room.troubles.clear()
    assert await room.replay("a") == Replayed("a", 3, None)
    assert await room.noted() == {"a": [1, 2, 3, 4], "b": [1]}
    assert await room.parked() == {}


async def test_one_aggregate_that_still_fails_does_not_keep_the_others_parked(room: Room) -> None:
    room.troubles["a", 1] = room.troubles["b", 1] = failing(Conflict("test.no", "No."))
    room.put(room.space.record("a", 1), room.space.record("b", 1))
    async with room.listening():
        await room.kept_back(2)
    del room.troubles["b", 1]
    done = await room.replay_all()
    assert {one for one, found in done.items() if found.stays_parked} == {"a"}
    assert await room.noted() == {"b": [1]}
    assert set(await room.parked()) == {"a"}


async def test_without_kafka_the_listener_tries_again(room: Room, fresh_settings: Settings) -> None:
    with free_port() as closed:
        address = f"127.0.0.1:{closed.getsockname()[1]}"
    nowhere = fresh_settings.model_copy(update={"kafka_bootstrap": address})
    turns = 0

    def after_two_turns() -> bool:
        nonlocal turns
        turns += 1
        return turns > 2

    await listen(room.listener, room.database, nowhere, until=after_two_turns)
    assert turns == 3
