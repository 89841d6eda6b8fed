"""Applying an event to a room: inbox row and effect in one transaction, so exactly once."""

from typing import Final

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from services.kernel import clock
from services.kernel.db import AsyncSession, Database
from services.kernel.errors import FundError
from services.kernel.events import Listener, NotYet, Received
from services.kernel.tables import InboxRow, ParkedAggregate
from services.kernel.telemetry import EVENTS_APPLIED, EVENTS_REPEATED
from services.kernel.work import Principal, Work

POISON: Final = (
    FundError,
    NotYet,
    DBAPIError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What an event may make of its handler: a refusal, or any fault of the handler's own. None of it
may end the process, which every other event needs."""


class Parked(Exception):
    """The aggregate is parked for this consumer."""


class Applier:
    """Applies events to one room on behalf of one consumer."""

    def __init__(self, listener: Listener, database: Database) -> None:
        self._listener = listener
        self._database = database

    async def apply(self, event: Received, *, replayed: bool = False) -> None:
        """Apply an event once: inbox row and effect in one transaction."""
        consumer = self._listener.consumer

        async def once(session: AsyncSession) -> bool:
            parked = await session.get(ParkedAggregate, (consumer, event.subject))
            if parked is not None and not replayed:
                raise Parked
            row = InboxRow(
                consumer=consumer,
                event_id=event.id,
                aggregate_id=event.subject,
                type=event.type,
                applied_at=clock.now(),
            )
            fresh = await session.scalar(
                insert(InboxRow)
                .values(row.model_dump())
                .on_conflict_do_nothing()
                .returning(col(InboxRow.event_id))
            )
            if fresh is None:
                return False
            actor = Principal(sub=consumer, role="service")
            work = Work(session, actor, clock.now(), event.id)
            await self._listener.handlers[event.type](work, event)
            return True

        if await self._database.run(once):
            EVENTS_APPLIED.labels(consumer, event.type).inc()
        else:
            EVENTS_REPEATED.labels(consumer).inc()

    async def unpark(self, aggregate_id: str) -> None:
        """Let the aggregate's events flow again."""
        async with self._database.begin() as session:
            await session.execute(
                delete(ParkedAggregate).where(
                    col(ParkedAggregate.consumer) == self._listener.consumer,
                    col(ParkedAggregate.aggregate_id) == aggregate_id,
                )
            )
