"""What counts as a register's answer, and what does not."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from services.eligibility.registers.asking import Asking
from services.eligibility.registers.clients import Credit, Ppa, Reniec, Sunarp, Sunat
from services.kernel.errors import Unavailable

RUC = "20999990071"
TAXPAYER = {
    "ddp_numruc": RUC,
    "ddp_nombre": "AGROEXPORTADORA S.A.C.",
    "ddp_estado": "ACTIVO",
    "ddp_flag22": "HABIDO",
    "ddp_fecalt": "2011-06-15",
    "esActivo": True,
    "esHabido": True,
    "exportador": True,
    "deuda_coactiva": "0.00",
}
PERSON = {"dni": "41200689", "nombre_completo": "ELENA QUISPE", "vive": True}
OTHER = {"dni": "41202281", "nombre_completo": "JUAN MEDINA", "vive": False}

Handler = Callable[[httpx2.Request], httpx2.Response]


@asynccontextmanager
async def asking(handler: Any) -> AsyncIterator[Asking]:
    made = Asking(
        "http://registers/",
        timeout_s=0.4,
        at_once=2,
        transport=httpx2.MockTransport(handler),
    )
    try:
        yield made
    finally:
        await made.close()


def saying(body: Any, status: int = 200) -> Handler:
    return lambda _: httpx2.Response(status, json=body)


async def test_a_taxpayer_is_read_by_pides_names() -> None:
    asked: list[str] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        asked.append(f"{request.method} {request.url.path}")
        return httpx2.Response(200, json={**TAXPAYER, "ddp_ciiu": "4630"})

    async with asking(handler) as to:
        record = (await Sunat(to).about([RUC]))[RUC]
    assert record is not None
    assert (record.ddp_estado, record.es_habido, record.deuda_coactiva) == ("ACTIVO", True, "0.00")
    assert asked == [f"GET /sunat/contribuyentes/{RUC}"]


async def test_not_found_is_an_answer_only_from_the_register_itself() -> None:
    async with asking(saying({"code": "not_found"}, 404)) as to:
        assert await Sunarp(to).about([RUC]) == {RUC: None}
        with pytest.raises(Unavailable):
            await Reniec(to).about(["41200689"])
    for body in ({"code": "route_unknown"}, ["not_found"], {"detail": "Not Found"}):
        async with asking(saying(body, 404)) as to:
            with pytest.raises(Unavailable, match="404"):
                await Sunarp(to).about([RUC])


async def test_many_are_asked_in_one_request() -> None:
    bodies: list[Any] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        bodies.append(json.loads(request.content))
        said = {"encontrados": [OTHER, PERSON], "no_encontrados": ["49999999"]}
        return httpx2.Response(200, json=said)

    dnis = ["41200689", "41202281", "49999999"]
    async with asking(handler) as to:
        said = await Reniec(to).about(dnis)
    assert bodies == [{"dnis": dnis}]
    assert said["49999999"] is None
    assert [said[dni].vive for dni in dnis[:2]] == [True, False]  # type: ignore[union-attr]


BATCHES: list[Any] = [
    {},
    [],
    {"encontrados": [PERSON], "no_encontrados": []},
    {"encontrados": [PERSON, PERSON, OTHER], "no_encontrados": []},
    {"encontrados": [PERSON, OTHER], "no_encontrados": ["41200689"]},
    {"encontrados": [PERSON, {**OTHER, "vive": "false"}], "no_encontrados": []},
    {"encontrados": [PERSON, {**OTHER, "vive": 0}], "no_encontrados": []},
    {"encontrados": [PERSON, {**OTHER, "vive": None}], "no_encontrados": []},
    {"encontrados": [PERSON, {**OTHER, "nombre_completo": "J\x00"}], "no_encontrados": []},
    {"encontrados": [PERSON, {**OTHER, "dni": 41202281}], "no_encontrados": []},
    {"encontrados": [PERSON, {**OTHER, "dni": "99999999"}], "no_encontrados": []},
]


@pytest.mark.parametrize("body", BATCHES)
async def test_a_list_that_leaves_somebody_out_or_is_rubbish_is_no_answer(body: Any) -> None:
    async with asking(saying(body)) as to:
        with pytest.raises(Unavailable) as raised:
            await Reniec(to).about(["41200689", "41202281"])
    assert raised.value.code == "eligibility.register_unavailable"
    assert [one.pointer for one in raised.value.errors] == ["/registers/reniec"]
    assert "RENIEC" in raised.value.detail


@pytest.mark.parametrize(
    "change",
    [
        {"ddp_numruc": "20100070970"},
        {"esActivo": False},
        {"ddp_flag22": "NO HABIDO"},
        {"deuda_coactiva": 0},
        {"deuda_coactiva": "-1.00"},
        {"ddp_fecalt": "15/06/2011"},
        {"exportador": None},
    ],
)
async def test_a_taxpayer_that_contradicts_itself_is_no_answer(change: dict[str, Any]) -> None:
    async with asking(saying({**TAXPAYER, **change})) as to:
        with pytest.raises(Unavailable):
            await Sunat(to).about([RUC])


@pytest.mark.parametrize("status", [204, 301, 400, 401, 403, 429, 500, 502, 503, 504])
async def test_another_status_is_no_answer(status: int) -> None:
    async with asking(saying(TAXPAYER, status)) as to:
        with pytest.raises(Unavailable):
            await Sunat(to).about([RUC])


@pytest.mark.parametrize(
    "answer",
    [
        {"content": b"<html>", "headers": {"content-type": "text/html"}},
        {"content": json.dumps(TAXPAYER).encode(), "headers": {"content-type": "text/plain"}},
        {"content": json.dumps(TAXPAYER).encode()},
        {"content": b'{"ddp_numruc": ', "headers": {"content-type": "application/json"}},
        {"content": b"\xff\xfe", "headers": {"content-type": "application/json"}},
        {"content": b"[" * 100_000, "headers": {"content-type": "application/json"}},
        {"content": b"", "headers": {"content-type": "application/json"}},
    ],
)
async def test_what_is_not_json_is_no_answer(answer: dict[str, Any]) -> None:
    async with asking(lambda _: httpx2.Response(200, **answer)) as to:
        with pytest.raises(Unavailable):
            await Sunat(to).about([RUC])


async def test_silence_is_no_answer_and_is_not_asked_twice() -> None:
    tries = 0

    def handler(request: httpx2.Request) -> httpx2.Response:
        nonlocal tries
        tries += 1
        raise httpx2.ReadTimeout("silent", request=request)

    async with asking(handler) as to:
        with pytest.raises(Unavailable, match="no responde"):
            await Credit(to).about(["41200689"])
    assert tries == 1


async def test_a_failed_connection_is_tried_again_within_the_limit() -> None:
    tries = 0

    def handler(request: httpx2.Request) -> httpx2.Response:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise httpx2.ConnectError("refused", request=request)
        return httpx2.Response(200, json=TAXPAYER)

    async with asking(handler) as to:
        assert (await Sunat(to).about([RUC]))[RUC] is not None
    assert tries == 2


async def test_a_refused_connection_ends_at_the_limit() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    async with asking(handler) as to:
        with pytest.raises(Unavailable):
            await Sunat(to).about([RUC])


async def test_an_enrolment_that_ends_before_it_begins_is_no_answer() -> None:
    record = {
        "dni": "41200689",
        "vigente_desde": "2024-03-01",
        "vigente_hasta": "2024-03-01",
        "predios": [],
    }
    async with asking(saying({"encontrados": [record], "no_encontrados": []})) as to:
        with pytest.raises(Unavailable):
            await Ppa(to).about(["41200689"])
