"""How far each consumer is behind, asked of Kafka: by committed offsets and the topics' ends."""

from collections import Counter
from contextlib import suppress
from typing import Any, Final

from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError

from services.kernel.gauges import Told
from services.kernel.settings import Settings

LIMIT_MS: Final = 3000


class ConsumerLag:
    """The lag of every consumer group with committed offsets; nothing is told of a Kafka that
    does not answer but that it is down."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Any = None
        self._lags: list[tuple[str, str, int]] = []
        self._up = 0
        self.measured = (
            Told(
                "fund_consumer_lag_events",
                "Events that a consumer group has not yet committed, by topic.",
                ("group", "topic"),
                lambda: self._lags,
            ),
            Told(
                "fund_exporter_kafka_up",
                "1 when Kafka told the consumers' offsets the last time it was asked.",
                (),
                lambda: [(self._up,)],
            ),
        )

    def refresh(self) -> None:
        """Ask Kafka; raises when it does not answer, and forgets what it said before."""
        try:
            self._client = self._client or KafkaAdminClient(
                bootstrap_servers=self._settings.kafka_bootstrap.split(","),
                client_id="fund-exporter",
                request_timeout_ms=LIMIT_MS,
                bootstrap_timeout_ms=LIMIT_MS,
            )
            self._lags = lags_of(self._client)
            self._up = 1
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        """Forget the client and what it said."""
        client, self._client = self._client, None
        self._lags, self._up = [], 0
        if client is not None:
            with suppress(KafkaError, OSError):
                client.close()


def lags_of(client: Any) -> list[tuple[str, str, int]]:
    """Group, topic, and how many events lie past the group's committed offsets."""
    groups = [group["group_id"] for group in client.list_groups()]
    committed = client.list_group_offsets({group: None for group in groups}) if groups else {}
    topics = set(client.list_topics())  # offsets outlive a topic that was deleted
    partitions = {
        partition
        for offsets in committed.values()
        for partition in offsets
        if partition.topic in topics
    }
    if not partitions:
        return []
    ends = client.list_partition_offsets({one: OffsetSpec.LATEST for one in partitions})
    behind: Counter[tuple[str, str]] = Counter()
    for group, offsets in committed.items():
        for partition in offsets.keys() & ends.keys():
            position = offsets[partition]
            lag = ends[partition].offset - max(position.offset, 0)
            behind[group, partition.topic] += max(lag, 0)
    return [(group, topic, lag) for (group, topic), lag in sorted(behind.items())]
