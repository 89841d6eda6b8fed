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
    "result": "approved",
    "tie_broken_by": None,
    "norm": "LPAG",
    "findings": [],
}


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
        recused={"produce"},
        choices={"mef": "for", "midagri": "against"},
    ) == {
        "as_of": "2026-11-24",
        "call": "first",
        "seats": [{"seat": seat, "chair": seat == "mef"} for seat in domain.SEATS],
        "recused": ["produce"],
        "votes": [
            {"seat": "midagri", "choice": "against"},
            {"seat": "mef", "choice": "for"},
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
