"""Use cases of the seats' register: who holds which place from when to when, and who is absent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, text
from sqlmodel import col, select

from services.board import domain
from services.board.events import SeatAbsent, SeatAppointed
from services.board.models import SeatAbsence, SeatTerm, Vote
from services.board.queries import register_at
from services.kernel import clock
from services.kernel.db import AsyncSession, instant_text
from services.kernel.ids import new_id
from services.kernel.work import Work

SEATS_LOCK: Final = 7240620
"""Advisory lock of the seats' register: shared to act for a seat, exclusive to appoint."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """A place on the board and who is to hold it."""

    seat: str
    capacity: str
    holder_sub: str
    holder_name: str
    resolution: str | None
    chair: bool
    deputy_chair: bool

    @classmethod
    def of(cls, term: SeatTerm, **changes: bool) -> "Appointment":
        """What a term says, with these changes."""
        names = cls.__dataclass_fields__
        return cls(**{**{name: getattr(term, name) for name in names}, **changes})


async def keep_seats(session: AsyncSession) -> None:
    """Let nobody be appointed until this transaction ends."""
    await session.scalar(text("SELECT pg_advisory_xact_lock_shared(:n)"), {"n": SEATS_LOCK})


async def appoint(
    work: Work,
    *,
    valid_from: datetime | None,
    valid_to: datetime | None,
    **wanted: str | bool | None,
) -> SeatTerm:
    """Give a place to a holder, from now on unless it says when; who holds it then gives way, and
    a new chair or deputy chair clears the old one. The same appointment again changes nothing.

    Raises board.seat_unknown, board.term_period, board.alternate_presides, board.chair_required,
    board.person_holds_other_place or board.term_overlaps.
    """
    appointment = Appointment(**wanted)  # type: ignore[arg-type]
    domain.check_known_seat(appointment.seat)
    domain.check_presiding(
        capacity=appointment.capacity, presides=(appointment.chair, appointment.deputy_chair)
    )
    await work.session.scalar(text("SELECT pg_advisory_xact_lock(:n)"), {"n": SEATS_LOCK})
    domain.check_term(valid_from=valid_from, valid_to=valid_to, now=work.now)
    # Who waited for the lock has an older `now` than the appointment it waited for.
    begins = (valid_from or max(work.now, clock.now())).astimezone(UTC)
    register = await register_at(work.session, begins)
    current = register.term(appointment.seat, appointment.capacity)
    if current is not None:
        domain.check_chair_kept(was_chair=current.chair, chair=appointment.chair)
        if valid_from is None and _same(current, appointment, valid_to):
            return current
    ended = [term for term in register.terms if term is current or _gives_way(term, appointment)]
    if valid_from is None:
        begins = await _after_all(work, begins, ended)
    former_end = {term.id: term.valid_to for term in ended}
    for term in ended:
        term.valid_to = begins
    await work.session.flush()
    for term in ended:
        if term is not current:
            without = Appointment.of(term, chair=False, deputy_chair=False)
            _begin(work, without, begins, former_end[term.id])
    begun = _begin(work, appointment, begins, valid_to and valid_to.astimezone(UTC))
    await work.session.flush()
    return begun


def _same(term: SeatTerm, appointment: Appointment, valid_to: datetime | None) -> bool:
    return (Appointment.of(term), term.valid_to) == (appointment, valid_to)


def _gives_way(term: SeatTerm, appointment: Appointment) -> bool:
    return (term.chair and appointment.chair) or (term.deputy_chair and appointment.deputy_chair)


async def _after_all(work: Work, begins: datetime, ended: Sequence[SeatTerm]) -> datetime:
    """Appointments and votes that waited for each other may carry their instants in the other
    order: a term begins after those it ends began, and after the last vote cast in them."""
    last_vote = await work.session.scalar(
        select(func.max(Vote.cast_at)).where(col(Vote.term_id).in_([term.id for term in ended]))
    )
    known = [*(term.valid_from for term in ended), *([last_vote] if last_vote else [])]
    return max([begins, *(domain.after(instant) for instant in known)])


def _begin(
    work: Work, appointment: Appointment, begins: datetime, ends: datetime | None
) -> SeatTerm:
    held = {name: getattr(appointment, name) for name in Appointment.__dataclass_fields__}
    term = SeatTerm(id=new_id("ter"), valid_from=begins, valid_to=ends, **held)
    work.session.add(term)
    period = {"valid_from": instant_text(begins), "valid_to": instant_text(ends)}
    work.record("board.seat.appoint", term.id, {**held, **period})
    told = {name: held[name] for name in SeatAppointed.model_fields.keys() & held.keys()}
    work.publish(
        SeatAppointed.model_validate(
            {"term_id": term.id, "valid_from": begins, "valid_to": ends, **told}
        ),
        version=1,
    )
    return term


async def note_absence(
    work: Work, *, seat: str, from_at: datetime, to_at: datetime, reason: str
) -> SeatAbsence:
    """Note that a seat's titular is absent: meanwhile its alternate may act.

    The secretariat notes any absence, a titular its own. Raises board.seat_unknown,
    board.not_seat_holder or board.absence_period.
    """
    domain.check_known_seat(seat)
    domain.check_absence(from_at=from_at, to_at=to_at, now=work.now)
    if work.actor.role == "board_member":
        titular = (await register_at(work.session, work.now)).term(seat)
        domain.check_holder(sub=work.actor.sub, holder_sub=titular.holder_sub if titular else None)
    absence = SeatAbsence(
        id=new_id("abs"),
        seat=seat,
        from_at=from_at.astimezone(UTC),
        to_at=to_at.astimezone(UTC),
        reason=reason,
        registered_by=work.actor.sub,
        registered_at=work.now,
    )
    work.session.add(absence)
    period = {"from_at": instant_text(from_at), "to_at": instant_text(to_at)}
    work.record("board.seat.note_absence", absence.id, {"seat": seat, "reason": reason, **period})
    work.publish(
        SeatAbsent.model_validate(
            absence.model_dump(include={"seat", "from_at", "to_at"}) | {"absence_id": absence.id}
        ),
        version=1,
    )
    return absence
