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


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True)

    quorum_required: int
    quorum_met: bool
    present: int
    votes_for: int = Field(alias="for")
    votes_against: int = Field(alias="against")
    result: domain.Result
    tie_broken_by: str | None


def question(
    *,
    as_of: date,
    call: domain.Call,
    chair: str | None,
    recused: Collection[str],
    choices: Mapping[str, str],
) -> dict[str, Any]:
    """The input of `fund.board` for a closed ballot; all four seats count as members."""
    return {
        "as_of": as_of.isoformat(),
        "call": call,
        "seats": [{"seat": seat, "chair": seat == chair} for seat in domain.SEATS],
        "recused": [seat for seat in domain.SEATS if seat in recused],
        "votes": [
            {"seat": seat, "choice": choices[seat]} for seat in domain.SEATS if seat in choices
        ],
        "closed": True,
    }


async def find(opa: Opa, asked: dict[str, Any]) -> Finding:
    """OPA's count; raises policy.unavailable when the answer is not whole."""
    decision = await opa.ask("fund.board", asked)
    try:
        answer = _Answer.model_validate(decision.result)
    except ValidationError as error:
        raise Unavailable(
            "policy.unavailable",
            "El motor de reglas dio una respuesta incompleta; la votación sigue como estaba.",
            retry_after_s=2,
        ) from error
    counted = domain.Tally(**answer.model_dump())
    return Finding(counted, decision.revision, asked, decision.result)
