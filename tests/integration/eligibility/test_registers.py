"""Registers on: their answers, their silence, and what is seen meanwhile; against the sandbox."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from deploy.sandbox.app import create_app
from deploy.sandbox.registers import ordinary_name
from deploy.sandbox.settings import SandboxSettings
from services.eligibility import policy
from services.kernel.ids import new_id
from services.kernel.settings import Settings
from services.kernel.work import Principal
from tests.factories.eligibility import ScriptedOpa, StubNeighbours, application, decision
from tests.integration.eligibility.conftest import Room, SwitchedOpa
from tests.integration.sandbox.conftest import SECRETS
from tests.support.serving import room_here, served

REGISTERS = ("sunat", "reniec", "ppa", "sunarp", "credit")
AUDITOR = Principal(sub="auditora", role="auditor")


@dataclass
class Registers:
    """The sandbox's registers and the files that they read."""

    url: str
    folder: Path

    def told(self, register: str, **behaviour: Any) -> None:
        answer = httpx2.put(f"{self.url}/control/{register}", json=behaviour, trust_env=False)
        assert answer.status_code == 200, answer.text

    def write(self, register: str, entries: dict[str, Any]) -> None:
        file = self.folder / f"{register}.yaml"
        changed_at_s = file.stat().st_mtime + 1
        file.write_text(yaml.safe_dump(entries))
        os.utime(file, (changed_at_s, changed_at_s))


@pytest.fixture(scope="module")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registers]:
    state = tmp_path_factory.mktemp("sandbox")
    folder = state / "data"
    shutil.copytree(Path("deploy/sandbox/data"), folder)
    given: dict[str, Any] = {
        "environment": "test", "state_dir": state, "sandbox_registers_dir": folder, **SECRETS,
    }  # fmt: skip
    with served(create_app(SandboxSettings(_env_file=None, **given))) as url:
        yield Registers(url, folder)


@pytest.fixture
async def asking(
    eligibility_settings: Settings, registers: Registers
) -> AsyncIterator[tuple[Room, Registers]]:
    settings = eligibility_settings.model_copy(
        update={"registers_url": f"{registers.url}/registers", "registers_timeout_s": 0.5}
    )
    neighbours = StubNeighbours()
    async with room_here("eligibility", settings, neighbours=neighbours) as (app, caller):
        opa = SwitchedOpa(app.state.opa)
        app.state.opa = opa
        yield Room(app, caller, opa, neighbours), registers
        for register in REGISTERS:
            registers.told(register, mode="normal")
        if hasattr(app.state, "registers"):
            await app.state.registers.close()


FRESH = iter(range(50_000_000, 99_000_000, 100))


def known(room: Room, **changes: Any) -> dict[str, Any]:
    """An application whose members no register was ever asked about."""
    body = room.neighbours.know(application(**changes))
    facts = room.neighbours.bodies["registry", f"/v1/consortia/{body['consortium_id']}/facts"]
    assert isinstance(facts, dict)
    first = next(FRESH)
    facts["anchor_firm"]["ruc"] = ruc_of(f"20{first}")
    for number, member in enumerate(facts["members"]):
        member["dni"] = str(first + number)
        member["full_name"] = ordinary_name(member["dni"])
    return body


def ruc_of(ten: str) -> str:
    weights = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    total = sum(int(digit) * weight for digit, weight in zip(ten, weights, strict=True))
    return f"{ten}{(11 - total % 11) % 10}"


def facts_of(room: Room, body: dict[str, Any]) -> dict[str, Any]:
    facts = room.neighbours.bodies["registry", f"/v1/consortia/{body['consortium_id']}/facts"]
    assert isinstance(facts, dict)
    return facts


async def waits(room: Room, body: dict[str, Any], by: Principal = AUDITOR) -> list[dict[str, Any]]:
    answer = await room.caller.get(f"/v1/assessment-waits?application_id={body['id']}", by=by)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


async def kept(room: Room, body: dict[str, Any]) -> int:
    [(count,)] = await room.rows(
        "SELECT count(*) FROM assessment WHERE application_id = :id", id=body["id"]
    )
    return int(count)


async def test_what_registers_say_is_judged_and_kept_as_evidence(
    asking: tuple[Room, Registers],
) -> None:
    room, _ = asking
    body = known(room)
    answer = await room.assess(body["id"])
    assert answer.status_code == 201, answer.text
    given = answer.json()
    assert given["eligible"] is True
    assert [one for one in given["findings"] if one["code"].startswith("REG")] == []
    said = given["input"]["facts"]["registers"]
    assert said["sunat"]["state"] == "ACTIVO"
    assert [len(said[name]) for name in ("reniec", "ppa", "credit")] == [12, 12, 12]
    sources = [one["source"] for one in given["evidence"]]
    assert [sources.count(name) for name in REGISTERS] == [1, 12, 12, 1, 12]
    rows = await room.rows("SELECT register, path, sha256, body FROM register_answer")
    kept_answers = {(row[0], row[1], row[2]) for row in rows}
    for one in given["evidence"]:
        if one["source"] in REGISTERS:
            assert (one["source"], one["path"], one["sha256"]) in kept_answers
    assert all(policy.sha256_of(row[3]) == row[2] for row in rows)
    assert await waits(room, body) == []
    replay = await room.post(f"/v1/assessments/{given['id']}/replay")
    assert replay.json()["same"] is True


async def test_without_registers_the_decision_says_so(room: Room) -> None:
    body = room.neighbours.know(application())
    given = (await room.assess(body["id"])).json()
    assert given["input"]["facts"]["registers"] is None
    assert [one["code"] for one in given["findings"] if one["severity"] == "info"] == ["REG-000"]


async def test_what_a_register_says_otherwise_is_found(asking: tuple[Room, Registers]) -> None:
    room, registers = asking
    body = known(room)
    facts = facts_of(room, body)
    dead, former, indebted, unknown = (facts["members"][number]["dni"] for number in range(4))
    registers.write("reniec", {dead: {"vive": False}, unknown: None})
    registers.write("ppa", {former: {"vigente_hasta": "2026-03-01"}})
    registers.write("credit", {indebted: {"clasificacion": "DUDOSO", "vencido": "950.40"}})
    registers.write(
        "sunat",
        {facts["anchor_firm"]["ruc"]: {"ddp_flag22": "NO HABIDO", "esHabido": False}},
    )
    given = (await room.assess(body["id"])).json()
    found = {
        (one["code"], one["severity"], one["subject"]["label"][-9:-1])
        for one in given["findings"]
        if one["code"].startswith("REG")
    }
    ruc = facts["anchor_firm"]["ruc"][-8:]
    assert found == {
        ("REG-001", "blocking", ruc),
        ("REG-002", "signal", ruc),
        ("REG-010", "blocking", dead),
        ("REG-010", "blocking", unknown),
        ("REG-012", "blocking", former),
        ("REG-014", "signal", indebted),
    }
    assert given["eligible"] is False


FAILURES: list[dict[str, Any]] = [
    {"mode": "timeout", "timeout_hold_s": 3},
    {"mode": "rubbish"},
    {"mode": "error_500"},
    {"mode": "down_503"},
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: str(failure["mode"]))
@pytest.mark.parametrize("register", REGISTERS)
async def test_while_a_register_gives_no_answer_nothing_is_decided(
    asking: tuple[Room, Registers], register: str, failure: dict[str, Any]
) -> None:
    room, registers = asking
    registers.told(register, **failure)
    body = known(room)
    key = new_id("key")
    for attempt in (1, 2):
        answer = await room.assess(body["id"], key=key)
        assert answer.status_code == 503
        assert answer.json()["code"] == "eligibility.register_unavailable"
        assert await kept(room, body) == 0
        [wait] = await waits(room, body)
        assert (wait["waiting_for"], wait["attempts"]) == (register, attempt)
        assert wait["ended_at"] is None
    assert wait["reason"] == answer.json()["detail"]
    assert wait["message"].startswith("La evaluación espera la respuesta de")
    registers.told(register, mode="normal")
    cured = await room.assess(body["id"], key=key)
    assert (cured.status_code, cured.json()["eligible"]) == (201, True)
    [wait] = await waits(room, body)
    assert wait["ended_at"] is not None
    assert "ya se hizo" in wait["message"]


async def test_what_a_register_does_not_know_is_an_answer(asking: tuple[Room, Registers]) -> None:
    room, registers = asking
    registers.told("ppa", mode="not_found")
    registers.told("sunat", mode="not_found")
    given = (await room.assess(known(room)["id"])).json()
    codes = [one["code"] for one in given["findings"] if one["code"].startswith("REG")]
    assert codes == ["REG-001", *["REG-012"] * 12]
    assert given["eligible"] is False


async def test_what_was_said_is_used_again_while_valid_and_never_changed(
    asking: tuple[Room, Registers],
) -> None:
    room, registers = asking
    body = known(room)
    assert (await room.assess(body["id"])).status_code == 201
    other = room.neighbours.know(application())
    facts = facts_of(room, body)
    path = f"/v1/consortia/{other['consortium_id']}/facts"
    room.neighbours.bodies["registry", path] = facts
    for register in REGISTERS:
        registers.told(register, mode="error_500")
    assert (await room.assess(other["id"])).status_code == 201
    ruc = facts["anchor_firm"]["ruc"]
    [(count,)] = await room.rows(
        "SELECT count(*) FROM register_answer WHERE subject = :ruc AND register = 'sunat'", ruc=ruc
    )
    assert count == 1
    with pytest.raises(Exception, match=r"permission denied|append-only"):
        await room.rows("UPDATE register_answer SET status = 'found' WHERE subject = :r", r=ruc)


async def test_the_others_answers_are_kept_while_one_is_silent(
    asking: tuple[Room, Registers],
) -> None:
    room, registers = asking
    registers.told("reniec", mode="down_503")
    body = known(room)
    assert (await room.assess(body["id"])).status_code == 503
    for register in ("sunat", "sunarp", "ppa"):
        registers.told(register, mode="error_500")
    registers.told("reniec", mode="normal")
    assert (await room.assess(body["id"])).status_code == 201


async def test_an_amended_dossier_is_judged_by_new_answers(asking: tuple[Room, Registers]) -> None:
    room, registers = asking
    body = known(room)
    dni = facts_of(room, body)["members"][0]["dni"]
    registers.write("reniec", {dni: {"vive": False}})
    first = (await room.assess(body["id"])).json()
    assert [one["code"] for one in first["findings"] if one["severity"] == "blocking"] == [
        "REG-010"
    ]
    registers.write("reniec", {dni: {"vive": True}})
    [(now,)] = await room.rows("SELECT now()")
    path = f"/v1/applications/{body['id']}"
    room.neighbours.bodies["applications", path] = {
        **body, "round": 2, "submitted_at": now.isoformat(),
    }  # fmt: skip
    room.neighbours.bodies["applications", f"/v1/calls/{body['call_id']}"]["closes_on"] = (  # type: ignore[index]
        "2030-01-01"
    )
    second = (await room.assess(body["id"])).json()
    assert "REG-010" not in [one["code"] for one in second["findings"]]


async def test_the_policy_and_the_rooms_are_waited_for_too(asking: tuple[Room, Registers]) -> None:
    room, _ = asking
    body = known(room)
    room.opa.script = ScriptedOpa({})
    assert (await room.assess(body["id"])).status_code == 503
    assert [one["waiting_for"] for one in await waits(room, body)] == ["policy"]
    room.opa.script = ScriptedOpa(decision())
    calls = ("applications", f"/v1/calls/{body['call_id']}")
    call = room.neighbours.bodies.pop(calls)
    assert (await room.assess(body["id"])).status_code == 503
    assert [(one["waiting_for"], one["attempts"]) for one in await waits(room, body)] == [
        ("rooms", 2)
    ]
    room.neighbours.bodies[calls] = call
    assert (await room.assess(body["id"])).status_code == 201
    own = Principal(sub="socia", role="applicant", consortium_id=body["consortium_id"])
    assert len(await waits(room, body, by=own)) == 1
    stranger = Principal(sub="otra", role="applicant", consortium_id=new_id("con"))
    path = f"/v1/assessment-waits?application_id={body['id']}"
    assert (await room.caller.get(path, by=stranger)).status_code == 404
