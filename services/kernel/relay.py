"""Outbox → Kafka: at least once, in order per aggregate, marked only after Kafka's own ack.

One relay leads a room at a time (an advisory lock on its connection); others stand by and take
over when it dies. Rows are chosen by flag and gated on the oldest running transaction, so a row
that commits late is delayed, never skipped. After any failed or late ack the producer is thrown
away: kafka-python's idempotent producer may otherwise never send again.
"""

import json
import select
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from kafka.errors import KafkaError, MessageSizeTooLargeError

from services.kernel import tracing
from services.kernel.producers import close_producer, open_producer
from services.kernel.settings import Settings
from services.kernel.telemetry import (
    OUTBOX_FAILED,
    OUTBOX_PUBLISHED,
    log,
)

BATCH_ROWS: Final = 500
ACK_TIMEOUT_S: Final = 12
IDLE_WAIT_S: Final = 1.0
RETRY_PAUSE_S: Final = 1.0
LEADER_LOCK: Final = 7240615

_UNSENT = """
SELECT seq, id, topic, type, aggregate_id, body FROM outbox
WHERE published_at IS NULL AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xid, seq LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Unsent:
    """An outbox row on its way."""

    seq: int
    id: str
    topic: str
    type: str
    aggregate_id: str
    body: dict[str, Any]


class Sender:
    """A producer that is rebuilt after any failed or late ack."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: Any = None

    def send(self, rows: Sequence[Unsent]) -> list[int]:
        """Send rows in order; returns the `seq` of those that Kafka acknowledged, and for each
        aggregate none after its first failure."""
        try:
            self._producer = self._producer or open_producer(self._settings, "fund-relay")
            futures, stopped = self._sent(rows)
        except (KafkaError, OSError, AssertionError) as error:
            log().warning("relay.send_failed", error=str(error))
            self.close()
            return []
        deadline = time.monotonic() + ACK_TIMEOUT_S
        refused, done = len(stopped), []
        for row, sending, future in futures:
            if row.aggregate_id in stopped or not _acknowledged(future, deadline):
                stopped.add(row.aggregate_id)
                sending.first.error = ("relay.ack_missing", "")
            else:
                done.append(row.seq)
            tracing.finish(sending)
        if len(stopped) > refused:
            log().warning("relay.acks_missing", aggregates=len(stopped))
            self.close()
        return done

    def _sent(
        self, rows: Sequence[Unsent]
    ) -> tuple[list[tuple[Unsent, tracing.Unit, Any]], set[str]]:
        """The sends on their way, and the aggregates with an event too large for Kafka: only
        they wait, until an operator raises the limit."""
        futures: list[tuple[Unsent, tracing.Unit, Any]] = []
        refused = set[str]()
        for row in rows:
            if row.aggregate_id in refused:
                continue
            sending = sending_of(row)
            try:
                record = record_of(row, sending)
                futures.append((row, sending, self._producer.send(row.topic, **record)))
            except MessageSizeTooLargeError as error:
                log().error("relay.event_too_large", event_id=row.id, error=str(error))
                refused.add(row.aggregate_id)
        return futures, refused

    def close(self) -> None:
        """Close the producer if there is one; the next send builds another."""
        producer, self._producer = self._producer, None
        if producer is not None:
            close_producer(producer)


def sending_of(row: Unsent) -> tracing.Unit:
    """The sending of an event, in the trace that the event carries on."""
    return tracing.new_unit(
        "kafka",
        f"send {row.topic}",
        application_id=row.body.get("applicationid"),
        request_id=row.body.get("requestid", ""),
        traceparent=row.body.get("traceparent"),
        facts={"event_id": row.id, "event_type": row.type},
    )


def record_of(row: Unsent, sending: tracing.Unit) -> dict[str, Any]:
    """Key, value and headers of the Kafka record: a CloudEvent in structured mode."""
    headers = [
        ("content-type", b"application/cloudevents+json; charset=UTF-8"),
        ("ce_id", row.id.encode()),
        ("ce_type", row.type.encode()),
    ]
    if tracing.is_on():
        headers.append(("traceparent", sending.place(sending.first).traceparent().encode()))
    return {
        "key": row.aggregate_id.encode(),
        "value": json.dumps(row.body, ensure_ascii=False, separators=(",", ":")).encode(),
        "headers": headers,
    }


def _acknowledged(future: Any, deadline: float) -> bool:
    try:
        future.get(timeout=max(0.001, deadline - time.monotonic()))
    except (KafkaError, OSError):
        return False
    return bool(future.succeeded())


class RoomOutbox:
    """One room's outbox, seen by the relay over its own connection."""

    def __init__(self, room: str, settings: Settings) -> None:
        self.room = room
        self._url = settings.database_url.format(room=room).replace("+psycopg", "")
        self._connection: psycopg.Connection[Any] | None = None
        self._leads = False

    def fileno(self) -> int | None:
        """The socket on which a notice of new rows arrives, while connected."""
        return self._connection.fileno() if self._connection else None

    def pass_on(self, sender: Sender) -> int:
        """Send one batch; returns how many rows were marked. Loses the lead with the connection."""
        try:
            connection = self._led()
            if connection is None:
                return 0
            rows = [Unsent(*row) for row in connection.execute(_UNSENT, (BATCH_ROWS,)).fetchall()]
            done = sender.send(rows) if rows else []
            if done:
                connection.execute(
                    "UPDATE outbox SET published_at = now() WHERE seq = ANY(%s)", (done,)
                )
            OUTBOX_PUBLISHED.labels(self.room).inc(len(done))
            OUTBOX_FAILED.labels(self.room).inc(len(rows) - len(done))
            return len(done)
        except psycopg.Error as error:
            log().warning("relay.database_failed", room=self.room, error=str(error))
            self.close()
            return 0

    def drain_notices(self) -> None:
        """Forget the notices that woke us."""
        if self._connection is not None:
            try:
                for _ in self._connection.notifies(timeout=0):
                    pass
            except psycopg.Error:
                self.close()

    def close(self) -> None:
        """Give up the connection, and with it the lead."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._leads = None, False

    def _led(self) -> psycopg.Connection[Any] | None:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=3,
                application_name=f"fund-relay-{self.room}",
                keepalives_idle=5,
                options="-c statement_timeout=10000",
            )
            self._connection.execute("LISTEN outbox")
        if not self._leads:
            row = self._connection.execute(
                "SELECT pg_try_advisory_lock(%s)", (LEADER_LOCK,)
            ).fetchone()
            self._leads = bool(row and row[0])
        return self._connection if self._leads else None


def relay(rooms: Sequence[str], settings: Settings, *, until: Any) -> None:
    """Pass on the rooms' events until `until()`; sleeps on the notices of all rooms at once."""
    sender = Sender(settings)
    outboxes = [RoomOutbox(room, settings) for room in rooms]
    while not until():
        moved = sum(outbox.pass_on(sender) for outbox in outboxes)
        if moved == 0:
            _wait(outboxes)
    for outbox in outboxes:
        outbox.close()
    sender.close()


def _wait(outboxes: Sequence[RoomOutbox]) -> None:
    by_socket = {fd: outbox for outbox in outboxes if (fd := outbox.fileno()) is not None}
    if len(by_socket) < len(outboxes):
        time.sleep(RETRY_PAUSE_S)
        return
    ready, _, _ = select.select(list(by_socket), [], [], IDLE_WAIT_S)
    for socket in ready:
        by_socket[socket].drain_notices()
    if not ready:
        return
    time.sleep(0.002)
