"""Who may act for each seat at one instant, and who presides: LPAG articles 99, 107, 109 and 110.

Pure: the terms in force, absences and recusals are handed in.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from services.board.domain import (
    SEATS,
    recusal_pending,
    seat_already_voted,
    seat_recused,
)
from services.kernel.errors import Denied, FundError

Refusal = Literal[
    "not_seat_holder",
    "term_ended",
    "alternate_not_called",
    "recusal_pending",
    "seat_recused",
    "seat_already_voted",
]


class Term(Protocol):
    """Who holds which place of the board, by which term."""

    id: str
    seat: str
    capacity: str
    holder_sub: str
    chair: bool
    deputy_chair: bool


@dataclass(slots=True)
class Holding:
    """A term in force, as it is read for a vote."""

    id: str
    seat: str
    capacity: str
    holder_sub: str
    chair: bool
    deputy_chair: bool


@dataclass(frozen=True, slots=True)
class Seating:
    """The board as one ballot sees it: seat → person of each capacity in force, the seats whose
    titular is absent, who presides by appointment, and how far the ballot has come."""

    titulars: Mapping[str, str]
    alternates: Mapping[str, str] = field(default_factory=dict)
    absent: Collection[str] = ()
    chair: str | None = None
    deputy: str | None = None
    alternates_called: bool = False
    recused: Collection[str] = ()
    """Persons whose recusal stands."""
    pending: Collection[str] = ()
    """Persons whose recusal waits for its decision."""
    voted: Collection[str] = ()
    """Seats that have voted on the file in force."""

    def _alternate_may_act(self, seat: str) -> bool:
        return self.alternates_called or seat in self.absent or seat not in self.titulars

    def persons(self, seat: str) -> Iterator[str]:
        """Who may act for the seat, first the one who is expected to: the titular, unless absent;
        then the alternate, where it may stand in. An absent titular who comes back may act."""
        titular, alternate = self.titulars.get(seat), self.alternates.get(seat)
        if titular is not None and seat not in self.absent:
            yield titular
        if alternate is not None and self._alternate_may_act(seat):
            yield alternate
        if titular is not None and seat in self.absent:
            yield titular

    def refusal(self, *, seat: str, sub: str, former: bool = False) -> Refusal | None:
        """Why this person may not vote for the seat now, or None when it may. `former`: it held
        the seat in a term that has ended."""
        if sub not in self.persons(seat):
            if self.alternates.get(seat) == sub:
                return "alternate_not_called"
            return "term_ended" if former else "not_seat_holder"
        if seat in self.voted:
            return "seat_already_voted"
        if sub in self.pending:
            return "recusal_pending"
        return "seat_recused" if sub in self.recused else None

    def check_may_vote(self, *, seat: str, sub: str, former: bool = False) -> None:
        """Raises the refusal, if there is one, as `board.<refusal>`."""
        refusal = self.refusal(seat=seat, sub=sub, former=former)
        if refusal is not None:
            raise refused(refusal)

    def is_recused(self, seat: str) -> bool:
        """Whether the seat is out of the vote: it has not voted and its person is recused."""
        person = next(self.persons(seat), None)
        return seat not in self.voted and person in self.recused

    @property
    def recused_seats(self) -> tuple[str, ...]:
        """The seats out of the vote, in the board's order: present, but never a vote."""
        return tuple(seat for seat in SEATS if self.is_recused(seat))

    def _awaited(self, seat: str) -> bool:
        if seat in self.voted:
            return False
        acting = [sub for sub in self.persons(seat) if sub not in self.recused]
        return bool(acting) or not self.is_recused(seat)

    @property
    def is_complete(self) -> bool:
        """Whether nothing more can come: every seat has voted, or is recused with nobody left to
        stand in, and no recusal waits."""
        return not self.pending and not any(self._awaited(seat) for seat in SEATS)

    @property
    def presiding(self) -> tuple[str, str] | None:
        """Seat and person of who presides now: the chair's, else the deputy chair's, unless
        vacant, absent or concerned by a recusal; None when nobody can."""
        for seat in (self.chair, self.deputy):
            for sub in self.persons(seat) if seat is not None else ():
                absent = seat in self.absent and self.titulars.get(seat or "") == sub
                if seat is not None and not absent and not {sub} & {*self.recused, *self.pending}:
                    return seat, sub
        return None


def seating_of(terms: Iterable[Term], *, absent: Collection[str], **ballot: Any) -> Seating:
    """The board that these terms make, as a ballot of which these things are known sees it."""
    of: dict[str, dict[str, str]] = {"titular": {}, "alternate": {}}
    chair = deputy = None
    for term in terms:
        of[term.capacity][term.seat] = term.holder_sub
        chair = term.seat if term.chair else chair
        deputy = term.seat if term.deputy_chair else deputy
    return Seating(
        titulars=of["titular"],
        alternates=of["alternate"],
        absent=absent,
        chair=chair,
        deputy=deputy,
        **ballot,
    )


_DENIED: Final[Mapping[str, str]] = {
    "not_seat_holder": "Usted no ocupa este asiento hoy; pida a la secretaría técnica que registre"
    " su designación.",
    "term_ended": "Su designación en este asiento terminó; decide quien le sucede.",
    "alternate_not_called": "El suplente vota solo si el titular falta, su asiento está vacante o"
    " se llamó a los suplentes; espere a que lo llamen.",
}


def refused(refusal: Refusal) -> FundError:
    """The error of a refusal."""
    if refusal == "recusal_pending":
        return recusal_pending()
    if refusal == "seat_recused":
        return seat_recused()
    if refusal == "seat_already_voted":
        return seat_already_voted()
    return Denied(f"board.{refusal}", _DENIED[refusal])
