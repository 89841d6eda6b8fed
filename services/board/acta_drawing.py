"""Drawing up an acta once a session, or a ballot without one, has ended (LPAG article 113).

The content is fixed when it is drawn, and names the hash of the acta before: the chain is one
line, since drawing waits for drawing.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import col, or_, select

from services.board import acta_content, acta_file, domain
from services.board.acta_content import Matter, Sitting
from services.board.actas import ActaView, view_of
from services.board.events import ActaDrawn
from services.board.models import (
    Acta,
    AgendaItem,
    Attendance,
    Ballot,
    BallotFile,
    BoardSession,
    Deferral,
    MemberKey,
    NumberCounter,
    Recusal,
    SeatAbsence,
    SeatTerm,
    Vote,
)
from services.kernel import proof
from services.kernel.clock import lima_date
from services.kernel.db import AsyncSession
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.rows import found
from services.kernel.work import Work

ACTAS_LOCK: Final = 7240621
"""Advisory lock of the chain: one acta is drawn after another."""


async def draw_of_session(work: Work, *, session_id: str) -> ActaView:
    """Draw up the acta of a session that has ended; one that is there is returned.

    Raises board.acta_not_ready or board.acta_unsigned_votes.
    """
    sitting_session = await found(work.session, BoardSession, session_id)
    await _lock_chain(work)
    known = await _known(work, Acta.session_id == session_id)
    if known is not None:
        return known
    if sitting_session.state not in {"closed", "not_held"}:
        raise _not_ready(f"La sesión está en estado {sitting_session.state}")
    items = select(AgendaItem).where(AgendaItem.session_id == session_id)
    agenda = (await work.session.exec(items.order_by(col(AgendaItem.position)))).all()
    matters = []
    for item in agenda:
        ballot = await found(work.session, Ballot, item.ballot_id)
        if ballot.session_id == session_id:
            matters.append(await _matter(work.session, ballot, item.title))
    return await _drawn(work, matters, session=sitting_session)


async def draw_of_ballot(work: Work, *, ballot_id: str) -> ActaView:
    """Draw up the acta of a ballot that ended without a session; one that is there is returned.

    Raises board.acta_of_session, board.acta_not_ready or board.acta_unsigned_votes.
    """
    ballot = await found(work.session, Ballot, ballot_id)
    await _lock_chain(work)
    known = await _known(work, Acta.ballot_id == ballot_id)
    if known is not None:
        return known
    if ballot.session_id is not None:
        raise Conflict(
            "board.acta_of_session",
            "Esta votación es de una sesión; levante el acta de la sesión.",
        )
    matter = await _matter(work.session, ballot, None)
    return await _drawn(work, [matter], session=None)


async def _lock_chain(work: Work) -> None:
    await work.session.scalar(text("SELECT pg_advisory_xact_lock(:n)"), {"n": ACTAS_LOCK})


async def _known(work: Work, condition: Any) -> ActaView | None:
    acta = (await work.session.exec(select(Acta).where(condition))).one_or_none()
    return None if acta is None else await view_of(work.session, acta)


def _not_ready(why: str) -> Conflict:
    return Conflict("board.acta_not_ready", f"{why}; el acta se levanta cuando termina.")


async def _matter(session: AsyncSession, ballot: Ballot, title: str | None) -> Matter:
    if ballot.state not in domain.FINAL_STATES:
        raise _not_ready(f"La votación {ballot.id} está en estado {ballot.state}")
    files = await session.exec(select(BallotFile).where(BallotFile.ballot_id == ballot.id))
    votes = (await session.exec(select(Vote).where(Vote.ballot_id == ballot.id))).all()
    recusals = await session.exec(select(Recusal).where(Recusal.ballot_id == ballot.id))
    if any(vote.signature is None for vote in votes):
        raise Conflict(
            "board.acta_unsigned_votes",
            "La votación tiene votos de antes de las firmas; su prueba es el acuerdo publicado.",
        )
    return Matter(
        title=title or f"Expediente de la solicitud {ballot.application_id}",
        ballot=ballot,
        files=files.all(),
        votes=votes,
        recusals=recusals.all(),
        deferral=await session.get(Deferral, ballot.id),
    )


async def _drawn(
    work: Work, matters: Sequence[Matter], *, session: BoardSession | None
) -> ActaView:
    sitting = await _sitting(work.session, matters, session, work.now)
    previous = await _head(work.session)
    acta_id, year = new_id("act"), lima_date(work.now).year
    number = f"ACTA-{await _next_number(work, year):03d}-{year}-FC"
    content = acta_content.content_of(
        sitting,
        acta_id=acta_id,
        number=number,
        previous=None if previous is None else (previous.number, previous.content_sha256),
        drawn_by=work.actor.sub,
        drawn_at=work.now,
    )
    acta = Acta(
        id=acta_id,
        number=number,
        session_id=session.id if session else None,
        ballot_id=None if session else matters[0].ballot.id,
        content=json.loads(proof.canonical(content)),
        content_sha256=proof.sha256_of(content),
        previous_sha256=previous.content_sha256 if previous else None,
        drawn_by=work.actor.sub,
        drawn_at=work.now,
    )
    work.session.add(acta)
    told = {"number", "session_id", "ballot_id", "content_sha256", "previous_sha256"}
    change = acta.model_dump(include=told)
    work.record("board.acta.draw", acta.id, change)
    event = ActaDrawn.model_validate(
        {**change, "acta_id": acta.id, "signers": [_who(one) for one in content["attendance"]]}
    )
    work.publish(event, version=1)
    await work.session.flush()
    return await view_of(work.session, acta)


def _who(one: dict[str, Any]) -> dict[str, str]:
    return {"seat": one["seat"], "holder_sub": one["holder_sub"]}


async def _head(session: AsyncSession) -> Acta | None:
    later = aliased(Acta)
    query = select(Acta).where(
        ~select(later.id).where(later.previous_sha256 == Acta.content_sha256).exists()
    )
    return (await session.exec(query)).one_or_none()


async def _next_number(work: Work, year: int) -> int:
    counter = insert(NumberCounter).values(kind="acta", year=year, last=1)
    last = await work.session.scalar(
        counter.on_conflict_do_update(
            index_elements=["kind", "year"], set_={"last": text("number_counter.last + 1")}
        ).returning(text("last"))
    )
    return int(str(last))


async def _sitting(
    reads: AsyncSession,
    matters: Sequence[Matter],
    session: BoardSession | None,
    now: datetime,
) -> Sitting:
    """The sitting with the designations and absences that mattered from its beginning to now."""
    opened = [matter.ballot.opened_at for matter in matters]
    begins: datetime = min([*opened, *([session.convened_at] if session else [])])
    terms = select(SeatTerm).where(
        SeatTerm.valid_from <= now,
        or_(col(SeatTerm.valid_to).is_(None), col(SeatTerm.valid_to) > begins),
    )
    absences = select(SeatAbsence).where(
        SeatAbsence.registered_at <= now, SeatAbsence.to_at > begins
    )
    used = {vote.key_id for matter in matters for vote in matter.told}
    used |= {matter.deferral.key_id for matter in matters if matter.deferral is not None}
    held = select(MemberKey).where(col(MemberKey.id).in_(used))
    attendance = select(Attendance).where(Attendance.session_id == (session.id if session else ""))
    return Sitting(
        session=session,
        attendance=(await reads.exec(attendance)).all(),
        matters=matters,
        terms=sorted((await reads.exec(terms)).all(), key=_term_order),
        absences=(await reads.exec(absences.order_by(col(SeatAbsence.id)))).all(),
        keys=(await reads.exec(held)).all(),
    )


def _term_order(term: SeatTerm) -> tuple[int, bool, datetime]:
    return domain.SEATS.index(term.seat), term.capacity != "titular", term.valid_from


async def proof_of_ballot(session: AsyncSession, ballot_id: str, now: datetime) -> dict[str, Any]:
    """What proves a ballot that has ended; raises Missing, board.acta_not_ready or
    board.acta_unsigned_votes."""
    matter = await _matter(session, await found(session, Ballot, ballot_id), None)
    return acta_file.proof_of(await _sitting(session, [matter], None, now))
