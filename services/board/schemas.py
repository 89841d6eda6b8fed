"""Request and response bodies of the board."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints

from services.board import domain
from services.board.events import (
    AddendumId,
    ApplicationId,
    BallotId,
    CallId,
    Condition,
    ConsortiumId,
    CountedVote,
    RecusalId,
    SeatAtDecision,
    VoteId,
)
from services.board.models import Ballot, Recusal, Vote
from services.board.queries import BallotView
from services.kernel import schemas as kernel
from services.kernel.schemas import Body, Day, Flag, Prose, Sha256, example, identifier
from services.kernel.work import Principal

Instant = Annotated[datetime, AfterValidator(lambda value: value.astimezone(UTC))]
Sub = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[\x21-\x7e]+$")]


Signature = Annotated[
    str,
    StringConstraints(max_length=1024, pattern=r"^[A-Za-z0-9_-]{1,512}\.\.[A-Za-z0-9_-]{1,256}$"),
    Field(examples=["eyJhbGciOiJFZERTQSJ9..c2lnbmF0dXJl"]),
]
"""A compact JWS with a detached payload."""
Nonce = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$"),
    Field(examples=["Zm9uZG8tY29uc29yY2lvcw"]),
]


def not_blank(value: str) -> str:
    """The text, unless it is blank."""
    if not value.strip():
        raise ValueError("blank")
    return value


_SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_BALLOT = "bal_01k9zq4v7hf8qbn0w2d5r6t3ye"
_APPLICATION = "app_01k9zq4v7hf8qbn0w2d5r6t3ye"


class BallotIn(Body):
    """The dossier to vote on, and until when; of an addendum, the hash of what it proposes."""

    model_config = example(
        {
            "application_id": _APPLICATION,
            "consortium_id": "con_01k9zq4v7hf8qbn0w2d5r6t3ye",
            "call_id": "cal_01k9zq4v7hf8qbn0w2d5r6t3ye",
            "dossier_sha256": _SHA,
            "closes_at": "2026-11-30T23:00:00Z",
        }
    )

    application_id: ApplicationId
    consortium_id: ConsortiumId
    call_id: CallId
    dossier_sha256: Sha256
    closes_at: kernel.Instant
    cites_ballot_id: BallotId | None = None
    addendum_id: AddendumId | None = None
    blind: Flag = True


class SecondCallIn(Body):
    """Until when the second call lasts."""

    model_config = example({"closes_at": "2026-12-01T23:00:00Z"})

    closes_at: kernel.Instant


class ConditionIn(Body):
    """What the approval is to be subject to: what must be shown, by which evidence, and within how
    many working days of the agreement's signature."""

    model_config = example(
        {
            "text": "Presentar la licencia de uso de agua.",
            "evidence": "Resolución de la ANA.",
            "due_working_days": 20,
        }
    )

    text: Annotated[Prose, AfterValidator(not_blank)]
    evidence: Annotated[Prose, AfterValidator(not_blank)]
    due_working_days: Annotated[int, Field(strict=True, ge=1, le=250)]


class VoteIn(Body):
    """A seat's choice, signed by its holder over the text `fondo.vote.v1`.

    `against` and `abstain` carry a reason, `abstain` also the legal bar, only `for` conditions.
    """

    model_config = example(
        {
            "choice": "against",
            "reason": "El presupuesto no sustenta la línea 2.",
            "file_sha256": _SHA,
            "signed_at": "2026-11-24T12:00:00Z",
            "nonce": "Zm9uZG8tY29uc29yY2lvcw",
            "signature": "eyJhbGciOiJFZERTQSJ9..c2lnbmF0dXJl",
        }
    )

    choice: domain.Choice
    reason: Prose | None = None
    legal_bar: Prose | None = None
    conditions: Annotated[list[ConditionIn], Field(max_length=20)] = []
    file_sha256: Sha256 | None = None
    signed_at: kernel.Instant | None = None
    nonce: Nonce | None = None
    signature: Signature | None = None


class VoteOut(Body):
    """A vote as its seat sees it, with what proves it."""

    id: Annotated[str, identifier("vot")]
    ballot_id: BallotId
    seat: domain.Seat
    capacity: domain.Capacity
    choice: domain.Choice
    reason: str | None
    legal_bar: str | None
    conditions: list[Condition]
    dossier_sha256: Sha256
    file_sha256: Sha256
    holder_sub: str
    cast_at: Instant
    signed_at: Instant
    nonce: str
    key_id: str
    signature: str

    @classmethod
    def of(cls, vote: Vote) -> Self:
        """The vote's body."""
        return cls.model_validate(vote.model_dump(include=set(cls.model_fields)))


class DeferralIn(Body):
    """Until when who presides puts the dossier off, and why; signed over `fondo.deferral.v1`."""

    model_config = example(
        {
            "reason": "Falta el informe de la autoridad del agua.",
            "until": "2026-12-15",
            "signed_at": "2026-11-24T12:00:00Z",
            "nonce": "Zm9uZG8tY29uc29yY2lvcw",
            "signature": "eyJhbGciOiJFZERTQSJ9..c2lnbmF0dXJl",
        }
    )

    reason: Annotated[Prose, AfterValidator(not_blank)]
    until: Day
    signed_at: kernel.Instant
    nonce: Nonce
    signature: Signature


class WithdrawalIn(Body):
    """Why the dossier is no longer before the board."""

    model_config = example({"reason": "El consorcio retiró su solicitud."})

    reason: Annotated[Prose, AfterValidator(not_blank)]


class BallotSummary(Body):
    """A ballot in a list."""

    id: Annotated[str, identifier("bal")]
    application_id: ApplicationId
    consortium_id: ConsortiumId
    call_id: CallId
    dossier_sha256: Sha256
    file_sha256: Sha256
    file_sequence: int
    cites_ballot_id: BallotId | None
    addendum_id: AddendumId | None
    session_id: Annotated[str, identifier("ses")] | None
    blind: bool
    state: domain.State
    version: int
    opened_at: Instant
    closes_at: Instant
    votes_from: Instant | None
    alternates_called_at: Instant | None
    second_called_at: Instant | None
    closed_at: Instant | None
    result: domain.Result | None
    resolution_number: Annotated[str, Field(examples=["007-2026-FC"])] | None

    @classmethod
    def of(cls, ballot: Ballot) -> Self:
        """The ballot's own fields."""
        return cls.model_validate(ballot.model_dump(include=set(cls.model_fields)))


class BallotSeat(Body):
    """A seat in a ballot: who may act for it, has it answered, and how."""

    seat: domain.Seat
    holder_sub: str | None
    holder_name: str | None
    alternate_sub: str | None
    absent: bool
    chair: bool
    deputy_chair: bool
    voted: bool
    recused: bool


class BallotVote(Body):
    """Who voted and when; what, only to those who may know it yet."""

    vote_id: VoteId
    seat: domain.Seat
    capacity: domain.Capacity
    holder_sub: str
    cast_at: Instant
    key_id: str | None
    choice: domain.Choice | None
    reason: str | None
    legal_bar: str | None
    conditions: list[Condition] | None


class BallotRecusal(Body):
    """Whether a person may take part: decided, or to be decided by `decide_by`; the reasons stand
    at /v1/ballots/{id}/recusals."""

    id: RecusalId
    seat: domain.Seat
    holder_sub: str
    origin: Literal["declared", "proposed", "detected"]
    late: bool
    outcome: Literal["pending", "accepted", "dismissed"]
    decide_by: Instant

    @classmethod
    def of(cls, recusal: Recusal) -> Self:
        """The recusal's state."""
        return cls.model_validate(recusal.model_dump(include=set(cls.model_fields)))


class DeferralOut(Body):
    """Who presided put the dossier off until a day, and why."""

    seat: domain.Seat
    holder_sub: str
    reason: str
    until: Day
    deferred_at: Instant


class BallotOut(BallotSummary):
    """A ballot: who may vote, who has, and what came of it."""

    call: domain.Call
    seats: list[BallotSeat]
    presiding: domain.Seat | None
    votes: list[BallotVote]
    recused: list[domain.Seat]
    recusals: list[BallotRecusal]
    seats_voted: int
    complete: bool
    quorum_required: int | None
    present: int | None
    votes_for: int | None
    votes_against: int | None
    abstentions: int | None
    tie_broken_by: domain.Seat | None
    conditions: list[Condition] | None
    deferral: DeferralOut | None
    policy_revision: Annotated[str, Field(examples=["3f2a9c1b7d04"])] | None

    @classmethod
    def of_view(cls, view: BallotView, reader: Principal | None = None) -> Self:
        """The whole ballot as this reader may see it; choices to nobody in particular only once
        decided."""
        ballot, seating = view.ballot, view.seating
        told = {
            name: getattr(ballot, name)
            for name in {*BallotSummary.model_fields, *_OUTCOME} & {*Ballot.model_fields}
        }
        return cls.model_validate(
            {
                **told,
                "call": "first" if ballot.second_called_at is None else "second",
                "seats": [_seat_of(seat, view) for seat in domain.SEATS],
                "presiding": seating.presiding[0] if seating.presiding else None,
                "votes": [
                    _vote_of(vote, told=_may_know(view, vote, reader)) for vote in view.votes
                ],
                "recused": view.recused,
                "recusals": [BallotRecusal.of(recusal) for recusal in view.recusals],
                "seats_voted": len(view.votes),
                "complete": view.is_complete,
                "deferral": view.deferral
                and view.deferral.model_dump(include=set(DeferralOut.model_fields)),
            }
        )


_OUTCOME = {
    "quorum_required",
    "present",
    "votes_for",
    "votes_against",
    "abstentions",
    "tie_broken_by",
    "conditions",
    "policy_revision",
}
_OPEN_READERS = {"board_member", "secretariat", "auditor"}


def _may_know(view: BallotView, vote: Vote, reader: Principal | None) -> bool:
    """Blind: until the decision a member knows its own seat's vote only. Otherwise the board, its
    secretariat and the auditor know each vote as it comes."""
    if view.ballot.state == "decided":
        return True
    if reader is None or reader.role not in _OPEN_READERS:
        return False
    if not view.ballot.blind:
        return True
    return reader.role == "board_member" and reader.seat == vote.seat


def _seat_of(seat: str, view: BallotView) -> dict[str, Any]:
    titular, alternate = view.register.term(seat), view.register.term(seat, "alternate")
    return {
        "seat": seat,
        "holder_sub": titular.holder_sub if titular else None,
        "holder_name": titular.holder_name if titular else None,
        "alternate_sub": alternate.holder_sub if alternate else None,
        "absent": seat in view.register.absent,
        "chair": titular is not None and titular.chair,
        "deputy_chair": titular is not None and titular.deputy_chair,
        "voted": seat in view.seating.voted,
        "recused": seat in view.recused,
    }


def _vote_of(vote: Vote, *, told: bool) -> dict[str, Any]:
    said = ("choice", "reason", "legal_bar", "conditions")
    return {
        "vote_id": vote.id,
        **vote.model_dump(include={"seat", "capacity", "holder_sub", "cast_at", "key_id"}),
        **{name: getattr(vote, name) if told else None for name in said},
    }


class ResolutionOut(Body):
    """The resolution package (acuerdo), exactly as `ballot.decided` published it."""

    ballot_id: BallotId
    application_id: ApplicationId
    call_id: CallId
    consortium_id: ConsortiumId
    dossier_sha256: Sha256
    result: domain.Result
    resolution_number: str
    quorum_required: int
    votes: list[CountedVote]
    seats: list[SeatAtDecision]
    recused: list[domain.Seat]
    tie_broken_by: domain.Seat | None
    policy_revision: str
    decided_at: Instant
    file_sha256: Sha256 | None = None
    conditions: list[Condition] = []
    addendum_id: AddendumId | None = None
