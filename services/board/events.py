"""What the board tells: facts of a ballot, in order of its version. A vote's choice is told only
with the decision."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.board import domain
from services.kernel.schemas import Sha256, identifier
from services.kernel.work import Event

ApplicationId = Annotated[str, identifier("app")]
BallotId = Annotated[str, identifier("bal")]
CallId = Annotated[str, identifier("cal")]
ConsortiumId = Annotated[str, identifier("con")]
VoteId = Annotated[str, identifier("vot")]


class BallotEvent(Event):
    """Base of the room's events: the ballot is the aggregate."""

    SUBJECT: ClassVar[str] = "ballot_id"

    ballot_id: BallotId
    application_id: ApplicationId


class BallotOpened(BallotEvent):
    """A dossier may be voted until `closes_at`."""

    TYPE: ClassVar[str] = "fund.board.ballot.opened.v1"

    consortium_id: ConsortiumId
    call_id: CallId
    dossier_sha256: Sha256
    closes_at: datetime


class BallotSecondCalled(BallotEvent):
    """The first call had no quorum; the second lasts until `closes_at`."""

    TYPE: ClassVar[str] = "fund.board.ballot.second_called.v1"

    closes_at: datetime


class VoteCast(BallotEvent):
    """A seat voted. `complete`: every seat that is not recused has now voted."""

    TYPE: ClassVar[str] = "fund.board.vote.cast.v1"

    vote_id: VoteId
    seat: domain.Seat
    seats_voted: int
    complete: bool


class SeatRecused(BallotEvent):
    """A seat may not take part in this ballot."""

    TYPE: ClassVar[str] = "fund.board.seat.recused.v1"

    seat: domain.Seat
    seats_voted: int
    complete: bool


class CountedVote(BaseModel):
    """One vote of a resolution."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vote_id: VoteId
    seat: domain.Seat
    holder_sub: Annotated[str, Field(examples=["mef-1"])]
    choice: Literal["for", "against"]
    cast_at: datetime


class SeatAtDecision(BaseModel):
    """Who held a seat when the ballot was decided."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seat: domain.Seat
    chair: bool
    holder_sub: Annotated[str, Field(examples=["mef-1"])]


class BallotDecided(BallotEvent):
    """The resolution package (acuerdo): all that another room needs to recount it."""

    TYPE: ClassVar[str] = "fund.board.ballot.decided.v1"

    call_id: CallId
    consortium_id: ConsortiumId
    dossier_sha256: Sha256
    result: Literal["approved", "rejected"]
    resolution_number: Annotated[str, Field(examples=["007-2026-FC"])]
    quorum_required: int
    votes: list[CountedVote]
    seats: list[SeatAtDecision]
    recused: list[domain.Seat]
    tie_broken_by: domain.Seat | None
    policy_revision: Annotated[str, Field(examples=["3f2a9c1b7d04"])]
    decided_at: datetime


class BallotLapsed(BallotEvent):
    """The second call had no quorum either; nothing was decided."""

    TYPE: ClassVar[str] = "fund.board.ballot.lapsed.v1"

    dossier_sha256: Sha256
    quorum_required: int
    present: int
    policy_revision: Annotated[str, Field(examples=["3f2a9c1b7d04"])]
    lapsed_at: datetime
