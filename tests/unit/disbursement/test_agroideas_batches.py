"""Agroideas' batches and statements in parts: believed whole or not at all."""

import json
from typing import Any

import httpx2
import pytest

from services.disbursement.channels.protocol import PartnerUnclear, Status
from tests.factories import disbursement as make
from tests.unit.disbursement.test_channels import DAY, Partner, channel_of, line, statement

BATCH = make.batch(make.payment(1), make.payment(2, 300_00), message_id="tra-1-01")
FIRST, SECOND = (payment.reference for payment in BATCH.payments)


class InTurn(Partner):
    """Gives its answers one after another."""

    def __init__(self, *bodies: Any) -> None:
        super().__init__()
        self.answers = [httpx2.Response(200, json=body) for body in bodies]

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if not request.url.path.endswith("/oauth/token"):
            self.answer = self.answers.pop(0)
        return super().__call__(request)


def told(**changes: Any) -> dict[str, Any]:
    orders = [
        {"reference": FIRST, "status": "executed", "amount": make.money(1_250_50)},
        {
            "reference": SECOND,
            "status": "rejected",
            "amount": make.money(300_00),
            "reason_code": "AC04",
        },
    ]
    return {"batch_id": "tra-1-01", "orders": orders, **changes}


async def test_many_payments_go_as_one_order_under_one_key() -> None:
    partner = Partner(httpx2.Response(202, json={"batch_id": "tra-1-01", "orders": 2}))
    assert (await channel_of("agroideas", partner).send(BATCH)).outcome == "accepted"
    (request,) = partner.requests
    assert request.url.path.endswith("/v1/batches")
    assert request.headers["Idempotency-Key"] == "tra-1-01"
    orders = json.loads(request.content)["orders"]
    assert [order["reference"] for order in orders] == [FIRST, SECOND]
    assert orders[1]["amount"] == {"amount": "300.00", "currency": "PEN"}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx2.Response(202, json={"batch_id": "tra-2-01"}), "unknown"),
        (httpx2.Response(202, content=b"x"), "unknown"),
        (httpx2.Response(409, json={"code": "batch_conflict"}), "unknown"),
        (httpx2.Response(422, json={"code": "amount_not_positive"}), "rejected"),
        (httpx2.Response(503), "unknown"),
        (httpx2.ReadTimeout("late"), "unknown"),
    ],
)
async def test_what_is_not_plain_is_unknown(answer: Any, outcome: str) -> None:
    assert (await channel_of("agroideas", Partner(answer)).send(BATCH)).outcome == outcome


async def test_each_order_of_a_batch_has_its_word() -> None:
    partner = Partner(httpx2.Response(200, json=told()))
    assert await channel_of("agroideas", partner).inquire(BATCH) == {
        FIRST: Status("executed"),
        SECOND: Status("rejected", "AC04"),
    }


async def test_a_batch_that_is_not_known_is_final_when_the_partner_says() -> None:
    answer = httpx2.Response(404, headers={"Final-After-S": "10"})
    words = await channel_of("agroideas", Partner(answer)).inquire(BATCH)
    assert set(words.values()) == {Status("not_found", final_after_s=10)}


ORDERS = told()["orders"]


@pytest.mark.parametrize(
    "changes",
    [
        {"batch_id": "tra-2-01"},
        {"orders": None},
        {"orders": ORDERS[:1]},
        {"orders": [*ORDERS, ORDERS[0]]},
        {"orders": [ORDERS[0], {**ORDERS[1], "reference": "another"}]},
        {"orders": [ORDERS[0], {**ORDERS[1], "amount": make.money(300_01)}]},
        {"orders": [ORDERS[0], {**ORDERS[1], "status": "lost"}]},
        {"orders": [ORDERS[0], "x"]},
    ],
)
async def test_a_word_that_does_not_fit_the_batch_is_no_word(changes: dict[str, Any]) -> None:
    partner = Partner(httpx2.Response(200, json=told(**changes)))
    with pytest.raises(PartnerUnclear):
        await channel_of("agroideas", partner).inquire(BATCH)


PARTS = (
    statement(lines=[line(1, "payment", 200_00)], next=1),
    statement(lines=[line(2, "return", 50_00)], next=None),
)


async def test_a_statement_in_parts_is_read_to_its_end() -> None:
    partner = InTurn(*PARTS)
    lines = await channel_of("agroideas", partner).statement(DAY)
    assert [one.line_id for one in lines] == ["AGI-1", "AGI-2"]
    assert [request.url.params["after"] for request in partner.requests] == ["0", "1"]


@pytest.mark.parametrize(
    "second",
    [
        {"closing_balance": {"amount": "-50.01", "currency": "PEN"}},
        {"lines": [line(1, "return", 50_00)]},
        {"lines": []},
        {"next": 1},
        {"next": "x"},
    ],
    ids=["it moved", "a line twice", "a line lost", "in circles", "no place"],
)
async def test_parts_that_do_not_fit_are_refused_whole(second: dict[str, Any]) -> None:
    partner = InTurn(PARTS[0], {**PARTS[1], **second})
    with pytest.raises(PartnerUnclear):
        await channel_of("agroideas", partner).statement(DAY)
