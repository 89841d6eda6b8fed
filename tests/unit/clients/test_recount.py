"""The verifier counts as the law does: the board's named cases, by a count of its own."""

import json
from typing import Any

import pytest

from clients.fondo.verifying.form import ActaFile
from clients.fondo.verifying.matters import recount
from tests.factories.actas import SEATS, drawn
from tests.support.board_cases import Case, cases

FILE = json.loads(drawn().file())


def acta_of(case: Case) -> ActaFile:
    """An acta whose second matter went as the case says; signatures do not matter here."""
    document: dict[str, Any] = json.loads(json.dumps(FILE))
    matter = document["content"]["matters"][1]
    vote, recusal = matter["votes"][0], matter["recusals"][0]
    matter["votes"] = [
        {
            **vote,
            "statement": {
                **vote["statement"],
                "seat": seat,
                "holder_sub": f"{seat}-1",
                "choice": case.choices[seat],
            },
        }
        for seat in SEATS
        if seat in case.choices
    ]
    matter["recusals"] = [
        {**recusal, "seat": seat, "holder_sub": f"{seat}-1"} for seat in case.recused
    ]
    for term in document["content"]["terms"]:
        term["chair"] = term["seat"] == case.chair
        term["deputy_chair"] = term["seat"] == case.deputy
    return ActaFile.model_validate(document)


@pytest.mark.parametrize("case", cases("tally"), ids=lambda case: case.name)
def test_the_verifiers_count(case: Case) -> None:
    content = acta_of(case).content
    found = recount(content, content.matters[1])
    expected = case.says["result"]
    assert found["result"] == (None if expected == "no_quorum" else expected)
    assert found["present"] == case.says["present"]
    assert found["abstentions"] == case.says.get("abstained", 0)
    assert found["tie_broken_by"] == case.says.get("broken_by")
