"""How four seats decide on a dossier: when a ballot may move, who may vote, and how to count.

Rules of collegiate bodies: LPAG (TUO of Ley 27444) articles 99–112. Pure: no clock, no I/O.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from services.kernel.errors import Conflict, Denied, FieldError, Invalid

Seat = Literal["midagri", "produce", "mincetur", "mef"]
State = Literal["scheduled", "open", "second_call", "decided", "lapsed"]
Choice = Literal["for", "against"]
Call = Literal["first", "second"]
Result = Literal["approved", "rejected", "no_quorum"]

SEATS: Final[tuple[str, ...]] = get_args(Seat)
TRANSITIONS: Final[Mapping[str, frozenset[str]]] = {
    "scheduled": frozenset({"open"}),
    "open": frozenset({"second_call", "decided"}),
    "second_call": frozenset({"decided", "lapsed"}),
    "decided": frozenset(),
    "lapsed": frozenset(),
}
VOTING_STATES: Final = frozenset({"open", "second_call"})
FINAL_STATES: Final = frozenset({"decided", "lapsed"})
QUORUM_FLOOR: Final = 3
"""No collegiate body decides with fewer present, on any call (LPAG 110.2)."""
VOTES_MIN: Final = 2
"""However many are recused, at least two must vote; the law is silent, the fund's rule is not."""
LONGEST_CALL: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Tally:
    """The outcome of a count. `tie_broken_by` is the chair's seat when its vote decided."""

    quorum_required: int
    quorum_met: bool
    present: int
    votes_for: int
    votes_against: int
    result: Result
    tie_broken_by: str | None


def quorum_required(*, members: int, call: Call) -> int:
    """Absolute majority on the first call, a third and never below three on the second."""
    if call == "first":
        return members // 2 + 1
    return max(QUORUM_FLOOR, -(-members // 3))


def tally(
    *, call: Call, chair: str | None, recused: Collection[str], choices: Mapping[str, str]
) -> Tally:
    """Count a closed ballot.

    A recused member attended and was excused: it counts as present, never as a vote. A majority
    of the votes decides and the chair's own vote breaks a tie (LPAG 111.1); a tie that no chair's
    vote breaks approves nothing.
    """
    counted = {seat: choice for seat, choice in choices.items() if seat not in recused}
    votes_for = sum(choice == "for" for choice in counted.values())
    votes_against = len(counted) - votes_for
    present = len(counted) + len(set(recused))
    required = quorum_required(members=len(SEATS), call=call)
    quorum_met = present >= required and len(counted) >= VOTES_MIN
    result: Result = "approved" if votes_for > votes_against else "rejected"
    tie_broken_by = None
    if quorum_met and votes_for == votes_against and chair in counted:
        tie_broken_by = chair
        result = "approved" if counted[chair] == "for" else "rejected"
    return Tally(
        quorum_required=required,
        quorum_met=quorum_met,
        present=present,
        votes_for=votes_for,
        votes_against=votes_against,
        result=result if quorum_met else "no_quorum",
        tie_broken_by=tie_broken_by,
    )


def is_complete(*, voted: Collection[str], recused: Collection[str]) -> bool:
    """Whether every seat that is not recused has voted: nothing more can come."""
    return set(SEATS) <= set(voted) | set(recused)


def call_of(state: str) -> Call:
    """Which call a ballot that takes votes is in."""
    return "second" if state == "second_call" else "first"


def move(*, state: str, to: State) -> State:
    """The new state; raises board.transition_refused when the life cycle has no such move."""
    if to not in TRANSITIONS[state]:
        raise Conflict(
            "board.transition_refused",
            f"Una votación en estado {state} no puede pasar a {to}; consulte su estado actual.",
        )
    return to


def check_known_seat(seat: str | None) -> str:
    """The seat, if it is one of the four; raises board.seat_unknown."""
    if seat not in SEATS:
        raise Denied(
            "board.seat_unknown",
            f"No es un asiento del directorio; los asientos son: {', '.join(SEATS)}.",
        )
    return seat


def check_holder(*, sub: str, holder_sub: str | None) -> None:
    """Only the person who holds the seat today acts for it; raises board.not_seat_holder."""
    if sub != holder_sub:
        raise Denied(
            "board.not_seat_holder",
            "Usted no es titular vigente de este asiento; pida a la secretaría técnica que"
            " registre su designación.",
        )


def check_takes_votes(*, state: str, closes_at: datetime, now: datetime) -> None:
    """Votes and recusals count before `closes_at` only; raises board.ballot_closed."""
    if state not in VOTING_STATES or now >= closes_at:
        raise ballot_closed()


def check_seat_free(*, seat: str, voted: Collection[str], recused: Collection[str]) -> None:
    """A seat answers once, by a vote or by a recusal; raises which of the two it already gave."""
    if seat in recused:
        raise seat_recused()
    if seat in voted:
        raise seat_already_voted()


def check_reason(*, choice: str, reason: str | None) -> None:
    """Dissent carries its reasons (LPAG 111.2); raises board.reason_required."""
    if choice == "against" and not (reason or "").strip():
        detail = "Un voto en contra debe llevar su fundamento: complete reason (LPAG art. 111.2)."
        raise Invalid(
            "board.reason_required",
            detail,
            errors=[FieldError("/reason", "board.reason_required", detail)],
        )


def check_closes_at(*, closes_at: datetime, now: datetime) -> None:
    """A call ends in the future and within a year; raises board.closes_at_invalid."""
    if not now < closes_at <= now + LONGEST_CALL:
        detail = "El cierre debe ser posterior a este momento y dentro de un año."
        raise Invalid(
            "board.closes_at_invalid",
            detail,
            errors=[FieldError("/closes_at", "board.closes_at_invalid", detail)],
        )


def check_may_close(*, closes_at: datetime, complete: bool, now: datetime) -> None:
    """Before its time a ballot closes only when nothing more can come; raises
    board.not_complete."""
    if now < closes_at and not complete:
        raise Conflict(
            "board.not_complete",
            "Faltan votos y el plazo no ha vencido; espere los votos o la hora de cierre.",
        )


def quorum_not_met(*, counted: Tally) -> Conflict:
    """The refusal of a first call without quorum; the ballot stays open for the second."""
    return Conflict(
        "board.quorum_not_met",
        f"Sin quórum: {counted.present} de {counted.quorum_required} asientos presentes"
        f" (y al menos {VOTES_MIN} votos); convoque a segunda llamada (LPAG art. 110).",
    )


def check_chair_kept(*, was_chair: bool, chair: bool) -> None:
    """The chair is handed over, never left empty; raises board.chair_required."""
    if was_chair and not chair:
        raise Conflict(
            "board.chair_required",
            "La presidencia no puede quedar vacante; designe primero a otro asiento con chair.",
        )


def after(instant: datetime) -> datetime:
    """The next instant that PostgreSQL can tell from this one."""
    return instant + timedelta(microseconds=1)


def resolution_number(*, sequence: int, year: int) -> str:
    """The number of the n-th resolution of a year, for example 007-2026-FC."""
    return f"{sequence:03d}-{year}-FC"


def ballot_closed() -> Conflict:
    """The refusal of anything that comes after the close."""
    return Conflict(
        "board.ballot_closed", "La votación ya cerró; no se admiten votos ni abstenciones."
    )


def seat_already_voted() -> Conflict:
    """The refusal of a second vote, or of a recusal after the vote."""
    return Conflict(
        "board.seat_already_voted", "Este asiento ya votó en esta votación; el voto es definitivo."
    )


def seat_recused() -> Conflict:
    """The refusal of a vote or of a second recusal after a recusal."""
    return Conflict(
        "board.seat_recused", "Este asiento se abstuvo en esta votación y ya no participa en ella."
    )
