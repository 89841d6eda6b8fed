"""What an assessment waits for: seen by people while a register, a room or the policy is silent.

A wait is written in a transaction of its own, because the assessment that failed leaves none.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from sqlmodel import select
from sqlmodel.sql.expression import SelectOfScalar

from services.eligibility.models import Assessment, AssessmentWait
from services.kernel import clock
from services.kernel.db import AsyncSession, Database, rows_in
from services.kernel.errors import Unavailable
from services.kernel.ids import new_id

ROOMS: Final = "rooms"
POLICY: Final = "policy"
REGISTERS: Final = "/registers/"
_LOCKED: Final = (
    "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%s::text[]) AS name"
)


class Round(Protocol):
    """The round of an application that is being assessed."""

    @property
    def id(self) -> str:
        """The application's id."""

    @property
    def consortium_id(self) -> str:
        """Whose application it is."""

    @property
    def round(self) -> int:
        """Which presentation of it, from 1."""


@asynccontextmanager
async def seen(database: Database, round_: Round) -> AsyncIterator[None]:
    """Let it be seen when what runs inside cannot go on; the Unavailable passes through."""
    try:
        yield
    except Unavailable as error:
        await database.run(
            partial(
                _note,
                round_=round_,
                waiting_for=_awaited(error),
                reason=error.detail,
                now=clock.now(),
            )
        )
        raise


async def lock(session: AsyncSession, rounds: Sequence[tuple[str, int]]) -> None:
    """Let one at a time decide or wait for each of these rounds (application, round); the next
    one finds what the first wrote. Whoever locks several gives them in order."""
    names = [f"{application_id}/{round_no}" for application_id, round_no in rounds]
    await rows_in(session, _LOCKED, (names,))


def of_application(application_id: str) -> SelectOfScalar[AssessmentWait]:
    """The waits of an application, for a page."""
    return select(AssessmentWait).where(AssessmentWait.application_id == application_id)


async def _note(
    session: AsyncSession, *, round_: Round, waiting_for: str, reason: str, now: datetime
) -> None:
    await lock(session, [(round_.id, round_.round)])
    decided = await session.exec(
        select(Assessment.id).where(
            Assessment.application_id == round_.id, Assessment.round == round_.round
        )
    )
    if decided.one_or_none() is not None:
        return
    found = await session.exec(
        select(AssessmentWait).where(
            AssessmentWait.application_id == round_.id, AssessmentWait.round == round_.round
        )
    )
    row = found.one_or_none()
    if row is None:
        row = AssessmentWait(
            id=new_id("wai"),
            application_id=round_.id,
            consortium_id=round_.consortium_id,
            round=round_.round,
            waiting_for=waiting_for,
            reason=reason,
            since=now,
            last_tried_at=now,
            attempts=0,
        )
    row.waiting_for = waiting_for
    row.reason = reason
    row.last_tried_at = max(now, row.last_tried_at)
    row.attempts += 1
    session.add(row)


def _awaited(error: Unavailable) -> str:
    """The register's name, "policy", or "rooms" for a service of the fund."""
    for field in error.errors:
        if field.pointer.startswith(REGISTERS):
            return field.pointer.removeprefix(REGISTERS)
    return POLICY if error.code == "policy.unavailable" else ROOMS
