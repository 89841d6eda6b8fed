"""The operator's cures of events: sent again from the outbox, or applied again where they are
parked.

The dead letters are the parked aggregates of a room and what the producers' outboxes hold of them
that the consumer's inbox does not: the outboxes keep every event, so nothing here needs Kafka.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.kernel import clock
from services.kernel.applying import POISON, Applier
from services.kernel.auth import not_found
from services.kernel.db import Database, rows_in
from services.kernel.events import Listener, Received
from services.kernel.outboxes import Outboxes
from services.kernel.rooms import optional
from services.kernel.work import Work

ROUNDS_MAX: Final = 20
"""How often an aggregate's new events are looked for; each round but the last two applies some."""
_RESEND: Final = """
WITH again AS (
    UPDATE outbox SET published_at = NULL
    WHERE published_at IS NOT NULL
        AND (id = %(event_id)s OR aggregate_id = %(aggregate_id)s OR created_at >= %(since)s)
    RETURNING 1
) SELECT count(*) FROM again
"""
_APPLIED: Final = "SELECT event_id FROM inbox WHERE consumer = %s AND event_id = ANY(%s)"
_PARKED: Final = """
SELECT consumer, aggregate_id, reason, parked_at FROM parked_aggregate
WHERE consumer || ' ' || aggregate_id > %(after)s
    AND (%(consumer)s::text IS NULL OR consumer = %(consumer)s)
    AND (%(aggregate_id)s::text IS NULL OR aggregate_id = %(aggregate_id)s)
ORDER BY consumer || ' ' || aggregate_id LIMIT %(limit)s
"""
_PARK: Final = """
INSERT INTO parked_aggregate (consumer, aggregate_id, reason, parked_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (consumer, aggregate_id) DO UPDATE SET reason = excluded.reason
"""
_UNPARK: Final = "DELETE FROM parked_aggregate WHERE consumer = %s AND aggregate_id = %s"


@dataclass(frozen=True, slots=True)
class DeadLetterRow:
    """An aggregate that is parked for a consumer."""

    consumer: str
    aggregate_id: str
    reason: str
    parked_at: datetime


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one aggregate."""

    aggregate_id: str
    applied: int
    stays_parked: str | None


async def resend(
    work: Work,
    *,
    event_id: str | None,
    aggregate_id: str | None,
    since: datetime | None,
    reason: str,
) -> int:
    """Let the relay send these events again; consumers know by their ids what they had."""
    chosen = {"event_id": event_id, "aggregate_id": aggregate_id, "since": since}
    ((events,),) = await rows_in(work.session, _RESEND, chosen)
    told = {name: str(value) for name, value in chosen.items() if value is not None}
    subject = event_id or aggregate_id or "outbox"
    work.record("outbox.resend", subject, {**told, "events": events, "reason": reason})
    return int(events)


async def parked(
    database: Database,
    *,
    consumer: str | None = None,
    aggregate_id: str | None = None,
    after: str = "",
    limit: int = 1_000,
) -> list[DeadLetterRow]:
    """The parked aggregates after a `<consumer> <aggregate>`, in that order."""
    asked = {"consumer": consumer, "aggregate_id": aggregate_id, "after": after, "limit": limit}
    return [DeadLetterRow(*row) for row in await database.rows(_PARKED, asked)]


async def park(work: Work, *, consumer: str, aggregate_id: str, reason: str) -> DeadLetterRow:
    """Note what a consumer without a database of its own could not apply."""
    await rows_in(work.session, _PARK, (consumer, aggregate_id, reason, work.now))
    return DeadLetterRow(consumer, aggregate_id, reason, work.now)


async def order(work: Work, *, consumer: str, aggregates: Sequence[str], reason: str) -> None:
    """The audit of a replay, written before its first effect."""
    for aggregate_id in aggregates:
        work.record("dead_letter.replay", aggregate_id, {"consumer": consumer, "reason": reason})


async def send_again(
    work: Work, *, consumer: str, aggregates: Sequence[str], reason: str
) -> list[Replayed]:
    """The replay for a consumer without a database here: its events are sent to it again."""
    done = []
    for aggregate_id in aggregates:
        events = await resend(
            work, event_id=None, aggregate_id=aggregate_id, since=None, reason=reason
        )
        await rows_in(work.session, _UNPARK, (consumer, aggregate_id))
        done.append(Replayed(aggregate_id, events, None))
    return done


class Replayer:
    """Applies the parked events of one consumer again, from the producers' outboxes."""

    def __init__(self, listener: Listener, database: Database, outboxes: Outboxes) -> None:
        self._listener = listener
        self._database = database
        self._outboxes = outboxes
        self._applier = Applier(listener, database)

    async def waiting(self, aggregate_id: str) -> list[dict[str, Any]]:
        """The aggregate's events that the consumer has not applied, oldest first, as the
        producers' outboxes show them. One that is not sent yet is among them: it may have reached
        Kafka already, and when it comes the inbox knows it."""
        rooms = sorted({name.split(".")[1] for name in self._listener.handlers})
        rows = [row for room in rooms for row in await self._outboxes.events(room, aggregate_id)]
        mine = [row for row in rows if row["type"] in self._listener.handlers]
        asked = (self._listener.consumer, [row["id"] for row in mine])
        applied = {found[0] for found in await self._database.rows(_APPLIED, asked)}
        fresh = [row for row in mine if row["id"] not in applied]
        return sorted(fresh, key=lambda row: (row["aggregate_version"], row["id"]))

    async def replay(self, aggregate_id: str) -> Replayed:
        """Apply what waits and unpark the aggregate; at the first event that fails again it stays
        parked, so that nothing overtakes that event."""
        applied, unparked = 0, False
        for _ in range(ROUNDS_MAX):
            fresh = await self.waiting(aggregate_id)
            if not fresh and unparked:
                break
            for row in fresh:
                failure = await self._failure_of(row)
                if failure:
                    await self._park(aggregate_id, failure)
                    return Replayed(aggregate_id, applied, failure)
                applied += 1
            if not fresh:  # one look more: what came until now was kept back
                await self._applier.unpark(aggregate_id)
                unparked = True
        return Replayed(aggregate_id, applied, None)

    async def _failure_of(self, row: dict[str, Any]) -> str:
        try:
            await self._applier.apply(Received.of(row["body"]), replayed=True)
        except POISON as error:
            return f"{row['type']} {row['id']}: {error}"
        return ""

    async def _park(self, aggregate_id: str, reason: str) -> None:
        told = (self._listener.consumer, aggregate_id, reason, clock.now())
        await self._database.rows(_PARK, told)


async def demanded(
    database: Database, consumer: str, aggregate_id: str | None
) -> list[DeadLetterRow]:
    """The consumer's dead letters, all or those of one aggregate; raises Missing for one that is
    not parked."""
    found = await parked(database, consumer=consumer, aggregate_id=aggregate_id)
    if aggregate_id is not None and not found:
        raise not_found()
    return found


def listener_of(room: str, consumer: str) -> Listener | None:
    """Who applies the consumer's events in this room; None for a consumer without a database of
    its own. Raises Missing for a consumer that the room does not know as one of its own."""
    listeners: list[Listener] = optional(room, "listeners", "LISTENERS", [])
    for listener in listeners:
        if listener.consumer == consumer:
            return listener
    if consumer.startswith(f"{room}."):
        raise not_found()
    return None
