"""Reading a chain of instructions from any of its links."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select, text
from sqlmodel import col

from services.disbursement.models import Instruction
from services.kernel.db import AsyncSession
from services.kernel.rows import found

_LINKS: Final = text("""
WITH RECURSIVE former AS (
    SELECT id, supersedes FROM instruction WHERE id = :id
    UNION ALL
    SELECT one.id, one.supersedes FROM instruction one JOIN former ON one.id = former.supersedes
), later AS (
    SELECT id FROM instruction WHERE id = :id
    UNION ALL
    SELECT one.id FROM instruction one JOIN later ON one.supersedes = later.id
)
SELECT id FROM former UNION SELECT id FROM later
""")


async def chain(session: AsyncSession, instruction_id: str) -> Sequence[Instruction]:
    """The instruction with all that it pays again and all that paid it again, the oldest first;
    raises Missing."""
    await found(session, Instruction, instruction_id)
    ids = await session.scalars(_LINKS, {"id": instruction_id})
    links = select(Instruction).where(col(Instruction.id).in_(ids.all()))
    return (await session.scalars(links.order_by(col(Instruction.lineage)))).all()
