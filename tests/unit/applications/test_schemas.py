"""Bodies of the room: money and texts as JSON gives them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.applications.plans import Plan
from services.applications.schemas import CallIn, DocumentIn, ProgressIn
from services.kernel.values import to_amount
from tests.factories.applications import budget_line, call, document, money, plan, tranche


@given(total=st.integers(0, 10**14))
def test_a_plan_comes_back_from_storage_with_the_same_money(total: int) -> None:
    body = Plan.model_validate(plan(budget_lines=[budget_line(total=money(to_amount(total)))]))
    stored = body.stored()
    assert stored["budget_lines"][0]["total"] == total
    assert Plan.of(stored).model_dump() == body.model_dump()


@pytest.mark.parametrize(
    "changes",
    [
        {"budget_lines": [budget_line(total={"amount": 100.5, "currency": "PEN"})]},
        {"budget_lines": [budget_line(total=money("-1.00"))]},
        {"budget_lines": [budget_line(total=money("1.005"))]},
        {"budget_lines": [budget_line(line_no="1")]},
        {"budget_lines": [budget_line(line_no=0)]},
        {"budget_lines": [budget_line(line_no=10**30)]},
        {"budget_lines": [budget_line(line_no=number) for number in range(1, 202)]},
        {"tranches": [tranche(sequence=number) for number in range(1, 26)]},
        {"tranches": [tranche(channel="banco_de_la_nacion")]},
        {"title": "con\x00nulo"},
        {"title": "\ud800"},
        {"otro": 1},
    ],
)
def test_a_malformed_plan_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Plan.model_validate(plan(**changes))


def test_the_terms_of_a_call_have_the_funds_usual_values() -> None:
    assert CallIn.model_validate(call()).terms() == {
        "amendment_term_working_days": 10,
        "amendment_rounds_max": 2,
        "evaluation_term_working_days": 10,
        "board_term_working_days": 10,
    }


@pytest.mark.parametrize("changes", [{"sha256": "xyz"}, {"size_bytes": 0}, {"kind": "Dos Cosas"}])
def test_a_document_without_a_readable_description_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DocumentIn.model_validate(document(**changes))


def test_a_workflow_cannot_report_an_evaluation() -> None:
    with pytest.raises(ValidationError):
        ProgressIn.model_validate({"to": "evaluated", "reference": "x"})
