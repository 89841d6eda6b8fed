"""The rows that every change owes: its audit rows, its events, and the answer to its key.

They are written together by one statement, at the commit of the change's own transaction: none of
them is there without it, nor it without them.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel import tracing

Table = Literal["audit", "outbox", "idempotency"]
_OWED: Final = "fund_owed_rows"

# Long values go as bytes (`b`): written out in an array they would be escaped, piece by piece.
_TYPES: Final[dict[Table, dict[str, str]]] = {
    "audit": {
        "id": "s::text[]",
        "at": "s::timestamptz[]",
        "actor": "s::text[]",
        "role": "s::text[]",
        "action": "s::text[]",
        "subject": "s::text[]",
        "request_id": "s::text[]",
        "change": "b::text[]::jsonb[]",
        "content_hash": "b::bytea[]",
    },
    "outbox": {
        "id": "s::text[]",
        "topic": "s::text[]",
        "type": "s::text[]",
        "aggregate_id": "s::text[]",
        "aggregate_version": "s::bigint[]",
        "body": "b::text[]::jsonb[]",
        "created_at": "s::timestamptz[]",
    },
    "idempotency": {
        "principal": "s::text[]",
        "operation": "s::text[]",
        "resource": "s::text[]",
        "key": "s::text[]",
        "fingerprint": "s::text[]",
        "status": "s::int[]",
        "headers": "b::text[]::jsonb[]",
        "body": "b::text[]",
        "created_at": "s::timestamptz[]",
    },
}


def json_text(value: Any) -> str:
    """A JSON value as the text that is written."""
    return json.dumps(value)


def owe(session: AsyncSession, table: Table, row: Mapping[str, Any]) -> None:
    """Let the row be written with the transaction's commit; JSON values as text.

    A savepoint could be rolled back without the row, so inside of one nothing is owed.
    """
    if session.in_nested_transaction():
        raise RuntimeError(f"a row of {table} is owed by a transaction, not by a savepoint")
    owed: dict[Table, list[Mapping[str, Any]]] = session.info.setdefault(_OWED, {})
    owed.setdefault(table, []).append(row)


@event.listens_for(Session, "before_commit")
def write(session: Session) -> None:
    """Write what the transaction owes; in the order in which it came to be owed."""
    owed: dict[Table, list[Mapping[str, Any]]] = session.info.pop(_OWED, {})
    if "outbox" in owed:
        tracing.outbox_written()
    if owed:
        parameters = {
            f"{table}_{name}": [row[name] for row in rows]
            for table, rows in owed.items()
            for name in _TYPES[table]
        }
        session.connection().exec_driver_sql(_statement(tuple(sorted(owed))), parameters)


@event.listens_for(Session, "after_soft_rollback")
def forget(session: Session, _: Any) -> None:
    """What was undone owes nothing."""
    session.info.pop(_OWED, None)


def _statement(tables: tuple[Table, ...]) -> str:
    parts = ", ".join(f"{table}_row AS ({_insert(table)})" for table in tables)
    return f"WITH {parts} SELECT 1"


def _insert(table: Table) -> str:
    names = _TYPES[table]
    columns = ", ".join(names)
    arrays = ", ".join(f"%({table}_{name}){kind}" for name, kind in names.items())
    return (
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM unnest({arrays})"
        f" WITH ORDINALITY AS owed ({columns}, place) ORDER BY place"
    )
