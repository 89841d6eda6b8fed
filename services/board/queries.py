"""Reads of the board; nothing here changes or locks anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select
from sqlmodel import col, or_, select

from services.board import domain
from services.board.models import Ballot, Recusal, SeatTerm, Vote
from services.kernel.db import AsyncSession
from services.kernel.errors import Conflict
from services.kernel.rows import found


@dataclass(frozen=True, slots=True)
class BallotView:
    """A ballot with all that stands around it."""

    ballot: Ballot
    terms: Sequence[SeatTerm]
    votes: Sequence[Vote]
    recusals: Sequence[Recusal]

    @property
    def voted(self) -> frozenset[str]:
        """The seats that have voted."""
        return frozenset(vote.seat for vote in self.votes)

    @property
    def recused(self) -> frozenset[str]:
        """The seats that are recused."""
        return frozenset(recusal.seat for recusal in self.recusals)

    @property
    def choices(self) -> dict[str, str]:
        """Each seat's choice."""
        return {vote.seat: vote.choice for vote in self.votes}

    @property
    def chair(self) -> str | None:
        """The chair's seat."""
        return next((term.seat for term in self.terms if term.chair), None)

    @property
    def is_complete(self) -> bool:
        """Whether nothing more can come."""
        return domain.is_complete(voted=self.voted, recused=self.recused)


def _board_order(rows: Sequence[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: domain.SEATS.index(row.seat))


async def terms_in_force(session: AsyncSession, at: datetime | None = None) -> Sequence[SeatTerm]:
    """Who holds each seat: now, that is the open terms, or at an instant of the past."""
    query = select(SeatTerm)
    if at is None:
        query = query.where(col(SeatTerm.valid_to).is_(None))
    else:
        query = query.where(
            SeatTerm.valid_from <= at,
            or_(col(SeatTerm.valid_to).is_(None), col(SeatTerm.valid_to) > at),
        )
    return _board_order((await session.exec(query)).all())


async def view_of(session: AsyncSession, ballot: Ballot) -> BallotView:
    """The ballot with its votes, its recusals and the seats: those of its close once closed."""
    votes = await session.exec(select(Vote).where(Vote.ballot_id == ballot.id))
    recusals = await session.exec(select(Recusal).where(Recusal.ballot_id == ballot.id))
    return BallotView(
        ballot=ballot,
        terms=await terms_in_force(session, ballot.closed_at),
        votes=_board_order(votes.all()),
        recusals=_board_order(recusals.all()),
    )


async def ballot_view(session: AsyncSession, ballot_id: str) -> BallotView:
    """The ballot with this id; raises Missing."""
    return await view_of(session, await found(session, Ballot, ballot_id))


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
