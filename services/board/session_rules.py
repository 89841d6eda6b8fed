"""When a session may be convened, opened and closed, and who is enough: LPAG articles 108 to 110.

Pure: `now`, the terms in working days and what the register says are handed in.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from services.board.domain import SEATS, Call, quorum_required
from services.kernel.clock import LIMA
from services.kernel.errors import Conflict, Denied, FieldError, Invalid
from services.kernel.working_days import end_of_term, same_hour

Kind = Literal["ordinary", "extraordinary"]
Mode = Literal["virtual", "in_person"]
SessionState = Literal["convened", "second_call", "voting", "closed", "not_held"]

TRANSITIONS: Final[Mapping[str, frozenset[str]]] = {
    "convened": frozenset({"second_call", "voting", "not_held"}),
    "second_call": frozenset({"voting", "not_held"}),
    "voting": frozenset({"closed"}),
    "closed": frozenset(),
    "not_held": frozenset(),
}
OVER: Final = frozenset({"closed", "not_held"})
ATTENDANCE_FROM: Final = timedelta(hours=1)
"""How long before a call who attends may say so."""
LONGEST_SESSION: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms in force, in working days."""

    notice: int
    notice_extraordinary: int
    second_call: int
    reminder: int
    escalation: int
    reopening: int


@dataclass(frozen=True, slots=True)
class Times:
    """The hours of a session."""

    first_call_at: datetime
    second_call_at: datetime
    voting_closes_at: datetime
    reminder_at: datetime


def planned(
    *,
    kind: str,
    first_call_at: datetime,
    voting_closes_at: datetime,
    waived_notice: bool,
    terms: Terms,
    now: datetime,
) -> Times:
    """The hours of a session that may be convened now: the second call is at the same hour of the
    working day after the first (LPAG 110.2), and voting ends after it.

    The notice is counted in whole working days; the day of convening does not count. Raises
    board.first_call_past, board.notice_too_short (it names the earliest hour) or
    board.voting_too_short.
    """
    if not now < first_call_at <= now + LONGEST_SESSION:
        raise _invalid(
            "board.first_call_past",
            "/first_call_at",
            "La primera llamada debe ser posterior a este momento y dentro de un año.",
        )
    notice = terms.notice if kind == "ordinary" else terms.notice_extraordinary
    earliest = end_of_term(now, notice)
    if not waived_notice and first_call_at < earliest:
        raise _invalid(
            "board.notice_too_short",
            "/first_call_at",
            f"La convocatoria requiere {notice} días hábiles: la primera llamada puede ser desde"
            f" el {_in_lima(earliest)}. Sin convocatoria solo vale si asisten todos y lo acuerdan"
            " por unanimidad: waived_notice (LPAG arts. 108 y 109).",
        )
    second_call_at = same_hour(first_call_at, terms.second_call)
    if not second_call_at < voting_closes_at <= first_call_at + LONGEST_SESSION:
        raise _invalid(
            "board.voting_too_short",
            "/voting_closes_at",
            "La votación debe cerrar después de la hora de la segunda llamada, el"
            f" {_in_lima(second_call_at)}.",
        )
    return Times(
        first_call_at=first_call_at,
        second_call_at=second_call_at,
        voting_closes_at=voting_closes_at,
        reminder_at=same_hour(first_call_at, -terms.reminder),
    )


def check_may_be_on_agenda(*, ballot_id: str, state: str, in_session: bool, votes: int) -> None:
    """A session takes up a dossier that nobody has voted on yet, on its first call; raises
    board.ballot_not_free."""
    if state != "open" or in_session or votes:
        raise Conflict(
            "board.ballot_not_free",
            f"La votación {ballot_id} no puede pasar a la sesión: debe estar abierta en primera"
            " llamada, sin votos y fuera de otra sesión. Quítela del orden del día.",
        )


def call_of(*, state: str, opened_on_call: str | None) -> Call:
    """Which call the session is in, or was opened on."""
    second = state == "second_call" or opened_on_call == "second"
    return "second" if second else "first"


def check_attendance_time(
    *, state: str, call_at: datetime, voting_closes_at: datetime, now: datetime
) -> None:
    """Who attends says so from an hour before the call until voting ends; raises
    board.session_over or board.too_early_to_attend."""
    if state in OVER or now >= voting_closes_at:
        raise session_over()
    if now < call_at - ATTENDANCE_FROM:
        raise Conflict(
            "board.too_early_to_attend",
            "La asistencia se registra desde una hora antes de la llamada, el"
            f" {_in_lima(call_at - ATTENDANCE_FROM)}.",
        )


def after_call(*, state: str, present: Collection[str], waived_notice: bool) -> SessionState:
    """What becomes of a session at the hour of a call: voting with a quorum, else the second call,
    else it is not held. Without notice it needs all four seats, and has no second call
    (LPAG 109.3)."""
    call = call_of(state=state, opened_on_call=None)
    needed = len(SEATS) if waived_notice else quorum_required(members=len(SEATS), call=call)
    if len(set(present)) >= needed:
        return "voting"
    return "second_call" if call == "first" and not waived_notice else "not_held"


def check_call_time(*, call_at: datetime, now: datetime) -> None:
    """A call is at its hour, not before; raises board.session_too_early."""
    if now < call_at:
        raise Conflict(
            "board.session_too_early",
            f"La llamada es el {_in_lima(call_at)}; espere esa hora.",
        )


def check_may_close(*, state: str, open_ballots: Collection[str]) -> None:
    """A session ends when each dossier of its agenda has; raises board.session_not_open or
    board.session_unfinished."""
    if state != "voting":
        raise Conflict(
            "board.session_not_open",
            f"La sesión está en estado {state}; se cierra después de abrir la votación.",
        )
    if open_ballots:
        raise Conflict(
            "board.session_unfinished",
            "Quedan votaciones abiertas del orden del día: " + ", ".join(sorted(open_ballots)),
        )


def check_takes_votes(*, state: str) -> None:
    """A session's dossiers are voted on while it is open; raises board.session_not_open."""
    if state != "voting":
        raise Conflict(
            "board.session_not_open",
            "La sesión aún no abre la votación; espere su hora y su quórum.",
        )


def not_attending() -> Denied:
    """The refusal of a vote by one who is not at the session."""
    return Denied(
        "board.not_attending",
        "En una sesión presencial votan quienes asisten; registre primero su asistencia.",
    )


def session_over() -> Conflict:
    """The refusal of what comes after the session."""
    return Conflict("board.session_over", "La sesión ya terminó; no admite más registros.")


def session_number(*, sequence: int, year: int) -> str:
    """The number of the n-th session of a year, for example SES-007-2026-FC."""
    return f"SES-{sequence:03d}-{year}-FC"


def _in_lima(instant: datetime) -> str:
    return f"{instant.astimezone(LIMA):%d/%m/%Y %H:%M} (Lima)"


def _invalid(code: str, pointer: str, detail: str) -> Invalid:
    return Invalid(code, detail, errors=[FieldError(pointer, code, detail)])
