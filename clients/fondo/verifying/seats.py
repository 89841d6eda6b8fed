"""Who held which seat when, read from the designations that the acta itself lists."""

from collections.abc import Iterator
from datetime import datetime
from itertools import combinations

from clients.fondo.verifying.form import Absence, Capacity, Content, Matter, Term, instant
from clients.fondo.verifying.report import Fault, seat_name


def in_force(term: Term, at: datetime) -> bool:
    """Whether a designation holds at an instant."""
    ends = instant(term.valid_to) if term.valid_to else None
    return instant(term.valid_from) <= at and (ends is None or at < ends)


def holder(content: Content, seat: str, capacity: Capacity, at: datetime) -> str | None:
    """The person who holds a seat in a capacity at an instant."""
    for term in content.terms:
        if (term.seat, term.capacity) == (seat, capacity) and in_force(term, at):
            return term.holder_sub
    return None


def absent(content: Content, seat: str, at: datetime) -> bool:
    """Whether the seat's titular was known to be absent at an instant."""

    def covers(absence: Absence) -> bool:
        known = instant(absence.registered_at) <= at
        return known and instant(absence.from_at) <= at < instant(absence.to_at)

    return any(absence.seat == seat and covers(absence) for absence in content.absences)


def alternate_may_act(content: Content, matter: Matter, seat: str, at: datetime) -> bool:
    """Whether the alternate may stand in: called, or the titular absent, or the seat vacant."""
    called = matter.alternates_called_at
    return (
        (called is not None and instant(called) <= at)
        or absent(content, seat, at)
        or holder(content, seat, "titular", at) is None
    )


def expected(content: Content, matter: Matter, seat: str) -> str | None:
    """Who was expected to answer for the seat as the ballot closed."""
    at = instant(matter.closed_at)
    titular, alternate = (holder(content, seat, kind, at) for kind in ("titular", "alternate"))
    if titular is not None and not absent(content, seat, at):
        return titular
    if alternate is not None and alternate_may_act(content, matter, seat, at):
        return alternate
    return titular


def leading(content: Content, at: datetime) -> list[str]:
    """The seats that preside, in order: the chair's, then the deputy chair's."""
    held = [term for term in content.terms if in_force(term, at)]
    return [
        *(term.seat for term in held if term.chair),
        *(term.seat for term in held if term.deputy_chair),
    ]


def faults_of_terms(content: Content) -> Iterator[Fault]:
    """Designations that cannot be: two at once for a place, a chair or a person."""
    for first, second in combinations(content.terms, 2):
        if not _overlap(first, second):
            continue
        where = f"designaciones {first.term_id} y {second.term_id}"
        if (first.seat, first.capacity) == (second.seat, second.capacity):
            yield Fault("term", where, f"{seat_name(first.seat)} tiene dos personas a la vez.")
        if first.holder_sub == second.holder_sub:
            yield Fault("term", where, f"{first.holder_sub} ocupa dos lugares a la vez.")
        if (first.chair and second.chair) or (first.deputy_chair and second.deputy_chair):
            yield Fault("term", where, "Hay dos presidencias a la vez.")
    ids = [term.term_id for term in content.terms]
    if len(ids) != len(set(ids)):
        yield Fault("term", "designaciones", "Una designación aparece dos veces.")


def _overlap(first: Term, second: Term) -> bool:
    latest = max(instant(first.valid_from), instant(second.valid_from))
    ends = [instant(term.valid_to) for term in (first, second) if term.valid_to]
    return all(latest < end for end in ends)


def fault_of_holder(
    content: Content, *, term_id: str, seat: str, sub: str, capacity: str, at: datetime, where: str
) -> Fault | None:
    """Why this person was not the seat's at that instant, or None."""
    term = next((term for term in content.terms if term.term_id == term_id), None)
    if term is None:
        return Fault("term", where, "Su designación no figura en el acta.")
    if (term.seat, term.holder_sub, term.capacity) != (seat, sub, capacity):
        return Fault("term", where, "Su designación es de otra persona, asiento o calidad.")
    if not in_force(term, at):
        return Fault("term", where, "Su designación no estaba vigente en ese momento.")
    return None
