"""Who may not take part in a ballot (abstención, LPAG articles 99 to 105): a recusal is declared by
the person concerned, proposed by another member or detected from a declared interest; who presides
decides it, and until then that person does not vote and the ballot does not close.

Order of locks: the ballot's row, then the seats' register.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlmodel import col, select

from services.board import domain, queries
from services.board.events import RecusalDecided, RecusalRaised, SeatRecused
from services.board.models import Ballot, Recusal, SeatTerm
from services.board.queries import BallotView
from services.board.seating import Seating
from services.board.seats import keep_seats
from services.kernel.db import AsyncSession, instant_text
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.rows import found, locked
from services.kernel.work import Work
from services.kernel.working_days import end_of_term

DECLARE_WORKING_DAYS: Final = 2
"""From when the ballot opened to a person who could know of it; later is late (LPAG 100.1)."""
DECIDE_WORKING_DAYS: Final = 3
"""From when it was raised (LPAG 101.2)."""
_EXPIRED: Final = {
    True: "Venció el plazo de tres días hábiles sin decisión: la abstención vale (LPAG art. 101).",
    False: "Venció el plazo de tres días hábiles sin decisión: lo propuesto por otro no prospera.",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a ballot can still come to with those who are left."""

    can_be_present: int
    can_vote: int

    @property
    def alternates_needed(self) -> bool:
        """Whether the alternates are to be called: fewer than three present or than two votes."""
        return self.can_be_present < domain.QUORUM_FLOOR or self.can_vote < domain.VOTES_MIN


@dataclass(frozen=True, slots=True)
class RecusalView:
    """A recusal, its ballot as it stands, and whose decision it is."""

    recusal: Recusal
    ballot: BallotView

    @property
    def decider(self) -> str | None:
        """The seat that is to decide it: who presides and is not concerned; None when nobody is,
        or nothing is left to decide."""
        if self.recusal.outcome != "pending":
            return None
        presiding = decider(self.ballot.seating, self.recusal)
        return presiding and presiding[0]

    @property
    def standing(self) -> Standing:
        """What the ballot can still come to."""
        return standing(self.ballot.seating)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Which of the six grounds of LPAG article 99, what makes it apply, and how it came up."""

    number: int
    reason: str
    origin: str
    raised_by: str


def decider(seating: Seating, recusal: Recusal) -> tuple[str, str] | None:
    """Seat and person who decide a recusal: who presides, but neither the person concerned nor
    the one who proposed it; then the deputy chair."""
    concerned = {*seating.recused, recusal.raised_by, recusal.holder_sub}
    return replace(seating, recused=frozenset(concerned)).presiding


def standing(seating: Seating) -> Standing:
    """How many seats can still vote, and be present: the recused attend and are excused."""
    voters = {
        seat
        for seat in domain.SEATS
        if seat in seating.voted
        or any(person not in seating.recused for person in seating.persons(seat))
    }
    present = voters | set(seating.recused_seats)
    return Standing(can_be_present=len(present), can_vote=len(voters))


def is_late(*, opened_at: datetime, term: SeatTerm, now: datetime) -> bool:
    """Whether a person declares it after the second working day of knowing of the ballot."""
    knew_at = max(opened_at, term.valid_from)
    return now >= end_of_term(knew_at, DECLARE_WORKING_DAYS)


async def raise_recusal(
    work: Work, *, ballot_id: str, ground: int, reason: str, seat: str | None
) -> RecusalView:
    """Declare that the caller may not take part, or propose it of the person who acts for another
    seat, on a ground of LPAG article 99.

    Raises board.seat_unknown, board.not_seat_holder, board.ballot_closed, board.seat_vacant,
    board.recusal_pending, board.seat_recused or board.seat_already_voted.
    """
    own_seat = domain.check_known_seat(work.actor.seat)
    view = await _kept(work, ballot_id)
    own = view.register.term_of(own_seat, work.actor.sub)
    domain.check_holder(sub=work.actor.sub, holder_sub=own.holder_sub if own else None)
    assert own is not None
    term = own if seat in {None, own_seat} else _acting(view, domain.check_known_seat(seat))
    origin = "declared" if term is own else "proposed"
    raised = Ground(number=ground, reason=reason, origin=origin, raised_by=work.actor.sub)
    _check_still_open(work, view, term)
    return await note(work, view, term, raised)


def _acting(view: BallotView, seat: str) -> SeatTerm:
    person = next(view.seating.persons(seat), None)
    term = None if person is None else view.register.term_of(seat, person)
    if term is None:
        raise Conflict(
            "board.seat_vacant",
            "Nadie actúa hoy por ese asiento; no hay de quién proponer la abstención.",
        )
    return term


def _check_still_open(work: Work, view: BallotView, term: SeatTerm) -> None:
    ballot, seating = view.ballot, view.seating
    domain.check_takes_votes(state=ballot.state, closes_at=ballot.closes_at, now=work.now)
    if term.seat in seating.voted:
        raise domain.seat_already_voted()
    if term.holder_sub in seating.pending:
        raise domain.recusal_pending()
    if term.holder_sub in seating.recused:
        raise domain.seat_recused()


async def note(work: Work, view: BallotView, term: SeatTerm, raised: Ground) -> RecusalView:
    """Keep a recusal of the person of a term, to be decided by the third working day."""
    ballot = view.ballot
    late = raised.origin == "declared" and is_late(
        opened_at=ballot.opened_at, term=term, now=work.now
    )
    recusal = Recusal(
        id=new_id("rec"),
        ballot_id=ballot.id,
        seat=term.seat,
        ground=raised.number,
        reason=raised.reason,
        term_id=term.id,
        holder_sub=term.holder_sub,
        raised_at=work.now,
        origin=raised.origin,
        raised_by=raised.raised_by,
        late=late,
        decide_by=end_of_term(work.now, DECIDE_WORKING_DAYS),
        outcome="pending",
    )
    work.session.add(recusal)
    ballot.version += 1
    told = recusal.model_dump(
        include={"seat", "holder_sub", "ground", "origin", "raised_by", "late"}
    )
    work.record(
        "board.ballot.recuse",
        ballot.id,
        {"recusal_id": recusal.id, "decide_by": instant_text(recusal.decide_by), **told},
    )
    event = {**_subject(recusal, ballot), **told, "decide_by": recusal.decide_by}
    work.publish(RecusalRaised.model_validate(event), version=ballot.version)
    await work.session.flush()
    return RecusalView(recusal, replace(view, recusals=[*view.recusals, recusal]))


async def decide(work: Work, *, recusal_id: str, accepted: bool, reason: str) -> RecusalView:
    """Accept or dismiss a recusal, by who presides: never by the person concerned nor by the one
    who proposed it. Accepted, the person leaves the vote and the deliberation.

    Raises board.recusal_decided, board.ballot_closed or board.not_presiding.
    """
    recusal, view = await _kept_with_ballot(work, recusal_id)
    if recusal.outcome != "pending":
        raise recusal_decided()
    domain.check_presides(
        presiding=decider(view.seating, recusal), seat=work.actor.seat, sub=work.actor.sub
    )
    return await _decided(work, view, recusal, accepted=accepted, reason=reason)


async def expire(work: Work, *, recusal_id: str) -> RecusalView:
    """End a recusal that nobody decided in time: one's own or a detected one stands, what another
    proposed does not. One that is decided is returned as it is.

    Raises board.recusal_term_open before its time and board.ballot_closed.
    """
    recusal, view = await _kept_with_ballot(work, recusal_id)
    if recusal.outcome != "pending":
        return RecusalView(recusal, view)
    if work.now < recusal.decide_by:
        raise Conflict(
            "board.recusal_term_open",
            "El plazo para decidir la abstención aún corre; espere a que venza.",
        )
    accepted = recusal.origin != "proposed"
    return await _decided(
        work, view, recusal, accepted=accepted, reason=_EXPIRED[accepted], expired=True
    )


async def _decided(
    work: Work,
    view: BallotView,
    recusal: Recusal,
    *,
    accepted: bool,
    reason: str,
    expired: bool = False,
) -> RecusalView:
    ballot = view.ballot
    if ballot.state not in domain.VOTING_STATES:
        raise domain.ballot_closed()
    recusal.outcome = "accepted" if accepted else "dismissed"
    recusal.decided_by = work.actor.sub
    recusal.decision_reason = reason
    recusal.decided_at = work.now
    ballot.version += 1
    work.record(
        "board.recusal.decide",
        ballot.id,
        {"recusal_id": recusal.id, "outcome": recusal.outcome, "expired": expired},
    )
    left = standing(view.seating)
    event = {
        **_subject(recusal, ballot),
        "seat": recusal.seat,
        "accepted": accepted,
        "expired": expired,
        "can_be_present": left.can_be_present,
        "can_vote": left.can_vote,
        "alternates_needed": left.alternates_needed,
        "seats_voted": len(view.votes),
        "complete": view.is_complete,
    }
    work.publish(RecusalDecided.model_validate(event), version=ballot.version)
    await work.session.flush()
    if accepted and recusal.seat in view.recused:
        await _tell_seat_recused(work, view, recusal.seat)
    return RecusalView(recusal, view)


async def _tell_seat_recused(work: Work, view: BallotView, seat: str) -> None:
    ballot = view.ballot
    ballot.version += 1
    event = {
        "ballot_id": ballot.id,
        "application_id": ballot.application_id,
        "seat": seat,
        "seats_voted": len(view.votes),
        "complete": view.is_complete,
    }
    work.publish(SeatRecused.model_validate(event), version=ballot.version)
    await work.session.flush()


def _subject(recusal: Recusal, ballot: Ballot) -> dict[str, str]:
    return {
        "ballot_id": ballot.id,
        "application_id": ballot.application_id,
        "recusal_id": recusal.id,
    }


async def _kept(work: Work, ballot_id: str) -> BallotView:
    ballot = await locked(work.session, Ballot, ballot_id)
    await keep_seats(work.session)
    return await queries.view_of(work.session, ballot, work.now)


async def _kept_with_ballot(work: Work, recusal_id: str) -> tuple[Recusal, BallotView]:
    recusal = await found(work.session, Recusal, recusal_id)
    view = await _kept(work, recusal.ballot_id)
    await work.session.refresh(recusal)
    return recusal, view


def of_view(view: BallotView) -> list[RecusalView]:
    """The recusals of a ballot, oldest first."""
    rows = sorted(view.recusals, key=lambda recusal: recusal.id)
    return [RecusalView(row, view) for row in rows]


async def to_decide(
    session: AsyncSession, *, seat: str, sub: str, now: datetime
) -> Sequence[RecusalView]:
    """The recusals that wait for this person's decision, those due first."""
    rows = await session.exec(
        select(Recusal, Ballot)
        .join(Ballot, col(Ballot.id) == col(Recusal.ballot_id))
        .where(Recusal.outcome == "pending", col(Ballot.state).in_(domain.VOTING_STATES))
        .order_by(col(Recusal.decide_by), col(Recusal.id))
    )
    waiting = []
    for recusal, ballot in rows.all():
        view = await queries.view_of(session, ballot, now)
        if decider(view.seating, recusal) == (seat, sub):
            waiting.append(RecusalView(recusal, view))
    return waiting


def recusal_decided() -> Conflict:
    """The refusal of a second decision."""
    return Conflict(
        "board.recusal_decided", "Esa abstención ya fue decidida; la decisión es definitiva."
    )
