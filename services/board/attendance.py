"""Who is at a session: whom its quorum counts, and whose vote it takes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.board import session_rules
from services.board.models import Attendance, BoardSession
from services.board.seating import Term
from services.kernel.db import AsyncSession


async def attendance_of(session: AsyncSession, session_id: str) -> Sequence[Attendance]:
    """All attendance of a session, in the order it was told."""
    rows = select(Attendance).where(Attendance.session_id == session_id)
    ordered = rows.order_by(col(Attendance.attended_at), col(Attendance.holder_sub))
    return (await session.exec(ordered)).all()


def present_on(call: str, rows: Sequence[Attendance]) -> list[str]:
    """The seats that somebody attends for on a call, each once."""
    return sorted({row.seat for row in rows if row.call == call})


async def note(
    session: AsyncSession, held: BoardSession, term: Term, *, at: datetime
) -> Attendance:
    """Keep that the person of this term attends on the present call; told twice, the first
    stands."""
    call = session_rules.call_of(state=held.state, opened_on_call=held.opened_on_call)
    row = Attendance(
        session_id=held.id,
        seat=term.seat,
        holder_sub=term.holder_sub,
        capacity=term.capacity,
        term_id=term.id,
        call=call,
        attended_at=at,
    )
    await session.execute(insert(Attendance).values(**row.model_dump()).on_conflict_do_nothing())
    return await session.get_one(Attendance, (held.id, term.holder_sub, call))


async def admit_voter(
    session: AsyncSession, session_id: str | None, term: Term, at: datetime
) -> None:
    """Let a seat vote in its ballot's session: in person whoever attends, virtually whoever may,
    and the vote tells the attendance. A ballot without a session takes votes by itself.

    The ballot is locked: its session cannot close before it. Raises board.session_not_open or
    board.not_attending.
    """
    if session_id is None:
        return
    held = await session.get_one(BoardSession, session_id, populate_existing=True)
    session_rules.check_takes_votes(state=held.state)
    if held.mode == "virtual":
        await note(session, held, term, at=at)
        return
    attends = await session.get(Attendance, (held.id, term.holder_sub, held.opened_on_call))
    if attends is None:
        raise session_rules.not_attending()
