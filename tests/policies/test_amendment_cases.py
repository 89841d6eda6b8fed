"""The named cases of tests/policies/amendments against the real OPA: who decides on an addendum,
and what a pending addendum or a missing no-objection keeps from being released."""

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.policies.test_policies import POLICIES
from tests.support import policy_cases

FOLDER: Final = Path(__file__).parent / "amendments"
PACKAGES: Final = {"amendments": "fund.disbursement.amendments", "release": "fund.disbursement"}
CASES: Final = {
    path.stem: yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob("*.yaml"))
}
CODES: Final = {
    *(f"ADD-00{number}" for number in range(1, 10)),
    *("DIS-025", "DIS-026", "DIS-027", "DIS-028"),
}


@pytest.fixture(scope="module")
def decisions() -> dict[str, dict[str, Any]]:
    """The decision on each case, by name: those of a package in one run of OPA."""
    opa = policy_cases.find_opa()
    if opa is None:
        pytest.skip("no OPA: install the project's tools or set FUND_OPA_BIN")
    found: dict[str, dict[str, Any]] = {}
    for of, package in PACKAGES.items():
        (valid,) = policy_cases.ask(opa, POLICIES, f"data.{package}_test.valid")
        cases = {name: case for name, case in CASES.items() if case["of"] == of}
        questions = [policy_cases.changed(valid, **_of(case)) for case in cases.values()]
        query = f"[answer | some one in input; answer := data.{package}.decision with input as one]"
        (answers,) = policy_cases.ask(opa, POLICIES, query, questions)
        found |= dict(zip(cases, answers, strict=True))
    return found


def _of(case: dict[str, Any]) -> dict[str, Any]:
    return {"changes": case.get("changes", {}), "remove": case.get("remove", [])}


@pytest.mark.parametrize("name", CASES)
def test_the_case_ends_as_it_says(name: str, decisions: dict[str, dict[str, Any]]) -> None:
    decision, expect = decisions[name], CASES[name]["expect"]
    assert policy_cases.severities(decision) == expect.get("findings", {})
    assert {part: decision[part] for part in expect if part != "findings"} == {
        part: value for part, value in expect.items() if part != "findings"
    }


def test_every_code_is_found_in_a_case_and_has_a_neighbour_that_passes() -> None:
    found = {code for case in CASES.values() for code in case["expect"].get("findings", {})}
    met = {
        case["rule"]
        for case in CASES.values()
        if case["rule"] not in case["expect"].get("findings", {})
    }
    assert found >= CODES
    assert met >= CODES
    assert len({case["name"] for case in CASES.values()}) == len(CASES)
