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
    revision: str
    question: dict[str, Any]
    answer: dict[str, Any]


class SeatAsked(BaseModel):
    """A seat, and whether it has the casting vote."""

    model_config = ConfigDict(extra="forbid")

    seat: domain.Seat
    chair: bool


class VoteAsked(BaseModel):
    """A vote to be counted."""

    model_config = ConfigDict(extra="forbid")

    seat: domain.Seat
    choice: domain.Choice


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
    result: domain.Result
    tie_broken_by: str | None


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
    recused: Collection[str],
    choices: Mapping[str, str],
) -> dict[str, Any]:
    """The input of `fund.board` for a closed ballot."""
    asked = {
        "as_of": as_of,
        "call": call,
        "seats": [{"seat": seat, "chair": seat == chair} for seat in domain.SEATS],
        "recused": [seat for seat in domain.SEATS if seat in recused],
        "votes": [
            {"seat": seat, "choice": choices[seat]} for seat in domain.SEATS if seat in choices
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
    counted = domain.Tally(**answer.model_dump())
    return Finding(counted, decision.revision, asked, decision.result)
