"""Reads of the board; nothing here changes or locks anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists
from sqlmodel import col, or_, select

from services.board import domain
from services.board.models import Ballot, Deferral, Recusal, SeatAbsence, SeatTerm, Vote
from services.board.seating import Seating, seating_of
from services.kernel.db import AsyncSession
from services.kernel.errors import Conflict
from services.kernel.rows import found


@dataclass(frozen=True, slots=True)
class Register:
    """Who holds which place at one instant, and whose titular is absent."""

    terms: Sequence[SeatTerm]
    absent: frozenset[str]

    def term(self, seat: str, capacity: str = "titular") -> SeatTerm | None:
        """The term in force of a seat's titular or alternate."""
        return next(
            (term for term in self.terms if (term.seat, term.capacity) == (seat, capacity)), None
        )

    @property
    def seated(self) -> Sequence[SeatTerm]:
        """One term a seat that somebody holds: its titular's, or else its alternate's."""
        places = ((self.term(seat) or self.term(seat, "alternate")) for seat in domain.SEATS)
        return [term for term in places if term is not None]

    def term_of(self, seat: str, sub: str) -> SeatTerm | None:
        """The term in force by which the person holds a place of the seat."""
        return next(
            (term for term in self.terms if (term.seat, term.holder_sub) == (seat, sub)), None
        )

    def seating(self, **ballot: Any) -> Seating:
        """The board of this instant, as a ballot of which these things are known sees it."""
        return seating_of(self.terms, absent=self.absent, **ballot)


@dataclass(frozen=True, slots=True)
class BallotView:
    """A ballot with all that stands around it; `votes` are those on its file in force."""

    ballot: Ballot
    register: Register
    votes: Sequence[Vote]
    recusals: Sequence[Recusal]
    deferral: Deferral | None = None

    @property
    def seating(self) -> Seating:
        """Who may act, and how far the ballot has come."""

        def persons(outcome: str) -> frozenset[str]:
            return frozenset(row.holder_sub for row in self.recusals if row.outcome == outcome)

        return self.register.seating(
            alternates_called=self.ballot.alternates_called_at is not None,
            recused=persons("accepted"),
            pending=persons("pending"),
            voted=frozenset(vote.seat for vote in self.votes),
        )

    @property
    def choices(self) -> dict[str, str]:
        """Each seat's choice."""
        return {vote.seat: vote.choice for vote in self.votes}

    @property
    def conditions(self) -> dict[str, list[dict[str, Any]]]:
        """The conditions that each seat's vote sets."""
        return {vote.seat: vote.conditions for vote in self.votes if vote.conditions}

    @property
    def recused(self) -> tuple[str, ...]:
        """The seats that are out of the vote."""
        return self.seating.recused_seats

    @property
    def is_complete(self) -> bool:
        """Whether nothing more can come."""
        return self.seating.is_complete


def _board_order(rows: Sequence[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: domain.SEATS.index(row.seat))


async def register_at(session: AsyncSession, at: datetime) -> Register:
    """Who holds each place at an instant, and which seats' titulars are absent."""
    absent = exists().where(
        col(SeatAbsence.seat) == col(SeatTerm.seat),
        col(SeatAbsence.from_at) <= at,
        col(SeatAbsence.to_at) > at,
    )
    found_terms = await session.exec(
        select(SeatTerm, absent).where(
            SeatTerm.valid_from <= at,
            or_(col(SeatTerm.valid_to).is_(None), col(SeatTerm.valid_to) > at),
        )
    )
    rows = found_terms.all()
    return Register(
        _board_order([term for term, _ in rows]),
        frozenset(term.seat for term, is_absent in rows if is_absent),
    )


async def view_of(session: AsyncSession, ballot: Ballot, at: datetime) -> BallotView:
    """The ballot with its votes, its recusals and the seats: those of its close once closed, else
    those of this instant."""
    votes = await session.exec(
        select(Vote).where(Vote.ballot_id == ballot.id, Vote.file_sha256 == ballot.file_sha256)
    )
    recusals = await session.exec(
        select(Recusal).where(Recusal.ballot_id == ballot.id).order_by(Recusal.id)
    )
    return BallotView(
        ballot=ballot,
        register=await register_at(session, ballot.closed_at or at),
        votes=_board_order(votes.all()),
        recusals=_board_order(recusals.all()),
        deferral=await session.get(Deferral, ballot.id) if ballot.state == "deferred" else None,
    )


async def ballot_view(session: AsyncSession, ballot_id: str, at: datetime) -> BallotView:
    """The ballot with this id; raises Missing."""
    return await view_of(session, await found(session, Ballot, ballot_id), at)


async def held_before(session: AsyncSession, seat: str, sub: str, at: datetime) -> bool:
    """Whether the person held the seat in a term that has ended."""
    ended = select(SeatTerm.id).where(
        SeatTerm.seat == seat, SeatTerm.holder_sub == sub, col(SeatTerm.valid_to) <= at
    )
    return (await session.exec(ended.limit(1))).first() is not None


async def resolution_of(session: AsyncSession, ballot_id: str) -> dict[str, Any]:
    """The resolution package; raises board.not_decided before there is one."""
    ballot = await found(session, Ballot, ballot_id)
    if ballot.resolution is None:
        raise Conflict(
            "board.not_decided",
            f"La votación está en estado {ballot.state}; el acuerdo existe desde que se decide.",
        )
    return ballot.resolution


def ballots(*, state: str | None, application_id: str | None) -> Select[tuple[Ballot]]:
    """The list of ballots, filtered."""
    query: Any = select(Ballot)
    if state is not None:
        query = query.where(Ballot.state == state)
    if application_id is not None:
        query = query.where(Ballot.application_id == application_id)
    filtered: Select[tuple[Ballot]] = query
    return filtered


def absences(*, seat: str) -> Select[tuple[SeatAbsence]]:
    """The list of a seat's absences."""
    query: Any = select(SeatAbsence)
    of_seat: Select[tuple[SeatAbsence]] = query.where(SeatAbsence.seat == seat)
    return of_seat
