"""Kafka → inbox → listener: each event's effect exactly once, a poisoned one parks its aggregate.

The inbox row and the effect are one transaction; the offset is committed after it. An event that
fails five times goes to the dead letters, its aggregate is parked, and later events of the same
aggregate follow it there until an operator replays them; all other aggregates go on.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from services.kernel import clock, tracing
from services.kernel.applying import POISON, Applier, Parked
from services.kernel.db import Database
from services.kernel.dead_letters import DeadLetter, DeadLetterWriter, read_all
from services.kernel.errors import Unavailable
from services.kernel.events import Listener, Received, UnreadableEvent, traceparent_in
from services.kernel.settings import Settings
from services.kernel.tables import ParkedAggregate
from services.kernel.telemetry import EVENTS_PARKED, log

TRIES: Final = 5
FIRST_PAUSE_S: Final = 0.1
UNAVAILABLE_PAUSE_S: Final = 1.0
POLL_MS: Final = 500


class Application(Applier):
    """Applies what Kafka delivers, and keeps what cannot be applied."""

    def __init__(self, listener: Listener, database: Database, letters: DeadLetterWriter) -> None:
        super().__init__(listener, database)
        self._letters = letters

    async def take(
        self, source: str, key: bytes, value: bytes, traceparent: str | None = None
    ) -> None:
        """Apply the record, or keep it in the dead letters; returns when one of both is durable."""
        try:
            event = Received.read(value)
        except UnreadableEvent as error:
            await self._bury(source, key, value, str(error))
            return
        if event.type not in self._listener.handlers:
            return
        with tracing.unit_of(
            "kafka",
            f"apply {self._listener.consumer}",
            application_id=event.application_id,
            request_id=event.id,
            traceparent=traceparent or event.traceparent,
            facts={"event_type": event.type},
        ):
            await self._until_applied(event, source, key, value)

    async def _until_applied(self, event: Received, source: str, key: bytes, value: bytes) -> None:
        pause_s = FIRST_PAUSE_S
        tries = 0
        while True:
            try:
                await self.apply(event)
                return
            except Parked:
                await self._bury(source, key, value, "its aggregate is parked")
                return
            except Unavailable:
                await asyncio.sleep(UNAVAILABLE_PAUSE_S)
            except POISON as error:
                tries += 1
                if tries >= TRIES:
                    await self._park(event, source, key, value, error)
                    return
                await asyncio.sleep(pause_s)
                pause_s *= 2

    async def _park(
        self, event: Received, source: str, key: bytes, value: bytes, error: Exception
    ) -> None:
        consumer = self._listener.consumer
        log().error("event.parked", consumer=consumer, event_id=event.id, error=str(error))
        async with self._database.begin() as session:
            await session.merge(
                ParkedAggregate(
                    consumer=consumer,
                    aggregate_id=event.subject,
                    reason=f"{event.type} {event.id}: {error}",
                    parked_at=clock.now(),
                )
            )
        await self._bury(source, key, value, str(error))

    async def _bury(self, source: str, key: bytes, value: bytes, reason: str) -> None:
        EVENTS_PARKED.labels(self._listener.consumer).inc()
        while True:
            try:
                await asyncio.to_thread(
                    self._letters.write,
                    consumer=self._listener.consumer,
                    reason=reason,
                    source=source,
                    key=key,
                    value=value,
                )
                return
            except (KafkaError, OSError) as error:
                log().warning("event.bury_failed", error=str(error))
                await asyncio.sleep(UNAVAILABLE_PAUSE_S)


async def listen(
    listener: Listener, database: Database, settings: Settings, *, until: Callable[[], bool]
) -> None:
    """Consume the listener's topics until `until()`; records of different keys run side by side."""
    application = Application(listener, database, DeadLetterWriter(settings))
    while not until():
        try:
            consumer = await asyncio.to_thread(_consumer, listener, settings)
            try:
                await _consume(consumer, application, until)
            finally:
                await asyncio.to_thread(_close, consumer)
        except (KafkaError, OSError) as error:
            log().warning("listen.kafka_failed", consumer=listener.consumer, error=str(error))
            await asyncio.sleep(UNAVAILABLE_PAUSE_S)


async def _consume(consumer: Any, application: Application, until: Callable[[], bool]) -> None:
    while not until():
        batches = await asyncio.to_thread(consumer.poll, timeout_ms=POLL_MS)
        by_key: dict[bytes, list[tuple[str, Any]]] = {}
        for partition, records in batches.items():
            for record in records:
                source = f"{partition.topic}/{partition.partition}@{record.offset}"
                by_key.setdefault(record.key or b"", []).append((source, record))
        if not by_key:
            continue
        await asyncio.gather(
            *(_in_order(application, key, records) for key, records in by_key.items())
        )
        await asyncio.to_thread(consumer.commit, next_offsets(batches))


async def _in_order(application: Application, key: bytes, records: list[tuple[str, Any]]) -> None:
    for source, record in records:
        sent = traceparent_in(record.headers)
        await application.take(source, key, record.value or b"", sent)


def next_offsets(batches: dict[Any, list[Any]]) -> dict[TopicPartition, OffsetAndMetadata]:
    """The offsets to commit after the records of a poll were dealt with."""
    return {
        partition: OffsetAndMetadata(records[-1].offset + 1, "", -1)
        for partition, records in batches.items()
    }


def _consumer(listener: Listener, settings: Settings) -> Any:
    return KafkaConsumer(
        *listener.topics,
        bootstrap_servers=settings.kafka_bootstrap.split(","),
        group_id=listener.consumer,
        client_id=listener.consumer,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=200,
        session_timeout_ms=10_000,
        heartbeat_interval_ms=3_000,
        bootstrap_timeout_ms=5_000,
    )


def _close(consumer: Any) -> None:
    try:
        consumer.close()
    except (KafkaError, OSError) as error:
        log().info("listen.close_failed", error=str(error))


@dataclass(slots=True)
class Replay:
    """What became of the dead letters: those applied (now or before), and by aggregate why it
    stays parked."""

    applied: list[DeadLetter] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


async def replay(
    listener: Listener, database: Database, settings: Settings, aggregate_id: str | None
) -> Replay:
    """Apply the consumer's dead letters again, oldest first, and unpark what is done.

    An aggregate whose event fails again stays parked, so that nothing overtakes that event; the
    others go on. Letters that arrive meanwhile are taken too.
    """
    application = Application(listener, database, DeadLetterWriter(settings))
    result = Replay()
    taken: set[int] = set()
    while True:
        letters = await asyncio.to_thread(lambda: list(read_all(settings, listener.consumer)))
        fresh = [letter for letter in letters if letter.offset not in taken]
        if not fresh:
            return result
        taken |= {letter.offset for letter in fresh}
        done = await _apply_again(application, fresh, aggregate_id, result)
        for subject in done - set(result.failed):
            await application.unpark(subject)


async def _apply_again(
    application: Application, letters: list[DeadLetter], aggregate_id: str | None, result: Replay
) -> set[str]:
    done = set()
    for letter in letters:
        try:
            event = Received.read(letter.value)
        except UnreadableEvent:
            continue
        if aggregate_id not in (None, event.subject) or event.subject in result.failed:
            continue
        try:
            await application.apply(event, replayed=True)
        except POISON as error:
            result.failed[event.subject] = f"{event.type} {event.id}: {error}"
        else:
            result.applied.append(letter)
            done.add(event.subject)
    return done
