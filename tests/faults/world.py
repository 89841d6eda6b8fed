"""What the invariants look at: the rooms' databases, the partners' book, Temporal, what we sent."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import httpx2
import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from deploy.demo.client import Person
from services.kernel.ids import new_id
from services.kernel.settings import Settings
from tests.support.stack import admin_url

Row = dict[str, Any]


@dataclass
class Write:
    """A write that was answered with success: what was sent under which key, and the answer."""

    who: "Witness"
    path: str
    body: Row | None
    key: str
    answer: Row


class Witness(Person):
    """A person whose accepted writes are remembered."""

    history: list[Write] = []

    def write(self, path: str, body: Row | None = None, *, key: str | None = None) -> Row:
        key = key or new_id("key")
        answer = super().write(path, body, key=key)
        Witness.history.append(Write(self, path, body, key, answer))
        return answer

    def read_again(self, write: Write) -> Row:
        """The answer to a write when it is repeated; nothing is remembered of it."""
        return super().write(write.path, write.body, key=write.key)


@dataclass
class World:
    """One look at everything; all reads of a room share one transaction."""

    settings: Settings
    control_url: str
    history: list[Write] = field(default_factory=list)
    _connections: dict[str, psycopg.Connection[Row]] = field(default_factory=dict)

    def room(self, room: str) -> psycopg.Connection[Row]:
        """The room's database as its superuser."""
        if room not in self._connections:
            self._connections[room] = psycopg.connect(
                make_conninfo(admin_url(), dbname=f"fund_{room}"), row_factory=dict_row
            )
        return self._connections[room]

    def rows(self, room: str, sql: str, *values: object) -> list[Row]:
        """The rows of a query."""
        return self.room(room).execute(sql.encode(), values or None).fetchall()

    def plant(self, room: str, sql: str) -> None:
        """Do as a bug would, past every trigger and constraint that can be turned off; the
        transaction is never committed."""
        connection = self.room(room)
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(sql.encode())

    def look_again(self) -> None:
        """Forget the transactions, and with them anything planted."""
        for connection in self._connections.values():
            connection.rollback()

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def book(self) -> dict[str, Row]:
        """The partners' own book, by our reference."""
        with httpx2.Client(trust_env=False, timeout=20) as client:
            rows = client.get(f"{self.control_url}/book").json()
        found: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            found[row["end_to_end_id"]].append(row)
        return {
            reference: {**same[0], "executed_count": sum(r["executed_count"] for r in same)}
            for reference, same in found.items()
        }


def shown(rows: list[Row]) -> list[str]:
    """Rows as violations."""
    return [json.dumps(row, default=str, sort_keys=True) for row in rows]
