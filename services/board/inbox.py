"""What waits for a member: each kind of thing is one list, made by one small function."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlmodel import col, select

from services.board import actas, domain, interests, queries, recusals
from services.board.acta_schemas import ActaSummary
from services.board.interest_schemas import TieOut
from services.board.interests import Tie
from services.board.models import Ballot
from services.board.queries import BallotView
from services.board.recusal_schemas import RecusalOut
from services.board.schemas import BallotSummary, Instant
from services.kernel import clock
from services.kernel.auth import authenticated, guarded, reading
from services.kernel.db import AsyncSession
from services.kernel.errors import FundError
from services.kernel.schemas import Body
from services.kernel.work import Principal
from services.kernel.working_days import working_days_between

router = APIRouter()

Session = Annotated[AsyncSession, Depends(reading("board"))]
Reader = Annotated[Principal, Depends(authenticated)]

MOST = 200


class WaitingBallot(Body):
    """A ballot that takes votes, and whether the reader may vote in it now or why not."""

    ballot: BallotSummary
    capacity: domain.Capacity
    may_vote: bool
    refusal: Annotated[str | None, Field(examples=["board.seat_already_voted"])]
    voted: bool
    presides: bool
    seats_voted: int
    closes_at: Instant
    working_days_left: int
    conflicts: Annotated[
        list[TieOut], Field(description="The reader's declared interests that meet its parties.")
    ]


class InboxOut(Body):
    """What waits for the reader in the place that it holds today; all empty without one, but for
    the actas of what it took part in, which it still has to sign."""

    seat: domain.Seat | None
    ballots: list[WaitingBallot]
    recusals: Annotated[
        list[RecusalOut], Field(description="Those that wait for the reader's decision.")
    ]
    actas: list[ActaSummary]


@router.get("/v1/inbox", **guarded("board.inbox.read"))
async def read_inbox(session: Session, reader: Reader) -> InboxOut:
    """What waits for the caller: ballots, soonest to close first; actas to sign, oldest first."""
    now = clock.now()
    register = await queries.register_at(session, now)
    seat = reader.seat if reader.seat in domain.SEATS else None
    unsigned = await session.exec(actas.unsigned_by(reader.seat, reader.sub).limit(MOST))
    to_sign = [ActaSummary.of(acta) for acta in unsigned.all()]
    if seat is None or register.term_of(seat, reader.sub) is None:
        return InboxOut(seat=None, ballots=[], recusals=[], actas=to_sign)
    waiting = await recusals.to_decide(session, seat=seat, sub=reader.sub, now=now)
    return InboxOut.model_validate(
        {
            "seat": seat,
            "ballots": await _ballots(session, seat, reader.sub, now),
            "recusals": [RecusalOut.of(one) for one in waiting],
            "actas": to_sign,
        }
    )


async def _ballots(
    session: AsyncSession, seat: str, sub: str, now: datetime
) -> list[WaitingBallot]:
    live = select(Ballot).where(col(Ballot.state).in_(domain.VOTING_STATES), Ballot.closes_at > now)
    found = await session.exec(live.order_by(col(Ballot.closes_at), col(Ballot.id)).limit(MOST))
    waiting = []
    for ballot in found.all():
        view = await queries.view_of(session, ballot, now)
        ties = await interests.conflicts_of(session, ballot, sub, on=clock.lima_date(now))
        waiting.append(_waiting(view, seat, sub, now, ties))
    return waiting


def _waiting(
    view: BallotView, seat: str, sub: str, now: datetime, ties: Sequence[Tie]
) -> WaitingBallot:
    ballot, seating = view.ballot, view.seating
    term = view.register.term_of(seat, sub)
    assert term is not None
    refusal = seating.refusal(seat=seat, sub=sub)
    code = f"board.{refusal}" if refusal else None
    try:
        domain.check_takes_votes(
            state=ballot.state,
            closes_at=ballot.closes_at,
            votes_from=ballot.votes_from,
            now=now,
        )
    except FundError as error:
        code = error.code
    return WaitingBallot.model_validate(
        {
            "ballot": BallotSummary.of(ballot),
            "capacity": term.capacity,
            "may_vote": code is None,
            "refusal": code,
            "voted": seat in seating.voted,
            "presides": seating.presiding == (seat, sub),
            "seats_voted": len(view.votes),
            "closes_at": ballot.closes_at,
            "working_days_left": working_days_between(
                clock.lima_date(now), clock.lima_date(ballot.closes_at)
            ),
            "conflicts": [TieOut.of(tie) for tie in ties],
        }
    )
