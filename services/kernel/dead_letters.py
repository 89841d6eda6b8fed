"""Events that could not be applied: kept on a topic of their own, seen and replayed by command."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition

from services.kernel.producers import close_producer, open_producer
from services.kernel.settings import Settings

DEAD_LETTERS: Final = "fund.dead-letters.v1"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A parked event with who could not apply it and why."""

    offset: int
    consumer: str
    reason: str
    source: str
    key: str
    value: bytes


class DeadLetterWriter:
    """Writes to the dead letters and waits for Kafka's ack: an event is never dropped."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def write(self, *, consumer: str, reason: str, source: str, key: bytes, value: bytes) -> None:
        """Keep the event; raises KafkaError when Kafka does not take it."""
        producer = open_producer(self._settings, "fund-dead-letters")
        try:
            headers = [
                ("consumer", consumer.encode()),
                ("reason", reason[:500].encode()),
                ("source", source.encode()),
            ]
            producer.send(DEAD_LETTERS, key=key, value=value, headers=headers).get(timeout=12)
        finally:
            close_producer(producer)


def read_all(settings: Settings, consumer: str | None = None) -> Iterator[DeadLetter]:
    """All dead letters kept so far, oldest first; of one consumer if named."""
    client: Any = KafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap.split(","),
        enable_auto_commit=False,
        group_id=None,
    )
    try:
        partition = TopicPartition(DEAD_LETTERS, 0)
        client.assign([partition])
        end = client.end_offsets([partition])[partition]
        client.seek_to_beginning(partition)
        while client.position(partition) < end:
            for records in client.poll(timeout_ms=2000).values():
                for record in records:
                    letter = _letter(record)
                    if consumer is None or letter.consumer == consumer:
                        yield letter
    finally:
        client.close()


def _letter(record: Any) -> DeadLetter:
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    return DeadLetter(
        offset=record.offset,
        consumer=headers.get("consumer", ""),
        reason=headers.get("reason", ""),
        source=headers.get("source", ""),
        key=(record.key or b"").decode(errors="replace"),
        value=record.value or b"",
    )
