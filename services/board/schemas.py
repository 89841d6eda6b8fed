"""Request and response bodies of the board."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints

from services.board import domain
from services.board.events import (
    ApplicationId,
    BallotId,
    CallId,
    ConsortiumId,
    CountedVote,
    SeatAtDecision,
    VoteId,
)
from services.board.models import Ballot, Recusal, SeatTerm, Vote
from services.board.queries import BallotView
from services.kernel import schemas as kernel
from services.kernel.schemas import Body, Flag, Line, Prose, Sha256, example, identifier

Instant = Annotated[datetime, AfterValidator(lambda value: value.astimezone(UTC))]
Sub = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[\x21-\x7e]+$")]


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("blank")
    return value


_SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_BALLOT = "bal_01k9zq4v7hf8qbn0w2d5r6t3ye"
_APPLICATION = "app_01k9zq4v7hf8qbn0w2d5r6t3ye"


class SeatIn(Body):
    """Who holds the seat from now on."""

    model_config = example({"holder_sub": "mef-1", "holder_name": "Rosa Quispe", "chair": False})

    holder_sub: Sub
    holder_name: Line
    chair: Flag = False


class SeatOut(Body):
    """A seat and who holds it; all empty while nobody does."""

    seat: domain.Seat
    holder_sub: str | None
    holder_name: str | None
    chair: bool
    valid_from: Instant | None

    @classmethod
    def of(cls, term: SeatTerm) -> Self:
        """The seat of the term in force."""
        return cls.model_validate(term.model_dump(include=set(cls.model_fields)))


class SeatsOut(Body):
    """The four seats in the board's order."""

    data: list[SeatOut]

    @classmethod
    def of(cls, terms: dict[str, SeatTerm]) -> Self:
        """All four seats, held or not."""
        return cls(
            data=[
                SeatOut.of(terms[seat])
                if seat in terms
                else SeatOut.model_validate(
                    {
                        "seat": seat,
                        "holder_sub": None,
                        "holder_name": None,
                        "chair": False,
                        "valid_from": None,
                    }
                )
                for seat in domain.SEATS
            ]
        )


class BallotIn(Body):
    """The dossier to vote on, and until when."""

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


class SecondCallIn(Body):
    """Until when the second call lasts."""

    model_config = example({"closes_at": "2026-12-01T23:00:00Z"})

    closes_at: kernel.Instant


class VoteIn(Body):
    """A seat's choice; a vote against carries its reason."""

    model_config = example(
        {"choice": "against", "reason": "El presupuesto no sustenta la línea 2."}
    )

    choice: domain.Choice
    reason: Prose | None = None


class VoteOut(Body):
    """A vote as its seat sees it."""

    id: Annotated[str, identifier("vot")]
    ballot_id: BallotId
    seat: domain.Seat
    choice: domain.Choice
    reason: str | None
    dossier_sha256: Sha256
    holder_sub: str
    cast_at: Instant

    @classmethod
    def of(cls, vote: Vote) -> Self:
        """The vote's body."""
        return cls.model_validate(vote.model_dump(include=set(cls.model_fields)))


class RecusalIn(Body):
    """A ground of LPAG article 99 (1 to 6) and what makes it apply."""

    model_config = example({"ground": 2, "reason": "Asesoré a este consorcio en marzo de 2026."})

    ground: Annotated[int, Field(strict=True, ge=1, le=6)]
    reason: Annotated[Prose, AfterValidator(_not_blank)]


class RecusalOut(Body):
    """A recusal."""

    id: Annotated[str, identifier("rec")]
    ballot_id: BallotId
    seat: domain.Seat
    ground: int
    reason: str
    holder_sub: str
    raised_at: Instant

    @classmethod
    def of(cls, recusal: Recusal) -> Self:
        """The recusal's body."""
        return cls.model_validate(recusal.model_dump(include=set(cls.model_fields)))


class BallotSummary(Body):
    """A ballot in a list."""

    id: Annotated[str, identifier("bal")]
    application_id: ApplicationId
    consortium_id: ConsortiumId
    call_id: CallId
    dossier_sha256: Sha256
    state: domain.State
    version: int
    opened_at: Instant
    closes_at: Instant
    second_called_at: Instant | None
    closed_at: Instant | None
    result: domain.Result | None
    resolution_number: Annotated[str, Field(examples=["007-2026-FC"])] | None

    @classmethod
    def of(cls, ballot: Ballot) -> Self:
        """The ballot's own fields."""
        return cls.model_validate(ballot.model_dump(include=set(cls.model_fields)))


class BallotSeat(Body):
    """A seat in a ballot: has it answered, and how."""

    seat: domain.Seat
    holder_sub: str | None
    holder_name: str | None
    chair: bool
    voted: bool
    recused: bool


class BallotVote(Body):
    """Who voted and when; what, only after the decision."""

    vote_id: VoteId
    seat: domain.Seat
    holder_sub: str
    cast_at: Instant
    choice: domain.Choice | None
    reason: str | None


class BallotOut(BallotSummary):
    """A ballot: who may vote, who has, and what came of it."""

    call: domain.Call
    seats: list[BallotSeat]
    votes: list[BallotVote]
    recused: list[domain.Seat]
    seats_voted: int
    complete: bool
    quorum_required: int | None
    tie_broken_by: domain.Seat | None
    policy_revision: Annotated[str, Field(examples=["3f2a9c1b7d04"])] | None

    @classmethod
    def of_view(cls, view: BallotView) -> Self:
        """The whole ballot; choices only once decided."""
        ballot = view.ballot
        told = ballot.state == "decided"
        terms = {term.seat: term for term in view.terms}
        return cls.model_validate(
            {
                **ballot.model_dump(include=set(BallotSummary.model_fields)),
                "call": "first" if ballot.second_called_at is None else "second",
                "seats": [_seat_of(seat, terms.get(seat), view) for seat in domain.SEATS],
                "votes": [_vote_of(vote, told=told) for vote in view.votes],
                "recused": [recusal.seat for recusal in view.recusals],
                "seats_voted": len(view.votes),
                "complete": view.is_complete,
                "quorum_required": ballot.quorum_required,
                "tie_broken_by": ballot.tie_broken_by,
                "policy_revision": ballot.policy_revision,
            }
        )


def _seat_of(seat: str, term: SeatTerm | None, view: BallotView) -> dict[str, Any]:
    return {
        "seat": seat,
        "holder_sub": term.holder_sub if term else None,
        "holder_name": term.holder_name if term else None,
        "chair": term is not None and term.chair,
        "voted": seat in view.voted,
        "recused": seat in view.recused,
    }


def _vote_of(vote: Vote, *, told: bool) -> dict[str, Any]:
    return {
        "vote_id": vote.id,
        "seat": vote.seat,
        "holder_sub": vote.holder_sub,
        "cast_at": vote.cast_at,
        "choice": vote.choice if told else None,
        "reason": vote.reason if told else None,
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
