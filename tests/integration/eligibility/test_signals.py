"""Signals seen, looked at again, and resolved in writing by two people."""

from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from services.kernel.work import Principal
from tests.factories.eligibility import ScriptedOpa, application, decision, finding, registry_facts
from tests.integration.eligibility.conftest import Room

ROSA = Principal(sub="rosa", role="secretariat")
LUIS = Principal(sub="luis", role="secretariat")
RESOLUTION = {"verdict": "dismissed", "reasons": "La cuenta es de la cooperativa de ambos."}


CCI = "00219300123456789013"


async def assessed(room: Room, call_id: str, *, phone: str, cci: str) -> dict[str, Any]:
    """An application of a call, whose consortium has this telephone and account."""
    body = room.neighbours.know(application(call_id=call_id))
    facts = registry_facts(body["consortium_id"])
    facts["profile"] = {"phone": phone}
    facts["consortium"]["cci"] = cci
    for member in facts["members"]:
        member["cci"] = ""
    room.neighbours.bodies["registry", f"/v1/consortia/{body['consortium_id']}/facts"] = facts
    answer = await room.assess(body["id"])
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def phone_of(call_id: str) -> str:
    return f"+51 9{int.from_bytes(call_id[-6:].encode()) % 10**8:08d}"


async def two_alike(room: Room) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two applications of one call whose consortia share account and telephone."""
    call_id = application()["call_id"]
    first, second = [
        await assessed(room, call_id, phone=phone_of(call_id), cci=CCI) for _ in range(2)
    ]
    return first, second


async def signals(room: Room, assessment: dict[str, Any]) -> dict[str, Any]:
    answer = await room.get(f"/v1/assessments/{assessment['id']}/signals")
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


async def test_a_later_look_finds_what_came_later_and_changes_no_decision(room: Room) -> None:
    first, second = await two_alike(room)
    assert "PAP-001" in second["review"]["signals"]
    assert "PAP-003" in second["review"]["signals"]
    assert "PAP-003" not in first["review"]["signals"]
    room.principal = ROSA
    looked = await room.post("/v1/likeness-reviews", {"call_id": first["call_id"]})
    assert looked.status_code == 200, looked.text
    assert looked.json()["looked_at"] == 2
    assert first["id"] in looked.json()["to_resolve"]
    now = await signals(room, first)
    assert now["level"] != "clear"
    [phone] = [one for one in now["signals"] if one["finding"]["code"] == "PAP-003"]
    [link] = phone["finding"]["fact"]["links"]
    assert link["others"] == [
        {"consortium_id": second["consortium_id"], "application_id": second["application_id"]}
    ]
    assert (await room.get(f"/v1/assessments/{first['id']}")).json() == first
    again = await room.post("/v1/likeness-reviews", {"call_id": first["call_id"]})
    assert again.status_code == 200
    kept = await room.rows(
        "SELECT level FROM likeness_review WHERE assessment_id = :id", id=first["id"]
    )
    assert len(kept) == 1, "a look that says the same leaves no row"


async def test_a_look_at_the_linked_leaves_out_who_shares_nothing(room: Room) -> None:
    first, second = await two_alike(room)
    other = phone_of(application()["call_id"])
    alone = await assessed(room, first["call_id"], phone=other, cci=f"003{int(other[-8:]):017}")
    room.principal = Principal(sub="fund-services", role="service")
    for linked_to, looked_at in ((second["id"], [first["id"]]), (alone["id"], [])):
        looked = await room.post(
            "/v1/likeness-reviews", {"call_id": first["call_id"], "linked_to": linked_to}
        )
        assert (looked.json()["looked_at"], looked.json()["to_resolve"]) == (
            len(looked_at),
            looked_at,
        )
    assert (await signals(room, first))["level"] != "clear"


async def test_a_signal_is_resolved_by_two_people(room: Room) -> None:
    _, second = await two_alike(room)
    place = f"/v1/assessments/{second['id']}/signals/PAP-003/resolution"
    room.principal = ROSA
    before = (await signals(room, second))["open"]
    short = await room.post(place, {"verdict": "dismissed", "reasons": "No."})
    assert short.status_code == 422
    blank = await room.post(place, {"verdict": "dismissed", "reasons": f"No.{' ' * 30}"})
    assert blank.status_code == 422
    assert (await room.post(f"{place}/confirm")).status_code == 404
    written = await room.post(place, RESOLUTION)
    assert (written.status_code, written.json()["proposed_by"]) == (201, "rosa")
    twice = await room.post(place, RESOLUTION)
    assert (twice.status_code, twice.json()["code"]) == (
        409,
        "eligibility.signal_already_resolved",
    )
    alone = await room.post(f"{place}/confirm")
    assert (alone.status_code, alone.json()["code"]) == (403, "eligibility.same_person")
    assert (await signals(room, second))["open"] == before
    room.principal = LUIS
    assert (await room.post(f"{place}/confirm")).json()["confirmed_by"] == "luis"
    assert (await signals(room, second))["open"] == before - 1
    with pytest.raises(DBAPIError, match=r"stands|permission"):
        await room.rows("UPDATE signal_resolution SET confirmed_by = 'otra' RETURNING id")


async def test_only_a_standing_signal_is_resolved_and_only_by_the_secretariat(room: Room) -> None:
    _, second = await two_alike(room)
    room.principal = ROSA
    place = f"/v1/assessments/{second['id']}/signals"
    assert (await room.post(f"{place}/PAP-013/resolution", RESOLUTION)).status_code == 404
    room.principal = Principal(sub="op", role="operator")
    assert (await room.post(f"{place}/PAP-003/resolution", RESOLUTION)).status_code == 403


async def test_an_old_decision_without_review_is_clear(room: Room) -> None:
    room.opa.script = ScriptedOpa(decision(finding("PLA-003", severity="signal")))
    body = room.neighbours.know(application())
    given = (await room.assess(body["id"])).json()
    assert given["review"] == {"level": "clear", "weight": 0, "signals": []}
    assert (await signals(room, given))["signals"] == []
