"""What the room makes of its neighbours' answers."""

from datetime import date
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from services.eligibility import inputs, policy
from services.eligibility.facts import Dossier, RoomFacts
from services.eligibility.land import square_metres
from services.kernel.auth import not_found
from services.kernel.errors import Missing, Unavailable
from tests.factories.eligibility import StubNeighbours, application

DAY = date(2026, 3, 1)


async def gathered(neighbours: StubNeighbours, application_id: str) -> Dossier:
    facts = RoomFacts(neighbours)  # type: ignore[arg-type]
    return await facts.dossier(await facts.application(application_id), as_of=DAY)


@pytest.fixture
def neighbours() -> StubNeighbours:
    return StubNeighbours()


async def test_the_question_is_the_contract_in_whole_centimos_and_square_metres(
    neighbours: StubNeighbours,
) -> None:
    body = neighbours.know(application(), members=1)
    question = (await gathered(neighbours, body["id"])).question.document()
    Draft202012Validator(policy.policy_schemas()["fund.eligibility.input"]).validate(question)
    assert question["as_of"] == "2026-03-01"
    assert question["application"]["requested"] == {
        "agroideas_centimos": 800_000,
        "agrobanco_centimos": 500_050,
    }
    assert question["application"]["plan"]["budget_lines"][1] == {
        "line_no": 2,
        "item": "insumos",
        "description": "Abono",
        "total_centimos": 800_000,
        "agroideas_centimos": 0,
        "agrobanco_centimos": 500_050,
        "own_centimos": 299_950,
    }
    [member] = question["facts"]["members"]
    assert member["total_area_m2"] == 18_000
    assert member["parcels"] == [
        {"code": "PRE-1", "area_m2": 18_000, "crop": "palta", "tenure": "propietaria"}
    ]
    assert member["cci"] == "00219300123450000113"
    assert set(question["facts"]["consortium"]) == {"id", "name", "independent_accounting"}


@pytest.mark.parametrize(
    ("ubigeo", "known"),
    [
        ({"scheme": "INEI", "code": "120301"}, "120301"),
        ({"scheme": "RENIEC", "code": "110301"}, None),
        (None, None),
    ],
)
async def test_only_an_inei_address_of_the_firm_reaches_the_rules(
    neighbours: StubNeighbours, ubigeo: dict[str, str] | None, known: str | None
) -> None:
    body = neighbours.know(application())
    facts = neighbours.bodies["registry", f"/v1/consortia/{body['consortium_id']}/facts"]
    assert isinstance(facts, dict)
    facts["anchor_firm"]["ubigeo"] = ubigeo
    question = (await gathered(neighbours, body["id"])).question.document()
    assert question["facts"]["anchor_firm"]["ubigeo"] == known


async def test_what_no_source_was_asked_for_is_null_and_a_question_of_before_stays_readable(
    neighbours: StubNeighbours,
) -> None:
    body = neighbours.know(application(), members=1)
    question = (await gathered(neighbours, body["id"])).question.document()
    new = [("history", question["facts"]), ("concentration", question["facts"])]
    new += [("other_loans", question["facts"]["members"][0])]
    new += [("annual_income_centimos", question["facts"]["members"][0])]
    for name, part in new:
        assert part.pop(name) is None
    question["facts"]["anchor_firm"].pop("ubigeo")
    read = inputs.PolicyInput.model_validate(question)
    assert read.facts.history is None
    assert read.facts.anchor_firm.ubigeo is None


async def test_each_source_leaves_its_evidence(neighbours: StubNeighbours) -> None:
    body = neighbours.know(application())
    evidence = (await gathered(neighbours, body["id"])).evidence
    assert [(one.source, one.path) for one in evidence] == neighbours.asked
    assert [one.source for one in evidence] == ["applications", "applications", "registry"]
    assert evidence[0].sha256 == policy.sha256_of(body)


@pytest.mark.parametrize("silent", ["applications", "calls", "consortia"])
async def test_a_neighbour_that_is_down_is_no_answer(
    neighbours: StubNeighbours, silent: str
) -> None:
    body = neighbours.know(application())
    for place in [key for key in neighbours.bodies if f"/v1/{silent}/" in key[1]]:
        del neighbours.bodies[place]
    with pytest.raises(Unavailable):
        await gathered(neighbours, body["id"])


async def test_an_unknown_application_is_missing_but_an_unknown_call_makes_it_wait(
    neighbours: StubNeighbours,
) -> None:
    body = neighbours.know(application())
    neighbours.bodies["applications", f"/v1/calls/{body['call_id']}"] = not_found()
    with pytest.raises(Unavailable, match="facts_missing"):
        await gathered(neighbours, body["id"])
    neighbours.bodies["applications", f"/v1/applications/{body['id']}"] = not_found()
    with pytest.raises(Missing):
        await gathered(neighbours, body["id"])


UNREADABLE: list[dict[str, Any]] = [
    {"round": None},
    {"round": -1},
    {"plan": {}},
    {"submitted_at": "2026-03-02T03:30:00"},
    {"dossier_sha256": "short"},
    {"consortium_id": 7},
    {"id": "x\x00"},
]


@pytest.mark.parametrize("change", UNREADABLE)
async def test_what_cannot_be_read_makes_the_assessment_wait(
    neighbours: StubNeighbours, change: dict[str, Any]
) -> None:
    body = neighbours.know(application())
    body.update(change)
    path = next(path for room, path in neighbours.bodies if "/v1/applications/" in path)
    facts = RoomFacts(neighbours)  # type: ignore[arg-type]
    with pytest.raises(Unavailable, match="facts_unreadable"):
        await facts.dossier(
            await facts.application(path.removeprefix("/v1/applications/")), as_of=DAY
        )


def test_hectares_become_whole_square_metres() -> None:
    assert [square_metres(text) for text in ("0", "0.0001", "1.8", "4.9999", "12")] == [
        0, 1, 18_000, 49_999, 120_000,
    ]  # fmt: skip
