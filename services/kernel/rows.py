"""One row by its id, as it stands or locked until the end of the transaction."""

from typing import TypeVar

from services.kernel.auth import not_found
from services.kernel.db import AsyncSession, SQLModel

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
