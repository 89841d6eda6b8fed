"""Kafka → inbox → listener: each event's effect exactly once, a poisoned one parks its aggregate.

The inbox row and the effect are one transaction; the offset is committed after it. An event that
fails five times parks its aggregate, whose later events are kept back until an operator replays
them (`services.kernel.replaying`); all other aggregates go on. A record that is no event of ours is
noted under its place on the topic and passed by.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from services.kernel import clock, tracing
from services.kernel.applying import POISON, Applier, Parked
from services.kernel.db import Database
from services.kernel.errors import Unavailable
from services.kernel.events import Listener, Received, UnreadableEvent, place_of, traceparent_in
from services.kernel.settings import Settings
from services.kernel.tables import ParkedAggregate
from services.kernel.telemetry import EVENTS_PARKED, log

TRIES: Final = 5
FIRST_PAUSE_S: Final = 0.1
UNAVAILABLE_PAUSE_S: Final = 1.0
POLL_MS: Final = 500


class Application(Applier):
    """Applies what Kafka delivers, and notes what cannot be applied."""

    async def take(self, place: str, value: bytes, traceparent: str | None = None) -> None:
        """Apply the record, or park it; returns when one of both is durable."""
        try:
            event = Received.read(value)
        except UnreadableEvent as error:
            await self._park(place, str(error))
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
            await self._until_applied(event)

    async def _until_applied(self, event: Received) -> None:
        pause_s = FIRST_PAUSE_S
        tries = 0
        while True:
            try:
                await self.apply(event)
                return
            except Parked:
                EVENTS_PARKED.labels(self._listener.consumer).inc()
                return
            except Unavailable:
                await asyncio.sleep(UNAVAILABLE_PAUSE_S)
            except POISON as error:
                tries += 1
                if tries >= TRIES:
                    await self._park(event.subject, f"{event.type} {event.id}: {error}")
                    return
                await asyncio.sleep(pause_s)
                pause_s *= 2

    async def _park(self, what: str, reason: str) -> None:
        """Note an aggregate, or a record by its place, among the dead letters."""
        consumer = self._listener.consumer
        log().error("event.parked", consumer=consumer, parked=what, error=reason)
        row = ParkedAggregate(
            consumer=consumer, aggregate_id=what, reason=reason, parked_at=clock.now()
        )
        while True:
            try:
                async with self._database.begin() as session:
                    await session.merge(row)
                break
            except Unavailable as error:
                log().warning("event.park_failed", parked=what, error=error.detail)
                await asyncio.sleep(UNAVAILABLE_PAUSE_S)
        EVENTS_PARKED.labels(consumer).inc()


async def listen(
    listener: Listener, database: Database, settings: Settings, *, until: Callable[[], bool]
) -> None:
    """Consume the listener's topics until `until()`; records of different keys run side by side."""
    application = Application(listener, database)
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
                place = place_of(partition, record)
                by_key.setdefault(record.key or b"", []).append((place, record))
        if not by_key:
            continue
        await asyncio.gather(*(_in_order(application, records) for records in by_key.values()))
        await asyncio.to_thread(consumer.commit, next_offsets(batches))


async def _in_order(application: Application, records: list[tuple[str, Any]]) -> None:
    for place, record in records:
        sent = traceparent_in(record.headers)
        await application.take(place, record.value or b"", sent)


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
