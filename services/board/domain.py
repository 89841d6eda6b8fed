"""How four seats decide on a dossier: when a ballot may move, who may vote, and how to count.

Rules of collegiate bodies: LPAG (TUO of Ley 27444) articles 99–112. Pure: no clock, no I/O.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, get_args

from services.kernel.errors import Conflict, Denied, FieldError, Invalid
from services.kernel.working_days import is_working_day, working_day

Seat = Literal["midagri", "produce", "mincetur", "mef"]
State = Literal["scheduled", "open", "second_call", "decided", "lapsed", "deferred", "withdrawn"]
Choice = Literal["for", "against", "abstain"]
Capacity = Literal["titular", "alternate"]
Call = Literal["first", "second"]
Result = Literal["approved", "rejected", "no_quorum"]

SEATS: Final[tuple[str, ...]] = get_args(Seat)
TRANSITIONS: Final[Mapping[str, frozenset[str]]] = {
    "scheduled": frozenset({"open", "withdrawn"}),
    "open": frozenset({"second_call", "decided", "deferred", "withdrawn"}),
    "second_call": frozenset({"decided", "lapsed", "deferred", "withdrawn"}),
    "decided": frozenset(),
    "lapsed": frozenset(),
    "deferred": frozenset(),
    "withdrawn": frozenset(),
}
VOTING_STATES: Final = frozenset({"open", "second_call"})
FINAL_STATES: Final = frozenset({"decided", "lapsed", "deferred", "withdrawn"})
QUORUM_FLOOR: Final = 3
"""No collegiate body decides with fewer present, on any call (LPAG 110.2)."""
VOTES_MIN: Final = 2
"""However many are recused, at least two must vote; the law is silent, the fund's rule is not."""
LONGEST_CALL: Final = timedelta(days=366)
LONGEST_TERM: Final = timedelta(days=3653)
LONGEST_DEFERRAL: Final = 30
"""Working days."""
"""How far the time in a signed statement may lie from ours."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The outcome of a count. `presiding` is the seat with the casting vote, `tie_broken_by` the
    same seat when its vote decided; `alternates` are the seats whose alternate would help to a
    quorum that is missed."""

    quorum_required: int
    quorum_met: bool
    present: int
    votes_for: int
    votes_against: int
    abstentions: int
    result: Result
    presiding: str | None
    tie_broken_by: str | None
    alternates: tuple[str, ...]


def quorum_required(*, members: int, call: Call) -> int:
    """Absolute majority on the first call, a third and never below three on the second."""
    if call == "first":
        return members // 2 + 1
    return max(QUORUM_FLOOR, -(-members // 3))


def tally(
    *,
    call: Call,
    chair: str | None,
    deputy: str | None = None,
    recused: Collection[str],
    choices: Mapping[str, str],
) -> Tally:
    """Count a closed ballot.

    A recused member attended and was excused, and so did one whom the law bars from voting: both
    count as present, never as a vote (LPAG 112). A majority of the votes decides; in a tie the
    chair's own vote does, or the deputy chair's where the chair does not vote (LPAG 109, 111.1);
    a tie that neither breaks approves nothing.
    """
    answers = {seat: choice for seat, choice in choices.items() if seat not in recused}
    votes = {seat: choice for seat, choice in answers.items() if choice != "abstain"}
    votes_for = sum(choice == "for" for choice in votes.values())
    votes_against = len(votes) - votes_for
    present = len(answers) + len(set(recused))
    required = quorum_required(members=len(SEATS), call=call)
    quorum_met = present >= required and len(votes) >= VOTES_MIN
    presiding = next((seat for seat in (chair, deputy) if seat in votes), None)
    result: Result = "approved" if votes_for > votes_against else "rejected"
    tie_broken_by = None
    if quorum_met and votes_for == votes_against and presiding is not None:
        tie_broken_by = presiding
        result = "approved" if votes[presiding] == "for" else "rejected"
    return Tally(
        quorum_required=required,
        quorum_met=quorum_met,
        present=present,
        votes_for=votes_for,
        votes_against=votes_against,
        abstentions=len(answers) - len(votes),
        result=result if quorum_met else "no_quorum",
        presiding=presiding,
        tie_broken_by=tie_broken_by,
        alternates=() if quorum_met else tuple(seat for seat in SEATS if seat not in answers),
    )


def adopted_conditions(*, given: Sequence[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """What an approval is subject to: the conditions of the counted votes for it, in the board's
    order, each once. `given`: one list a vote."""
    adopted: list[dict[str, Any]] = []
    for condition in (dict(item) for conditions in given for item in conditions):
        if condition not in adopted:
            adopted.append(condition)
    return adopted


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


def check_takes_votes(
    *, state: str, closes_at: datetime, now: datetime, votes_from: datetime | None = None
) -> None:
    """Votes and recusals count before `closes_at` only, and of a session's ballot from its hour
    on; raises board.ballot_closed or board.session_not_open."""
    if state not in VOTING_STATES or now >= closes_at:
        raise ballot_closed()
    if votes_from is not None and now < votes_from:
        raise session_not_open()


def check_choice(
    *, choice: str, reason: str | None, legal_bar: str | None, conditions: Sequence[Any]
) -> None:
    """Who is present votes; abstains only whom the law bars, in writing (LPAG 112). Dissent carries
    its reasons (LPAG 111.2), and only a vote for sets conditions. Raises board.reason_required,
    board.legal_bar_required, board.legal_bar_misplaced or board.conditions_misplaced."""
    if choice != "for" and not (reason or "").strip():
        raise _invalid(
            "board.reason_required",
            "/reason",
            "Un voto en contra o una abstención debe llevar su fundamento: complete reason"
            " (LPAG arts. 111.2 y 112).",
        )
    if choice == "abstain" and not (legal_bar or "").strip():
        raise _invalid(
            "board.legal_bar_required",
            "/legal_bar",
            "Quien asiste debe votar; solo se abstiene quien tiene un impedimento legal: indique"
            " la norma en legal_bar (LPAG art. 112).",
        )
    if choice != "abstain" and legal_bar is not None:
        raise _invalid(
            "board.legal_bar_misplaced",
            "/legal_bar",
            "El impedimento legal solo acompaña a una abstención; quite legal_bar o elija abstain.",
        )
    if choice != "for" and conditions:
        raise _invalid(
            "board.conditions_misplaced",
            "/conditions",
            "Solo un voto a favor puede poner condiciones; quite conditions o vote a favor.",
        )


def check_deferred_until(*, until: date, today: date) -> None:
    """A deferral names a working day, at most 30 working days ahead; raises
    board.deferral_date."""
    if not today < until <= working_day(today, LONGEST_DEFERRAL) or not is_working_day(until):
        raise _invalid(
            "board.deferral_date",
            "/until",
            "El aplazamiento es a un día hábil futuro, dentro de 30 días hábiles; corrija until.",
        )


def check_may_reopen(*, state: str, result: str | None, same_subject: bool) -> None:
    """A new ballot may cite one of the same application or addendum that ended without approval;
    raises board.cannot_reopen."""
    if not same_subject or state not in FINAL_STATES or result == "approved":
        raise Conflict(
            "board.cannot_reopen",
            "Solo se reabre una votación terminada y no aprobada de la misma solicitud; cite esa.",
        )


def check_closes_at(*, closes_at: datetime, now: datetime) -> None:
    """A call ends in the future and within a year; raises board.closes_at_invalid."""
    if not now < closes_at <= now + LONGEST_CALL:
        raise _invalid(
            "board.closes_at_invalid",
            "/closes_at",
            "El cierre debe ser posterior a este momento y dentro de un año.",
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
        f" (y al menos {VOTES_MIN} votos); convoque a segunda llamada o llame a los suplentes de"
        f" {', '.join(counted.alternates) or 'nadie'} (LPAG art. 110).",
    )


def check_holder(*, sub: str, holder_sub: str | None) -> None:
    """Only the person who holds the seat today speaks for it; raises board.not_seat_holder."""
    if sub != holder_sub:
        raise Denied(
            "board.not_seat_holder",
            "Usted no es titular vigente de este asiento; pida a la secretaría técnica que"
            " registre su designación.",
        )


def check_presides(*, presiding: tuple[str, str] | None, seat: str | None, sub: str) -> str:
    """The seat of who presides now, if that is the caller; raises board.not_presiding."""
    if presiding is None or presiding != (seat, sub):
        raise Denied(
            "board.not_presiding",
            "Solo quien preside el consejo puede hacerlo: la presidencia, o quien la reemplaza.",
        )
    return presiding[0]


def check_presiding(*, capacity: str, presides: tuple[bool, bool]) -> None:
    """Only a titular is chair or deputy chair, and nobody both; raises board.presides_invalid."""
    if all(presides) or (capacity == "alternate" and any(presides)):
        raise _invalid(
            "board.presides_invalid",
            "/chair",
            "Preside o reemplaza a quien preside solo un titular, y nadie hace ambas cosas.",
        )


def check_term(*, valid_from: datetime | None, valid_to: datetime | None, now: datetime) -> None:
    """A term begins now or later, at most ten years ahead, and ends after it begins; raises
    board.term_period."""
    begins = valid_from or now
    if not now <= begins <= now + LONGEST_TERM or not (
        valid_to is None or begins < valid_to <= begins + LONGEST_TERM
    ):
        raise _invalid(
            "board.term_period",
            "/valid_to",
            "Una designación comienza hoy o después y termina más tarde, en diez años a lo más.",
        )


def check_absence(*, from_at: datetime, to_at: datetime, now: datetime) -> None:
    """An absence ends in the future, after it begins, within a year; raises
    board.absence_period."""
    if not (from_at < to_at and now < to_at <= now + LONGEST_CALL) or from_at < now - LONGEST_CALL:
        raise _invalid(
            "board.absence_period",
            "/to_at",
            "La ausencia termina en el futuro, después de comenzar y dentro de un año.",
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


def _invalid(code: str, pointer: str, detail: str) -> Invalid:
    return Invalid(code, detail, errors=[FieldError(pointer, code, detail)])


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


def vote_replayed() -> Conflict:
    """The refusal of a signed vote that was sent before."""
    return Conflict(
        "board.vote_replayed", "Ese voto firmado ya se presentó una vez; firme uno nuevo."
    )


def seat_recused() -> Conflict:
    """The refusal of a vote or of a second recusal after a recusal."""
    return Conflict(
        "board.seat_recused", "Este asiento se abstuvo en esta votación y ya no participa en ella."
    )


def session_not_open() -> Conflict:
    """The refusal of a vote before its session's hour."""
    return Conflict("board.session_not_open", "La sesión aún no abre la votación; espere su hora.")


def recusal_pending() -> Conflict:
    """The refusal of a vote or a close while a recusal waits for its decision."""
    return Conflict(
        "board.recusal_pending",
        "Hay una abstención por decidir; quien preside debe resolverla primero.",
    )
