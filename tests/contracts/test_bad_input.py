"""Hostile and broken requests: each is refused by its own status and code, always as a problem."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from services.kernel.ids import new_id
from tests.contracts.conftest import Refused
from tests.contracts.world import World, money, plan, ruc
from tests.support.callers import principal

SECRETARIAT = principal("secretariat")
OPERATOR = principal("operator")
FIRM: dict[str, Any] = {
    "ruc": "20100070970",
    "legal_name": "Valle Verde S.A.C.",
    "ruc_state": "ACTIVO",
    "ruc_condition": "HABIDO",
    "exporting": True,
    "ubigeo": {"scheme": "INEI", "code": "120301"},
}
DEEP = b'{"a":' * 50_000 + b"1" + b"}" * 50_000


def test_a_whole_request_is_taken(world: World) -> None:
    body = {**FIRM, "ruc": ruc()}
    assert world.ask("POST", "registry", "/v1/anchor-firms", body, by=SECRETARIAT).is_success


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "http.invalid"),
        (b"{", 400, "http.malformed_json"),
        (b'{"ruc": "20100070970",}', 400, "http.malformed_json"),
        (b"\xff\xfe{}", 400, "http.malformed_json"),
        (b"\x00", 400, "http.malformed_json"),
        (b"[]", 422, "http.invalid"),
        (b"null", 422, "http.invalid"),
        (b'"text"', 422, "http.invalid"),
        (b"NaN", 422, "http.invalid"),
        (DEEP, 400, "http.malformed_json"),
        (b"9" * 5000, 400, "http.malformed_json"),
        (b'{"x": "' + b"a" * 5_000_000 + b'"}', 413, "http.body_too_large"),
    ],
    ids=lambda part: repr(part)[:24],
)
def test_a_body_that_is_no_object_of_ours(
    world: World, refused: Refused, body: bytes, status: int, code: str
) -> None:
    refused(world.ask("POST", "registry", "/v1/anchor-firms", body, by=SECRETARIAT), status, code)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"ruc": "20100070971"}, "/ruc"),
        ({"ruc": "99100070970"}, "/ruc"),
        ({"ruc": 20100070970}, "/ruc"),
        ({"ruc": "２０１０００７０９７０"}, "/ruc"),
        ({"ruc": None}, "/ruc"),
        ({"extra": 1}, "/extra"),
        ({"legal_name": ""}, "/legal_name"),
        ({"legal_name": "   "}, "/legal_name"),
        ({"legal_name": "a\x00b"}, "/legal_name"),
        ({"legal_name": "a\nb"}, "/legal_name"),
        ({"legal_name": "a" * 201}, "/legal_name"),
        ({"legal_name": "\ud800"}, "/legal_name"),
        ({"legal_name": {"$gt": ""}}, "/legal_name"),
        ({"exporting": "true"}, "/exporting"),
        ({"exporting": 1}, "/exporting"),
        ({"ruc_state": "activo"}, "/ruc_state"),
        ({"ubigeo": {"scheme": "INEI", "code": "12030"}}, "/ubigeo/code"),
        ({"ubigeo": {"scheme": "INEI", "code": "120301", "a/b~": 1}}, "/ubigeo/a~1b~0"),
    ],
    ids=lambda part: repr(part)[:30],
)
def test_a_field_that_the_schema_refuses(
    world: World, refused: Refused, change: dict[str, Any], pointer: str
) -> None:
    body = json.dumps({**FIRM, **change}).encode()
    answer = world.ask("POST", "registry", "/v1/anchor-firms", body, by=SECRETARIAT)
    problem = refused(answer, 422, "http.invalid")
    assert pointer in {field["pointer"] for field in problem["errors"]}


@pytest.mark.parametrize(
    "amount",
    [
        *("-1.00", "-0", "1.005", "1e3", "1,000.00", "01.00", " 1.00", "1.00\n", "", ".5", "1."),
        *("1000000000000.01", "1000000000001", "9" * 400, "NaN", "Infinity", "0x10", "１.００"),
        *("0.00", 1, 1.5, True, None, [], {}),
    ],
    ids=lambda part: repr(part)[:20],
)
def test_an_amount_that_is_none(world: World, refused: Refused, amount: Any) -> None:
    body = {"call_id": world.ids["call_id"], "amount": {"amount": amount, "currency": "PEN"}}
    answer = world.ask("POST", "disbursement", "/v1/budgets", body, by=OPERATOR)
    refused(answer, 422, "http.invalid")


@pytest.mark.parametrize("amount", ["1000000000000", "1000000000000.00", "0.01"])
def test_the_edges_of_an_amount_are_taken(world: World, amount: str) -> None:
    body = {"call_id": world.ids["call_id"], "amount": {"amount": amount, "currency": "PEN"}}
    answer = world.ask("POST", "disbursement", "/v1/budgets", body, by=OPERATOR)
    assert answer.is_success, answer.text


def test_another_currency_is_refused(world: World, refused: Refused) -> None:
    body = {"call_id": world.ids["call_id"], "amount": {"amount": "1.00", "currency": "USD"}}
    refused(world.ask("POST", "disbursement", "/v1/budgets", body, by=OPERATOR), 422)


@pytest.mark.parametrize("number", [2**31, 2**63, 2**64, 10**400, -1, 1.5, "1", True])
def test_a_number_past_its_bounds(world: World, refused: Refused, number: Any) -> None:
    bad = plan()
    bad["budget_lines"][0]["line_no"] = number
    body = {**{name: world.ids[name] for name in ("call_id", "consortium_id")}, "plan": bad}
    by = principal("applicant", consortium_id=world.ids["consortium_id"])
    refused(world.ask("POST", "applications", "/v1/applications", body, by=by), 422)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "1767225600", "now", 1])
def test_a_day_that_is_none(world: World, refused: Refused, day: Any) -> None:
    body = {"channel": "agroideas", "business_date": day}
    refused(world.ask("POST", "disbursement", "/v1/reconciliations", body, by=OPERATOR), 422)


@pytest.mark.parametrize(
    "closes_at",
    [
        *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59"),
        *("2026-11-30", "2099-11-30T10:00:00", "2099-11-30 10:00:00Z", "4102444800", 4102444800, 0),
    ],
)
def test_an_instant_that_is_none(world: World, refused: Refused, closes_at: Any) -> None:
    ids = {name: world.ids[name] for name in ("application_id", "consortium_id", "call_id")}
    body = {**ids, "dossier_sha256": "ab" * 32, "closes_at": closes_at}
    answer = world.ask("POST", "board", "/v1/ballots", body, by=principal("service"))
    assert answer.status_code in (409, 422), answer.text
    refused(answer, answer.status_code)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("limit=1000000000", 422, "http.invalid"),
        ("limit=0", 422, "http.invalid"),
        ("limit=-1", 422, "http.invalid"),
        (f"limit={'9' * 5000}", 422, "http.invalid"),
        ("limit=1.5", 422, "http.invalid"),
        ("cursor=%C3%B1", 400, "http.bad_cursor"),
        ("cursor=abc", 400, "http.bad_cursor"),
        ("cursor=AA==", 400, "http.bad_cursor"),
        (f"cursor={'A' * 201}", 422, "http.invalid"),
        ("name=%00", 422, "http.invalid"),
    ],
    ids=lambda part: repr(part)[:24],
)
def test_a_page_that_cannot_be(
    world: World, refused: Refused, query: str, status: int, code: str
) -> None:
    answer = world.ask("GET", "registry", f"/v1/consortia?{query}", by=SECRETARIAT)
    refused(answer, status, code)


@pytest.mark.parametrize("limit", ["1", "200"])
def test_the_edges_of_a_page_are_taken(world: World, limit: str) -> None:
    answer = world.ask("GET", "registry", f"/v1/consortia?limit={limit}", by=SECRETARIAT)
    assert answer.is_success


@pytest.mark.parametrize(
    "segment",
    [
        *("{producer_id}", "con_", "con_01", "x", "%00", "%ff", "..%2f..", "con_{upper}", "%2e%2e"),
        *("' OR 1=1 --", "con_%0a01k9v1q0m5f3tt0p6k1s9w2r4e", "a" * 3000),
    ],
    ids=lambda part: repr(part)[:24],
)
def test_an_id_of_another_type_names_nothing(world: World, refused: Refused, segment: str) -> None:
    upper = world.ids["consortium_id"][4:].upper()
    name = segment.format(producer_id=world.ids["producer_id"], upper=upper)
    answer = world.ask("GET", "registry", f"/v1/consortia/{name}", by=SECRETARIAT)
    assert answer.status_code in (404, 422)
    refused(answer, answer.status_code)


@pytest.mark.parametrize("key", ["", "a" * 256, "two words", "a\tb"])
def test_a_key_that_is_none(world: World, refused: Refused, key: str) -> None:
    headers = {"Idempotency-Key": key}
    answer = world.ask(
        "POST",
        "registry",
        "/v1/anchor-firms",
        {**FIRM, "ruc": ruc()},
        by=SECRETARIAT,
        headers=headers,
    )
    refused(answer, 400, "idempotency.key_missing")


def test_the_same_key_with_another_body_is_refused(world: World, refused: Refused) -> None:
    headers = {"Idempotency-Key": new_id("key")}
    first, second = ({**FIRM, "ruc": ruc()} for _ in range(2))
    path = "/v1/anchor-firms"
    assert world.ask("POST", "registry", path, first, by=SECRETARIAT, headers=headers).is_success
    answer = world.ask("POST", "registry", path, second, by=SECRETARIAT, headers=headers)
    refused(answer, 422, "idempotency.key_reused")


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "PUT", "TRACE", "OPTIONS"])
def test_a_method_that_the_path_has_not(world: World, refused: Refused, method: str) -> None:
    refused(
        world.ask(method, "registry", "/v1/consortia", by=SECRETARIAT),
        405,
        "http.method_not_allowed",
    )


@pytest.mark.parametrize(
    "path", ["/v1/nothing", "/v2/consortia", "/v1/consortia/", "//v1/consortia", "/v1/ballots"]
)
def test_a_path_that_this_room_has_not(world: World, refused: Refused, path: str) -> None:
    refused(world.ask("GET", "registry", path, by=SECRETARIAT), 404, "http.not_found")


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data"])
def test_a_body_that_is_not_json(world: World, refused: Refused, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    body = json.dumps({**FIRM, "ruc": ruc()}).encode()
    answer = world.ask(
        "POST", "registry", "/v1/anchor-firms", body, by=SECRETARIAT, headers=headers
    )
    refused(answer, 422, "http.invalid")


def test_a_body_without_an_announced_length_is_bounded_too(world: World, refused: Refused) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(80):
            yield b" " * 65_536

    headers = {**world.bearer(SECRETARIAT), "Idempotency-Key": new_id("key")}
    with world.client("registry") as client:
        answer = client.post("/v1/anchor-firms", headers=headers, content=chunks())
    refused(answer, 413, "http.body_too_large")


@pytest.mark.parametrize("length", ["-1", "abc", "1, 2"])
def test_a_length_that_is_none_ends_the_connection(world: World, length: str) -> None:
    host, port = world.urls["registry"].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        head = f"POST /v1/anchor-firms HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
        raw.sendall(head.encode())
        assert b" 4" in raw.recv(4096).split(b"\r\n")[0]


def test_a_refused_write_leaves_nothing_and_its_key_is_free(world: World, refused: Refused) -> None:
    headers, number = {"Idempotency-Key": new_id("key")}, ruc()
    path = "/v1/anchor-firms"
    bad = {**FIRM, "ruc": number, "legal_name": ""}
    refused(world.ask("POST", "registry", path, bad, by=SECRETARIAT, headers=headers), 422)
    found = world.ask("GET", "registry", f"{path}?ruc={number}", by=SECRETARIAT)
    assert found.json()["data"] == []
    good = {**bad, "legal_name": "Valle Verde"}
    assert world.ask("POST", "registry", path, good, by=SECRETARIAT, headers=headers).is_success


def test_money_is_shown_as_text(world: World) -> None:
    path = f"/v1/budgets?call_id={world.ids['call_id']}"
    shown = world.ask("GET", "disbursement", path, by=OPERATOR).json()["committed"]
    assert shown == money(800)
