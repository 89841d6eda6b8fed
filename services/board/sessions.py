"""Use cases of the board's sessions: convene, attend, call, close.

Order of locks: the agenda's ballots by their ids, the seats' register, then the session. A vote
holds its ballot and the register, and a session does not close before its ballots.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlmodel import col, select

from services.board import attendance, domain, session_rules
from services.board.events import (
    BallotRescheduled,
    SessionClosed,
    SessionConvened,
    SessionNotHeld,
    SessionOpened,
    SessionReminded,
    SessionSecondCalled,
)
from services.board.models import AgendaItem, Attendance, Ballot, BallotFile, BoardSession, Vote
from services.board.numbers import next_number
from services.board.queries import register_at
from services.board.seats import keep_seats
from services.board.session_queries import SessionView, view_of
from services.board.session_rules import Terms, Times
from services.board.terms import terms_in_force
from services.kernel.clock import lima_date
from services.kernel.db import instant_text
from services.kernel.errors import Denied, Invalid
from services.kernel.ids import new_id
from services.kernel.opa import Opa
from services.kernel.rows import found, locked
from services.kernel.work import Work
from services.kernel.working_days import end_of_term


async def convene(
    work: Work,
    *,
    kind: str,
    mode: str,
    place: str,
    blind: bool,
    waived_notice: bool,
    first_call_at: datetime,
    voting_closes_at: datetime,
    agenda: Sequence[str],
    opa: Opa,
) -> SessionView:
    """Call the members to a session on these ballots, in this order; from now on they are voted
    on in it and in no other way (LPAG 108, 109).

    Raises board.first_call_past, board.notice_too_short, board.voting_too_short,
    board.ballot_unknown or board.ballot_not_free.
    """
    terms = await terms_in_force(opa, work.now)
    times = session_rules.planned(
        kind=kind,
        first_call_at=first_call_at.astimezone(UTC),
        voting_closes_at=voting_closes_at.astimezone(UTC),
        waived_notice=waived_notice,
        terms=terms,
        now=work.now,
    )
    ballots = await _free_ballots(work, agenda)
    year = lima_date(work.now).year
    sequence = await next_number(work.session, kind="session", year=year)
    held = BoardSession(
        id=new_id("ses"),
        number=session_rules.session_number(sequence=sequence, year=year),
        kind=kind,
        mode=mode,
        place=place,
        blind=blind,
        waived_notice=waived_notice,
        state="convened",
        version=1,
        convened_by=work.actor.sub,
        convened_at=work.now,
        first_call_at=times.first_call_at,
        second_call_at=times.second_call_at,
        voting_closes_at=times.voting_closes_at,
    )
    work.session.add(held)
    await work.session.flush()
    items = await _agenda(work, held, [ballots[ballot_id] for ballot_id in agenda])
    _tell_convened(work, held, items, times)
    await work.session.flush()
    return await view_of(work.session, held)


async def _agenda(work: Work, held: BoardSession, ballots: Sequence[Ballot]) -> list[AgendaItem]:
    """The agenda in this order; its ballots are voted on in the session from now on."""
    items = []
    for position, ballot in enumerate(ballots, 1):
        title = await _title_of(work, ballot)
        items.append(
            AgendaItem(session_id=held.id, position=position, ballot_id=ballot.id, title=title)
        )
        ballot.session_id, ballot.blind = held.id, held.blind
        _reschedule(work, ballot, held.first_call_at, held.voting_closes_at)
    work.session.add_all(items)
    return items


def _tell_convened(
    work: Work, held: BoardSession, items: Sequence[AgendaItem], times: Times
) -> None:
    work.record(
        "board.session.convene",
        held.id,
        {
            **held.model_dump(include={"number", "kind", "mode", "waived_notice"}),
            "first_call_at": instant_text(times.first_call_at),
            "voting_closes_at": instant_text(times.voting_closes_at),
            "agenda": [item.ballot_id for item in items],
        },
    )
    notice = {**_notice(held, items), "reminder_at": times.reminder_at}
    work.publish(SessionConvened.model_validate(notice), version=held.version)


async def _free_ballots(work: Work, agenda: Sequence[str]) -> dict[str, Ballot]:
    """The agenda's ballots, locked in the order of their ids."""
    ballots: dict[str, Ballot] = {}
    for ballot_id in sorted(agenda):
        ballot = await work.session.get(Ballot, ballot_id, with_for_update=True)
        if ballot is None:
            raise Invalid(
                "board.ballot_unknown", f"No hay una votación {ballot_id}; quítela de la agenda."
            )
        voted = select(Vote.id).where(Vote.ballot_id == ballot_id).limit(1)
        session_rules.check_may_be_on_agenda(
            ballot_id=ballot_id,
            state=ballot.state,
            in_session=ballot.session_id is not None,
            votes=len((await work.session.exec(voted)).all()),
        )
        ballots[ballot_id] = ballot
    return ballots


async def _title_of(work: Work, ballot: Ballot) -> str:
    """What the dossier's plan is called, as its file says; else the application's number."""
    row = await work.session.get(BallotFile, (ballot.id, ballot.file_sequence))
    plan: Any = row.file.get("plan") if row is not None else None
    title = plan.get("title") if isinstance(plan, dict) else None
    return str(title) if title else ballot.application_id


def _notice(held: BoardSession, items: Sequence[AgendaItem]) -> dict[str, Any]:
    names = {"number", "kind", "mode", "place", "waived_notice"}
    hours = ("first_call_at", "second_call_at", "voting_closes_at")
    return {
        "session_id": held.id,
        **held.model_dump(include=names),
        **{name: getattr(held, name).astimezone(UTC) for name in hours},
        "agenda": [{"ballot_id": item.ballot_id, "title": item.title} for item in items],
    }


def _reschedule(
    work: Work, ballot: Ballot, votes_from: datetime | None, closes_at: datetime
) -> None:
    ballot.votes_from = votes_from
    ballot.closes_at = closes_at
    ballot.version += 1
    told = {"votes_from": instant_text(votes_from), "closes_at": instant_text(closes_at)}
    work.record("board.ballot.reschedule", ballot.id, {"session_id": ballot.session_id, **told})
    event = BallotRescheduled(
        ballot_id=ballot.id,
        application_id=ballot.application_id,
        session_id=ballot.session_id,
        votes_from=votes_from or work.now,
        closes_at=closes_at,
    )
    work.publish(event, version=ballot.version)


async def remind(work: Work, *, session_id: str) -> SessionView:
    """Tell the members again that the session is near; after its first call nothing is told."""
    held = await locked(work.session, BoardSession, session_id)
    view = await view_of(work.session, held)
    if held.state == "convened":
        held.version += 1
        work.record("board.session.remind", held.id, {"state": held.state})
        notice = SessionReminded.model_validate(_notice(held, view.agenda))
        work.publish(notice, version=held.version)
    return view


async def attend(work: Work, *, session_id: str) -> Attendance:
    """Note that the caller attends for its seat on the present call: the titular, or the alternate
    where it may stand in (LPAG 110).

    Raises board.seat_unknown, board.not_seat_holder, board.alternate_not_called,
    board.term_ended, board.too_early_to_attend or board.session_over.
    """
    seat = domain.check_known_seat(work.actor.seat)
    await keep_seats(work.session)
    held = await locked(work.session, BoardSession, session_id)
    session_rules.check_attendance_time(
        state=held.state,
        call_at=_call_at(held),
        voting_closes_at=held.voting_closes_at,
        now=work.now,
    )
    register = await register_at(work.session, work.now)
    called = await _alternates_called(work, session_id)
    register.seating(alternates_called=called).check_may_vote(seat=seat, sub=work.actor.sub)
    term = register.term_of(seat, work.actor.sub)
    if term is None:
        raise Denied("board.not_seat_holder", "Usted no ocupa este asiento hoy.")
    row = await attendance.note(work.session, held, term, at=work.now)
    work.record(
        "board.session.attend",
        held.id,
        {"seat": row.seat, "capacity": row.capacity, "call": row.call, "term_id": row.term_id},
    )
    return row


async def _alternates_called(work: Work, session_id: str) -> bool:
    called = select(Ballot.id).where(
        Ballot.session_id == session_id, col(Ballot.alternates_called_at).is_not(None)
    )
    return (await work.session.exec(called.limit(1))).first() is not None


def _call_at(held: BoardSession) -> datetime:
    call = session_rules.call_of(state=held.state, opened_on_call=held.opened_on_call)
    return held.second_call_at if call == "second" else held.first_call_at


async def open_session(work: Work, *, session_id: str, opa: Opa) -> SessionView:
    """Call the seats at the hour of a call: with a quorum voting opens; without one there is the
    second call, and after it the session is not held and its dossiers go back to votes of their
    own, with a new term. A session past its calls is returned as it is.

    Raises board.session_too_early.
    """
    ballots, held = await _agenda_locked(work, session_id)
    if held.state not in {"convened", "second_call"}:
        return await view_of(work.session, held)
    session_rules.check_call_time(call_at=_call_at(held), now=work.now)
    call = session_rules.call_of(state=held.state, opened_on_call=None)
    rows = await attendance.attendance_of(work.session, held.id)
    present = attendance.present_on(call, rows)
    before = held.state
    held.state = session_rules.after_call(
        state=before, present=present, waived_notice=held.waived_notice
    )
    held.version += 1
    work.record(
        "board.session.call",
        held.id,
        {"state": [before, held.state], "call": call, "present": present},
    )
    if held.state == "voting":
        held.opened_at, held.opened_on_call = work.now, call
        opened = {"session_id": held.id, "call": call, "present": present}
        work.publish(SessionOpened.model_validate(opened), version=held.version)
    elif held.state == "second_call":
        _call_again(work, held, ballots)
    else:
        _give_back(work, held, ballots, await terms_in_force(opa, work.now))
    await work.session.flush()
    return await view_of(work.session, held)


def _call_again(work: Work, held: BoardSession, ballots: Sequence[Ballot]) -> None:
    for ballot in ballots:
        _reschedule(work, ballot, held.second_call_at, held.voting_closes_at)
    event = SessionSecondCalled(
        session_id=held.id, second_call_at=held.second_call_at.astimezone(UTC)
    )
    work.publish(event, version=held.version)


def _give_back(work: Work, held: BoardSession, ballots: Sequence[Ballot], terms: Terms) -> None:
    held.closed_at = work.now
    for ballot in ballots:
        ballot.session_id, ballot.blind = None, True
        _reschedule(work, ballot, None, end_of_term(work.now, terms.reopening))
    work.publish(SessionNotHeld(session_id=held.id), version=held.version)


async def close_session(work: Work, *, session_id: str) -> SessionView:
    """End the session once each dossier of its agenda has ended; one that is over is returned as
    it is. Raises board.session_not_open or board.session_unfinished."""
    ballots, held = await _agenda_locked(work, session_id)
    if held.state in session_rules.OVER:
        return await view_of(work.session, held)
    session_rules.check_may_close(state=held.state, open_ballots=[ballot.id for ballot in ballots])
    held.state, held.closed_at = "closed", work.now
    held.version += 1
    work.record("board.session.close", held.id, {"state": ["voting", held.state]})
    work.publish(SessionClosed(session_id=held.id), version=held.version)
    return await view_of(work.session, held)


async def _agenda_locked(work: Work, session_id: str) -> tuple[list[Ballot], BoardSession]:
    """The session's ballots that have not ended, and the session, all locked."""
    await found(work.session, BoardSession, session_id)
    agenda = select(AgendaItem.ballot_id).where(AgendaItem.session_id == session_id)
    ids = sorted((await work.session.exec(agenda)).all())
    ballots = [await locked(work.session, Ballot, ballot_id) for ballot_id in ids]
    held = await work.session.get_one(
        BoardSession, session_id, with_for_update=True, populate_existing=True
    )
    live = [
        ballot
        for ballot in ballots
        if ballot.session_id == session_id and ballot.state not in domain.FINAL_STATES
    ]
    return live, held
