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
FROM audit_link l LEFT JOIN audit a ON a.id = l.audit_id ORDER BY l.seq
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
    head, seq, fault, anchored = GENESIS, 0, None, anchor is None
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(_ROWS):
            fault = _fault_of(row, seq, head)
            if fault:
                break
            head, seq = row["hash"], row["seq"]
            anchored = anchored or head.hex() == anchor
        if fault is None:
            loose = cursor.execute(_UNLINKED).fetchone()
            fault = f"row {loose['id']} is not linked" if loose else None
    if fault is None and not anchored:
        fault = "the anchored head is not in the chain: it was cut or rewritten"
    return ChainReport(room, seq, head.hex(), fault, tuple(check(connection)) if check else ())


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
