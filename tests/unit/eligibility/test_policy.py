"""What counts as an answer of the policy."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from services.eligibility import policy
from services.kernel.errors import Unavailable
from tests.factories.eligibility import ScriptedOpa, decision, finding


async def asked(result: dict[str, Any]) -> policy.Answer:
    return await policy.ask(ScriptedOpa(result), {"as_of": "2026-03-01"})  # type: ignore[arg-type]


async def test_an_answer_without_findings_is_eligible() -> None:
    answer = await asked(decision())
    assert answer.decision.eligible is True
    assert (answer.document, answer.revision) == (decision(), "r1")


async def test_signals_and_notes_do_not_refuse() -> None:
    answer = await asked(decision(finding(severity="signal"), finding(severity="info")))
    assert answer.decision.eligible is True


async def test_a_blocking_finding_refuses_and_keeps_its_own_facts() -> None:
    answer = await asked(decision(finding(fact={"anything": [1, {"x": None}]})))
    assert answer.decision.eligible is False
    assert answer.decision.findings[0].fact.model_dump() == {"anything": [1, {"x": None}]}


CONTRADICTIONS: list[dict[str, Any]] = [
    {},
    {**decision(), "eligible": "true"},
    {**decision(), "eligible": 1},
    {**decision(), "eligible": None},
    {**decision(), "outcome": "approved"},
    {**decision(), "outcome": "ineligible"},
    {**decision(finding()), "eligible": True, "outcome": "eligible"},
    {**decision(finding()), "eligible": True},
    {**decision(), "eligible": False, "outcome": "ineligible"},
    {**decision(), "findings": None},
    {**decision(), "findings": {}},
    {**decision(), "unexpected": 1},
    {**decision(), "score": {"total": "20", "by_criterion": {}}},
    {**decision(), "limits": []},
    decision(finding("made-up")),
    decision(finding(severity="fatal")),
    decision(finding(message_es=None)),
    decision(finding(fact="6 ha")),
    decision(finding(extra=1)),
    {name: value for name, value in decision().items() if name != "findings"},
]


@pytest.mark.parametrize("result", CONTRADICTIONS)
async def test_an_answer_that_is_not_whole_is_neither_yes_nor_no(result: dict[str, Any]) -> None:
    with pytest.raises(Unavailable) as refusal:
        await asked(result)
    assert refusal.value.code == "policy.unavailable"


@given(
    eligible=st.sampled_from([True, False, 0, 1, "true", None]),
    outcome=st.sampled_from(["eligible", "ineligible", "", None]),
    severities=st.lists(st.sampled_from(["blocking", "signal", "info", "Blocking"]), max_size=3),
)
async def test_eligible_means_true_and_nothing_blocking(
    eligible: Any, outcome: Any, severities: list[str]
) -> None:
    findings = [finding(severity=severity) for severity in severities]
    given_result = {**decision(), "eligible": eligible, "outcome": outcome, "findings": findings}
    try:
        answer = await asked(given_result)
    except Unavailable:
        return
    assert answer.decision.eligible is (eligible is True and outcome == "eligible")
    assert answer.decision.eligible is ("blocking" not in severities)


def test_the_hash_does_not_depend_on_the_order_of_fields() -> None:
    assert policy.sha256_of({"a": 1, "b": "ñ"}) == policy.sha256_of({"b": "ñ", "a": 1})
    assert (
        policy.canonical({"b": [10**16], "a": "ñ"}) == '{"a":"ñ","b":[10000000000000000]}'.encode()
    )


def test_the_contract_accepts_what_the_models_accept() -> None:
    schemas = policy.policy_schemas()
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schemas["fund.eligibility.decision"])
    assert validator.is_valid(decision(finding()))
    assert not validator.is_valid({**decision(), "eligible": "true"})
