"""Actas: drawn up once a session or a ballot has ended, signed by those present, then sealed.

An acta's content is fixed when it is drawn, and names the hash of the acta before: the chain is
one line, since drawing waits for drawing. LPAG article 113.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import col, or_, select

from services.board import acta_content, domain, keys
from services.board.acta_content import Matter, Sitting
from services.board.events import ActaDrawn, ActaSealed, ActaSigned
from services.board.models import (
    Acta,
    ActaSignature,
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
from services.kernel.errors import Conflict, Denied
from services.kernel.ids import new_id
from services.kernel.rows import found, locked
from services.kernel.statements import acta_statement, seal_statement
from services.kernel.work import Work

ACTAS_LOCK: Final = 7240621
"""Advisory lock of the chain: one acta is drawn after another."""

Who = tuple[str, str]
"""Seat and person."""


@dataclass(frozen=True, slots=True)
class ActaView:
    """An acta with its signatures and the keys that its file needs."""

    acta: Acta
    signatures: Sequence[ActaSignature]
    keys: Sequence[MemberKey]

    @property
    def present(self) -> list[Who]:
        """Who took part, in the board's order."""
        return [(one["seat"], one["holder_sub"]) for one in self.acta.content["attendance"]]

    @property
    def missing(self) -> list[Who]:
        """Who took part and has not signed."""
        signed = {(row.seat, row.holder_sub) for row in self.signatures}
        return [who for who in self.present if who not in signed]

    def file(self) -> dict[str, Any]:
        """The acta's file, as far as it is signed."""
        return acta_content.file_of(
            content=self.acta.content,
            content_sha256=self.acta.content_sha256,
            seal=self.acta.seal,
            signatures=self.signatures,
            keys=self.keys,
        )


async def view_of(session: AsyncSession, acta: Acta) -> ActaView:
    """The acta with its signatures and keys."""
    query = select(ActaSignature).where(ActaSignature.acta_id == acta.id)
    signatures = (await session.exec(query)).all()
    used = acta_content.keys_used(acta.content) | {row.key_id for row in signatures}
    if acta.seal is not None and acta.seal["key_id"] is not None:
        used.add(acta.seal["key_id"])
    held = await session.exec(select(MemberKey).where(col(MemberKey.id).in_(used)))
    return ActaView(acta, signatures, held.all())


async def acta_view(session: AsyncSession, acta_id: str) -> ActaView:
    """The acta with this id; raises Missing."""
    return await view_of(session, await found(session, Acta, acta_id))


def actas(
    *, session_id: str | None, ballot_id: str | None, sealed: bool | None
) -> Select[tuple[Acta]]:
    """The list of actas, filtered; a ballot of a session is found in the session's acta."""
    query: Any = select(Acta)
    if session_id is not None:
        query = query.where(Acta.session_id == session_id)
    if ballot_id is not None:
        of_session = select(AgendaItem.session_id).where(AgendaItem.ballot_id == ballot_id)
        query = query.where(
            or_(Acta.ballot_id == ballot_id, col(Acta.session_id).in_(of_session))
        )
    if sealed is not None:
        at = col(Acta.sealed_at)
        query = query.where(at.is_not(None) if sealed else at.is_(None))
    filtered: Select[tuple[Acta]] = query
    return filtered


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
    sitting = await _sitting(work, matters, session)
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
    told = {"acta_id", "number", "session_id", "ballot_id", "content_sha256", "previous_sha256"}
    change = {name: value for name, value in acta.model_dump().items() if name in told}
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
    work: Work, matters: Sequence[Matter], session: BoardSession | None
) -> Sitting:
    """The sitting with the designations and absences that mattered from its beginning to now."""
    opened = [matter.ballot.opened_at for matter in matters]
    begins: datetime = min([*opened, *([session.convened_at] if session else [])])
    terms = select(SeatTerm).where(
        SeatTerm.valid_from <= work.now,
        or_(col(SeatTerm.valid_to).is_(None), col(SeatTerm.valid_to) > begins),
    )
    absences = select(SeatAbsence).where(
        SeatAbsence.registered_at <= work.now, SeatAbsence.to_at > begins
    )
    used = {vote.key_id for matter in matters for vote in matter.votes}
    used |= {matter.deferral.key_id for matter in matters if matter.deferral is not None}
    held = select(MemberKey).where(col(MemberKey.id).in_(used))
    attendance = select(Attendance).where(Attendance.session_id == (session.id if session else ""))
    return Sitting(
        session=session,
        attendance=(await work.session.exec(attendance)).all(),
        matters=matters,
        terms=sorted((await work.session.exec(terms)).all(), key=_term_order),
        absences=(await work.session.exec(absences.order_by(col(SeatAbsence.id)))).all(),
        keys=(await work.session.exec(held)).all(),
    )


def _term_order(term: SeatTerm) -> tuple[int, bool, datetime]:
    return domain.SEATS.index(term.seat), term.capacity != "titular", term.valid_from


async def sign(
    work: Work, *, acta_id: str, signed_at: datetime, nonce: str, signature: str
) -> ActaView:
    """Sign an acta as one who took part; the last signature seals it.

    Raises board.acta_sealed, board.not_attendee, board.acta_signed, or a refusal of
    `keys.check_signed`.
    """
    acta = await locked(work.session, Acta, acta_id)
    _check_open(acta)
    view = await view_of(work.session, acta)
    who = (str(work.actor.seat), work.actor.sub)
    if who not in view.present:
        raise Denied("board.not_attendee", "Firma el acta quien asistió; usted no consta en ella.")
    if who not in view.missing:
        raise Conflict("board.acta_signed", "Usted ya firmó esta acta.")
    said: dict[str, Any] = {
        "acta_id": acta.id,
        "content_sha256": acta.content_sha256,
        "seat": who[0],
        "holder_sub": who[1],
        "signed_at": signed_at.replace(microsecond=0),
        "nonce": nonce,
    }
    key = await keys.check_signed(
        work.session,
        statement=acta_statement(**said),
        signature=signature,
        signed_at=signed_at,
        now=work.now,
    )
    row = ActaSignature(**said, key_id=key.id, signature=signature, received_at=work.now)
    work.session.add(row)
    await work.session.flush()
    view = await view_of(work.session, acta)
    seat = {"seat": who[0], "holder_sub": who[1]}
    change = {**seat, "key_id": key.id, "signature": signature}
    work.record("board.acta.sign", acta.id, change)
    event = ActaSigned.model_validate(
        {"acta_id": acta.id, "number": acta.number, **seat, "missing": len(view.missing)}
    )
    work.publish(event, version=1 + len(view.signatures))
    if not view.missing:
        _seal(work, view, acta_content.COMPLETE_SEAL)
    return view


async def seal(
    work: Work, *, acta_id: str, reason: str, signed_at: datetime, nonce: str, signature: str
) -> ActaView:
    """Seal an acta that somebody did not sign, by the secretariat's own signature and with the
    reason; never without who presided and who dissented (LPAG article 113.3).

    Raises board.acta_sealed, board.acta_signatures_missing, or a refusal of `keys.check_signed`.
    """
    acta = await locked(work.session, Acta, acta_id)
    _check_open(acta)
    view = await view_of(work.session, acta)
    needed = sorted(acta_content.must_sign(acta.content) & set(view.missing))
    if needed:
        raise Conflict(
            "board.acta_signatures_missing",
            "Falta la firma de quien presidió o discrepó (LPAG art. 113.3): "
            + ", ".join(f"{sub} ({seat})" for seat, sub in needed),
        )
    statement = seal_statement(
        acta_id=acta.id,
        content_sha256=acta.content_sha256,
        holder_sub=work.actor.sub,
        missing=[{"seat": seat, "holder_sub": sub} for seat, sub in view.missing],
        reason=reason,
        signed_at=signed_at,
        nonce=nonce,
    )
    key = await keys.check_signed(
        work.session, statement=statement, signature=signature, signed_at=signed_at, now=work.now
    )
    signed = {"key_id": key.id, "signature": signature, "statement": statement}
    _seal(work, view, {"kind": "by_secretary", **signed})
    await work.session.flush()
    return await view_of(work.session, acta)


def _check_open(acta: Acta) -> None:
    if acta.sealed_at is not None:
        raise Conflict("board.acta_sealed", "El acta ya está sellada; no admite más firmas.")


def _seal(work: Work, view: ActaView, made: dict[str, Any]) -> None:
    acta = view.acta
    acta.sealed_at, acta.seal = work.now, made
    work.record("board.acta.seal", acta.id, {"number": acta.number, "seal": made})
    event = ActaSealed.model_validate(
        {
            "acta_id": acta.id,
            "number": acta.number,
            "content_sha256": acta.content_sha256,
            "kind": made["kind"],
            "sealed_at": work.now,
        }
    )
    work.publish(event, version=2 + len(view.signatures))
