"""The board's one question to OPA: what do these votes come to? The answer as domain values."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.board import domain
from services.kernel.errors import Unavailable
from services.kernel.opa import Opa


@dataclass(frozen=True, slots=True)
class Finding:
    """OPA's count with what is needed to replay it."""

    tally: domain.Tally
    conditions: list[dict[str, Any]]
    revision: str
    question: dict[str, Any]
    answer: dict[str, Any]


class SeatAsked(BaseModel):
    """A seat, and whether it has the casting vote, or has it where the chair does not vote."""

    model_config = ConfigDict(extra="forbid")

    seat: domain.Seat
    chair: bool
    deputy_chair: bool = False


class ConditionAsked(BaseModel):
    """What a vote for asks to be subject to."""

    model_config = ConfigDict(extra="forbid")

    text: str
    evidence: str
    due_working_days: int


class VoteAsked(BaseModel):
    """A vote to be counted."""

    model_config = ConfigDict(extra="forbid")

    seat: domain.Seat
    choice: domain.Choice
    conditions: list[ConditionAsked] = []


class Question(BaseModel):
    """The input of `fund.board`: a closed ballot, all four seats counted as members."""

    model_config = ConfigDict(extra="forbid")

    as_of: date
    call: domain.Call
    seats: list[SeatAsked]
    recused: list[domain.Seat]
    votes: list[VoteAsked]
    closed: bool


class Answer(BaseModel):
    """What the votes come to; other fields of the answer are for people."""

    model_config = ConfigDict(strict=True)

    quorum_required: int
    quorum_met: bool
    present: int
    votes_for: int = Field(alias="for")
    votes_against: int = Field(alias="against")
    abstentions: int = Field(alias="abstained")
    result: domain.Result
    presiding: str | None
    tie_broken_by: str | None
    alternates: list[str]
    conditions: list[dict[str, str | int]]


def policy_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of question and answer, by the name of their contract file."""
    return {
        "fund.board.input": Question.model_json_schema(mode="serialization"),
        "fund.board.decision": Answer.model_json_schema(by_alias=True),
    }


def question(
    *,
    as_of: date,
    call: domain.Call,
    chair: str | None,
    deputy: str | None,
    recused: Collection[str],
    choices: Mapping[str, str],
    conditions: Mapping[str, list[dict[str, Any]]],
) -> dict[str, Any]:
    """The input of `fund.board` for a closed ballot."""
    asked = {
        "as_of": as_of,
        "call": call,
        "seats": [
            {"seat": seat, "chair": seat == chair, "deputy_chair": seat == deputy}
            for seat in domain.SEATS
        ],
        "recused": [seat for seat in domain.SEATS if seat in recused],
        "votes": [
            {"seat": seat, "choice": choices[seat], "conditions": conditions.get(seat, [])}
            for seat in domain.SEATS
            if seat in choices
        ],
        "closed": True,
    }
    return Question.model_validate(asked).model_dump(mode="json")


async def find(opa: Opa, asked: dict[str, Any]) -> Finding:
    """OPA's count; raises policy.unavailable when the answer is not whole."""
    decision = await opa.ask("fund.board", asked)
    try:
        answer = Answer.model_validate(decision.result)
    except ValidationError as error:
        raise Unavailable(
            "policy.unavailable",
            "El motor de reglas dio una respuesta incompleta; la votación sigue como estaba.",
            retry_after_s=2,
        ) from error
    told = answer.model_dump(exclude={"conditions", "alternates"})
    counted = domain.Tally(alternates=tuple(answer.alternates), **told)
    return Finding(counted, answer.conditions, decision.revision, asked, decision.result)
