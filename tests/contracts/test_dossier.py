"""The board's dossier as compiled from the rooms themselves, not from what a test says of them."""

from services.kernel.proof import sha256_of
from services.paper.drawing import attachments_of
from tests.contracts.world import World
from tests.support.callers import principal


def test_every_room_has_its_part_in_the_dossier(world: World) -> None:
    member = principal("board_member", sub="mef-1", seat="mef")
    path = f"/v1/ballots/{world.ids['ballot_id']}/dossier"
    answer = world.ask("GET", "board", path, by=member)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    file = found["file"]
    assert sha256_of(file) == found["file_sha256"]
    assert file["subject"]["application_id"] == world.ids["application_id"]
    assert file["call"]["code"] == "PALTA-1"
    assert file["eligibility"]["assessment_id"] == world.ids["assessment_id"]
    assert file["evaluation"]["score"] == 80
    assert file["consortium"]["regions"] == [{"name": "Junín", "area_ha": "1.8000"}]
    assert file["consortium"]["crops"] == [{"name": "palta", "area_ha": "1.8000"}]
    assert [line["kind"] for line in file["concentration"]["lines"]] == [
        "call",
        "anchor_firm",
        "region",
        "crop",
    ]
    assert {(one["role"], one["name"]) for one in file["parties"]} == {
        ("anchor_firm", "Valle Verde S.A.C."),
        ("producer", "Rosa Quispe"),
    }


def test_the_paper_is_drawn_of_it(world: World) -> None:
    path = f"/v1/ballots/{world.ids['ballot_id']}/dossier.pdf"
    answer = world.ask("GET", "board", path, by=principal("auditor"))
    assert answer.status_code == 200, answer.text
    assert "expediente.json" in attachments_of(answer.content)


def test_one_consortium_and_its_anchor_firm_are_found_by_their_filters(world: World) -> None:
    service = principal("service")

    def listed(room: str, path: str) -> list[str]:
        answer = world.ask("GET", room, path, by=service)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["data"]]

    firm, call = world.ids["anchor_firm_id"], world.ids["call_id"]
    assert listed("registry", f"/v1/consortia?anchor_firm_id={firm}") == [
        world.ids["consortium_id"]
    ]
    assert listed("disbursement", f"/v1/agreements?call_id={call}") == [world.ids["agreement_id"]]
