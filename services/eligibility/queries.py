"""Reads of assessments."""

from collections.abc import Sequence
from typing import Final

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.eligibility.models import Assessment
from services.kernel.db import AsyncSession, rows_in
from services.kernel.rows import found

_MADE: Final = """
    SELECT assessment.id FROM assessment
    JOIN unnest(%s::text[], %s::int[]) AS asked (application_id, round)
        ON assessment.application_id = asked.application_id AND assessment.round = asked.round
    """


async def assessment(session: AsyncSession, assessment_id: str) -> Assessment:
    """The assessment; raises Missing."""
    return await found(session, Assessment, assessment_id)


async def of_rounds(
    session: AsyncSession, rounds: Sequence[tuple[str, int]]
) -> dict[str, Assessment]:
    """Of these rounds (application, round) the assessments that were made, by application."""
    applications, numbers = [one for one, _ in rounds], [number for _, number in rounds]
    made = await rows_in(session, _MADE, (applications, numbers))
    if not made:
        return {}
    found = await session.exec(
        select(Assessment).where(col(Assessment.id).in_([row_id for (row_id,) in made]))
    )
    return {row.application_id: row for row in found}


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
