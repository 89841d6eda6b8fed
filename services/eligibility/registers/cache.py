"""What registers said before: kept for ever as evidence, used again while it is valid."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from services.eligibility import policy
from services.eligibility.models import RegisterAnswer
from services.eligibility.registers.answers import Said
from services.eligibility.registers.clients import Register
from services.kernel.db import AsyncSession, Database
from services.kernel.ids import new_id

FOUND = "found"
NOT_FOUND = "not_found"


async def valid(
    database: Database,
    register: str,
    subjects: Sequence[str],
    *,
    now: datetime,
    since: datetime | None,
) -> dict[str, RegisterAnswer]:
    """The newest valid answer of each subject that has one, none of them older than `since`."""
    wanted = (
        select(RegisterAnswer)
        .where(
            col(RegisterAnswer.register_name) == register,
            col(RegisterAnswer.subject).in_(subjects),
            col(RegisterAnswer.valid_until) > now,
            col(RegisterAnswer.asked_at) <= now,
        )
        .order_by(col(RegisterAnswer.asked_at), col(RegisterAnswer.id))
    )
    if since is not None:
        wanted = wanted.where(col(RegisterAnswer.asked_at) >= since)
    async with database.begin() as session:
        rows = (await session.exec(wanted)).all()
    return {row.subject: row for row in rows}  # the newest of a subject comes last


async def keep(
    database: Database,
    register: Register[Said],
    said: Mapping[str, Said | None],
    *,
    now: datetime,
) -> dict[str, RegisterAnswer]:
    """Keep what the register has just said, in a transaction of its own."""
    rows: dict[str, RegisterAnswer] = {}

    async def write(session: AsyncSession) -> None:
        for subject, record in said.items():
            rows[subject] = _row(register, subject, record, now=now)
            session.add(rows[subject])

    await database.run(write)
    return rows


def _row(
    register: Register[Said], subject: str, record: Said | None, *, now: datetime
) -> RegisterAnswer:
    body: dict[str, Any] = (
        {NOT_FOUND: subject} if record is None else record.model_dump(mode="json", by_alias=True)
    )
    return RegisterAnswer(
        id=new_id("reg"),
        register_name=register.name,
        subject=subject,
        path=register.path(subject),
        asked_at=now,
        valid_until=now + register.valid_for,
        status=NOT_FOUND if record is None else FOUND,
        body=body,
        sha256=policy.sha256_of(body),
    )
