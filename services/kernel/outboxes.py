"""The outboxes of every room, for whoever applies events again: read over HTTP by a process of one
room, or from the databases where no API answers."""

from typing import Any, Final, Protocol
from urllib.parse import urlencode

from services.kernel.db import Database
from services.kernel.neighbours import Neighbours
from services.kernel.rooms import database_of
from services.kernel.settings import Settings

OUTBOX_FIELDS: Final = (
    *("id", "type", "aggregate_id", "aggregate_version"),
    *("created_at", "published_at", "body"),
)
_OF_AGGREGATE: Final = f"""
SELECT {", ".join(OUTBOX_FIELDS)} FROM outbox WHERE aggregate_id = %s ORDER BY id
"""


class Outboxes(Protocol):
    """Every event that was ever committed, by the room that made it."""

    async def events(self, room: str, aggregate_id: str) -> list[dict[str, Any]]:
        """The aggregate's events in that room, sent or not, each with OUTBOX_FIELDS."""


class AskedOutboxes:
    """By each room's own API."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours

    async def events(self, room: str, aggregate_id: str) -> list[dict[str, Any]]:
        """Page after page; raises Unavailable when the room does not answer."""
        rows: list[dict[str, Any]] = []
        asked: dict[str, Any] = {"aggregate_id": aggregate_id, "limit": 200}
        while True:
            path = f"/v1/operations/{room}/outbox?{urlencode(asked)}"
            page = await self._neighbours.read(room, path)
            rows += page["data"]
            if page["next_cursor"] is None:
                return rows
            asked["cursor"] = page["next_cursor"]


class StoredOutboxes:
    """From the databases, each opened when it is first asked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: dict[str, Database] = {}

    def of(self, room: str) -> Database:
        """The room's database."""
        if room not in self._opened:
            self._opened[room] = database_of(room, self._settings)
        return self._opened[room]

    async def events(self, room: str, aggregate_id: str) -> list[dict[str, Any]]:
        """Raises Unavailable when the database does not answer."""
        rows = await self.of(room).rows(_OF_AGGREGATE, (aggregate_id,))
        return [dict(zip(OUTBOX_FIELDS, row, strict=True)) for row in rows]

    async def close(self) -> None:
        """Close the connections."""
        for database in self._opened.values():
            await database.dispose()
