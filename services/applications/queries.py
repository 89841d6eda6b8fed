"""Reads of the room: they lock nothing and change nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import col

from services.applications.models import (
    Application,
    ApplicationRound,
    Call,
    Document,
    TimelineEntry,
)
from services.kernel.db import AsyncSession
from services.kernel.rows import found


@dataclass(frozen=True, slots=True)
class Dossier:
    """An application with its documents (expediente)."""

    application: Application
    documents: Sequence[Document]


async def call(session: AsyncSession, *, call_id: str) -> Call:
    """The call; raises Missing."""
    return await found(session, Call, call_id)


def calls(*, code: str | None) -> Select[Any]:
    """Calls, all or by their code."""
    query = select(Call)
    return query if code is None else query.where(col(Call.code) == code)


async def application(session: AsyncSession, *, application_id: str) -> Application:
    """The application; raises Missing."""
    return await found(session, Application, application_id)


async def dossier_of(session: AsyncSession, found: Application) -> Dossier:
    """The application with its documents, oldest first."""
    rows = await session.scalars(documents(application_id=found.id).order_by(col(Document.id)))
    return Dossier(found, rows.all())


def applications(
    *, state: str | None, consortium_id: str | None, call_id: str | None
) -> Select[Any]:
    """Applications that match each given filter."""
    query = select(Application)
    wanted: list[tuple[Any, str | None]] = [
        (col(Application.state), state),
        (col(Application.consortium_id), consortium_id),
        (col(Application.call_id), call_id),
    ]
    for column, value in wanted:
        if value is not None:
            query = query.where(column == value)
    return query


def documents(*, application_id: str) -> Select[Any]:
    """Documents of an application."""
    return select(Document).where(col(Document.application_id) == application_id)


def timeline(*, application_id: str) -> Select[Any]:
    """What happened to an application."""
    return select(TimelineEntry).where(col(TimelineEntry.application_id) == application_id)


async def rounds(session: AsyncSession, *, application_id: str) -> Sequence[ApplicationRound]:
    """The submitted plans, first one first."""
    query = (
        select(ApplicationRound)
        .where(col(ApplicationRound.application_id) == application_id)
        .order_by(col(ApplicationRound.round))
    )
    return (await session.scalars(query)).all()


async def application_of_subject(session: AsyncSession, *, subject: str) -> str | None:
    """Whose timeline already tells of this ballot, agreement or tranche."""
    owner = col(TimelineEntry.application_id)
    query = select(owner).where(col(TimelineEntry.subject) == subject).limit(1)
    found: str | None = await session.scalar(query)
    return found
