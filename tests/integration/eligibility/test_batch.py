"""Many applications in one call: each as if it had been asked alone, none holding back another."""

from typing import Any

import pytest

from services.kernel.auth import not_found
from services.kernel.ids import new_id
from services.kernel.opa import Decision
from services.kernel.work import Principal
from tests.factories.eligibility import application
from tests.integration.eligibility.conftest import Room

SECRETARIAT = Principal(sub="secretaria", role="secretariat")


async def batch(room: Room, *application_ids: str, key: str | None = None) -> dict[str, Any]:
    answer = await room.post(
        "/v1/assessments/batch", {"application_ids": list(application_ids)}, key=key
    )
    assert answer.status_code == 200, answer.text
    return {one["application_id"]: one for one in answer.json()["results"]}


async def test_each_is_assessed_as_if_alone(room: Room) -> None:
    room.principal = SECRETARIAT
    bodies = [room.neighbours.know(application(), members=n) for n in [12, 2] * 12]
    ids = [body["id"] for body in bodies]
    key = new_id("key")
    said = await batch(room, *ids, ids[0], key=key)
    assert list(said) == ids
    assert [one["assessment"]["eligible"] for one in said.values()] == [True, False] * 12
    assert all(one["refused"] is None for one in said.values())
    events = await room.rows(
        "SELECT body ->> 'applicationid' FROM outbox WHERE body ->> 'applicationid' = ANY(:ids)",
        ids=ids,
    )
    assert sorted(name for (name,) in events) == sorted(ids)
    for one in list(said.values())[:2]:
        kept = f"/v1/assessments/{one['assessment']['id']}"
        whole = (await room.get(kept)).json()
        assert whole["policy_revision"] == one["assessment"]["policy_revision"]
        room.principal = Principal(sub="auditora", role="auditor")
        assert (await room.post(f"{kept}/replay")).json()["same"] is True
        room.principal = SECRETARIAT
    assert await batch(room, *ids, ids[0], key=key) == said
    assert await batch(room, *ids) == said


async def test_what_cannot_be_assessed_is_told_and_the_others_go_on(room: Room) -> None:
    good, draft = room.neighbours.know(application()), application(state="draft")
    room.neighbours.know(draft)
    missing, silent = new_id("app"), new_id("app")
    room.neighbours.bodies["applications", f"/v1/applications/{missing}"] = not_found()
    said = await batch(room, draft["id"], missing, good["id"], silent)
    assert {name: (one["refused"] or {}).get("code") for name, one in said.items()} == {
        draft["id"]: "eligibility.not_assessable",
        missing: "http.not_found",
        good["id"]: None,
        silent: "kernel.neighbour_unavailable",
    }
    assert said[good["id"]]["assessment"]["eligible"] is True


async def test_a_decision_that_is_missing_or_contradicts_itself_holds_back_no_other(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = [room.neighbours.know(application()) for _ in range(3)]
    ask = room.opa.real.ask

    async def spoiling(package: str, question: dict[str, Any], **limit: float) -> Decision:
        given = await ask(package, question, **limit)
        if package == "fund.eligibility.batch":
            del given.result["decisions"]["0"]
            given.result["decisions"]["2"]["eligible"] = False
        return given

    monkeypatch.setattr(room.opa.real, "ask", spoiling)
    said = await batch(room, *(body["id"] for body in bodies))
    assert [(one["refused"] or {}).get("code") for one in said.values()] == [
        "policy.unavailable",
        None,
        "policy.unavailable",
    ]
    monkeypatch.undo()
    again = await batch(room, *(body["id"] for body in bodies))
    assert [one["assessment"]["eligible"] for one in again.values()] == [True] * 3


@pytest.mark.parametrize("role", ["applicant", "board_member", "partner", "operator", "auditor"])
async def test_other_roles_may_not(room: Room, role: str) -> None:
    room.principal = Principal(sub="otra", role=role, consortium_id=new_id("con"))
    answer = await room.post("/v1/assessments/batch", {"application_ids": [new_id("app")]})
    assert answer.status_code == 403


@pytest.mark.parametrize("wrong", [None, [], ["app_\x00"], [new_id("app")] * 101, {}])
async def test_no_body_breaks_it(room: Room, wrong: Any) -> None:
    answer = await room.post("/v1/assessments/batch", {"application_ids": wrong})
    assert answer.status_code == 422
