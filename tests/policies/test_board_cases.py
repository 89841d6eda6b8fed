"""The policy `fund.board` against the named cases of the room's own count."""

import json
import subprocess
from datetime import date
from typing import Any

import pytest

from services.board import policy
from tests.policies.test_policies import POLICIES, ROOT, TIME_LIMIT_S
from tests.support import policy_cases
from tests.support.board_cases import Case, cases

QUERY = "[answer | some asked in input; answer := data.fund.board.decision with input as asked]"


def asked(case: Case) -> dict[str, Any]:
    return policy.question(
        as_of=date(2026, 11, 24),
        call=case.says.get("call", "first"),
        chair=case.chair,
        deputy=case.deputy,
        recused=case.recused,
        choices=case.choices,
        conditions={},
    )


@pytest.fixture(scope="module")
def decisions() -> dict[str, dict[str, Any]]:
    """The policy's answer to each case, by name: all of them in one run of OPA."""
    opa = policy_cases.find_opa()
    if opa is None:
        pytest.skip("no OPA: install the project's tools or set FUND_OPA_BIN")
    held = cases("tally")
    run = subprocess.run(
        [opa, "eval", "-b", str(POLICIES), "-I", "-f", "raw", QUERY],
        cwd=ROOT,
        input=json.dumps([asked(case) for case in held]),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        check=True,
    )
    return {case.name: answer for case, answer in zip(held, json.loads(run.stdout), strict=True)}


@pytest.mark.parametrize("case", cases("tally"), ids=lambda case: case.name)
def test_the_policy_counts_as_the_room_does(
    case: Case, decisions: dict[str, dict[str, Any]]
) -> None:
    answer, says = decisions[case.name], case.says
    assert {name: answer[name] for name in ("result", "present", "abstained", "alternates")} == {
        "result": says["result"],
        "present": says["present"],
        "abstained": says.get("abstained", 0),
        "alternates": says.get("alternates", []),
    }
    assert answer["tie_broken_by"] == says.get("broken_by")
