"""Use cases of the board: one function, one transaction, which the caller commits.

Order of locks everywhere: the ballot's row, then the seats' register. Votes on one ballot wait
for each other (at most four), so that the last one knows that it completes the ballot; closing
waits for them and they for it.
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select

from services.board import domain, policy, queries
from services.board.events import (
    BallotDecided,
    BallotLapsed,
    BallotOpened,
    BallotSecondCalled,
    SeatRecused,
    VoteCast,
)
from services.board.models import Ballot, Recusal, ResolutionCounter, SeatTerm, Vote
from services.board.queries import BallotView
from services.kernel.clock import lima_date
from services.kernel.db import AsyncSession, instant_text
from services.kernel.errors import Conflict, Unavailable
from services.kernel.ids import new_id
from services.kernel.opa import Opa
from services.kernel.rows import locked
from services.kernel.work import Work

SEATS_LOCK: Final = 7240620
"""Advisory lock of the seats' register: shared to act for a seat, exclusive to appoint."""


async def appoint(
    work: Work, *, seat: str, holder_sub: str, holder_name: str, chair: bool
) -> SeatTerm:
    """Give a seat to a holder from now on; a new chair clears the old one."""
    domain.check_known_seat(seat)
    await work.session.scalar(text("SELECT pg_advisory_xact_lock(:n)"), {"n": SEATS_LOCK})
    terms = {term.seat: term for term in await queries.terms_in_force(work.session)}
    current = terms.get(seat)
    wanted = (holder_sub, holder_name, chair)
    if current is not None:
        domain.check_chair_kept(was_chair=current.chair, chair=chair)
        if (current.holder_sub, current.holder_name, current.chair) == wanted:
            return current
    ended = [term for term in terms.values() if term is current or (chair and term.chair)]
    # Two appointments that waited for each other may carry their instants in the other order.
    starts_at = max([work.now, *(domain.after(term.valid_from) for term in ended)])
    for term in ended:
        term.valid_to = starts_at
    await work.session.flush()
    for term in ended:
        if term is not current:
            _begin_term(work, term.seat, (term.holder_sub, term.holder_name, False), starts_at)
    return _begin_term(work, seat, wanted, starts_at)


def _begin_term(
    work: Work, seat: str, held: tuple[str, str, bool], starts_at: datetime
) -> SeatTerm:
    holder_sub, holder_name, chair = held
    term = SeatTerm(
        id=new_id("ter"),
        seat=seat,
        holder_sub=holder_sub,
        holder_name=holder_name,
        chair=chair,
        valid_from=starts_at,
    )
    work.session.add(term)
    change = {"seat": seat, "holder_sub": holder_sub, "chair": chair}
    work.record("board.seat.appoint", term.id, {**change, "valid_from": instant_text(starts_at)})
    return term


async def open_ballot(
    work: Work,
    *,
    application_id: str,
    consortium_id: str,
    call_id: str,
    dossier_sha256: str,
    closes_at: datetime,
) -> BallotView:
    """Open the vote on a dossier. The same dossier of the same application gives the ballot that
    is already there, whatever its state; nothing is opened twice."""
    same_dossier = select(Ballot).where(
        Ballot.application_id == application_id, Ballot.dossier_sha256 == dossier_sha256
    )
    found = (await work.session.exec(same_dossier)).one_or_none()
    if found is None:
        domain.check_closes_at(closes_at=closes_at, now=work.now)
        ballot = Ballot(
            id=new_id("bal"),
            application_id=application_id,
            consortium_id=consortium_id,
            call_id=call_id,
            dossier_sha256=dossier_sha256,
            state=domain.move(state="scheduled", to="open"),
            version=1,
            opened_at=work.now,
            closes_at=closes_at.astimezone(UTC),
        )
        created = await work.session.scalar(
            insert(Ballot)
            .values(**ballot.model_dump(exclude_none=True))
            .on_conflict_do_nothing(constraint="uq_ballot_dossier")
            .returning(text("id"))
        )
        found = (await work.session.exec(same_dossier)).one()
        if created is not None:
            _tell_opened(work, found)
    if (found.consortium_id, found.call_id) != (consortium_id, call_id):
        raise Conflict(
            "board.ballot_differs",
            "Ese expediente ya tiene una votación con otro consorcio u otra convocatoria.",
        )
    return await queries.view_of(work.session, found)


def _tell_opened(work: Work, ballot: Ballot) -> None:
    work.record(
        "board.ballot.open",
        ballot.id,
        {"state": [None, ballot.state], "dossier_sha256": ballot.dossier_sha256},
    )
    event = BallotOpened.model_validate(
        {**_subject(ballot), "closes_at": ballot.closes_at.astimezone(UTC)}
    )
    work.publish(event, version=ballot.version)


def _subject(ballot: Ballot) -> dict[str, str]:
    return {
        "ballot_id": ballot.id,
        "application_id": ballot.application_id,
        "consortium_id": ballot.consortium_id,
        "call_id": ballot.call_id,
        "dossier_sha256": ballot.dossier_sha256,
    }


async def cast_vote(work: Work, *, ballot_id: str, choice: str, reason: str | None) -> Vote:
    """Cast the vote of the caller's seat; it is final.

    Raises board.seat_unknown, board.not_seat_holder, board.ballot_closed, board.seat_recused,
    board.seat_already_voted or board.reason_required.
    """
    view, term = await _for_own_seat(work, ballot_id)
    ballot = view.ballot
    domain.check_reason(choice=choice, reason=reason)
    vote = Vote(
        id=new_id("vot"),
        ballot_id=ballot.id,
        seat=term.seat,
        choice=choice,
        reason=reason,
        dossier_sha256=ballot.dossier_sha256,
        term_id=term.id,
        holder_sub=term.holder_sub,
        cast_at=work.now,
    )
    work.session.add(vote)
    ballot.version += 1
    voted = view.voted | {vote.seat}
    work.record(
        "board.ballot.vote",
        ballot.id,
        {"vote_id": vote.id, "seat": vote.seat, "choice": choice, "term_id": term.id},
    )
    event = VoteCast(
        ballot_id=ballot.id,
        application_id=ballot.application_id,
        vote_id=vote.id,
        seat=vote.seat,
        seats_voted=len(voted),
        complete=domain.is_complete(voted=voted, recused=view.recused),
    )
    work.publish(event, version=ballot.version)
    return vote


async def recuse(work: Work, *, ballot_id: str, ground: int, reason: str) -> Recusal:
    """Take the caller's seat out of the ballot, on a ground of LPAG article 99; not after its
    vote. Raises the same errors as a vote."""
    view, term = await _for_own_seat(work, ballot_id)
    ballot = view.ballot
    recusal = Recusal(
        id=new_id("rec"),
        ballot_id=ballot.id,
        seat=term.seat,
        ground=ground,
        reason=reason,
        term_id=term.id,
        holder_sub=term.holder_sub,
        raised_at=work.now,
    )
    work.session.add(recusal)
    ballot.version += 1
    recused = view.recused | {recusal.seat}
    work.record(
        "board.ballot.recuse",
        ballot.id,
        {"recusal_id": recusal.id, "seat": recusal.seat, "ground": ground, "term_id": term.id},
    )
    event = SeatRecused(
        ballot_id=ballot.id,
        application_id=ballot.application_id,
        seat=recusal.seat,
        seats_voted=len(view.votes),
        complete=domain.is_complete(voted=view.voted, recused=recused),
    )
    work.publish(event, version=ballot.version)
    return recusal


async def _for_own_seat(work: Work, ballot_id: str) -> tuple[BallotView, SeatTerm]:
    """The ballot, locked, and the caller's term, when the seat may still answer."""
    ballot = await locked(work.session, Ballot, ballot_id)
    view = await _view_with_seats_kept(work.session, ballot)
    seat = domain.check_known_seat(work.actor.seat)
    term = next((term for term in view.terms if term.seat == seat), None)
    domain.check_holder(sub=work.actor.sub, holder_sub=term.holder_sub if term else None)
    assert term is not None
    domain.check_takes_votes(state=ballot.state, closes_at=ballot.closes_at, now=work.now)
    domain.check_seat_free(seat=seat, voted=view.voted, recused=view.recused)
    return view, term


async def _view_with_seats_kept(session: AsyncSession, ballot: Ballot) -> BallotView:
    await session.scalar(text("SELECT pg_advisory_xact_lock_shared(:n)"), {"n": SEATS_LOCK})
    return await queries.view_of(session, ballot)


async def make_second_call(work: Work, *, ballot_id: str, closes_at: datetime) -> BallotView:
    """Call a second time after a first call without quorum (LPAG art. 110.2)."""
    ballot = await locked(work.session, Ballot, ballot_id)
    before = ballot.state
    ballot.state = domain.move(state=before, to="second_call")
    domain.check_closes_at(closes_at=closes_at, now=work.now)
    ballot.closes_at = closes_at.astimezone(UTC)
    ballot.second_called_at = work.now
    ballot.version += 1
    work.record(
        "board.ballot.second_call",
        ballot.id,
        {"state": [before, ballot.state], "closes_at": instant_text(ballot.closes_at)},
    )
    event = BallotSecondCalled(
        ballot_id=ballot.id,
        application_id=ballot.application_id,
        closes_at=ballot.closes_at,
    )
    work.publish(event, version=ballot.version)
    return await queries.view_of(work.session, ballot)


async def close(work: Work, *, ballot_id: str, opa: Opa) -> BallotView:
    """Close the ballot and count it: by the policy and, independently, by this room.

    A closed ballot is returned as it is. Raises board.not_complete before the time while votes
    may still come, board.quorum_not_met on the first call (the ballot stays open), and
    board.tally_disagrees when the two counts differ; a second call without quorum lapses.
    """
    ballot = await locked(work.session, Ballot, ballot_id)
    if ballot.state in domain.FINAL_STATES:
        return await queries.view_of(work.session, ballot)
    view = await _view_with_seats_kept(work.session, ballot)
    domain.check_may_close(closes_at=ballot.closes_at, complete=view.is_complete, now=work.now)
    found = await _counted_twice(work, view, opa)
    if not found.tally.quorum_met and domain.call_of(ballot.state) == "first":
        raise domain.quorum_not_met(counted=found.tally)
    event = await _decided(work, view, found) if found.tally.quorum_met else None
    _keep_outcome(ballot, found, event, closed_at=work.now)
    work.record(
        "board.ballot.close",
        ballot.id,
        {
            "state": ballot.state,
            "result": ballot.result,
            "resolution_number": ballot.resolution_number,
            "votes": [vote.id for vote in view.votes],
            "policy_revision": ballot.policy_revision,
        },
    )
    work.publish(event or _lapsed(ballot), version=ballot.version)
    return view


def _keep_outcome(
    ballot: Ballot, found: policy.Finding, package: BallotDecided | None, *, closed_at: datetime
) -> None:
    ballot.state = domain.move(state=ballot.state, to="decided" if package else "lapsed")
    ballot.version += 1
    ballot.closed_at = closed_at
    ballot.quorum_required = found.tally.quorum_required
    ballot.present = found.tally.present
    ballot.votes_for = found.tally.votes_for
    ballot.votes_against = found.tally.votes_against
    ballot.policy_revision = found.revision
    ballot.policy_input = found.question
    ballot.policy_answer = found.answer
    if package is not None:
        ballot.result = package.result
        ballot.resolution_number = package.resolution_number
        ballot.tie_broken_by = package.tie_broken_by
        ballot.resolution = package.model_dump(mode="json")


async def _counted_twice(work: Work, view: BallotView, opa: Opa) -> policy.Finding:
    call = domain.call_of(view.ballot.state)
    found = await policy.find(
        opa,
        policy.question(
            as_of=lima_date(work.now),
            call=call,
            chair=view.chair,
            recused=view.recused,
            choices=view.choices,
        ),
    )
    own = domain.tally(call=call, chair=view.chair, recused=view.recused, choices=view.choices)
    if own != found.tally:
        raise Unavailable(
            "board.tally_disagrees",
            "El recuento del directorio y el del motor de reglas difieren; no se decidió nada."
            " Avise a la secretaría técnica.",
        )
    return found


async def _decided(work: Work, view: BallotView, found: policy.Finding) -> BallotDecided:
    ballot, counted = view.ballot, found.tally
    return BallotDecided.model_validate(
        {
            **_subject(ballot),
            "result": counted.result,
            "resolution_number": await _next_number(work),
            "quorum_required": counted.quorum_required,
            "votes": [
                {
                    "vote_id": vote.id,
                    "cast_at": vote.cast_at.astimezone(UTC),
                    **vote.model_dump(include={"seat", "holder_sub", "choice"}),
                }
                for vote in view.votes
            ],
            "seats": [
                term.model_dump(include={"seat", "chair", "holder_sub"}) for term in view.terms
            ],
            "recused": [recusal.seat for recusal in view.recusals],
            "tie_broken_by": counted.tie_broken_by,
            "policy_revision": found.revision,
            "decided_at": work.now,
        }
    )


async def _next_number(work: Work) -> str:
    year = lima_date(work.now).year
    counter = insert(ResolutionCounter).values(year=year, last=1)
    sequence = await work.session.scalar(
        counter.on_conflict_do_update(
            index_elements=["year"], set_={"last": text("resolution_counter.last + 1")}
        ).returning(text("last"))
    )
    return domain.resolution_number(sequence=int(str(sequence)), year=year)


def _lapsed(ballot: Ballot) -> BallotLapsed:
    return BallotLapsed.model_validate(
        {
            "ballot_id": ballot.id,
            "application_id": ballot.application_id,
            "dossier_sha256": ballot.dossier_sha256,
            "quorum_required": ballot.quorum_required,
            "present": ballot.present,
            "policy_revision": ballot.policy_revision,
            "lapsed_at": ballot.closed_at,
        }
    )
