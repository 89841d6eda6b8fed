"""Consortia, their members and the facts that the policy judges."""

import asyncio
import re
from datetime import date, timedelta
from typing import Any

from services.kernel import clock
from services.kernel.ids import new_id
from tests.integration.registry.conftest import Registry, firm, member, parcel, producer


async def test_a_consortium_shows_its_members_with_their_land(registry: Registry) -> None:
    rosa = await registry.made(
        "/v1/producers", producer(parcels=[parcel("A", "1.8"), parcel("B", "0.4")])
    )
    made = await registry.consortium([rosa["id"]])
    read = await registry.get(f"/v1/consortia/{made['id']}")
    assert read.json() == made
    assert read.headers["ETag"] == '"1"'
    assert made["independent_accounting"] is False
    (shown,) = made["members"]
    assert shown["producer_id"] == rosa["id"]
    assert (shown["full_name"], shown["dni"], shown["cci"]) == (
        rosa["full_name"],
        rosa["dni"],
        rosa["cci"],
    )
    assert shown["total_area_ha"] == "2.2000"
    listed = (await registry.get(f"/v1/consortia?name={made['name']}")).json()
    assert [row["id"] for row in listed["data"]] == [made["id"]]


async def test_an_applicant_sees_its_own_consortium_only(registry: Registry) -> None:
    own, other = [await registry.consortium([]) for _ in range(2)]
    seen = await registry.get(
        f"/v1/consortia/{own['id']}", role="applicant", consortium_id=own["id"]
    )
    hidden, absent = [
        await registry.get(f"/v1/consortia/{found}", role="applicant", consortium_id=own["id"])
        for found in (other["id"], new_id("con"))
    ]
    assert seen.status_code == 200
    assert hidden.status_code == absent.status_code == 404
    assert {**hidden.json(), "request_id": ""} == {**absent.json(), "request_id": ""}


async def test_every_unknown_name_is_pointed_at(registry: Registry) -> None:
    (known,) = await registry.producers(1)
    answer = await registry.post(
        "/v1/consortia",
        {
            "name": "Consorcio de nadie",
            "anchor_firm_id": new_id("anc"),
            "cci": "00219300123456789013",
            "members": [member(new_id("pro")), member(known), member(known)],
        },
    )
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("/anchor_firm_id", "registry.anchor_firm_unknown"),
        ("/members/0/producer_id", "registry.producer_unknown"),
        ("/members/2/producer_id", "registry.member_repeated"),
    ]


async def test_a_member_joins_leaves_and_joins_again(registry: Registry) -> None:
    (rosa,) = await registry.producers(1)
    made = await registry.consortium([])
    members = f"/v1/consortia/{made['id']}/members"
    joined = await registry.post(members, member(rosa))
    assert (joined.status_code, joined.headers["ETag"]) == (201, '"2"')
    twice = await registry.post(members, member(rosa))
    assert (twice.status_code, twice.json()["code"]) == (409, "registry.already_member")
    left = await registry.post(f"{members}/{rosa}/withdraw")
    assert left.status_code == 200
    assert left.json()["withdrawn_at"] is not None
    again = await registry.post(f"{members}/{rosa}/withdraw")
    assert (again.status_code, again.json()["code"]) == (409, "registry.member_withdrawn")
    back = await registry.post(members, member(rosa))
    assert back.json()["consortium_version"] == 4
    kept = await registry.rows(
        "SELECT withdrawn_at IS NULL AS current FROM membership WHERE consortium_id = :id"
        " ORDER BY id",
        id=made["id"],
    )
    assert [row.current for row in kept] == [False, True]
    sent = await registry.rows(
        "SELECT type, aggregate_version, body->'data'->>'members_count' AS members_count"
        " FROM outbox WHERE aggregate_id = :id ORDER BY seq",
        id=made["id"],
    )
    assert [tuple(row) for row in sent] == [
        ("fund.registry.consortium.formed.v1", 1, None),
        ("fund.registry.member.added.v1", 2, "1"),
        ("fund.registry.member.withdrawn.v1", 3, "0"),
        ("fund.registry.member.added.v1", 4, "1"),
    ]


async def test_who_is_unknown_cannot_join_or_leave(registry: Registry) -> None:
    made = await registry.consortium([])
    members = f"/v1/consortia/{made['id']}/members"
    joining = await registry.post(members, member(new_id("pro")))
    assert (joining.status_code, joining.json()["errors"][0]["pointer"]) == (422, "/producer_id")
    leaving = await registry.post(f"{members}/{new_id('pro')}/withdraw")
    assert leaving.status_code == 404
    nowhere = await registry.post(f"/v1/consortia/{new_id('con')}/members", member(new_id("pro")))
    assert nowhere.status_code == 404


async def test_a_change_based_on_an_old_version_is_refused(registry: Registry) -> None:
    rosa, pedro = await registry.producers(2)
    made = await registry.consortium([rosa])
    members = f"/v1/consortia/{made['id']}/members"
    first = await registry.post(members, member(pedro), headers={"If-Match": '"1"'})
    late = await registry.post(f"{members}/{rosa}/withdraw", headers={"If-Match": '"1"'})
    bad = await registry.post(f"{members}/{rosa}/withdraw", headers={"If-Match": "one"})
    assert (first.status_code, late.status_code, bad.status_code) == (201, 412, 400)


async def test_two_at_once_leave_one_membership(registry: Registry) -> None:
    (rosa,) = await registry.producers(1)
    made = await registry.consortium([])
    path = f"/v1/consortia/{made['id']}/members"
    answers = await asyncio.gather(*(registry.post(path, member(rosa)) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_the_facts_tell_all_and_judge_nothing(registry: Registry) -> None:
    rosa = await registry.made(
        "/v1/producers", producer(parcels=[parcel("F-1", "1.8"), parcel("F-2", "0.4")])
    )
    paper = await registry.made("/v1/producers", producer(alive=False, ppa=None, parcels=[]))
    made = await registry.consortium([rosa["id"], paper["id"]])
    other = await registry.consortium([rosa["id"]])
    left = await registry.consortium([rosa["id"]])
    await registry.post(f"/v1/consortia/{left['id']}/members/{rosa['id']}/withdraw")
    facts = (await registry.get(f"/v1/consortia/{made['id']}/facts", role="service")).json()
    assert facts["consortium"] == {
        "id": made["id"],
        "name": made["name"],
        "cci": made["cci"],
        "independent_accounting": False,
    }
    assert facts["anchor_firm"]["id"] == made["anchor_firm_id"]
    assert facts["as_of"] == clock.lima_date(clock.now()).isoformat()
    first, second = facts["members"]
    land = [
        {**{k: v for k, v in p.items() if k != "ubigeo"}, "also_claimed_by": []}
        for p in rosa["parcels"]
    ]
    contract = {k: v for k, v in member(rosa["id"]).items() if k != "producer_id"}
    personal = ("dni", "full_name", "sex", "born_on", "alive", "cci", "ppa")
    assert first == {
        "producer_id": rosa["id"],
        **{name: rosa[name] for name in personal},
        "parcels": land,
        "total_area_ha": "2.2000",
        "contract": contract,
        "other_consortia": [
            {"consortium_id": other["id"], "name": other["name"], "joined_first": False}
        ],
        "household": None,
    }
    assert (second["ppa"], second["parcels"], second["total_area_ha"]) == (None, [], "0.0000")
    assert second["other_consortia"] == []


async def test_the_ppa_snapshot_of_today_counts_before_a_later_one(registry: Registry) -> None:
    today = clock.lima_date(clock.now())
    current = {"valid_from": (today - timedelta(days=9)).isoformat(), "valid_to": None}
    rosa = await registry.made("/v1/producers", producer(ppa=current))
    await _snapshot(registry, rosa["id"], today + timedelta(days=5), None)
    assert (await registry.get(f"/v1/producers/{rosa['id']}")).json()["ppa"] == current
    newer = today - timedelta(days=2), today + timedelta(days=1)
    await _snapshot(registry, rosa["id"], *newer)
    found = (await registry.get(f"/v1/producers/{rosa['id']}")).json()["ppa"]
    assert found == {"valid_from": newer[0].isoformat(), "valid_to": newer[1].isoformat()}


async def _snapshot(registry: Registry, whose: str, start: date, end: date | None) -> None:
    await registry.rows(
        "INSERT INTO ppa_registration (id, producer_id, valid_from, valid_to, recorded_at)"
        " VALUES (:id, :whose, :start, :end, now()) RETURNING id",
        id=new_id("ppa"),
        whose=whose,
        start=start,
        end=end,
    )


async def test_facts_take_seven_queries_for_a_thousand_members(registry: Registry) -> None:
    ids = await _many_producers(registry, 1000)
    made = await registry.consortium(ids)
    assert len(made["members"]) == 1000
    with registry.counted_queries() as seen:
        facts = await registry.get(f"/v1/consortia/{made['id']}/facts", role="service")
    assert len(facts.json()["members"]) == 1000
    assert len(seen) <= 7, seen
    (extra,) = await registry.producers(1)
    full = await registry.post(f"/v1/consortia/{made['id']}/members", member(extra))
    assert (full.status_code, full.json()["code"]) == (409, "registry.consortium_full")
    too_many = await registry.post("/v1/consortia", _body_of(made, [*ids, extra]))
    assert too_many.status_code == 422


def _body_of(made: dict[str, Any], ids: list[str]) -> dict[str, Any]:
    return {
        "name": made["name"],
        "anchor_firm_id": made["anchor_firm_id"],
        "cci": made["cci"],
        "members": [member(producer_id) for producer_id in ids],
    }


async def _many_producers(registry: Registry, count: int) -> list[str]:
    """Straight into the tables: how fast HTTP registers them is not asked here."""
    ids = sorted(new_id("pro") for _ in range(count))
    last = (await registry.rows("SELECT coalesce(max(dni::int), 0) AS n FROM producer"))[0].n
    start = last + 1 if last < 10**8 - count - 1 else 0
    await registry.rows(
        "WITH people AS (INSERT INTO producer SELECT id, lpad((:start + n)::text, 8, '0'),"
        " 'Productor ' || n, 'F', '1984-05-17', true, '00219300123456789013', now()"
        " FROM unnest(cast(:ids AS text[])) WITH ORDINALITY AS t (id, n) RETURNING id, dni)"
        " INSERT INTO parcel SELECT 'par' || substr(id, 4), id, 'PRE-' || dni, 18000, 'palta',"
        " 'propia', 'INEI', '120301' FROM people RETURNING id",
        start=start,
        ids=ids,
    )
    return ids


async def test_a_firm_may_anchor_a_consortium_of_nobody_yet(registry: Registry) -> None:
    anchor = await registry.made("/v1/anchor-firms", firm())
    body = {"name": "Vacío", "anchor_firm_id": anchor["id"], "cci": "0" * 20, "members": []}
    made = await registry.made("/v1/consortia", body)
    assert made["members"] == []
    assert re.fullmatch(r"con_[0-9a-z]{26}", made["id"])
