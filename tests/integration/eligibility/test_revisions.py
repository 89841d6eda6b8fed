"""Asking again under rules that are no longer served, and under rules that never were."""

from pathlib import Path
from typing import Any

import pytest

from deploy.local import policies
from services.eligibility.revisions import Revisions
from services.kernel.errors import Unavailable
from services.kernel.settings import Settings
from tests.factories.eligibility import application
from tests.integration.eligibility.conftest import Room
from tests.support.rules import kept_rules, spoiled

STRICTER = (
    "fund/parameters/fund/data.yaml",
    "producer.max_ha:\n  - value: 5",
    "producer.max_ha:\n  - value: 4",
)


@pytest.fixture(scope="session")
def stricter(servers: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The revision of rules under which a producer must have less than 4 ha."""
    return kept_rules(tmp_path_factory.mktemp("rules") / "policies", STRICTER)


async def of_4_5_ha(room: Room) -> dict[str, Any]:
    """An application of twelve producers, of whom one has 4.5 ha."""
    body = room.neighbours.know(application())
    facts = room.neighbours.bodies["registry", f"/v1/consortia/{body['consortium_id']}/facts"]
    assert isinstance(facts, dict)
    facts["members"][3]["total_area_ha"] = "4.5000"
    facts["members"][3]["parcels"][0]["area_ha"] = "4.5000"
    return body


async def test_other_rules_are_compared_finding_by_finding(room: Room, stricter: str) -> None:
    body = await of_4_5_ha(room)
    given = (await room.assess(body["id"])).json()
    assert given["eligible"] is True, given["findings"]
    path = f"/v1/assessments/{given['id']}/replay"
    said = (await room.post(f"{path}?revision={stricter}")).json()
    assert (said["same"], said["outcome_changed"], said["revision_changed"]) == (False, True, True)
    assert (said["stored_revision"], said["current_revision"]) == (policies.revision(), stricter)
    [added] = said["findings_added"]
    assert (added["code"], added["fact"]["total_area_m2"]) == ("MEM-003", 45_000)
    assert said["findings_removed"] == []
    own = (await room.post(path)).json()
    assert (own["same"], own["current_revision"]) == (True, policies.revision())


async def test_a_decision_is_replayed_under_its_own_rules_after_the_policy_changed(
    room: Room, eligibility_settings: Settings, stricter: str
) -> None:
    body = await of_4_5_ha(room)
    async with Revisions(eligibility_settings).serving(stricter) as room.opa.script:
        given = (await room.assess(body["id"])).json()
    room.opa.script = None
    assert (given["eligible"], given["policy_revision"]) == (False, stricter)
    path = f"/v1/assessments/{given['id']}/replay"
    said = (await room.post(path)).json()
    assert (said["same"], said["current_revision"]) == (True, stricter)
    now = (await room.post(f"{path}?revision=current")).json()
    assert (now["same"], now["current_revision"]) == (False, policies.revision())
    assert [one["code"] for one in now["findings_removed"]] == ["MEM-003"]


async def test_rules_that_were_not_kept_or_are_spoiled_answer_nothing(
    room: Room, stricter: str
) -> None:
    given = (await room.assess((await of_4_5_ha(room))["id"])).json()
    path = f"/v1/assessments/{given['id']}/replay"
    unknown = await room.post(f"{path}?revision=000000000000")
    assert (unknown.status_code, unknown.json()["code"]) == (409, "eligibility.revision_not_kept")
    for wrong in ("../bundle", "", "a/b", "x" * 65):
        assert (await room.post(f"{path}?revision={wrong}")).status_code == 422, wrong
    with spoiled(stricter):
        answer = await room.post(f"{path}?revision={stricter}")
    assert (answer.status_code, answer.json()["code"]) == (503, "policy.unavailable")
    assert (await room.post(f"{path}?revision={stricter}")).status_code == 201
    [(count,)] = await room.rows(
        "SELECT count(*) FROM replay WHERE assessment_id = :id", id=given["id"]
    )
    assert count == 1


async def test_an_engine_never_outlives_its_question(
    eligibility_settings: Settings, stricter: str
) -> None:
    revisions = Revisions(eligibility_settings)

    async def fail() -> None:
        async with revisions.serving(stricter) as opa:
            assert await opa.is_ready()
            assert len(running()) == 1
            raise LookupError

    async def be_refused() -> None:
        async with revisions.serving(stricter):
            raise AssertionError("a spoiled bundle is served")

    with pytest.raises(LookupError):
        await fail()
    with spoiled(stricter), pytest.raises(Unavailable):
        await be_refused()
    assert running() == []


def running() -> list[str]:
    """The processes that this one started and that are still there."""
    children = Path("/proc/self/task").glob("*/children")
    return [pid for path in children for pid in path.read_text().split() if is_opa(pid)]


def is_opa(pid: str) -> bool:
    try:
        return b"--verification-key" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
