"""Reads of assessments."""

from collections.abc import Sequence

from sqlalchemy import tuple_
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.eligibility.models import Assessment
from services.kernel.db import AsyncSession
from services.kernel.rows import found


async def assessment(session: AsyncSession, assessment_id: str) -> Assessment:
    """The assessment; raises Missing."""
    return await found(session, Assessment, assessment_id)


async def of_round(session: AsyncSession, *, application_id: str, round: int) -> Assessment | None:
    """The assessment of one round of an application, if it was made."""
    found = await session.exec(
        select(Assessment).where(
            Assessment.application_id == application_id, Assessment.round == round
        )
    )
    return found.one_or_none()


async def of_rounds(
    session: AsyncSession, rounds: Sequence[tuple[str, int]]
) -> dict[str, Assessment]:
    """Of these rounds (application, round) the assessments that were made, by application."""
    which = tuple_(col(Assessment.application_id), col(Assessment.round)).in_(rounds)
    found = await session.exec(select(Assessment).where(which))
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
