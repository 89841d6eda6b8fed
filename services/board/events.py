"""What the board tells: facts of a ballot, in order of its version. A vote's choice is told only
with the decision."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from services.kernel.work import Event


class BallotEvent(Event):
    """Base of the room's events: the ballot is the aggregate."""

    SUBJECT: ClassVar[str] = "ballot_id"

    ballot_id: str
    application_id: str


class BallotOpened(BallotEvent):
    """A dossier may be voted until `closes_at`."""

    TYPE: ClassVar[str] = "fund.board.ballot.opened.v1"

    consortium_id: str
    call_id: str
    dossier_sha256: str
    closes_at: datetime


class BallotSecondCalled(BallotEvent):
    """The first call had no quorum; the second lasts until `closes_at`."""

    TYPE: ClassVar[str] = "fund.board.ballot.second_called.v1"

    closes_at: datetime


class VoteCast(BallotEvent):
    """A seat voted. `complete`: every seat that is not recused has now voted."""

    TYPE: ClassVar[str] = "fund.board.vote.cast.v1"

    vote_id: str
    seat: str
    seats_voted: int
    complete: bool


class SeatRecused(BallotEvent):
    """A seat may not take part in this ballot."""

    TYPE: ClassVar[str] = "fund.board.seat.recused.v1"

    seat: str
    seats_voted: int
    complete: bool


class CountedVote(BaseModel):
    """One vote of a resolution."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vote_id: str
    seat: str
    holder_sub: str
    choice: Literal["for", "against"]
    cast_at: datetime


class SeatAtDecision(BaseModel):
    """Who held a seat when the ballot was decided."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seat: str
    chair: bool
    holder_sub: str


class BallotDecided(BallotEvent):
    """The resolution package (acuerdo): all that another room needs to recount it."""

    TYPE: ClassVar[str] = "fund.board.ballot.decided.v1"

    call_id: str
    consortium_id: str
    dossier_sha256: str
    result: Literal["approved", "rejected"]
    resolution_number: str
    quorum_required: int
    votes: list[CountedVote]
    seats: list[SeatAtDecision]
    recused: list[str]
    tie_broken_by: str | None
    policy_revision: str
    decided_at: datetime


class BallotLapsed(BallotEvent):
    """The second call had no quorum either; nothing was decided."""

    TYPE: ClassVar[str] = "fund.board.ballot.lapsed.v1"

    dossier_sha256: str
    quorum_required: int
    present: int
    policy_revision: str
    lapsed_at: datetime
