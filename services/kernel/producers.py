"""Kafka producers whose sends are acknowledged by all replicas or fail within ten seconds."""

from contextlib import suppress
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from services.kernel.settings import Settings
from services.kernel.telemetry import log


def open_producer(settings: Settings, client_id: str) -> Any:
    """A producer; raises KafkaError when no broker answers within five seconds."""
    return KafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap.split(","),
        client_id=client_id,
        acks="all",
        enable_idempotence=True,
        max_in_flight_requests_per_connection=1,
        linger_ms=2,
        request_timeout_ms=5_000,
        delivery_timeout_ms=10_000,
        max_block_ms=5_000,
        bootstrap_timeout_ms=5_000,
    )


def close_producer(producer: Any) -> None:
    """Close it, and forcibly when records are still on their way.

    In that case kafka-python raises before it ends its thread, which would go on for ever, with
    its sockets, and send late what its successor has sent already.
    """
    try:
        producer.close(timeout=1)
    except (KafkaError, OSError, AssertionError) as error:
        log().info("producer.close_forced", error=str(error))
        producer._sender.force_close()
        with suppress(KafkaError):
            producer.close(timeout=2)
