"""The named cases of tests/policies/cases against the real OPA, and that they cover every rule."""

import re
import resource
import shutil
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support import policy_cases
from tests.support.policy_cases import Case

ROOT: Final = Path(__file__).parents[2]
POLICIES: Final = ROOT / "policies"
CASES: Final = policy_cases.read()
# The packages whose rules the cases stand for; the others have their own tests.
PACKAGES: Final = (
    "agrobanco",
    "agroideas",
    "anchor",
    "basis",
    "concentration",
    "consortium",
    "members",
    "paper_organisation",
    "plan",
    "registers",
    "registers/producers",
    "splitting",
)


@pytest.fixture(scope="module")
def opa() -> str:
    """The OPA program; without it these tests cannot say anything."""
    found = policy_cases.find_opa()
    if found is None:
        pytest.skip("no OPA: install the project's tools or set FUND_OPA_BIN")
    return found


@pytest.fixture(scope="module")
def decisions(opa: str) -> dict[str, dict[str, Any]]:
    """The decision on every case, by its file; one run of OPA."""
    given = policy_cases.decide(opa, POLICIES, CASES)
    return {case.file: decision for case, decision in zip(CASES, given, strict=True)}


def codes() -> set[str]:
    """The codes that the rules of the packages find."""
    texts = [
        path.read_text()
        for package in PACKAGES
        for path in (POLICIES / "fund/eligibility" / package).glob("*.rego")
    ]
    return {code for text in texts for code in re.findall(r"^#   code: (\S+)$", text, re.M)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_the_case_ends_as_it_says(case: Case, decisions: dict[str, dict[str, Any]]) -> None:
    decision = decisions[case.file]
    assert policy_cases.said(case, decision) == policy_cases.expected(case)
    assert decision["eligible"] is (case.outcome == "eligible")
    assert decision["predicates"]["fund_eligible"] is decision["eligible"]


def test_there_are_cases_enough_each_with_its_own_name() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)


def test_every_code_occurs_in_a_case_and_has_a_neighbour_that_passes() -> None:
    found = {code for case in CASES for code in case.findings}
    met = {case.rule for case in CASES if case.rule not in case.findings}
    assert codes() <= found
    assert codes() <= met
    assert {case.rule for case in CASES} <= codes() | {"DEC-000"}


def test_every_code_is_that_of_the_readme() -> None:
    listed = set(re.findall(r"^\| ([A-Z]{3}-\d{3}) \|", (POLICIES / "README.md").read_text(), re.M))
    assert codes() <= listed


def test_another_value_in_the_file_gives_another_outcome(opa: str, tmp_path: Path) -> None:
    """No code changes: the number in the parameter's file does."""
    clean = next(case for case in CASES if case.file == "dec-000-todo-en-regla")
    copied = tmp_path / "policies"
    shutil.copytree(POLICIES, copied)
    file = copied / "fund/parameters/consortium/data.yaml"
    before = file.read_text()
    file.write_text(before.replace("value: 10\n", "value: 11\n"))
    assert before != file.read_text()
    (decision,) = policy_cases.decide(opa, copied, [clean])
    assert policy_cases.severities(decision) == {"CON-001": "blocking"}
    (decision,) = policy_cases.decide(opa, POLICIES, [clean])
    assert decision["eligible"] is True


@pytest.mark.parametrize("share_an_account", [False, True])
def test_a_thousand_members_who_fail_cost_less_than_a_second(
    opa: str, share_an_account: bool
) -> None:
    """Of processor time, all of OPA's start included: another program's load must not count."""
    (valid,) = policy_cases.ask(opa, POLICIES, "data.fund.eligibility_test.valid")
    member = valid["facts"]["members"][0]
    valid["facts"]["members"] = [
        {
            **member,
            "producer_id": f"pro_{number}",
            "dni": str(40_000_000 + number),
            "cci": "same" if share_an_account else str(number),
            "alive": False,
            "ppa": None,
        }
        for number in range(1000)
    ]
    policy_cases.agree(valid)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    (decision,) = policy_cases.ask(opa, POLICIES, "data.fund.eligibility.decision", valid)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert len(decision["findings"]) == 2000 + share_an_account
    assert decision["eligible"] is False
    assert (after.ru_utime - before.ru_utime) + (
        after.ru_stime - before.ru_stime
    ) < 3  # 8 by the square
