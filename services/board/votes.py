"""What a member does in a ballot under its own signature: vote, or put the dossier off.

Order of locks: the ballot's row, then the seats' register. Votes on one ballot wait for each
other (at most four), so that the last one knows that it completes the ballot.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from services.board import domain, keys, queries
from services.board.attendance import admit_voter
from services.board.events import BallotDeferred, VoteCast
from services.board.models import Ballot, BallotFile, Deferral, SeatTerm, Vote
from services.board.queries import BallotView
from services.board.seating import refused
from services.board.seats import keep_seats
from services.kernel.clock import lima_date
from services.kernel.errors import Conflict, FundError
from services.kernel.ids import new_id
from services.kernel.rows import locked
from services.kernel.statements import deferral_statement, vote_statement
from services.kernel.work import Work


async def cast_vote(
    work: Work,
    *,
    ballot_id: str,
    choice: str,
    reason: str | None,
    legal_bar: str | None,
    conditions: Sequence[dict[str, Any]],
    file_sha256: str | None,
    signed_at: datetime | None,
    nonce: str | None,
    signature: str | None,
) -> Vote:
    """Cast the vote of the caller's seat, signed by the caller on the file in force; it is final.

    Raises board.seat_unknown, a refusal of `domain.check_choice`, board.signature_required,
    board.ballot_closed, board.session_not_open, board.vote_replayed, a refusal of
    `Seating.refusal`, board.wrong_dossier, board.not_attending, or a refusal of
    `keys.check_signed`.
    """
    seat = domain.check_known_seat(work.actor.seat)
    domain.check_choice(choice=choice, reason=reason, legal_bar=legal_bar, conditions=conditions)
    if signed_at is None or nonce is None or signature is None:
        raise keys.signature_required("/signature")
    view, term = await _own_place(work, ballot_id, seat, nonce)
    ballot = view.ballot
    if file_sha256 is not None and file_sha256 != ballot.file_sha256:
        raise await _wrong_dossier(work, ballot)
    said: dict[str, Any] = {
        "ballot_id": ballot.id,
        "file_sha256": ballot.file_sha256,
        "dossier_sha256": ballot.dossier_sha256,
        "seat": seat,
        "holder_sub": term.holder_sub,
        "choice": choice,
        "reason": reason,
        "legal_bar": legal_bar,
        "conditions": list(conditions),
        "signed_at": signed_at.replace(microsecond=0),
        "nonce": nonce,
    }
    key = await keys.check_signed(
        work.session,
        statement=vote_statement(**said),
        signature=signature,
        signed_at=signed_at,
        now=work.now,
    )
    await admit_voter(work.session, ballot, term, work.now)
    vote = Vote(
        id=new_id("vot"),
        capacity=term.capacity,
        term_id=term.id,
        cast_at=work.now,
        key_id=key.id,
        signature=signature,
        **said,
    )
    work.session.add(vote)
    _tell_vote(work, view, vote)
    return vote


def _tell_vote(work: Work, view: BallotView, vote: Vote) -> None:
    ballot = view.ballot
    ballot.version += 1
    after = replace(view, votes=[*view.votes, vote])
    work.record(
        "board.ballot.vote",
        ballot.id,
        {
            "vote_id": vote.id,
            "seat": vote.seat,
            "choice": vote.choice,
            "term_id": vote.term_id,
            "file_sha256": vote.file_sha256,
            "key_id": vote.key_id,
            "signature": vote.signature,
        },
    )
    event = VoteCast.model_validate(
        {
            "ballot_id": ballot.id,
            "application_id": ballot.application_id,
            "vote_id": vote.id,
            "seat": vote.seat,
            "seats_voted": len(after.votes),
            "complete": after.is_complete,
        }
    )
    work.publish(event, version=ballot.version)


async def _own_place(
    work: Work, ballot_id: str, seat: str, nonce: str
) -> tuple[BallotView, SeatTerm]:
    """The ballot, locked, and the caller's term, when it may vote for its seat."""
    sub = work.actor.sub
    ballot = await locked(work.session, Ballot, ballot_id)
    await keep_seats(work.session)
    view = await queries.view_of(work.session, ballot, work.now)
    domain.check_takes_votes(
        state=ballot.state,
        closes_at=ballot.closes_at,
        votes_from=ballot.votes_from,
        now=work.now,
    )
    if any(vote.holder_sub == sub and vote.nonce == nonce for vote in view.votes):
        raise vote_replayed()  # one sent to another ballot is refused by uq_vote_nonce
    refusal = view.seating.refusal(seat=seat, sub=sub)
    if refusal == "not_seat_holder" and await queries.held_before(
        work.session, seat, sub, work.now
    ):
        refusal = "term_ended"
    if refusal is not None:
        raise refused(refusal)
    term = view.register.term_of(seat, sub)
    assert term is not None
    return view, term


async def _wrong_dossier(work: Work, ballot: Ballot) -> FundError:
    latest = await work.session.get_one(BallotFile, (ballot.id, ballot.file_sequence))
    return Conflict(
        "board.wrong_dossier",
        f"Su voto es sobre otro expediente que el vigente ({ballot.file_sha256[:12]}…)."
        f" Motivo del vigente: {latest.reason} Léalo y firme de nuevo.",
    )


def vote_replayed() -> Conflict:
    """The refusal of a signed vote that was sent before."""
    return Conflict(
        "board.vote_replayed", "Ese voto firmado ya se presentó una vez; firme uno nuevo."
    )


async def defer(
    work: Work,
    *,
    ballot_id: str,
    reason: str,
    until: date,
    signed_at: datetime,
    nonce: str,
    signature: str,
) -> BallotView:
    """Put the dossier off until a day, by who presides and under its signature; nothing is
    counted, and a new ballot that cites this one takes it up again.

    Raises board.ballot_closed, board.session_not_open, board.not_presiding, board.deferral_date,
    board.not_attending, or a refusal of `keys.check_signed`.
    """
    ballot = await locked(work.session, Ballot, ballot_id)
    await keep_seats(work.session)
    view = await queries.view_of(work.session, ballot, work.now)
    domain.check_takes_votes(
        state=ballot.state,
        closes_at=ballot.closes_at,
        votes_from=ballot.votes_from,
        now=work.now,
    )
    seat = domain.check_presides(
        presiding=view.seating.presiding, seat=work.actor.seat, sub=work.actor.sub
    )
    domain.check_deferred_until(until=until, today=lima_date(work.now))
    term = view.register.term_of(seat, work.actor.sub)
    assert term is not None
    said: dict[str, Any] = {
        "ballot_id": ballot.id,
        "file_sha256": ballot.file_sha256,
        "seat": seat,
        "holder_sub": term.holder_sub,
        "reason": reason,
        "until": until,
        "signed_at": signed_at.replace(microsecond=0),
        "nonce": nonce,
    }
    key = await keys.check_signed(
        work.session,
        statement=deferral_statement(**said),
        signature=signature,
        signed_at=signed_at,
        now=work.now,
    )
    await admit_voter(work.session, ballot, term, work.now)
    deferral = Deferral(
        capacity=term.capacity,
        term_id=term.id,
        key_id=key.id,
        signature=signature,
        deferred_at=work.now,
        **said,
    )
    work.session.add(deferral)
    _put_off(work, ballot, deferral)
    return replace(view, deferral=deferral)


def _put_off(work: Work, ballot: Ballot, deferral: Deferral) -> None:
    before = ballot.state
    ballot.state = domain.move(state=before, to="deferred")
    ballot.version += 1
    ballot.closed_at = work.now
    work.record(
        "board.ballot.defer",
        ballot.id,
        {
            "state": [before, ballot.state],
            "until": deferral.until.isoformat(),
            "signature": deferral.signature,
        },
    )
    event = BallotDeferred.model_validate(
        {
            "ballot_id": ballot.id,
            "application_id": ballot.application_id,
            "dossier_sha256": ballot.dossier_sha256,
            **deferral.model_dump(include={"seat", "reason", "until"}),
            "deferred_at": work.now,
        }
    )
    work.publish(event, version=ballot.version)
