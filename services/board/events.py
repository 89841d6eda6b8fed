"""What the board tells: facts of a ballot, in order of its version. A vote's choice is told only
with the decision."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.board import domain
from services.board.session_events import BallotId as BallotId
from services.board.session_events import SessionClosed as SessionClosed
from services.board.session_events import SessionConvened as SessionConvened
from services.board.session_events import SessionId as SessionId
from services.board.session_events import SessionNotHeld as SessionNotHeld
from services.board.session_events import SessionOpened as SessionOpened
from services.board.session_events import SessionReminded as SessionReminded
from services.board.session_events import SessionSecondCalled as SessionSecondCalled
from services.kernel.schemas import Sha256, identifier
from services.kernel.work import Event

AddendumId = Annotated[str, identifier("add")]
ApplicationId = Annotated[str, identifier("app")]
CallId = Annotated[str, identifier("cal")]
ConsortiumId = Annotated[str, identifier("con")]
VoteId = Annotated[str, identifier("vot")]
RecusalId = Annotated[str, identifier("rec")]


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
    addendum_id: AddendumId | None = None


class BallotRescheduled(BallotEvent):
    """The dossier is voted on from `votes_from` until `closes_at`, in a session or, without one,
    by itself."""

    TYPE: ClassVar[str] = "fund.board.ballot.rescheduled.v1"

    session_id: SessionId | None
    votes_from: datetime
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


class Condition(BaseModel):
    """What an approval is subject to: what must be shown, by what, and how soon after signing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    evidence: str
    due_working_days: int


class CountedVote(BaseModel):
    """One vote of a resolution, with what proves it. Votes from before there were keys have
    none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vote_id: VoteId
    seat: domain.Seat
    holder_sub: Annotated[str, Field(examples=["mef-1"])]
    capacity: domain.Capacity = "titular"
    choice: domain.Choice
    cast_at: datetime
    key_id: str | None = None
    signature: str | None = None


class SeatAtDecision(BaseModel):
    """Who held a seat when the ballot was decided."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seat: domain.Seat
    chair: bool
    deputy_chair: bool = False
    capacity: domain.Capacity = "titular"
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
    file_sha256: Sha256 | None = None
    conditions: list[Condition] = []
    addendum_id: AddendumId | None = None


class BallotLapsed(BallotEvent):
    """The second call had no quorum either; nothing was decided."""

    TYPE: ClassVar[str] = "fund.board.ballot.lapsed.v1"

    dossier_sha256: Sha256
    quorum_required: int
    present: int
    policy_revision: Annotated[str, Field(examples=["3f2a9c1b7d04"])]
    lapsed_at: datetime


class BallotAlternatesCalled(BallotEvent):
    """Too few can vote: the alternates of all seats that have not voted may act from now on."""

    TYPE: ClassVar[str] = "fund.board.ballot.alternates_called.v1"

    seats: list[domain.Seat]


class BallotDeferred(BallotEvent):
    """Who presides put the dossier off until a day; nothing was counted."""

    TYPE: ClassVar[str] = "fund.board.ballot.deferred.v1"

    dossier_sha256: Sha256
    seat: domain.Seat
    reason: str
    until: date
    deferred_at: datetime


class BallotWithdrawn(BallotEvent):
    """The ballot ended without a count, since its application was withdrawn or replaced."""

    TYPE: ClassVar[str] = "fund.board.ballot.withdrawn.v1"

    dossier_sha256: Sha256
    reason: str
    withdrawn_at: datetime


class SeatAppointed(Event):
    """A person holds a place on the board from when to when; nothing else is told of it."""

    TYPE: ClassVar[str] = "fund.board.seat.appointed.v1"
    SUBJECT: ClassVar[str] = "term_id"

    term_id: Annotated[str, identifier("ter")]
    seat: domain.Seat
    capacity: domain.Capacity
    holder_sub: Annotated[str, Field(examples=["mef-1"])]
    chair: bool
    deputy_chair: bool
    valid_from: datetime
    valid_to: datetime | None


class SeatAbsent(Event):
    """A seat's titular is absent from when to when: its alternate may act."""

    TYPE: ClassVar[str] = "fund.board.seat.absent.v1"
    SUBJECT: ClassVar[str] = "absence_id"

    absence_id: Annotated[str, identifier("abs")]
    seat: domain.Seat
    from_at: datetime
    to_at: datetime


class KeyRegistered(Event):
    """A member registered the public key with which it will sign."""

    TYPE: ClassVar[str] = "fund.board.key.registered.v1"
    SUBJECT: ClassVar[str] = "key_id"

    key_id: str
    holder_sub: Annotated[str, Field(examples=["mef-1"])]
    algorithm: Literal["EdDSA", "ES256"]


class DossierReplaced(BallotEvent):
    """The ballot's dossier was compiled again and differs: the votes of `voided` count no more."""

    TYPE: ClassVar[str] = "fund.board.ballot.dossier_replaced.v1"

    reason: str
    file_sha256: Sha256
    file_sequence: int
    voided: list[domain.Seat]


class RecusalRaised(BallotEvent):
    """Whether a person may take part is in question: it does not vote, and the ballot does not
    close, until that is decided; by `decide_by`, the third working day."""

    TYPE: ClassVar[str] = "fund.board.recusal.raised.v1"

    recusal_id: RecusalId
    seat: domain.Seat
    holder_sub: Annotated[str, Field(examples=["mef-1"])]
    ground: int
    origin: Literal["declared", "proposed", "detected"]
    raised_by: Annotated[str, Field(examples=["mef-1"])]
    late: bool
    decide_by: datetime


class RecusalDecided(BallotEvent):
    """A recusal was accepted, and the person leaves the vote, or dismissed; `expired` when nobody
    decided in time. `alternates_needed`: with those who are left, fewer than three can be present
    or than two vote. `complete`: nothing more can come."""

    TYPE: ClassVar[str] = "fund.board.recusal.decided.v1"

    recusal_id: RecusalId
    seat: domain.Seat
    accepted: bool
    expired: bool
    can_be_present: int
    can_vote: int
    alternates_needed: bool
    seats_voted: int
    complete: bool


class KeyRevoked(Event):
    """A key proves nothing from now on; what it signed before stays proven."""

    TYPE: ClassVar[str] = "fund.board.key.revoked.v1"
    SUBJECT: ClassVar[str] = "key_id"

    key_id: str
    holder_sub: Annotated[str, Field(examples=["mef-1"])]


class Signer(BaseModel):
    """Who took part for a seat and so signs the acta."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seat: domain.Seat
    holder_sub: Annotated[str, Field(examples=["mef-1"])]


class ActaEvent(Event):
    """Base of what is told of an acta."""

    SUBJECT: ClassVar[str] = "acta_id"

    acta_id: Annotated[str, identifier("act")]
    number: Annotated[str, Field(examples=["ACTA-007-2026-FC"])]


class ActaDrawn(ActaEvent):
    """An acta was drawn up and waits for the signatures of those who took part."""

    TYPE: ClassVar[str] = "fund.board.acta.drawn.v1"

    session_id: Annotated[str, identifier("ses")] | None
    ballot_id: BallotId | None
    content_sha256: Sha256
    previous_sha256: Sha256 | None
    signers: list[Signer]


class ActaSigned(ActaEvent):
    """One who took part signed; `missing` more have not."""

    TYPE: ClassVar[str] = "fund.board.acta.signed.v1"

    seat: domain.Seat
    holder_sub: Annotated[str, Field(examples=["mef-1"])]
    missing: int


class ActaSealed(ActaEvent):
    """The acta is final: by the signatures of all (`complete`), or by the secretariat's."""

    TYPE: ClassVar[str] = "fund.board.acta.sealed.v1"

    content_sha256: Sha256
    kind: Literal["complete", "by_secretary"]
    sealed_at: datetime
