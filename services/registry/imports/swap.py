"""Putting a table that was filled in `incoming` in the place of an empty one, with all it had.

What the place has is read from PostgreSQL's catalogue, not written here again: its keys, the
foreign keys that point at it, its triggers and who may use it.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final

from psycopg import AsyncConnection, errors, sql

from services.registry.imports.staging import Beside

PATIENCE_S: Final = 60.0
"""So long the import asks for the tables before it gives up."""
TURN_MS: Final = 500
"""So long one asking may make others wait behind it."""
UNTOUCHED: Final = "WITH (autovacuum_enabled = false)"
"""Of a table in `incoming`, so that no vacuum is in the way of what fills it and drops it."""
AS_ITS_PLACE: Final = (
    f"CREATE TABLE incoming.{{table}} (LIKE {{table}} INCLUDING CONSTRAINTS) {UNTOUCHED}"
)
"""A table in `incoming` with the columns and the checks of its place, and no key yet."""
_INDEXES: Final = """
SELECT replace(pg_get_indexdef(indexrelid), ' ON public.', ' ON incoming.') FROM pg_index
WHERE indrelid = %s::regclass ORDER BY indexrelid
"""
_KEYS: Final = """
SELECT conname, CASE contype WHEN 'p' THEN 'PRIMARY KEY USING INDEX ' || quote_ident(conname)
    WHEN 'u' THEN 'UNIQUE USING INDEX ' || quote_ident(conname) ELSE pg_get_constraintdef(oid) END
FROM pg_constraint
WHERE conrelid = %s::regclass AND contype IN ('p', 'u', 'f') ORDER BY contype = 'f', conname
"""
_POINTERS: Final = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE confrelid = %s::regclass AND contype = 'f' ORDER BY 1, 2
"""
_TRIGGERS: Final = """
SELECT pg_get_triggerdef(oid) FROM pg_trigger
WHERE tgrelid = %s::regclass AND NOT tgisinternal ORDER BY tgname
"""
_GRANTS: Final = """
SELECT a.privilege_type, r.rolname FROM pg_class c, aclexplode(c.relacl) a
JOIN pg_roles r ON r.oid = a.grantee WHERE c.oid = %s::regclass AND a.grantee <> c.relowner
"""
_DEFAULTS: Final = """
SELECT a.attname, pg_get_expr(d.adbin, d.adrelid) FROM pg_attribute a
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""


async def add_keys(beside: Beside, table: str) -> None:
    """Give the table in `incoming` the indexes and keys of its place, each in a transaction.

    A foreign key points at the table in `incoming` when there is one.
    """
    connection = beside.one
    keys = await _told(connection, _KEYS, table)
    indexes = [index for (index,) in await _told(connection, _INDEXES, table)]
    async with asyncio.TaskGroup() as both:
        both.create_task(_each(connection, indexes[::2]))
        both.create_task(_each(beside.other, indexes[1::2]))
    await connection.execute("SET search_path = incoming, public")
    for name, what in keys:
        add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
        await connection.execute(
            add.format(sql.Identifier(table), sql.Identifier(name), sql.SQL(what))
        )
    await connection.execute("RESET search_path")


async def _each(connection: AsyncConnection[Any], statements: Sequence[Any]) -> None:
    for statement in statements:
        await connection.execute(statement)


async def take_alone(connection: AsyncConnection[Any], table: str) -> None:
    """Hold the table and those that point at it until the transaction ends.

    Whoever reads them meanwhile waits half a second at most, then they come first and we ask again;
    raises psycopg's LockNotAvailable after a minute of that.
    """
    names = {table, *(row[0] for row in await _told(connection, _POINTERS, table))}
    lock = sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(
        sql.SQL(", ").join(map(sql.Identifier, sorted(names)))
    )
    await connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(TURN_MS)))
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            async with connection.transaction():  # a savepoint
                await connection.execute(lock)
            return
        except errors.LockNotAvailable:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(TURN_MS / 1000)


async def put_in_place(connection: AsyncConnection[Any], table: str) -> None:
    """Replace the table, which is empty, by the one in `incoming`; nobody else may see it."""
    place = sql.Identifier(table)
    pointers = await _told(connection, _POINTERS, table)
    triggers = await _told(connection, _TRIGGERS, table)
    grants = await _told(connection, _GRANTS, table)
    defaults = await _told(connection, _DEFAULTS, table)
    for where, name, _ in pointers:
        drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
        await connection.execute(drop.format(sql.Identifier(where), sql.Identifier(name)))
    await connection.execute(sql.SQL("DROP TABLE {}").format(place))
    for what in ("RESET (autovacuum_enabled)", "SET SCHEMA public"):
        move = sql.SQL("ALTER TABLE incoming.{} " + what)
        await connection.execute(move.format(place))
    for column, value in defaults:
        change = sql.SQL("SET DEFAULT " + value) if value else sql.SQL("DROP DEFAULT")
        alter = sql.SQL("ALTER TABLE {} ALTER {} {}")
        await connection.execute(alter.format(place, sql.Identifier(column), change))
    for privilege, role in grants:
        grant = sql.SQL("GRANT {} ON {} TO {}")
        await connection.execute(grant.format(sql.SQL(privilege), place, sql.Identifier(role)))
    for (trigger,) in triggers:
        await connection.execute(trigger)
    for where, name, what in pointers:
        add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
        await connection.execute(
            add.format(sql.Identifier(where), sql.Identifier(name), sql.SQL(what))
        )


async def _told(connection: AsyncConnection[Any], query: str, table: str) -> list[Any]:
    return await (await connection.execute(query, [f"public.{table}"])).fetchall()
