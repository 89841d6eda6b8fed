"""The compiled dossier: what it says, that it is whole or not at all, and that its hash is one."""

import asyncio
import json
import random
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.board import files
from services.board.concentration import region_name
from services.board.readers import plain
from services.kernel.errors import Conflict, Invalid, Unavailable
from services.kernel.ids import new_id
from services.kernel.neighbours import Neighbours
from services.kernel.proof import canonical, sha256_of
from tests.factories.dossier import Neighbourhood, agreement, footprint, subject
from tests.factories.eligibility import finding


def compiled(rooms: Neighbourhood, about: dict[str, str], **more: Any) -> dict[str, Any]:
    return asyncio.run(files.compiled(cast(Neighbours, rooms), about, **more))


@pytest.fixture
def about() -> dict[str, str]:
    return subject()


@pytest.fixture
def rooms(about: dict[str, str]) -> Neighbourhood:
    known = Neighbourhood()
    known.know(about)
    return known


def test_a_file_tells_all_that_a_member_decides_on(
    rooms: Neighbourhood, about: dict[str, str]
) -> None:
    ended = {"ballot_id": new_id("bal"), "state": "lapsed", "result": None}
    file = compiled(rooms, about, earlier=[ended])
    assert file["subject"] == {**about, "round": 1}
    assert file["budget"] == {
        "total": "20000.00",
        "agroideas": "8000.00",
        "agrobanco": "5000.50",
        "own": "6999.50",
        "fund": "13000.50",
        "fund_per_producer": "1083.37",
    }
    assert [line["line_no"] for line in file["plan"]["budget_lines"]] == [1, 2]
    assert file["eligibility"]["findings"][0]["code"] == "PAP-001"
    assert file["signals"]["signals"][0]["resolution"]["verdict"] == "dismissed"
    assert file["evaluation"]["recommendation"] == "recommend"
    assert file["documents"][0]["sha256"] == "ef" * 32
    assert file["consortium"]["members"] == 12
    assert file["consortium"]["anchor_firm"]["ruc"] == "20100070970"
    assert file["earlier"]["ballots"] == [ended]


def test_the_parties_are_whoever_gains_or_acts_for_them(
    rooms: Neighbourhood, about: dict[str, str]
) -> None:
    parties = compiled(rooms, about)["parties"]
    by_role = {
        role: [(one["kind"], one["value"]) for one in parties if one["role"] == role]
        for role in ("anchor_firm", "director", "supplier", "adviser")
    }
    assert by_role == {
        "anchor_firm": [("ruc", "20100070970")],
        "director": [("dni", "41234567")],
        "supplier": [("ruc", "20456789012")],
        "adviser": [("ruc", "20512345674")],
    }
    assert sum(one["role"] == "producer" for one in parties) == 12


def test_no_account_phone_or_address_is_in_the_file(
    rooms: Neighbourhood, about: dict[str, str]
) -> None:
    text = canonical(compiled(rooms, about)).decode()
    for private in ("00219300", "+51 987 654 321", "consorcio@correo.example", "1984-05-17"):
        assert private not in text


def test_compiling_twice_gives_the_same_hash(rooms: Neighbourhood, about: dict[str, str]) -> None:
    assert sha256_of(compiled(rooms, about)) == sha256_of(compiled(rooms, about))


def shuffled(value: Any, order: random.Random) -> Any:
    """The same JSON with the keys of every object in another order."""
    if isinstance(value, dict):
        names = list(value)
        order.shuffle(names)
        return {name: shuffled(value[name], order) for name in names}
    if isinstance(value, list):
        return [shuffled(item, order) for item in value]
    return value


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32))
def test_the_hash_does_not_depend_on_the_order_in_which_rooms_speak(seed: int) -> None:
    about, order = subject(), random.Random(seed)
    rooms = Neighbourhood()
    rooms.know(about)
    rooms.facts(about)["members"].sort(key=lambda one: one["dni"])
    first = sha256_of(compiled(rooms, about))
    rooms.bodies = {asked: shuffled(body, order) for asked, body in rooms.bodies.items()}
    order.shuffle(rooms.facts(about)["members"])
    rooms.facts(about)["as_of"] = "2030-01-01"
    assert sha256_of(compiled(rooms, about)) == first


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=json_values)
def test_whatever_a_neighbour_counts_can_be_hashed_and_stays_after_storing(value: Any) -> None:
    kept = {"value": plain(value)}
    try:
        text = canonical(kept)
    except UnicodeEncodeError:
        return  # a lone surrogate: no room's answer can carry one
    assert canonical(json.loads(text)) == text


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ("documents", "documents"),
        ("evaluation", "evaluation"),
        ("members", "consortium"),
        ("findings", "eligibility"),
    ],
)
def test_a_change_changes_the_hash_and_the_part_that_tells_of_it(
    rooms: Neighbourhood, about: dict[str, str], changed: str, part: str
) -> None:
    before = {one["part"]: one["sha256"] for one in files.parts(compiled(rooms, about))}
    body = rooms.bodies["applications", f"/v1/applications/{about['application_id']}"]
    if changed == "documents":
        body["documents"][0]["sha256"] = "00" * 32
    elif changed == "evaluation":
        body["evaluation"]["score"] = 12
    elif changed == "members":
        rooms.facts(about)["members"].pop()
    else:
        said = rooms.bodies["eligibility", f"/v1/assessments/{body['assessment_id']}"]
        said["findings"].append(finding("MEM-003"))
    after = {one["part"]: one["sha256"] for one in files.parts(compiled(rooms, about))}
    assert part in {name for name in before if before[name] != after[name]}
    assert before["plan"] == after["plan"]


def test_concentration_weighs_the_agreements_of_the_call(
    rooms: Neighbourhood, about: dict[str, str]
) -> None:
    call, own = about["call_id"], about["consortium_id"]
    same_firm, same_region, ended = new_id("con"), new_id("con"), new_id("con")
    rooms.agree(
        call,
        own,
        agreement(same_firm, call),
        agreement(same_region, call),
        agreement(ended, call, state="terminated"),
        agreement(own, call, application_id=about["application_id"]),
    )
    elsewhere = [{"name": "INEI-14", "area_ha": "9.0000"}]
    rooms.prints(
        footprint(own),
        footprint(same_firm, regions=elsewhere, crops=[{"name": "mango", "area_ha": "9.0000"}]),
        footprint(
            same_region,
            anchor_firm_ruc="20456789012",
            regions=[{"name": "RENIEC-11", "area_ha": "4.0000"}],
        ),
        footprint(ended),
    )
    told = compiled(rooms, about)["concentration"]
    assert (told["envelope"], told["asked"]) == ("1000000.00", "13000.50")
    lines = {line["kind"]: line for line in told["lines"]}
    assert [(line["kind"], line["agreements"]) for line in told["lines"]] == [
        ("call", 2),
        ("anchor_firm", 1),
        ("region", 1),
        ("crop", 1),
    ]
    assert lines["call"]["would_hold"] == "213000.50"
    assert lines["anchor_firm"]["share_bp"] == 1130
    assert lines["region"]["name"] == "Junín"
    assert lines["crop"]["name"] == "palta"


def test_the_two_schemes_of_places_meet_in_a_name() -> None:
    assert region_name("INEI-12") == region_name("RENIEC-11") == "Junín"
    assert region_name("INEI-07") == region_name("RENIEC-24") == "Callao"
    assert region_name("INEI-25") == region_name("RENIEC-25") == "Ucayali"
    assert region_name("INEI-99") == "INEI-99"


def test_agreements_of_the_same_parties_are_told_but_not_its_own(
    rooms: Neighbourhood, about: dict[str, str]
) -> None:
    own, other, shared = about["consortium_id"], new_id("con"), new_id("con")
    also = {"consortium_id": shared, "name": "El vecino", "joined_first": True}
    rooms.facts(about)["members"][3]["other_consortia"] = [also]
    rooms.kin(rooms.facts(about)["anchor_firm"]["id"], (own, "Este"), (other, "El otro"))
    before = agreement(own, new_id("cal"), state="closed")
    its_own = agreement(own, about["call_id"], application_id=about["application_id"])
    rooms.agree(new_id("cal"), own, before, its_own)
    rooms.agree(new_id("cal"), other, agreement(other, new_id("cal")))
    rooms.agree(new_id("cal"), shared, agreement(shared, new_id("cal")))
    told = compiled(rooms, about)["earlier"]["agreements"]
    assert {(one["relation"], one["consortium_name"]) for one in told} == {
        ("same_consortium", "Consorcio Palta del Mantaro"),
        ("same_anchor_firm", "El otro"),
        ("shared_producers", "El vecino"),
    }


@pytest.mark.parametrize("room", ["applications", "registry", "eligibility", "disbursement"])
def test_without_one_room_nothing_is_compiled(
    rooms: Neighbourhood, about: dict[str, str], room: str
) -> None:
    application = f"/v1/applications/{about['application_id']}"
    for asked in [one for one in rooms.bodies if one[0] == room and one[1] != application]:
        without = Neighbourhood()
        without.bodies = {one: body for one, body in rooms.bodies.items() if one != asked}
        with pytest.raises(Unavailable):
            compiled(without, about)


@pytest.mark.parametrize("room", ["applications", "registry", "eligibility", "disbursement"])
def test_a_body_that_cannot_be_read_is_no_dossier(
    rooms: Neighbourhood, about: dict[str, str], room: str
) -> None:
    asked = next(one for one in rooms.bodies if one[0] == room)
    rooms.bodies[asked] = {"data": [{"id": 7}]}
    with pytest.raises(Unavailable, match="dossier_incomplete"):
        compiled(rooms, about)


def test_an_application_that_is_not_there_is_the_callers_mistake(rooms: Neighbourhood) -> None:
    with pytest.raises(Invalid, match="application_unknown"):
        compiled(rooms, subject())


@pytest.mark.parametrize("name", ["consortium_id", "call_id", "dossier_sha256"])
def test_another_dossier_than_the_applications_is_refused(
    rooms: Neighbourhood, about: dict[str, str], name: str
) -> None:
    other = "cd" * 32 if name == "dossier_sha256" else new_id(name[:3])
    with pytest.raises(Conflict, match="dossier_differs"):
        compiled(rooms, {**about, name: other})
