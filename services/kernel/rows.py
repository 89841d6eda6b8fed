"""One row by its id, as it stands or locked until the end of the transaction."""

from functools import cache
from typing import TypeVar

from psycopg.types.json import Jsonb
from sqlalchemy import inspect
from sqlalchemy.dialects.postgresql import JSONB

from services.kernel.auth import not_found
from services.kernel.db import AsyncSession, SQLModel, rows_in

Row = TypeVar("Row", bound=SQLModel)


async def found(session: AsyncSession, table: type[Row], row_id: str) -> Row:
    """The row with this id; raises Missing."""
    row = await session.get(table, row_id)
    if row is None:
        raise not_found()
    return row


async def locked(session: AsyncSession, table: type[Row], row_id: str) -> Row:
    """The row with this id, which nobody else changes before this transaction ends; raises
    Missing."""
    row = await session.get(table, row_id, with_for_update=True)
    if row is None:
        raise not_found()
    return row


async def write_row(session: AsyncSession, row: SQLModel) -> None:
    """Insert the row by one plain statement: cheaper than through the session, which does not come
    to know it."""
    statement, documents = _insertion(type(row))
    values = [
        Jsonb(getattr(row, name)) if is_document else getattr(row, name)
        for name, is_document in documents.items()
    ]
    await rows_in(session, statement, values)


@cache
def _insertion(table: type[SQLModel]) -> tuple[str, dict[str, bool]]:
    """The statement that inserts a row of the table; its columns, and which of them hold JSON."""
    columns = inspect(table).local_table.columns
    documents = {column.name: isinstance(column.type, JSONB) for column in columns}
    marks = ", ".join(["%s"] * len(documents))
    statement = f"INSERT INTO {table.__tablename__} ({', '.join(documents)}) VALUES ({marks})"
    return statement, documents
