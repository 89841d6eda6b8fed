"""The place from which a member votes: its ballot, locked, and who may act for which seat now.

Every vote waits for this, so it is read by two plain statements that go past the mapper.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from services.board import domain
from services.board.queries import held_before
from services.board.seating import Holding, Seating, refused, seating_of
from services.board.seats import SEATS_LOCK
from services.kernel.auth import not_found
from services.kernel.db import rows_in
from services.kernel.work import Work

# The inner query locks the ballot first; then the outer one keeps the seats' register.
_LOCKED: Final = """
SELECT ballot.id, application_id, session_id, dossier_sha256, file_sha256, file_sequence, version,
    state, closes_at, votes_from, alternates_called_at IS NOT NULL,
    pg_advisory_xact_lock_shared(%(seats)s)
FROM (SELECT * FROM ballot WHERE id = %(ballot_id)s FOR UPDATE) AS ballot
"""
_AROUND: Final = """
SELECT
    (SELECT coalesce(jsonb_agg(jsonb_build_array(term.id, term.seat, term.capacity,
            term.holder_sub, term.chair, term.deputy_chair, EXISTS (
                SELECT FROM seat_absence AS absence WHERE absence.seat = term.seat
                AND absence.from_at <= %(now)s AND absence.to_at > %(now)s))), '[]')
        FROM seat_term AS term
        WHERE valid_from <= %(now)s AND (valid_to IS NULL OR valid_to > %(now)s)),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(seat, holder_sub, nonce)), '[]')
        FROM vote WHERE ballot_id = %(ballot_id)s AND file_sha256 = %(file_sha256)s),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(holder_sub, outcome)), '[]')
        FROM recusal WHERE ballot_id = %(ballot_id)s)
"""


class Locked(NamedTuple):
    """What a vote needs of its ballot's row."""

    id: str
    application_id: str
    session_id: str | None
    dossier_sha256: str
    file_sha256: str
    file_sequence: int
    version: int
    state: domain.State
    closes_at: datetime
    votes_from: datetime | None
    alternates_called: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A ballot that takes the vote of a member, and the term by which the member may cast it."""

    ballot: Locked
    seating: Seating
    term: Holding


async def own_place(work: Work, ballot_id: str, seat: str, nonce: str) -> Place:
    """The ballot, locked, and the caller's term, when it may vote for its seat.

    Raises Missing, board.ballot_closed, board.session_not_open, board.vote_replayed, or a refusal
    of `Seating.refusal`.
    """
    sub = work.actor.sub
    known = {"ballot_id": ballot_id, "seats": SEATS_LOCK, "now": work.now}
    found = await rows_in(work.session, _LOCKED, known)
    if not found:
        raise not_found()
    ballot = Locked(*found[0][:-1])
    around = {**known, "file_sha256": ballot.file_sha256}
    ((terms, votes, recusals),) = await rows_in(work.session, _AROUND, around)
    domain.check_takes_votes(
        state=ballot.state,
        closes_at=ballot.closes_at,
        votes_from=ballot.votes_from,
        now=work.now,
    )
    if any((holder, used) == (sub, nonce) for _, holder, used in votes):
        raise domain.vote_replayed()  # one sent to another ballot is refused by uq_vote_nonce
    holdings = [Holding(*term) for *term, _ in terms]
    seating = seating_of(
        holdings,
        absent=frozenset(term[1] for *term, absent in terms if absent),
        alternates_called=ballot.alternates_called,
        recused=frozenset(holder for holder, outcome in recusals if outcome == "accepted"),
        pending=frozenset(holder for holder, outcome in recusals if outcome == "pending"),
        voted=frozenset(voted for voted, *_ in votes),
    )
    refusal = seating.refusal(seat=seat, sub=sub)
    if refusal == "not_seat_holder" and await held_before(work.session, seat, sub, work.now):
        refusal = "term_ended"
    if refusal is not None:
        raise refused(refusal)
    own = next(term for term in holdings if (term.seat, term.holder_sub) == (seat, sub))
    return Place(ballot, seating, own)
