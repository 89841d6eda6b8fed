"""Both channels against a partner that answers as it likes: three outcomes and nothing else."""

import json
from datetime import date
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from services.disbursement.channels.agrobanco import Agrobanco
from services.disbursement.channels.agroideas import Agroideas
from services.disbursement.channels.protocol import PartnerUnclear, Status
from services.kernel.settings import Settings
from tests.factories import disbursement as make

DAY = date(2026, 3, 2)
REFERENCE = make.payment().reference
TOKEN = {"access_token": "t", "expires_in": 300}


class Partner:
    """Gives tokens and then whatever the test says; remembers what it was sent."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer
        self.token: Any = httpx2.Response(200, json=TOKEN)
        self.requests: list[httpx2.Request] = []
        self.tokens_given = 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/oauth/token"):
            self.tokens_given += 1
            return self._said(self.token)
        self.requests.append(request)
        return self._said(self.answer)

    @staticmethod
    def _said(answer: Any) -> httpx2.Response:
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, httpx2.Response)
        return answer


def channel_of(name: str, partner: Partner) -> Agroideas | Agrobanco:
    settings = Settings(
        _env_file=None,
        agroideas_client_secret=SecretStr("secret-one"),
        agrobanco_client_secret=SecretStr("secret-two"),
    )
    channel = Agroideas(settings) if name == "agroideas" else Agrobanco(settings)
    channel._http._client = httpx2.AsyncClient(transport=httpx2.MockTransport(partner))
    return channel


def taken(name: str, **changes: Any) -> httpx2.Response:
    """The 202 of this partner."""
    body: dict[str, Any] = {"reference": REFERENCE, "execution_id": "exe", "status": "accepted"}
    if name == "agrobanco":
        body = {"message_id": make.batch().message_id, "file_id": "fil", "status": "received"}
    return httpx2.Response(202, json={**body, **changes})


BOTH = pytest.mark.parametrize("name", ["agroideas", "agrobanco"])


@BOTH
async def test_a_202_that_names_what_we_sent_is_accepted(name: str) -> None:
    partner = Partner(taken(name))
    assert (await channel_of(name, partner).send(make.batch())).outcome == "accepted"
    (request,) = partner.requests
    assert request.headers["Authorization"] == "Bearer t"
    if name == "agroideas":
        assert request.headers["Idempotency-Key"] == REFERENCE
    else:
        assert request.headers["X-File-Reference"] == make.batch().message_id


@BOTH
@pytest.mark.parametrize(
    "answer",
    [
        *(httpx2.Response(status) for status in (500, 502, 503, 504, 429, 401, 403, 404, 408)),
        httpx2.Response(200, json={}),
        httpx2.Response(201, json={}),
        httpx2.Response(302, headers={"Location": "http://127.0.0.1:1/"}),
        httpx2.Response(409, json={"code": "reference_conflict"}),
        httpx2.Response(202, content=b"<html>"),
        httpx2.Response(202, content=b""),
        httpx2.Response(202, json=[]),
        httpx2.Response(202, json={}),
        httpx2.Response(202, content=b"\xff\xfe{"),
        httpx2.Response(202, json={"reference": "another", "message_id": "another"}),
        httpx2.ReadTimeout("late"),
        httpx2.ConnectTimeout("late"),
        httpx2.WriteTimeout("late"),
        httpx2.PoolTimeout("late"),
        httpx2.ConnectError("refused"),
        httpx2.ReadError("reset"),
        httpx2.RemoteProtocolError("cut"),
    ],
    ids=lambda answer: (
        f"{answer.status_code} {answer.content[:12]!r}"
        if isinstance(answer, httpx2.Response)
        else type(answer).__name__
    ),
)
async def test_what_is_not_plain_is_unknown(name: str, answer: Any) -> None:
    assert (await channel_of(name, Partner(answer)).send(make.batch())).outcome == "unknown"


@BOTH
@pytest.mark.parametrize("status", [400, 413, 415, 422])
async def test_only_listed_codes_are_refusals(name: str, status: int) -> None:
    answer = httpx2.Response(status, json={"code": "amount_not_positive"})
    sent = await channel_of(name, Partner(answer)).send(make.batch())
    assert sent.outcome == "rejected"
    assert sent.detail
    for body in (b"", b"[]", b'{"code": 1}', b'{"code": "\\ud800"}'):
        again = Partner(httpx2.Response(status, content=body))
        sent = await channel_of(name, again).send(make.batch())
        assert (sent.outcome, sent.detail) == ("rejected", f"status {status}")


@BOTH
@pytest.mark.parametrize(
    "token",
    [
        httpx2.Response(401),
        httpx2.Response(200, content=b"x"),
        httpx2.Response(200, json=[]),
        httpx2.Response(200, json={"access_token": "t", "expires_in": None}),
        httpx2.Response(200, json={"expires_in": 300}),
        httpx2.ConnectError("refused"),
    ],
)
async def test_without_a_token_nothing_is_sent_and_nothing_is_known(name: str, token: Any) -> None:
    partner = Partner(taken(name))
    partner.token = token
    channel = channel_of(name, partner)
    assert (await channel.send(make.batch())).outcome == "unknown"
    with pytest.raises(PartnerUnclear):
        await channel.inquire(make.batch())
    with pytest.raises(PartnerUnclear):
        await channel.statement(DAY)
    assert partner.requests == []


@BOTH
async def test_a_token_is_kept_until_the_partner_refuses_it(name: str) -> None:
    partner = Partner(taken(name))
    channel = channel_of(name, partner)
    await channel.send(make.batch())
    await channel.send(make.batch())
    assert partner.tokens_given == 1
    partner.answer = httpx2.Response(401)
    assert (await channel.send(make.batch())).outcome == "unknown"
    partner.answer = taken(name)
    assert (await channel.send(make.batch())).outcome == "accepted"
    assert partner.tokens_given == 2


@BOTH
@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ({"Final-After-S": "10"}, 10),
        ({}, 86_400),
        ({"Final-After-S": "-1"}, 86_400),
        ({"Final-After-S": b"\xb2"}, 86_400),
        ({"Final-After-S": "9" * 30}, 86_400),
        ({"Final-After-S": "999999999"}, 30 * 86_400),
    ],
)
async def test_not_found_carries_its_finality_window(name: str, stated: Any, seconds: int) -> None:
    partner = Partner(httpx2.Response(404, headers=stated))
    found = await channel_of(name, partner).inquire(make.batch())
    assert found == {REFERENCE: Status("not_found", final_after_s=seconds)}


@BOTH
@pytest.mark.parametrize(
    "answer",
    [
        *(httpx2.Response(status) for status in (201, 204, 302, 400, 401, 409, 429, 500, 503)),
        httpx2.Response(200, content=b"x"),
        httpx2.Response(200, json=[]),
        httpx2.Response(200, json={}),
        httpx2.ReadTimeout("late"),
    ],
)
async def test_an_unclear_word_is_no_word(name: str, answer: Any) -> None:
    channel = channel_of(name, Partner(answer))
    with pytest.raises(PartnerUnclear):
        await channel.inquire(make.batch())
    with pytest.raises(PartnerUnclear):
        await channel.statement(DAY)


def word(**changes: Any) -> dict[str, Any]:
    return {
        "reference": REFERENCE,
        "status": "executed",
        "amount": make.money(1_250_50),
        "execution_id": "exe_1",
        "reason_code": None,
        **changes,
    }


@pytest.mark.parametrize(
    ("told", "understood"),
    [
        ({"status": "accepted"}, Status("pending", "", "exe_1")),
        ({}, Status("executed", "", "exe_1")),
        ({"status": "rejected", "reason_code": "AC04"}, Status("rejected", "AC04", "exe_1")),
        ({"status": "returned", "reason_code": "AC03"}, Status("returned", "AC03", "exe_1")),
    ],
)
async def test_agroideas_says_what_became_of_a_payment(
    told: dict[str, Any], understood: Status
) -> None:
    partner = Partner(httpx2.Response(200, json=word(**told)))
    found = await channel_of("agroideas", partner).inquire(make.batch())
    assert found == {REFERENCE: understood}


@pytest.mark.parametrize(
    "told",
    [
        {"status": "lost"},
        {"status": None},
        {"reference": "another"},
        {"amount": make.money(1_250_51)},
        {"amount": {"amount": "1250.50", "currency": "USD"}},
        {"amount": {"amount": 1250.5, "currency": "PEN"}},
        {"amount": {"amount": "1250.505", "currency": "PEN"}},
        {"amount": None},
        {"execution_id": {"a": 1}},
        {"execution_id": "\x00"},
        {"reason_code": "x" * 65},
    ],
)
async def test_agroideas_word_that_does_not_fit_ours_is_no_word(told: dict[str, Any]) -> None:
    partner = Partner(httpx2.Response(200, json=word(**told)))
    with pytest.raises(PartnerUnclear):
        await channel_of("agroideas", partner).inquire(make.batch())


def line(number: int, kind: str, centimos: int, **changes: Any) -> dict[str, Any]:
    return {
        "line_id": f"AGI-{number}",
        "reference": f"ref-{number}",
        "kind": kind,
        "amount": make.money(centimos),
        **changes,
    }


def statement(**changes: Any) -> dict[str, Any]:
    return {
        "date": DAY.isoformat(),
        "opening_balance": {"amount": "100.00", "currency": "PEN"},
        "closing_balance": {"amount": "-50.00", "currency": "PEN"},
        "lines": [line(1, "payment", 200_00), line(2, "return", 50_00)],
        **changes,
    }


async def test_agroideas_statement_is_read() -> None:
    partner = Partner(httpx2.Response(200, json=statement()))
    lines = await channel_of("agroideas", partner).statement(DAY)
    assert [(one.line_id, one.reference, one.kind, one.amount_centimos) for one in lines] == [
        ("AGI-1", "ref-1", "payment", 200_00),
        ("AGI-2", "ref-2", "return", 50_00),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"closing_balance": {"amount": "-50.01", "currency": "PEN"}},
        {"closing_balance": {"amount": "-50.00", "currency": "USD"}},
        {"opening_balance": None},
        {"date": "2026-03-03"},
        {"lines": None},
        {"lines": ["x"]},
        {"lines": [line(1, "payment", 200_00)]},
        {"lines": [line(1, "payment", 200_00), line(1, "return", 50_00)]},
        {"lines": [line(1, "fee", 200_00), line(2, "return", 50_00)]},
        {"lines": [line(1, "payment", 150_00), line(2, "return", 0)]},
        {"lines": [line(1, "payment", 150_00, line_id="")]},
        {"lines": [line(1, "payment", 150_00, line_id="\x00")]},
        {"lines": [line(1, "payment", 150_00, reference="\ud800")]},
        {"lines": [line(1, "payment", 150_00, amount={"amount": "150.00", "currency": "USD"})]},
        {"lines": [line(1, "payment", 150_00, amount={"amount": "150.000", "currency": "PEN"})]},
        {"lines": [line(1, "payment", 150_00, amount={"amount": "-150.00", "currency": "PEN"})]},
        {"lines": [line(1, "payment", 150_00, amount={"amount": 150, "currency": "PEN"})]},
    ],
)
async def test_agroideas_statement_that_is_not_sound_is_refused_whole(
    changes: dict[str, Any],
) -> None:
    content = json.dumps(statement(**changes)).encode()
    partner = Partner(httpx2.Response(200, content=content))
    with pytest.raises(PartnerUnclear):
        await channel_of("agroideas", partner).statement(DAY)


async def test_a_file_that_we_cannot_write_is_rejected_before_anything_is_sent() -> None:
    partner = Partner(taken("agrobanco"))
    bad = make.batch(make.payment(beneficiary_name="\ufffe"))
    sent = await channel_of("agrobanco", partner).send(bad)
    assert sent.outcome == "rejected"
    assert partner.requests == []
