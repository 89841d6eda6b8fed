"""What members declare of their ties, and the ballots whose parties they touch (LPAG art. 99).

A detected tie only raises a recusal: people decide it. Ground 5 (service or subordination) reaches
twelve months back, ground 2 (having advised or judged the matter before) has no end, and the others
count while they last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Select
from sqlmodel import col, select

from services.board import domain, queries
from services.board.models import Ballot, BallotFile, Interest
from services.board.queries import BallotView
from services.board.recusals import Ground, note
from services.board.seats import keep_seats
from services.kernel.clock import lima_date
from services.kernel.db import AsyncSession
from services.kernel.errors import Conflict, FieldError, Invalid, Missing
from services.kernel.ids import new_id
from services.kernel.rows import locked
from services.kernel.work import Work

DETECTED_BY: Final = "interest-register"
"""Who raises what is detected: no person, so that whoever declares does not propose."""
LOOK_BACK_MONTHS: Final = 12
"""Parameter board.recusal_lookback: LPAG 99.5."""
_SERVICE, _ADVISED = 5, 2
_ROLES: Final = {
    "anchor_firm": "empresa tractora",
    "director": "directivo del consorcio",
    "supplier": "proveedor",
    "adviser": "asesor",
    "producer": "productor del consorcio",
}


@dataclass(frozen=True, slots=True)
class Tie:
    """A declared interest that meets a party of a ballot."""

    interest: Interest
    party: Mapping[str, str]

    @property
    def text_es(self) -> str:
        """The tie in words."""
        role = _ROLES.get(self.party["role"], self.party["role"])
        return f"{self.interest.relation}: {self.party['name']} ({role})."


def months_before(day: date, months: int) -> date:
    """The same day so many months before, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def is_in_force(interest: Interest, on: date) -> bool:
    """Whether the interest can bar a person on a day."""
    if interest.valid_from > on:
        return False
    if interest.valid_to is None or interest.ground == _ADVISED:
        return True
    since = months_before(on, LOOK_BACK_MONTHS) if interest.ground == _SERVICE else on
    return interest.valid_to >= since


def conflicts(
    interests: Sequence[Interest], parties: Sequence[Mapping[str, str]], *, on: date
) -> list[Tie]:
    """The interests that meet a party on a day, in the order of their grounds."""
    by_number: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for party in parties:
        by_number.setdefault((party["kind"], party["value"]), []).append(party)
    return [
        Tie(interest, party)
        for interest in sorted(interests, key=lambda one: (one.ground, one.id))
        if is_in_force(interest, on)
        for party in by_number.get((interest.kind, interest.value), ())
    ]


async def declare(
    work: Work,
    *,
    kind: str,
    value: str,
    name: str,
    relation: str,
    ground: int,
    valid_from: date,
    valid_to: date | None,
) -> Interest:
    """Declare a tie of the caller; where it meets a ballot that is open, a recusal is raised.

    Raises board.seat_unknown, board.not_seat_holder or board.interest_period.
    """
    seat = domain.check_known_seat(work.actor.seat)
    open_ones = await _open_ballots(work)
    await keep_seats(work.session)
    register = await queries.register_at(work.session, work.now)
    term = register.term_of(seat, work.actor.sub)
    domain.check_holder(sub=work.actor.sub, holder_sub=term.holder_sub if term else None)
    _check_period(valid_from, valid_to)
    interest = Interest(
        id=new_id("int"),
        holder_sub=work.actor.sub,
        kind=kind,
        value=value,
        name=name,
        relation=relation,
        ground=ground,
        valid_from=valid_from,
        valid_to=valid_to,
        declared_at=work.now,
    )
    work.session.add(interest)
    work.record("board.interest.declare", interest.id, {"kind": kind, "ground": ground})
    await work.session.flush()
    for ballot in open_ones:
        view = await queries.view_of(work.session, ballot, work.now)
        await detect(work, view, only=interest.holder_sub)
    return interest


async def end(work: Work, *, interest_id: str, valid_to: date) -> Interest:
    """Say until when one's own interest lasted. Raises Missing for another's,
    board.interest_ended and board.interest_period."""
    interest = await locked(work.session, Interest, interest_id)
    if interest.holder_sub != work.actor.sub:
        raise Missing("http.not_found", "No existe, o no es suyo.")
    if interest.valid_to is not None:
        raise Conflict(
            "board.interest_ended", "Ese interés ya tiene fecha de término; declare uno nuevo."
        )
    _check_period(interest.valid_from, valid_to)
    interest.valid_to = valid_to
    work.record("board.interest.end", interest.id, {"valid_to": valid_to.isoformat()})
    return interest


def _check_period(valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to < valid_from:
        detail = "El interés termina el día en que comienza o después; corrija valid_to."
        raise Invalid(
            "board.interest_period",
            detail,
            errors=[FieldError("/valid_to", "board.interest_period", detail)],
        )


def declared(*, holder_sub: str | None) -> Select[Any]:
    """The declared interests, of one person or of all."""
    query: Select[Any] = select(Interest)
    return query if holder_sub is None else query.where(col(Interest.holder_sub) == holder_sub)


async def conflicts_of(
    session: AsyncSession, ballot: Ballot, holder_sub: str, *, on: date
) -> list[Tie]:
    """A person's conflicts with the parties of a ballot's file in force."""
    own = await session.exec(select(Interest).where(Interest.holder_sub == holder_sub))
    interests = own.all()
    return conflicts(interests, await _parties(session, ballot), on=on) if interests else []


async def detect(work: Work, view: BallotView, *, only: str | None = None) -> None:
    """Raise a recusal of each person in a place of the board whose interest meets a party of the
    ballot's file; who has answered, or is recused already, is left alone. The ballot is locked."""
    ballot = view.ballot
    persons = [only] if only else [term.holder_sub for term in view.register.terms]
    rows = await work.session.exec(select(Interest).where(col(Interest.holder_sub).in_(persons)))
    met: dict[str, list[Tie]] = {}
    for one in conflicts(rows.all(), await _parties(work.session, ballot), on=lima_date(work.now)):
        met.setdefault(one.interest.holder_sub, []).append(one)
    seating = view.seating
    for term in view.register.terms:
        ties = met.get(term.holder_sub)
        known = {*seating.recused, *seating.pending}
        if ties is None or term.holder_sub in known or term.seat in seating.voted:
            continue
        raised = Ground(
            number=ties[0].interest.ground,
            reason="Interés declarado. " + " ".join(tie.text_es for tie in ties),
            origin="detected",
            raised_by=DETECTED_BY,
        )
        view = (await note(work, view, term, raised)).ballot


async def _open_ballots(work: Work) -> Sequence[Ballot]:
    """The ballots that take votes, locked in one order."""
    rows = await work.session.exec(
        select(Ballot)
        .where(col(Ballot.state).in_(domain.VOTING_STATES), col(Ballot.closes_at) > work.now)
        .order_by(col(Ballot.id))
        .with_for_update()
    )
    return rows.all()


async def _parties(session: AsyncSession, ballot: Ballot) -> list[Mapping[str, str]]:
    told = await session.exec(
        select(col(BallotFile.file)["parties"]).where(
            BallotFile.ballot_id == ballot.id, BallotFile.sequence == ballot.file_sequence
        )
    )
    return told.one() or []
