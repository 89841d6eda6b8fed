"""Anchor firms and producers over HTTP, in a real database."""

import asyncio

import pytest

from tests.integration.registry.conftest import Registry, digits, firm, fresh_ruc, parcel, producer


async def test_an_anchor_firm_is_found_by_its_ruc_and_its_id(registry: Registry) -> None:
    body = firm()
    made = await registry.made("/v1/anchor-firms", body)
    assert made == {"id": made["id"], **body}
    listed = await registry.get(f"/v1/anchor-firms?ruc={body['ruc']}", role="auditor")
    assert listed.json() == {"data": [made], "next_cursor": None}
    assert (await registry.get(f"/v1/anchor-firms/{made['id']}")).json() == made


async def test_a_taken_ruc_names_the_firm_that_has_it(registry: Registry) -> None:
    made = await registry.made("/v1/anchor-firms", firm())
    answer = await registry.post("/v1/anchor-firms", firm(ruc=made["ruc"]))
    assert answer.status_code == 409
    assert answer.json()["code"] == "registry.ruc_taken"
    assert made["id"] in answer.json()["detail"]


async def test_a_wrong_check_digit_is_a_field_error(registry: Registry) -> None:
    answer = await registry.post("/v1/anchor-firms", firm(ruc="20100070971"))
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/ruc"]


async def test_a_producer_is_answered_with_its_land(registry: Registry) -> None:
    body = producer(parcels=[parcel("B", "0.5"), parcel("A", "1.8")])
    made = await registry.made("/v1/producers", body)
    assert made["total_area_ha"] == "2.3000"
    assert made["warnings"] == []
    read = (await registry.get(f"/v1/producers/{made['id']}")).json()
    assert [p["code"] for p in read["parcels"]] == ["A", "B"]
    assert [p["area_ha"] for p in read["parcels"]] == ["1.8000", "0.5000"]
    assert read["ppa"] == body["ppa"]
    listed = await registry.get(f"/v1/producers?dni={body['dni']}")
    assert listed.json()["data"] == [read]


async def test_a_doubtful_cci_is_accepted_with_a_warning(registry: Registry) -> None:
    made = await registry.made("/v1/producers", producer(cci="00219300123456789014"))
    assert [warning["pointer"] for warning in made["warnings"]] == ["/cci"]


async def test_two_at_once_with_one_dni_leave_one_producer(registry: Registry) -> None:
    body = producer()
    answers = await asyncio.gather(*(registry.post("/v1/producers", body) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    (made,) = [answer.json() for answer in answers if answer.status_code == 201]
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "registry.dni_taken"
            assert made["id"] in answer.json()["detail"]


async def test_one_commit_holds_state_audit_and_event(registry: Registry) -> None:
    made = await registry.made("/v1/producers", producer())
    audited = await registry.rows("SELECT action FROM audit WHERE subject = :id", id=made["id"])
    sent = await registry.rows("SELECT body FROM outbox WHERE aggregate_id = :id", id=made["id"])
    assert [row.action for row in audited] == ["registry.producer.register"]
    assert [row.body["type"] for row in sent] == ["fund.registry.producer.registered.v1"]
    assert made["dni"] not in str(sent)


async def test_a_refusal_leaves_nothing_behind(registry: Registry) -> None:
    before = await registry.rows(
        "SELECT (SELECT count(*) FROM audit), (SELECT count(*) FROM outbox)"
    )
    answer = await registry.post("/v1/producers", producer(born_on="2100-01-01"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/born_on"
    after = await registry.rows(
        "SELECT (SELECT count(*) FROM audit), (SELECT count(*) FROM outbox)"
    )
    assert before == after


async def test_the_same_key_gives_the_first_answer_again(registry: Registry) -> None:
    body = producer()
    first = await registry.post("/v1/producers", body, key="k-" + body["dni"])
    again = await registry.post("/v1/producers", body, key="k-" + body["dni"])
    assert (again.status_code, again.text) == (201, first.text)
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("path", ["/v1/anchor-firms", "/v1/producers"])
async def test_an_applicant_reads_no_register(registry: Registry, path: str) -> None:
    assert (await registry.get(path, role="applicant")).status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/producers?dni=%00", 422),
        ("/v1/producers?dni=1", 422),
        ("/v1/anchor-firms?ruc=1", 422),
        ("/v1/consortia?name=%00", 422),
        ("/v1/consortia?cursor=AA==", 400),
        ("/v1/producers/pro_%00", 422),
        ("/v1/consortia/con_%00", 404),
        ("/v1/consortia/con_%00/facts", 404),
        ("/v1/producers?limit=99999999999999999999", 422),
    ],
)
async def test_odd_questions_are_refused_and_never_break(
    registry: Registry, path: str, status: int
) -> None:
    assert (await registry.get(path)).status_code == status


@pytest.mark.parametrize(
    "raw",
    [
        b'{"ruc": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"ruc": "\\u0000"}',
        b"[" * 5000,
        b'{"ruc": ' + b"9" * 5000 + b"}",
        b"\xff\xfe",
        b"null",
        b"NaN",
    ],
)
async def test_odd_bodies_are_refused_and_never_break(registry: Registry, raw: bytes) -> None:
    for path in ("/v1/anchor-firms", "/v1/producers", "/v1/consortia"):
        answer = await registry.raw(path, raw)
        assert answer.status_code in {400, 422}, (path, raw[:20], answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_pages_follow_each_other_without_gaps(registry: Registry) -> None:
    made = [await registry.made("/v1/anchor-firms", firm(ruc=fresh_ruc())) for _ in range(3)]
    seen: list[str] = []
    cursor = ""
    for _ in range(100):
        page = (await registry.get(f"/v1/anchor-firms?limit=2{cursor}")).json()
        seen += [row["id"] for row in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen))
    assert {row["id"] for row in made} <= set(seen)


async def test_the_database_itself_refuses_to_change_a_ppa_snapshot(registry: Registry) -> None:
    body = producer(dni=digits(8))
    made = await registry.made("/v1/producers", body)
    with pytest.raises(Exception, match=r"permission denied|append-only"):
        await registry.rows(
            "UPDATE ppa_registration SET valid_from = '2020-01-01' WHERE producer_id = :id",
            id=made["id"],
        )
