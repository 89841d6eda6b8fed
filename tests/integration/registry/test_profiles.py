"""Profiles declared, kept and told to the policy."""

import pytest
from sqlalchemy.exc import DBAPIError

from services.registry.profiles import PROFILE
from tests.integration.registry.conftest import Registry, principal


async def test_the_last_declaration_counts_and_all_are_kept(registry: Registry) -> None:
    consortium = await registry.consortium(await registry.producers(1))
    place = f"/v1/consortia/{consortium['id']}"
    by = principal("secretariat")
    assert (await registry.get(f"{place}/facts")).json()["profile"] is None
    first = await registry.put(f"{place}/profile", PROFILE, by=by)
    assert (first.status_code, first.json()["number"]) == (200, 1), first.text
    again = await registry.put(f"{place}/profile", PROFILE, by=by)
    assert again.json()["number"] == 1
    applicant = principal("applicant", consortium_id=consortium["id"])
    second = await registry.put(
        f"{place}/profile", {**PROFILE, "phone": "+51 911 222 333"}, by=applicant
    )
    assert second.json()["number"] == 2
    told = (await registry.get(f"{place}/facts")).json()["profile"]
    assert told == {**PROFILE, "phone": "+51 911 222 333"}
    kept = await registry.rows(
        "SELECT number FROM consortium_profile WHERE consortium_id = :id", id=consortium["id"]
    )
    assert len(kept) == 2
    with pytest.raises(DBAPIError, match=r"append|permission|refuse"):
        await registry.rows("UPDATE consortium_profile SET content = '{}' RETURNING id")


async def test_a_profile_is_declared_for_ones_own_consortium_only(registry: Registry) -> None:
    consortium = await registry.consortium(await registry.producers(1))
    other = await registry.consortium(await registry.producers(1))
    stranger = principal("applicant", consortium_id=other["id"])
    refused = await registry.put(f"/v1/consortia/{consortium['id']}/profile", PROFILE, by=stranger)
    assert refused.status_code in {403, 404}


async def test_a_malformed_profile_is_refused(registry: Registry) -> None:
    consortium = await registry.consortium(await registry.producers(1))
    for field, value in (
        ("phone", "no tengo"),
        ("email", "sin arroba"),
        ("suppliers", [{"ruc": "20100070971", "name": "Mal dígito"}]),
        ("directors", [{"dni": "1", "full_name": "x"}]),
        ("formed_on", "0001-01-01"),
    ):
        answer = await registry.put(
            f"/v1/consortia/{consortium['id']}/profile",
            {**PROFILE, field: value},
            by=principal("secretariat"),
        )
        assert answer.status_code == 422, field
