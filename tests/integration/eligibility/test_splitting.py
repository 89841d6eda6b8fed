"""Land cut up on paper: the registry's own facts, judged by the real policy."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from services.kernel.settings import Settings
from services.kernel.work import Principal
from tests.factories.eligibility import application
from tests.factories.land import TITLE_AREA_M2, polygon, strip
from tests.integration.eligibility.conftest import Room
from tests.integration.registry.conftest import Registry, digits, parcel, producer
from tests.support.databases import scratch_settings
from tests.support.serving import room_here

MEMBERS = 12
PIECES = 6


@pytest.fixture
async def registry(eligibility_settings: Settings) -> AsyncIterator[Registry]:
    """The registry beside the room, on a scratch database of its own."""
    with scratch_settings("registry") as scratch:
        update = {
            "database_url": scratch.database_url,
            "migration_database_url": scratch.migration_database_url,
        }
        settings = eligibility_settings.model_copy(update=update)
        async with room_here("registry", settings) as (app, caller):
            yield Registry(caller, app.state.databases["registry"])


@dataclass
class Land:
    """Consortia in the registry, assessed on what it says of them."""

    registry: Registry
    room: Room

    async def people(self, parcels: list[dict[str, Any]], **fields: Any) -> list[str]:
        made = [
            await self.registry.made(
                "/v1/producers",
                producer(parcels=[one], cci=f"002193{digits(14)}", **fields),
            )
            for one in parcels
        ]
        return [person["id"] for person in made]

    async def assessed(self, consortium: dict[str, Any]) -> dict[str, Any]:
        path = f"/v1/consortia/{consortium['id']}/facts"
        facts = await self.registry.get(path, role="service")
        assert facts.status_code == 200, facts.text
        body = self.room.neighbours.know(application(consortium_id=consortium["id"]))
        self.room.neighbours.bodies["registry", path] = facts.json()
        answer = await self.room.assess(body["id"])
        assert answer.status_code == 201, answer.text
        given: dict[str, Any] = answer.json()
        return given


@pytest.fixture
def land(registry: Registry, room: Room) -> Land:
    return Land(registry, room)


def found(assessment: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [one for one in assessment["findings"] if one["code"].startswith(code)]


def number() -> str:
    return uuid.uuid4().hex[:10]


def title(parent: str | None, *, cut_on: str = "2025-11-03") -> dict[str, Any]:
    """A title that was cut from the parent, or an old one that was cut from none."""
    if parent is None:
        return {"number": number(), "registered_on": "1998-04-02", "parent": None}
    cut = {"number": parent, "area_ha": f"{TITLE_AREA_M2 / 10_000:.4f}", "cut_on": cut_on}
    return {"number": number(), "registered_on": "2025-11-20", "parent": cut}


def strips(parent: str | None, **when: Any) -> list[dict[str, Any]]:
    """Six parcels of 4.9 ha in a row, cut from the parent or each with its own old title."""
    return [
        {
            **parcel(f"UC-{number()}", "4.9"),
            "title": title(parent, **when),
            "boundary": polygon(strip(place, PIECES)),
        }
        for place in range(PIECES)
    ]


def others(count: int = MEMBERS - PIECES) -> list[dict[str, Any]]:
    return [parcel(f"UC-{number()}", "1.8") for _ in range(count)]


async def test_six_parcels_of_one_title_are_flagged_with_the_evidence(land: Land) -> None:
    parent = f"110{digits(5)}"
    pieces = strips(parent)
    made = await land.registry.consortium(await land.people([*pieces, *others()]))
    given = await land.assessed(made)
    [flag] = found(given, "SPL-001")
    assert (given["outcome"], flag["severity"]) == ("eligible", "signal")
    assert flag["subject"]["id"] == parent
    fact = flag["fact"]
    assert {one["code"] for one in fact["parcels"]} == {one["code"] for one in pieces}
    assert (fact["total_area_m2"], fact["parent_area_m2"], fact["limit_m2"]) == (
        294_000,
        294_000,
        50_000,
    )
    assert len(fact["common_boundaries"]) == PIECES - 1
    assert (
        f"6 predios de 6 miembros, 29.4 ha en total, se cortaron del título {parent}"
        in (flag["message_es"])
    )
    assert "5 linderos" in flag["message_es"]
    assert flag["cure_es"].startswith("Explique por escrito")
    # The flagged party reads the reason before anybody decides.
    land.room.principal = Principal(sub="socia", role="applicant", consortium_id=made["id"])
    read = await land.room.get(f"/v1/assessments/{given['id']}")
    assert found(read.json(), "SPL-001") == [flag]


async def test_six_true_neighbours_are_not(land: Land) -> None:
    made = await land.registry.consortium(await land.people([*strips(None), *others()]))
    given = await land.assessed(made)
    assert (given["outcome"], found(given, "SPL-")) == ("eligible", [])


async def test_what_was_cut_long_ago_is_not(land: Land) -> None:
    old = strips(f"110{digits(5)}", cut_on="2009-06-30")
    given = await land.assessed(
        await land.registry.consortium(await land.people([*old, *others()]))
    )
    assert found(given, "SPL-001") == []
    assert len(given["input"]["facts"]["parcel_groups"]) == 1


async def test_siblings_in_another_consortium_are_evidence(land: Land) -> None:
    parent = f"110{digits(5)}"
    people = await land.people([*strips(parent), *others()])
    here = await land.registry.consortium([*people[:3], *people[PIECES:]])
    there = await land.registry.consortium(people[3:PIECES])
    [flag] = found(await land.assessed(here), "SPL-001")
    assert len(flag["fact"]["parcels"]) == 3
    assert {one["consortium_id"] for one in flag["fact"]["siblings"]} == {there["id"]}
    assert "predios del mismo título en otros consorcios: 3" in flag["message_es"]


async def test_a_plot_claimed_in_two_consortia_is_a_signal_in_both(land: Land) -> None:
    plot = {**parcel(f"UC-{number()}", "1.8"), "title": title(None)}
    renamed = {**plot, "code": f"UC-{number()}"}
    first = await land.registry.consortium(await land.people([plot, *others(11)]))
    second = await land.registry.consortium(await land.people([renamed, *others(11)]))
    for own, other in ((first, second), (second, first)):
        given = await land.assessed(own)
        [flag] = found(given, "SPL-")
        assert (flag["code"], flag["severity"], given["outcome"]) == (
            "SPL-002",
            "signal",
            "eligible",
        )
        [claim] = flag["fact"]["claims"]
        assert (claim["consortium_id"], claim["same_title"]) == (other["id"], True)
        assert other["name"] in flag["message_es"]


async def test_a_family_unit_is_counted_once(land: Land) -> None:
    family = await land.people(
        [parcel(f"UC-{number()}", "2.5") for _ in range(2)], household=f"H-{number()}"
    )
    made = await land.registry.consortium([*family, *await land.people(others(10))])
    [flag] = found(await land.assessed(made), "SPL-")
    assert (flag["code"], flag["fact"]["total_area_m2"]) == ("SPL-003", 50_000)


async def test_a_boundary_of_another_area_is_a_warning(land: Land) -> None:
    drawn = {**parcel(area_ha="2"), "boundary": polygon(strip(0, PIECES))}
    made = await land.registry.made("/v1/producers", producer(parcels=[drawn]))
    [warning] = [one for one in made["warnings"] if one["pointer"] == "/parcels/0/boundary"]
    assert warning["code"] == "registry.boundary_area"
    assert "4.9" in warning["detail"]
    read = await land.registry.get(f"/v1/producers/{made['id']}")
    assert read.json() == made
    assert made["parcels"][0]["boundary"] == drawn["boundary"]


async def test_a_title_cut_from_itself_is_refused(land: Land) -> None:
    loop = {**title("77"), "number": "77"}
    answer = await land.registry.post(
        "/v1/producers", producer(parcels=[{**parcel(), "title": loop}])
    )
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (
        "/parcels/0/title/parent/number",
        "registry.parent_is_itself",
    )
