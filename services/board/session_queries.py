"""Reads of the board's sessions; nothing here changes or locks anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlmodel import col, select

from services.board.attendance import attendance_of
from services.board.models import AgendaItem, Attendance, Ballot, BoardSession
from services.kernel.db import AsyncSession
from services.kernel.rows import found


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session with its agenda, the state of each dossier, and who attended."""

    session: BoardSession
    agenda: Sequence[AgendaItem]
    ballots: dict[str, Ballot]
    attendance: Sequence[Attendance]


async def view_of(session: AsyncSession, held: BoardSession) -> SessionView:
    """The session with what stands around it."""
    items = select(AgendaItem).where(AgendaItem.session_id == held.id)
    agenda = (await session.exec(items.order_by(col(AgendaItem.position)))).all()
    ballots = await session.exec(
        select(Ballot).where(col(Ballot.id).in_([item.ballot_id for item in agenda]))
    )
    return SessionView(
        session=held,
        agenda=agenda,
        ballots={ballot.id: ballot for ballot in ballots.all()},
        attendance=await attendance_of(session, held.id),
    )


async def session_view(session: AsyncSession, session_id: str) -> SessionView:
    """The session with this id; raises Missing."""
    return await view_of(session, await found(session, BoardSession, session_id))


def sessions(*, state: str | None) -> Select[tuple[BoardSession]]:
    """The list of sessions, filtered."""
    query: Any = select(BoardSession)
    if state is not None:
        query = query.where(BoardSession.state == state)
    filtered: Select[tuple[BoardSession]] = query
    return filtered
