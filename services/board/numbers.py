"""Numbers of the board's papers: one after another within a year, without gaps."""

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from services.board.models import NumberCounter
from services.kernel.db import AsyncSession


async def next_number(session: AsyncSession, *, kind: str, year: int) -> int:
    """The next number of this kind and year; it is used up only if the transaction commits."""
    counter = insert(NumberCounter).values(kind=kind, year=year, last=1)
    sequence = await session.scalar(
        counter.on_conflict_do_update(
            index_elements=["kind", "year"], set_={"last": text("number_counter.last + 1")}
        ).returning(text("last"))
    )
    return int(str(sequence))
