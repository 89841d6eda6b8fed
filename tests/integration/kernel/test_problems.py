"""Every refusal is a whole problem, and no body breaks the service."""

from collections.abc import AsyncIterator

import pytest

from services.kernel.app import MAX_BODY_BYTES
from services.kernel.ids import new_id
from tests.integration.kernel.conftest import ANA, Kernel, problem_of
from tests.support.callers import principal


@pytest.mark.parametrize(
    ("mode", "status"),
    [("conflict", 409), ("held", 423), ("invalid", 422), ("missing", 404), ("stale", 412)],
)
async def test_each_refusal_has_its_status(
    kernel: Kernel, thing: str, mode: str, status: int
) -> None:
    answer = await kernel.effect(thing, mode, key=new_id("key"))
    problem_of(answer, status, f"test.{mode}")
    assert answer.headers.get("retry-after") == ("3" if mode == "conflict" else None)


async def test_an_unknown_error_is_told_without_its_text(kernel: Kernel, thing: str) -> None:
    answer = await kernel.effect(thing, "break", key=new_id("key"))
    problem_of(answer, 500, "http.internal_error")
    assert "secret" not in answer.text


async def test_an_unknown_address_and_an_unknown_method(kernel: Kernel) -> None:
    problem_of(await kernel.caller.get("/v1/nothing", by=ANA), 404, "http.not_found")
    answer = await kernel.caller.request("DELETE", "/v1/anchor-firms", by=ANA)
    problem_of(answer, 405, "http.method_not_allowed")
    assert answer.headers["allow"]


async def test_a_role_that_may_never_is_told_so(kernel: Kernel) -> None:
    answer = await kernel.caller.get("/v1/producers", by=principal("board_member", seat="mef"))
    problem_of(answer, 403, "authz.denied")


async def test_each_wrong_field_is_pointed_at(kernel: Kernel, thing: str) -> None:
    body = {"mode": "dance", "note": 7, "a/b~c": 1}
    path = f"/v1/things/{thing}/effects"
    problem = problem_of(await kernel.caller.post(path, body, by=ANA), 422, "http.invalid")
    assert {(field["pointer"], field["code"]) for field in problem["errors"]} == {
        ("/mode", "literal_error"),
        ("/note", "string_type"),
        ("/a~1b~0c", "extra_forbidden"),
    }
    assert all(field["detail"] for field in problem["errors"])


async def test_a_wrong_question_is_pointed_at_by_its_place(kernel: Kernel) -> None:
    answer = await kernel.caller.get("/v1/producers?limit=0", by=ANA)
    [field] = problem_of(answer, 422, "http.invalid")["errors"]
    assert field["pointer"] == "#query/limit"


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff\xfe", b'{"mode": NaN}', b"[" * 200_000, b'{"note": ' + b"9" * 5000 + b"}", b"\0"],
    ids=["cut", "not-utf8", "nan", "deep", "long-number", "nul"],
)
async def test_no_body_breaks_the_service(kernel: Kernel, thing: str, content: bytes) -> None:
    answer = await kernel.caller.post(f"/v1/things/{thing}/effects", content, by=ANA)
    assert answer.status_code in {400, 422}, answer.text
    problem_of(answer, answer.status_code, answer.json()["code"])
    assert await kernel.effects(thing) == 0


def padded(size: int) -> bytes:
    head, tail = b'{"note": "', b'"}'
    return head + b"x" * (size - len(head) - len(tail)) + tail


async def test_a_body_of_one_mebibyte_is_read_and_a_byte_more_is_not(
    kernel: Kernel, thing: str
) -> None:
    path = f"/v1/things/{thing}/effects"
    whole = await kernel.caller.post(path, padded(MAX_BODY_BYTES), by=ANA)
    assert whole.status_code == 201
    larger = await kernel.caller.post(path, padded(MAX_BODY_BYTES + 1), by=ANA)
    problem_of(larger, 413, "http.body_too_large")
    assert await kernel.effects(thing) == 1


async def test_a_streamed_body_is_cut_at_the_limit(kernel: Kernel, thing: str) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 65_536
            yield b"x" * 65_536

    answer = await kernel.caller.client.post(f"/v1/things/{thing}/effects", content=pieces())
    problem_of(answer, 413, "http.body_too_large")
    assert sent <= MAX_BODY_BYTES + 2 * 65_536


@pytest.mark.parametrize("length", ["-1", "abc", "9" * 5000])
async def test_a_length_that_is_none_is_refused(kernel: Kernel, thing: str, length: str) -> None:
    answer = await kernel.caller.client.post(
        f"/v1/things/{thing}/effects", content=b"{}", headers={"Content-Length": length}
    )
    problem_of(answer, 413, "http.body_too_large")


async def test_a_request_id_is_kept_when_it_is_decent(kernel: Kernel) -> None:
    for given, kept in (("abc-123", True), ("x" * 65, False), ("a\tb", False)):
        answer = await kernel.caller.client.get("/v1/nothing", headers={"X-Request-ID": given})
        assert (problem_of(answer, 404, "http.not_found")["request_id"] == given) == kept
