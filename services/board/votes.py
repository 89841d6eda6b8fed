"""What a member does in a ballot under its own signature: vote, or put the dossier off.

Order of locks: the ballot's row, then the seats' register. Votes on one ballot wait for each
other (at most four), so that the last one knows that it completes the ballot.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from services.board import domain, keys, queries
from services.board.attendance import admit_voter
from services.board.events import BallotDeferred, VoteCast
from services.board.models import Ballot, BallotFile, Deferral, Vote
from services.board.places import Place, own_place
from services.board.queries import BallotView
from services.board.seats import keep_seats
from services.kernel.clock import lima_date
from services.kernel.db import rows_in
from services.kernel.errors import Conflict, FundError
from services.kernel.ids import new_id
from services.kernel.rows import locked, write_row
from services.kernel.statements import deferral_statement, vote_statement
from services.kernel.work import Work

_VERSION: Final = "UPDATE ballot SET version = version + 1 WHERE id = %s"


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
    `KeyRegister.check_signed`.
    """
    seat = domain.check_known_seat(work.actor.seat)
    domain.check_choice(choice=choice, reason=reason, legal_bar=legal_bar, conditions=conditions)
    if signed_at is None or nonce is None or signature is None:
        raise keys.KEYS.unsigned()
    place = await own_place(work, ballot_id, seat, nonce)
    if file_sha256 is not None and file_sha256 != place.ballot.file_sha256:
        raise await _wrong_dossier(work, place)
    said: dict[str, Any] = {
        "ballot_id": place.ballot.id,
        "file_sha256": place.ballot.file_sha256,
        "dossier_sha256": place.ballot.dossier_sha256,
        "seat": seat,
        "holder_sub": place.term.holder_sub,
        "choice": choice,
        "reason": reason,
        "legal_bar": legal_bar,
        "conditions": list(conditions),
        "signed_at": signed_at.replace(microsecond=0),
        "nonce": nonce,
    }
    key_id = await keys.KEYS.check_signed(
        work.session,
        statement=vote_statement(**said),
        signature=signature,
        signed_at=signed_at,
        now=work.now,
    )
    await admit_voter(work.session, place.ballot.session_id, place.term, work.now)
    vote = Vote(
        id=new_id("vot"),
        capacity=place.term.capacity,
        term_id=place.term.id,
        cast_at=work.now,
        key_id=key_id,
        signature=signature,
        **said,
    )
    await rows_in(work.session, _VERSION, (place.ballot.id,))
    await write_row(work.session, vote)
    _tell_vote(work, place, vote)
    return vote


def _tell_vote(work: Work, place: Place, vote: Vote) -> None:
    after = replace(place.seating, voted={*place.seating.voted, vote.seat})
    work.record(
        "board.ballot.vote",
        place.ballot.id,
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
            "ballot_id": place.ballot.id,
            "application_id": place.ballot.application_id,
            "vote_id": vote.id,
            "seat": vote.seat,
            "seats_voted": len(after.voted),
            "complete": after.is_complete,
        }
    )
    work.publish(event, version=place.ballot.version + 1)


async def _wrong_dossier(work: Work, place: Place) -> FundError:
    latest = await work.session.get_one(BallotFile, (place.ballot.id, place.ballot.file_sequence))
    return Conflict(
        "board.wrong_dossier",
        f"Su voto es sobre otro expediente que el vigente ({place.ballot.file_sha256[:12]}…)."
        f" Motivo del vigente: {latest.reason} Léalo y firme de nuevo.",
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
    board.not_attending, or a refusal of `KeyRegister.check_signed`.
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
    key_id = await keys.KEYS.check_signed(
        work.session,
        statement=deferral_statement(**said),
        signature=signature,
        signed_at=signed_at,
        now=work.now,
    )
    await admit_voter(work.session, ballot.session_id, term, work.now)
    deferral = Deferral(
        capacity=term.capacity,
        term_id=term.id,
        key_id=key_id,
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
