"""The operator's way to the dead letters where no API answers: the same rows, the same replay, from
the databases alone."""

from typing import Any

from services.kernel import clock, replaying
from services.kernel.db import AsyncSession
from services.kernel.ids import new_id
from services.kernel.outboxes import StoredOutboxes
from services.kernel.replaying import DeadLetterRow, Replayed, Replayer
from services.kernel.rooms import ROOMS
from services.kernel.settings import Settings
from services.kernel.work import Principal, Work


class DeadLetters:
    """Those of every room."""

    def __init__(self, settings: Settings) -> None:
        self._outboxes = StoredOutboxes(settings)

    async def listed(
        self, consumer: str | None = None, aggregate_id: str | None = None
    ) -> list[tuple[str, DeadLetterRow]]:
        """Each with the room that keeps it."""
        return [
            (room, row)
            for room in ROOMS
            for row in await replaying.parked(
                self._outboxes.of(room), consumer=consumer, aggregate_id=aggregate_id
            )
        ]

    async def waiting(self, aggregate_id: str) -> list[dict[str, Any]]:
        """The events that wait for the aggregate's replay, whichever consumer lacks them."""
        found: dict[str, dict[str, Any]] = {}
        for room, row in await self.listed(aggregate_id=aggregate_id):
            replayer = self._replayer(room, row.consumer)
            for event in await replayer.waiting(aggregate_id) if replayer else []:
                found[event["id"]] = event
        return list(found.values())

    async def replay(
        self, consumer: str, aggregate_id: str | None, *, reason: str, by: Principal
    ) -> list[Replayed]:
        """Apply the consumer's parked events again, of one aggregate or of all, and unpark what is
        done; the reason stands in the audit before."""
        done: list[Replayed] = []
        for room in ROOMS:
            database = self._outboxes.of(room)
            rows = await replaying.parked(database, consumer=consumer, aggregate_id=aggregate_id)
            if not rows:
                continue
            asked: dict[str, Any] = {
                "consumer": consumer,
                "aggregates": [row.aggregate_id for row in rows],
                "reason": reason,
            }

            async def ordered(session: AsyncSession, asked: dict[str, Any] = asked) -> None:
                await replaying.order(_work(session, by), **asked)

            async def sent_again(
                session: AsyncSession, asked: dict[str, Any] = asked
            ) -> list[Replayed]:
                return await replaying.send_again(_work(session, by), **asked)

            await database.run(ordered)
            replayer = self._replayer(room, consumer)
            if replayer is None:
                done += await database.run(sent_again)
            else:
                done += [await replayer.replay(row.aggregate_id) for row in rows]
        return done

    async def close(self) -> None:
        """Close the connections."""
        await self._outboxes.close()

    def _replayer(self, room: str, consumer: str) -> Replayer | None:
        listener = replaying.listener_of(room, consumer)
        if listener is None:
            return None
        return Replayer(listener, self._outboxes.of(room), self._outboxes)


def _work(session: AsyncSession, by: Principal) -> Work:
    return Work(session, by, clock.now(), new_id("req"))
