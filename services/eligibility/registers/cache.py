"""What registers said before: kept for ever as evidence, used again while it is valid."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from services.eligibility import policy
from services.eligibility.models import RegisterAnswer
from services.eligibility.registers.answers import Said
from services.eligibility.registers.asking import text_of
from services.eligibility.registers.clients import Register
from services.kernel.db import AsyncSession, Database
from services.kernel.ids import new_id

FOUND = "found"
NOT_FOUND = "not_found"

_VALID: Final = """
    SELECT kept.register, kept.subject, kept.path, kept.asked_at, kept.status, kept.body::text,
        kept.sha256
    FROM unnest(%(registers)s::text[], %(subjects)s::text[]) AS wanted (register, subject)
    CROSS JOIN LATERAL (
        SELECT * FROM register_answer AS answer
        WHERE answer.register = wanted.register AND answer.subject = wanted.subject
            AND answer.valid_until > %(now)s AND answer.asked_at <= %(now)s
            AND answer.asked_at >= coalesce(%(since)s, '-infinity'::timestamptz)
        ORDER BY answer.asked_at DESC, answer.id DESC
        LIMIT 1
    ) AS kept
    """


class Kept(NamedTuple):
    """What a register said about a subject, as it is kept; `body` is its JSON text."""

    register: str
    subject: str
    path: str
    asked_at: datetime
    status: str
    body: str
    sha256: str


Known = dict[tuple[str, str], Kept]
"""By register and subject."""


async def valid(
    database: Database,
    wanted: Sequence[tuple[str, str]],
    *,
    now: datetime,
    since: datetime | None,
) -> Known:
    """The newest valid answer of each register about each subject that has one, none of them
    older than `since`."""
    rows = await database.rows(
        _VALID,
        {
            "registers": [register for register, _ in wanted],
            "subjects": [subject for _, subject in wanted],
            "now": now,
            "since": since,
        },
    )
    return {(row[0], row[1]): Kept(*row) for row in rows}


async def keep(
    database: Database,
    register: Register[Said],
    said: Mapping[str, Said | None],
    *,
    now: datetime,
) -> Known:
    """Keep what the register has just said, in a transaction of its own."""

    async def write(session: AsyncSession) -> list[RegisterAnswer]:
        rows = [_row(register, subject, record, now=now) for subject, record in said.items()]
        session.add_all(rows)
        return rows

    return {(register.name, row.subject): _kept(row) for row in await database.run(write)}


def _kept(row: RegisterAnswer) -> Kept:
    return Kept(
        row.register_name,
        row.subject,
        row.path,
        row.asked_at,
        row.status,
        text_of(row.body),
        row.sha256,
    )


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
