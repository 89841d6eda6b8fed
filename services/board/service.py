"""Use cases of the board: one function, one transaction, which the caller commits.

Order of locks everywhere: the ballot's row, then the seats' register. Votes on one ballot wait
for each other (at most four), so that the last one knows that it completes the ballot; closing
waits for them and they for it.
"""

from datetime import UTC, datetime
from typing import Any, Final

from services.board import domain, policy, queries
from services.board.events import (
    BallotAlternatesCalled,
    BallotDecided,
    BallotLapsed,
    BallotSecondCalled,
    SeatAtDecision,
)
from services.board.models import Ballot
from services.board.numbers import next_number
from services.board.openings import subject_of
from services.board.queries import BallotView
from services.board.seats import keep_seats
from services.kernel.clock import lima_date
from services.kernel.db import instant_text
from services.kernel.errors import Unavailable
from services.kernel.opa import Opa
from services.kernel.rows import locked
from services.kernel.work import Work


async def _view_with_seats_kept(work: Work, ballot: Ballot) -> BallotView:
    await keep_seats(work.session)
    return await queries.view_of(work.session, ballot, work.now)


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
    return await queries.view_of(work.session, ballot, work.now)


async def call_alternates(work: Work, *, ballot_id: str) -> BallotView:
    """Let the alternates of all seats that have not voted act from now on; once is enough, so a
    second time changes nothing. Raises board.ballot_closed."""
    ballot = await locked(work.session, Ballot, ballot_id)
    view = await _view_with_seats_kept(work, ballot)
    domain.check_takes_votes(state=ballot.state, closes_at=ballot.closes_at, now=work.now)
    if ballot.alternates_called_at is not None:
        return view
    ballot.alternates_called_at = work.now
    ballot.version += 1
    seats = [seat for seat in domain.SEATS if seat not in view.seating.voted]
    work.record("board.ballot.call_alternates", ballot.id, {"seats": seats})
    event = BallotAlternatesCalled.model_validate(
        {"ballot_id": ballot.id, "application_id": ballot.application_id, "seats": seats}
    )
    work.publish(event, version=ballot.version)
    return view


async def close(work: Work, *, ballot_id: str, opa: Opa) -> BallotView:
    """Close the ballot and count it: by the policy and, independently, by this room.

    A closed ballot is returned as it is. Raises board.not_complete before the time while votes
    may still come, board.quorum_not_met on the first call (the ballot stays open), and
    board.tally_disagrees when the two counts differ; a second call without quorum lapses.
    """
    ballot = await locked(work.session, Ballot, ballot_id)
    if ballot.state in domain.FINAL_STATES:
        return await queries.view_of(work.session, ballot, work.now)
    view = await _view_with_seats_kept(work, ballot)
    if view.seating.pending:
        raise domain.recusal_pending()
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
    ballot.abstentions = found.tally.abstentions
    ballot.policy_revision = found.revision
    ballot.policy_input = found.question
    ballot.policy_answer = found.answer
    if package is not None:
        ballot.result = package.result
        ballot.resolution_number = package.resolution_number
        ballot.tie_broken_by = package.tie_broken_by
        ballot.conditions = found.conditions
        ballot.resolution = package.model_dump(mode="json")


async def _counted_twice(work: Work, view: BallotView, opa: Opa) -> policy.Finding:
    call, seating = domain.call_of(view.ballot.state), view.seating
    found = await policy.find(
        opa,
        policy.question(
            as_of=lima_date(work.now),
            call=call,
            chair=seating.chair,
            deputy=seating.deputy,
            recused=view.recused,
            choices=view.choices,
            conditions=view.conditions,
        ),
    )
    own = domain.tally(
        call=call,
        chair=seating.chair,
        deputy=seating.deputy,
        recused=view.recused,
        choices=view.choices,
    )
    given = [vote.conditions for vote in view.votes] if own.result == "approved" else []
    if (own, domain.adopted_conditions(given=given)) != (found.tally, found.conditions):
        raise Unavailable(
            "board.tally_disagrees",
            "El recuento del directorio y el del motor de reglas difieren; no se decidió nada."
            " Avise a la secretaría técnica.",
        )
    return found


_COUNTED: Final = {"seat", "holder_sub", "capacity", "choice", "key_id", "signature"}


async def _decided(work: Work, view: BallotView, found: policy.Finding) -> BallotDecided:
    ballot, counted = view.ballot, found.tally
    return BallotDecided.model_validate(
        {
            **subject_of(ballot),
            "result": counted.result,
            "resolution_number": await _next_number(work),
            "quorum_required": counted.quorum_required,
            "votes": [
                {
                    "vote_id": vote.id,
                    "cast_at": vote.cast_at.astimezone(UTC),
                    **vote.model_dump(include=_COUNTED),
                }
                for vote in view.votes
            ],
            "seats": _seats_at_decision(view),
            "recused": view.recused,
            "file_sha256": ballot.file_sha256,
            "conditions": found.conditions,
            "tie_broken_by": counted.tie_broken_by,
            "policy_revision": found.revision,
            "decided_at": work.now,
        }
    )


def _seats_at_decision(view: BallotView) -> list[dict[str, Any]]:
    """Who holds each seat now; of a seat that has fallen vacant since it voted, who voted."""
    names = set(SeatAtDecision.model_fields)
    seated = {term.seat: term.model_dump(include=names) for term in view.register.seated}
    voted = {vote.seat: {**vote.model_dump(include=names), "chair": False} for vote in view.votes}
    known = voted | seated
    return [known[seat] for seat in domain.SEATS if seat in known]


async def _next_number(work: Work) -> str:
    year = lima_date(work.now).year
    sequence = await next_number(work.session, kind="resolution", year=year)
    return domain.resolution_number(sequence=sequence, year=year)


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
