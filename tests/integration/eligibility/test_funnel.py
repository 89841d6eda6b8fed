"""Whom each rule turns away, counted over decisions that were put there by hand."""

from typing import Any

import pytest

from services.kernel.ids import new_id
from services.kernel.work import Principal
from tests.factories.eligibility import ScriptedOpa, application, decision, finding
from tests.integration.eligibility.conftest import Room

AUDITOR = Principal(sub="auditora", role="auditor")


def about(code: str, producer_id: str) -> dict[str, Any]:
    subject = {"type": "producer", "id": producer_id, "label": "x"}
    return finding(code, subject=subject)


async def decided(room: Room, call_id: str, *, codes: dict[str, list[int]], **changes: Any) -> str:
    """An application of a call; `codes` says which rules found what about which members."""
    body = room.neighbours.know(application(call_id=call_id, **changes))
    facts = room.neighbours.bodies["registry", f"/v1/consortia/{body['consortium_id']}/facts"]
    assert isinstance(facts, dict)
    facts["members"][1]["parcels"].append(
        {"code": "PRE-X", "area_ha": "0.1000", "crop": "palta", "tenure": "posesionario"}
    )
    members = [one["producer_id"] for one in facts["members"]]
    found = [about(code, members[at]) for code, places in codes.items() for at in places]
    room.opa.script = ScriptedOpa(decision(*found, finding("PLA-003", severity="signal")))
    answer = await room.assess(body["id"])
    assert answer.status_code == 201, answer.text
    name: str = body["id"]
    return name


async def test_each_rule_is_counted_by_application_member_and_group(room: Room) -> None:
    call_id = new_id("cal")
    # Members 0, 2, … are women; member 1 has two tenures.
    await decided(room, call_id, codes={"MEM-003": [0, 1]})
    await decided(room, call_id, codes={"MEM-003": [2], "MEM-007": [2, 3]})
    await decided(room, call_id, codes={})
    await decided(room, new_id("cal"), codes={"MEM-003": [0]})
    room.principal = AUDITOR
    answer = await room.get(f"/v1/reports/rule-funnel?call_id={call_id}")
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["call_id"], said["assessed"], said["turned_away"]) == (call_id, 3, 2)
    first, second = said["rules"]
    assert (first["code"], first["applications"], first["members"]) == ("MEM-003", 2, 3)
    assert (first["admitted_by_cure"], second["admitted_by_cure"]) == (1, 0)
    assert (second["code"], second["applications"], second["members"]) == ("MEM-007", 1, 2)
    assert first["by_sex"] == [{"value": "F", "members": 2}, {"value": "M", "members": 1}]
    assert first["by_tenure"] == [
        {"value": "propietaria", "members": 2},
        {"value": "several", "members": 1},
    ]
    assert first["by_region"] == [{"value": "unknown", "members": 3}]
    assert first["cure_es"] == "Retire a la productora."


async def test_the_newest_round_counts(room: Room) -> None:
    call_id = new_id("cal")
    name = await decided(room, call_id, codes={"MEM-003": [0]})
    path = f"/v1/applications/{name}"
    body = room.neighbours.bodies["applications", path]
    assert isinstance(body, dict)
    room.neighbours.bodies["applications", path] = {**body, "round": 2}
    room.opa.script = ScriptedOpa(decision())
    assert (await room.assess(name)).status_code == 201
    room.principal = AUDITOR
    said = (await room.get(f"/v1/reports/rule-funnel?call_id={call_id}")).json()
    assert (said["assessed"], said["turned_away"], said["rules"]) == (1, 0, [])


@pytest.mark.parametrize("role", ["applicant", "board_member", "partner", "service"])
async def test_other_roles_may_not(room: Room, role: str) -> None:
    room.principal = Principal(sub="otra", role=role)
    answer = await room.get(f"/v1/reports/rule-funnel?call_id={new_id('cal')}")
    assert answer.status_code == 403


@pytest.mark.parametrize("query", ["", "?call_id=", "?call_id=cal_%00", "?call_id=app_1"])
async def test_no_query_breaks_it(room: Room, query: str) -> None:
    room.principal = AUDITOR
    assert (await room.get(f"/v1/reports/rule-funnel{query}")).status_code == 422
