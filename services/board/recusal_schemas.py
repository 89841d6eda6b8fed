"""Bodies of recusals."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field

from services.board import domain
from services.board.events import ApplicationId, BallotId, RecusalId
from services.board.recusals import RecusalView
from services.board.schemas import Instant, not_blank
from services.kernel.schemas import Body, Flag, Prose, example

Ground = Annotated[int, Field(strict=True, ge=1, le=6)]


class RecusalIn(Body):
    """A ground of LPAG article 99 (1 to 6) and what makes it apply. `seat` names another seat,
    whose person is proposed to be recused; without it, the caller declares its own."""

    model_config = example({"ground": 2, "reason": "Asesoré a este consorcio en marzo de 2026."})

    ground: Ground
    reason: Annotated[Prose, AfterValidator(not_blank)]
    seat: domain.Seat | None = None


class RecusalDecisionIn(Body):
    """Whether the recusal is accepted, and why."""

    model_config = example(
        {"accepted": True, "reason": "El vínculo con el proveedor está acreditado."}
    )

    accepted: Flag
    reason: Annotated[Prose, AfterValidator(not_blank)]


class StandingOut(Body):
    """How many seats can still be present and vote; `alternates_needed` when they are fewer than
    three present or two votes, so that the alternates are to be called."""

    can_be_present: int
    can_vote: int
    alternates_needed: bool


class RecusalOut(Body):
    """A recusal: of whom, why, who raised it, and what was decided. `decider` is the seat that is
    to decide it, null when it is decided or nobody can preside; then it ends at `decide_by`."""

    id: RecusalId
    ballot_id: BallotId
    application_id: ApplicationId
    seat: domain.Seat
    holder_sub: Annotated[str, Field(examples=["mef-1"])]
    ground: int
    reason: str
    origin: Literal["declared", "proposed", "detected"]
    raised_by: Annotated[str, Field(examples=["mef-1"])]
    raised_at: Instant
    late: bool
    decide_by: Instant
    decider: domain.Seat | None
    outcome: Literal["pending", "accepted", "dismissed"]
    decided_by: Annotated[str, Field(examples=["midagri-1"])] | None
    decision_reason: str | None
    decided_at: Instant | None
    standing: StandingOut

    @classmethod
    def of(cls, view: RecusalView) -> Self:
        """The recusal's body."""
        row = view.recusal
        told = row.model_dump(include=set(cls.model_fields))
        left = view.standing
        return cls.model_validate(
            {
                **told,
                "application_id": view.ballot.ballot.application_id,
                "decider": view.decider,
                "standing": {
                    "can_be_present": left.can_be_present,
                    "can_vote": left.can_vote,
                    "alternates_needed": left.alternates_needed,
                },
            }
        )


class RecusalsOut(Body):
    """The recusals of a ballot, oldest first."""

    data: list[RecusalOut]
