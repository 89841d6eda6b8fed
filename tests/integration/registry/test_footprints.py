"""Footprints: sums of members and land, of many consortia in the same few queries."""

from services.kernel.ids import new_id
from tests.integration.registry.conftest import Registry, parcel, producer


async def test_land_is_summed_by_region_and_crop(registry: Registry) -> None:
    in_two_places = [
        parcel("A", "1.5000"),
        {
            **parcel("B", "2.2500"),
            "crop": " Palta ",
            "ubigeo": {"scheme": "INEI", "code": "050101"},
        },
    ]
    first = await registry.made("/v1/producers", producer(parcels=in_two_places))
    second = await registry.made("/v1/producers", producer(parcels=[parcel("C", "0.5000")]))
    consortium = await registry.consortium([first["id"], second["id"]])
    other = await registry.consortium(await registry.producers(1))
    query = "&".join(
        f"consortium_id={one}" for one in (other["id"], consortium["id"], new_id("con"))
    )
    told = (await registry.get(f"/v1/footprints?{query}", role="service")).json()["data"]
    assert [one["consortium_id"] for one in told] == sorted([consortium["id"], other["id"]])
    ours = next(one for one in told if one["consortium_id"] == consortium["id"])
    assert (ours["members"], ours["area_ha"]) == (2, "4.2500")
    assert ours["anchor_firm_id"] == consortium["anchor_firm_id"]
    assert ours["regions"] == [
        {"name": "INEI-05", "area_ha": "2.2500"},
        {"name": "INEI-12", "area_ha": "2.0000"},
    ]
    assert ours["crops"] == [{"name": "palta", "area_ha": "4.2500"}]


async def test_who_has_withdrawn_brings_no_land(registry: Registry) -> None:
    stays, leaves = await registry.producers(2)
    consortium = await registry.consortium([stays, leaves])
    path = f"/v1/consortia/{consortium['id']}"
    await registry.post(f"{path}/members/{leaves}/withdraw")
    query = f"/v1/footprints?consortium_id={consortium['id']}"
    told = (await registry.get(query, role="service")).json()["data"][0]
    assert (told["members"], told["area_ha"]) == (1, "1.8000")


async def test_a_hundred_consortia_take_the_same_queries_as_one(registry: Registry) -> None:
    ids = [(await registry.consortium(await registry.producers(1)))["id"] for _ in range(4)]
    counts = []
    for asked in (ids[:1], ids):
        query = "&".join(f"consortium_id={one}" for one in asked)
        with registry.counted_queries() as queries:
            answer = await registry.get(f"/v1/footprints?{query}", role="service")
        assert len(answer.json()["data"]) == len(asked)
        counts.append(len(queries))
    assert counts[0] == counts[1]


async def test_consortia_are_found_by_their_anchor_firm(registry: Registry) -> None:
    consortium = await registry.consortium(await registry.producers(1))
    query = f"/v1/consortia?anchor_firm_id={consortium['anchor_firm_id']}"
    found = (await registry.get(query, role="service")).json()["data"]
    assert [one["id"] for one in found] == [consortium["id"]]


async def test_what_is_no_list_of_consortia_is_refused(registry: Registry) -> None:
    many = "&".join(f"consortium_id={new_id('con')}" for _ in range(101))
    for query in ("", "?consortium_id=x", f"?{many}"):
        assert (await registry.get(f"/v1/footprints{query}", role="service")).status_code == 422
    path = f"/v1/footprints?consortium_id={new_id('con')}"
    assert (await registry.get(path, role="applicant")).status_code == 403
