"""The question to OPA, and answers that do not count."""

from datetime import date
from typing import Any, cast

import pytest

from services.board import domain, policy
from services.kernel.errors import Unavailable
from services.kernel.opa import Decision, Opa

ANSWER: dict[str, Any] = {
    "quorum_met": True,
    "quorum_required": 3,
    "present": 3,
    "for": 2,
    "against": 1,
    "abstained": 0,
    "result": "approved",
    "presiding": None,
    "tie_broken_by": None,
    "alternates": [],
    "conditions": [],
    "norm": "LPAG",
    "findings": [],
}


CONDITION = {"text": "Póliza", "evidence": "Copia", "due_working_days": 10}


class AnsweringOpa:
    def __init__(self, result: dict[str, Any]) -> None:
        self._result = result

    async def ask(self, package: str, question: dict[str, Any]) -> Decision:
        assert package == "fund.board"
        return Decision(self._result, "r1")


async def find(result: dict[str, Any]) -> policy.Finding:
    return await policy.find(cast(Opa, AnsweringOpa(result)), {})


def test_the_question_names_all_four_seats_and_the_day() -> None:
    assert policy.question(
        as_of=date(2026, 11, 24),
        call="first",
        chair="mef",
        deputy="produce",
        recused={"produce"},
        choices={"mef": "for", "midagri": "against"},
        conditions={"mef": [CONDITION]},
    ) == {
        "as_of": "2026-11-24",
        "call": "first",
        "seats": [
            {"seat": seat, "chair": seat == "mef", "deputy_chair": seat == "produce"}
            for seat in domain.SEATS
        ],
        "recused": ["produce"],
        "votes": [
            {"seat": "midagri", "choice": "against", "conditions": []},
            {"seat": "mef", "choice": "for", "conditions": [CONDITION]},
        ],
        "closed": True,
    }


async def test_a_whole_answer_is_a_tally_with_its_revision() -> None:
    found = await find(ANSWER)
    assert found.tally == domain.tally(
        call="first",
        chair=None,
        recused=[],
        choices={"midagri": "for", "mef": "for", "produce": "against"},
    )
    assert (found.revision, found.answer) == ("r1", ANSWER)


@pytest.mark.parametrize(
    "broken",
    [
        {"quorum_required": None},
        {"quorum_met": "true"},
        {"for": "2"},
        {"present": 2.5},
        {"result": "maybe"},
        {"tie_broken_by": 1},
        {"alternates": None},
        {"conditions": [{"text": 1.5}]},
    ],
)
async def test_an_answer_that_is_not_whole_decides_nothing(broken: dict[str, Any]) -> None:
    with pytest.raises(Unavailable) as refusal:
        await find({**ANSWER, **broken})
    assert refusal.value.code == "policy.unavailable"


@pytest.mark.parametrize("missing", sorted(set(ANSWER) - {"norm", "findings"}))
async def test_an_answer_without_a_field_decides_nothing(missing: str) -> None:
    with pytest.raises(Unavailable):
        await find({name: value for name, value in ANSWER.items() if name != missing})
