"""Topics of a test's own on the real broker, and what stands in them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from services.kernel.settings import Settings


@dataclass(frozen=True)
class Record:
    """A record of a topic, its value read as JSON."""

    key: str
    value: dict[str, Any]


def brokers(settings: Settings) -> list[str]:
    """The broker's addresses."""
    return settings.kafka_bootstrap.split(",")


@contextmanager
def topic_of(settings: Settings, name: str, *, partitions: int = 1) -> Iterator[str]:
    """A topic that lives as long as the block."""
    admin: Any = KafkaAdminClient(bootstrap_servers=brokers(settings))
    try:
        admin.create_topics({name: {"num_partitions": partitions, "replication_factor": 1}})
        yield name
        admin.delete_topics([name])
    finally:
        admin.close()


def put(settings: Settings, topic: str, *records: tuple[str, bytes]) -> None:
    """Append records, key and value, and wait for each ack."""
    producer: Any = KafkaProducer(bootstrap_servers=brokers(settings), acks="all")
    try:
        for key, value in records:
            producer.send(topic, key=key.encode(), value=value).get(timeout=20)
    finally:
        producer.close(timeout=2)


def records_of(settings: Settings, topic: str) -> list[Record]:
    """All that stands in a topic, each partition in its order."""
    client: Any = KafkaConsumer(bootstrap_servers=brokers(settings), enable_auto_commit=False)
    try:
        places = [TopicPartition(topic, number) for number in client.partitions_for_topic(topic)]
        client.assign(places)
        ends = client.end_offsets(places)
        client.seek_to_beginning(*places)
        found = []
        while any(client.position(place) < ends[place] for place in places):
            for batch in client.poll(timeout_ms=1000).values():
                found += [Record((one.key or b"").decode(), json.loads(one.value)) for one in batch]
        return found
    finally:
        client.close()
