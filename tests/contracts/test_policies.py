"""The committed question and answer of each policy are what rooms ask and OPA answers."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from services.board import policy as board
from services.board.domain import SEATS
from services.kernel.auth import allow
from services.kernel.errors import Denied, Missing
from services.kernel.opa import Decision, Opa
from services.kernel.settings import settings
from tests.contracts.conftest import COMMITTED
from tests.support.callers import principal

POLICIES = COMMITTED / "policies"


def check(name: str, document: Any) -> None:
    Draft202012Validator(json.loads((POLICIES / f"{name}.json").read_text())).validate(document)


@pytest.mark.serverless
@pytest.mark.parametrize("path", sorted(POLICIES.glob("*.json")), ids=lambda path: path.stem)
def test_each_file_is_a_sound_schema_with_its_pair(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text()))
    package, kind = path.stem.rsplit(".", 1)
    other = {"input": "decision", "decision": "input"}[kind]
    assert (POLICIES / f"{package}.{other}.json").is_file()


async def test_the_real_authz_is_asked_and_answers_as_written() -> None:
    asked: list[tuple[dict[str, Any], Decision]] = []

    class Noted:
        def __init__(self, opa: Opa) -> None:
            self._opa = opa

        async def ask(self, package: str, question: dict[str, Any]) -> Decision:
            asked.append((question, await self._opa.ask(package, question)))
            return asked[-1][1]

    secretariat, applicant = principal("secretariat"), principal("applicant", consortium_id="c")
    theirs = {"exists": True, "consortium_id": "another"}
    async with Opa(settings()) as opa:
        noted: Any = Noted(opa)
        await allow(noted, secretariat, "registry.consortium.read", None)
        with pytest.raises(Denied):
            await allow(noted, secretariat, "board.ballot.vote", None)
        with pytest.raises(Missing):
            await allow(noted, applicant, "registry.consortium.read", theirs)
    for question, decision in asked:
        check("fund.authz.input", question)
        check("fund.authz.decision", decision.result)
    assert [decision.result["reason"] for _, decision in asked] == ["ok", "role", "object"]


@pytest.mark.parametrize(
    ("choices", "recused"),
    [(dict.fromkeys(SEATS, "for"), []), ({}, ["produce"]), ({"mef": "against"}, ["produce"])],
)
async def test_the_real_board_policy_is_asked_and_answers_as_written(
    choices: dict[str, str], recused: list[str]
) -> None:
    question = board.question(
        as_of=date(2026, 3, 2),
        call="first",
        chair="midagri",
        deputy="mef",
        recused=recused,
        choices=choices,
        conditions={"mef": [{"text": "Póliza", "evidence": "Copia", "due_working_days": 10}]},
    )
    check("fund.board.input", question)
    async with Opa(settings()) as opa:
        check("fund.board.decision", (await opa.ask("fund.board", question)).result)
