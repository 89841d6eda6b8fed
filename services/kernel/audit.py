"""Verifying the audit chain of a room: every row linked once, every link right, no gap."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from services.kernel.settings import Settings
from services.kernel.work import audit_content

GENESIS: Final = bytes(32)
_ROWS = """
SELECT l.seq, l.audit_id, l.prev_hash, l.hash, a.id, a.at, a.actor, a.role, a.action, a.subject,
       a.request_id, a.change, a.content_hash
FROM audit_link l LEFT JOIN audit a ON a.id = l.audit_id WHERE l.seq > %s ORDER BY l.seq LIMIT %s
"""
_UNLINKED = "SELECT id FROM audit a WHERE NOT EXISTS (SELECT FROM audit_link WHERE audit_id = a.id)"


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What verification found: how many rows, the head's hash, the first fault of the chain if
    any, and what the room's own check found."""

    room: str
    rows: int
    head: str
    fault: str | None
    findings: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found."""
        return self.fault is None and not self.findings


Check = Callable[[psycopg.Connection[Any]], Sequence[str]]
"""A room's own check of its rows against what proves them, one line a fault."""


def verify(
    room: str, settings: Settings, *, anchor: str | None = None, check: Check | None = None
) -> ChainReport:
    """Walk the room's chain from genesis to head; `anchor` is a hash that must stand in it, and
    `check` looks at the same state of the room."""
    url = settings.database_url.format(room=room).replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return verify_on(connection, room, anchor=anchor, check=check)


def verify_on(
    connection: psycopg.Connection[Any],
    room: str,
    *,
    anchor: str | None = None,
    check: Check | None = None,
) -> ChainReport:
    """`verify` as the connection's transaction sees the room."""
    walk = ChainWalk(anchor=anchor)
    walk.step(connection, rows=None)
    fault = walk.fault
    if fault is None and not walk.anchored:
        fault = "the anchored head is not in the chain: it was cut or rewritten"
    findings = tuple(check(connection)) if check else ()
    return ChainReport(room, walk.seq, walk.head.hex(), fault, findings)


class ChainWalk:
    """A walk from genesis to head, in one step or in many: `fault` is the first one found.

    `seen` is the length and head of an earlier walk, which must still stand in the chain.
    """

    def __init__(self, *, anchor: str | None = None, seen: tuple[int, bytes] | None = None) -> None:
        self.seq = 0
        self.head = GENESIS
        self.fault: str | None = None
        self.anchored = anchor is None
        self._anchor = anchor
        self._seen = seen or (0, GENESIS)

    def step(self, connection: psycopg.Connection[Any], *, rows: int | None) -> bool:
        """Walk on over so many rows, or to the head; True when the walk is over."""
        walked = 0
        with connection.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(_ROWS, (self.seq, rows)):
                self.fault = _fault_of(row, self.seq, self.head) or self._lost(row)
                if self.fault:
                    return True
                self.head, self.seq = row["hash"], row["seq"]
                self.anchored = self.anchored or self.head.hex() == self._anchor
                walked += 1
            if walked == rows:
                return False
            loose = cursor.execute(_UNLINKED).fetchone()
            if loose:
                self.fault = f"row {loose['id']} is not linked"
            elif self.seq < self._seen[0]:
                self.fault = f"the chain ends at link {self.seq}: it was cut at its end"
        return True

    def again(self) -> "ChainWalk":
        """The next walk, which knows how far this one came."""
        return ChainWalk(seen=max(self._seen, (self.seq, self.head)))

    def _lost(self, row: dict[str, Any]) -> str | None:
        if row["seq"] == self._seen[0] and row["hash"] != self._seen[1]:
            return f"link {row['seq']}: it is another than it was"
        return None


def _fault_of(row: dict[str, Any], seq: int, head: bytes) -> str | None:
    place = f"link {row['seq']} (row {row['audit_id']})"
    if row["seq"] != seq + 1:
        return f"{place}: a gap after link {seq}"
    if row["id"] is None:
        return f"{place}: its audit row is gone"
    content = audit_content(
        {
            name: row[name]
            for name in (
                "id",
                "at",
                "actor",
                "role",
                "action",
                "subject",
                "request_id",
                "change",
            )
        }
    )
    if hashlib.sha256(content).digest() != row["content_hash"]:
        return f"{place}: the row was changed"
    if (
        row["prev_hash"] != head
        or hashlib.sha256(head + row["content_hash"]).digest() != row["hash"]
    ):
        return f"{place}: the link does not follow from the one before"
    return None
