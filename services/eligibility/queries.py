"""Reads of assessments."""

from collections.abc import Sequence
from typing import Final

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.eligibility.models import Assessment
from services.kernel.db import AsyncSession, Database, rows_in
from services.kernel.rows import found

_MADE: Final = """
    SELECT assessment.id FROM assessment
    JOIN unnest(%s::text[], %s::int[]) AS asked (application_id, round)
        ON assessment.application_id = asked.application_id AND assessment.round = asked.round
    """


async def assessment(session: AsyncSession, assessment_id: str) -> Assessment:
    """The assessment; raises Missing."""
    return await found(session, Assessment, assessment_id)


async def kept_of(database: Database, rounds: Sequence[tuple[str, int]]) -> dict[str, Assessment]:
    """As `of_rounds`, outside of a transaction."""
    if not await database.rows(_MADE, _arrays(rounds)):
        return {}
    async with database.begin() as session:
        return await of_rounds(session, rounds)


async def of_rounds(
    session: AsyncSession, rounds: Sequence[tuple[str, int]]
) -> dict[str, Assessment]:
    """Of these rounds (application, round) the assessments that were made, by application."""
    made = [row_id for (row_id,) in await rows_in(session, _MADE, _arrays(rounds))]
    if not made:
        return {}
    found = await session.exec(select(Assessment).where(col(Assessment.id).in_(made)))
    return {row.application_id: row for row in found}


def _arrays(rounds: Sequence[tuple[str, int]]) -> tuple[list[str], list[int]]:
    return [application_id for application_id, _ in rounds], [number for _, number in rounds]


async def consortium_of(session: AsyncSession, application_id: str) -> str | None:
    """The consortium of an application that was assessed at least once."""
    found = await session.exec(
        select(Assessment.consortium_id)
        .where(Assessment.application_id == application_id)
        .order_by(col(Assessment.round))
        .limit(1)
    )
    return found.one_or_none()


def of_application(application_id: str) -> SelectOfScalar[Assessment]:
    """All assessments of an application, for a page."""
    return select(Assessment).where(Assessment.application_id == application_id)
