"""The checks of a partner that pays by REST and JSON with signed callbacks, as Agroideas does."""

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx2
from standardwebhooks import Webhook, WebhookVerificationError

from deploy.conformance.checks import Broken, Suite, expect
from deploy.conformance.no_objections import add_no_objection_checks
from deploy.conformance.partner import (
    Partner,
    add_access_checks,
    add_manner_checks,
    centimos,
    final_after,
    today,
)
from deploy.conformance.receiver import Message, Receiver

FINAL = {"executed", "rejected", "returned"}
UNKNOWN_AFTER_S = 1.0


@dataclass(kw_only=True)
class Agroideas(Partner):
    """The connection, where its callbacks arrive, and the orders of this run."""

    receiver: Receiver
    webhook_secret: str
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)

    def order(self, name: str, amount: str, **changes: Any) -> dict[str, Any]:
        """The order of this name, always the same in one run."""
        return {
            "reference": f"chk-{self.run_id}-{name}",
            "agreement_id": "agr_conformance",
            "beneficiary": {"name": "COOPERATIVA DE PRUEBA", "cci": "01800000000000000108"},
            "amount": {"amount": amount, "currency": "PEN"},
            "concept": "Prueba de conformidad",
            "callback_url": self.receiver.url,
        } | changes

    async def pay(self, order: dict[str, Any], **request: Any) -> httpx2.Response:
        """Send the order."""
        headers = {"Idempotency-Key": order["reference"]}
        return await self.call("POST", "/v1/payments", json=order, headers=headers, **request)

    async def paid(self, name: str, amount: str) -> dict[str, Any]:
        """The order of this name, sent once in a run and taken."""
        if name not in self.orders:
            order = self.order(name, amount)
            answer = await self.pay(order)
            expect(answer.status_code == 202, f"status {answer.status_code}: {answer.text[:100]}")
            self.orders[name] = order
        return self.orders[name]

    async def status(self, reference: str, *wanted: str) -> dict[str, Any]:
        """The payment once it has one of these statuses."""

        async def ask() -> dict[str, Any] | None:
            answer = await self.call("GET", f"/v1/payments/{reference}")
            if answer.status_code != 200:
                return None
            body: dict[str, Any] = answer.json()
            return body if body["status"] in wanted else None

        return await self.until(ask, f"{reference} is not {' or '.join(wanted)}")

    async def message(self, name: str, amount: str, kind: str, *, count: int = 1) -> list[Message]:
        """The messages of one kind about an order, when so many have come."""
        reference = (await self.paid(name, amount))["reference"]

        async def ask() -> list[Message] | None:
            came = [m for m in self.receiver.of(reference) if json.loads(m.raw)["type"] == kind]
            return came if len(came) >= count else None

        return await self.until(ask, f"no {count} callback(s) {kind} for {reference}")

    async def statement(self, day: date) -> dict[str, Any]:
        """The statement of a day."""
        answer = await self.call("GET", f"/v1/statements?date={day.isoformat()}")
        expect(answer.status_code == 200, f"status {answer.status_code}")
        body: dict[str, Any] = answer.json()
        return body

    async def lines_of(self, reference: str) -> list[dict[str, Any]]:
        """A reference's lines of today and yesterday (the day may change during a run)."""
        days = (today() - timedelta(days=1), today())
        lines = [line for day in days for line in (await self.statement(day))["lines"]]
        return [line for line in lines if line["reference"] == reference]


SUITE: Suite[Agroideas] = Suite()
check = SUITE.check
READ_PATH = "/v1/payments/chk-never-sent"
add_access_checks(SUITE, read_path=READ_PATH)


@check(
    "PAY-1",
    "an order is taken with 202, its reference and an execution record number",
    cure="answer 202 {execution_id, reference, status: accepted} before executing",
)
async def _taken(partner: Agroideas) -> None:
    answer = await partner.pay(partner.order("plain", "101.00"))
    expect(answer.status_code == 202, f"status {answer.status_code}")
    body = answer.json()
    expect(body["reference"] == partner.order("plain", "101.00")["reference"], str(body))
    expect(body["execution_id"], "no execution_id")


@check(
    "PAY-2",
    "the same reference and body give the first answer, and are executed once",
    cure="make the reference unique for ever; on a repetition answer what was answered first",
)
async def _repeated(partner: Agroideas) -> None:
    order = partner.order("again", "102.00")
    answers = [await partner.pay(order) for _ in range(3)]
    expect({a.status_code for a in answers} == {202}, str([a.status_code for a in answers]))
    expect(len({a.json()["execution_id"] for a in answers}) == 1, "another execution_id")
    await partner.status(order["reference"], "executed")
    lines = await partner.lines_of(order["reference"])
    expect(len(lines) == 1, f"{len(lines)} statement lines for one reference")


@check(
    "PAY-3",
    "a known reference with another body is refused with 409",
    cure="keep a digest of the first body and compare",
)
async def _conflict(partner: Agroideas) -> None:
    await partner.paid("other", "103.00")
    answer = await partner.pay(partner.order("other", "999.00"))
    expect(answer.status_code == 409, f"status {answer.status_code}")


@check(
    "PAY-4",
    "bad orders are refused with 4xx and leave nothing behind",
    cure="check amount (> 0, two decimals, PEN), CCI (20 digits) and reference (<= 35) first",
)
async def _bad(partner: Agroideas) -> None:
    good = partner.order("bad", "104.00")
    wrong: list[dict[str, Any]] = [
        {"amount": {"amount": "0.00", "currency": "PEN"}},
        {"amount": {"amount": "1.005", "currency": "PEN"}},
        {"amount": {"amount": "-1.00", "currency": "PEN"}},
        {"amount": {"amount": "1.00", "currency": "USD"}},
        {"amount": {"amount": 1.00, "currency": "PEN"}},
        {"beneficiary": {"name": "A", "cci": "123"}},
        {"reference": "x" * 36},
    ]
    for change in wrong:
        answer = await partner.pay(good | change)
        expect(answer.status_code in {400, 422}, f"status {answer.status_code} for {change}")
    answer = await partner.call("GET", f"/v1/payments/{good['reference']}")
    expect(answer.status_code == 404, "a refused order was kept")


@check(
    "OUT-1",
    "an order without a magic value is executed",
    cure="execute accepted orders and show status executed with executed_at",
)
async def _executed(partner: Agroideas) -> None:
    order = await partner.paid("done", "105.00")
    body = await partner.status(order["reference"], *FINAL)
    expect(body["status"] == "executed" and body["executed_at"], str(body))


@check(
    "OUT-2",
    "amount .01 (or -REJECT) is rejected with an ISO 20022 reason code",
    cure="status rejected, reason_code of ExternalStatusReason1Code such as AC04",
)
async def _rejected(partner: Agroideas) -> None:
    order = await partner.paid("no", "106.01")
    body = await partner.status(order["reference"], *FINAL)
    expect(body["status"] == "rejected" and len(body["reason_code"] or "") == 4, str(body))
    expect(not await partner.lines_of(order["reference"]), "a rejected order moved money")


@check(
    "OUT-3",
    "amount .03 (or -RETURN) is executed and then returned, with both lines",
    cure="keep the payment's line and add one of kind return; status returned",
)
async def _returned(partner: Agroideas) -> None:
    order = await partner.paid("back", "107.03")
    body = await partner.status(order["reference"], "returned", "rejected")
    expect(body["status"] == "returned" and body["reason_code"], str(body))
    kinds = sorted(line["kind"] for line in await partner.lines_of(order["reference"]))
    expect(kinds == ["payment", "return"], f"lines {kinds}")


@check(
    "OUT-4",
    "amount .04 (or -UNKNOWN): the answer is late, the inquiry knows, and a repetition pays once",
    cure="book before answering; let the inquiry see what was booked",
)
async def _unknown(partner: Agroideas) -> None:
    order = partner.order("lost", "108.04")
    headers = {"Authorization": f"Bearer {partner.token}", "Idempotency-Key": order["reference"]}
    try:
        answer = await partner.http.post(
            f"{partner.url}/v1/payments", json=order, headers=headers, timeout=UNKNOWN_AFTER_S
        )
        raise Broken(f"an answer after all: {answer.status_code}")
    except httpx2.TimeoutException:
        body = await partner.status(order["reference"], *FINAL)
    expect(body["status"] == "executed", str(body))
    answer = await partner.pay(order)
    expect(answer.status_code == 202, f"the repetition: status {answer.status_code}")
    expect(len(await partner.lines_of(order["reference"])) == 1, "not exactly one line")


@check(
    "INQ-1",
    "an unknown reference is 404 and says from when that is final",
    cure="send the header Final-After-S: the seconds after which 'not found' will not change",
)
async def _not_found(partner: Agroideas) -> None:
    final_after(await partner.call("GET", READ_PATH))


@check(
    "INQ-2",
    "the inquiry repeats reference, amount and execution_id of the order",
    cure="answer from the booked order, amount as text with two decimals in PEN",
)
async def _inquiry(partner: Agroideas) -> None:
    order = await partner.paid("done", "105.00")
    body = await partner.status(order["reference"], "accepted", *FINAL)
    seen = (body["reference"], body["amount"])
    expect(seen == (order["reference"], order["amount"]), str(seen))
    first = (await partner.pay(order)).json()
    expect(body["execution_id"] == first["execution_id"], "another execution_id")


@check(
    "CB-1",
    "an outcome is called back with the agreed body",
    cure="POST {event_id, type, reference, execution_id, amount, occurred_at} to callback_url",
)
async def _called_back(partner: Agroideas) -> None:
    for name, amount, kind in (
        ("done", "105.00", "payment.executed"),
        ("no", "106.01", "payment.rejected"),
        ("back", "107.03", "payment.returned"),
    ):
        body = json.loads((await partner.message(name, amount, kind))[0].raw)
        expect(body["amount"] == partner.orders[name]["amount"], f"amount {body['amount']}")
        expect(body["event_id"] and body["execution_id"], "no event_id or no execution_id")
        if kind != "payment.executed":
            expect(body.get("reason_code"), f"{kind} without reason_code")


@check(
    "CB-2",
    "a callback is signed as Standard Webhooks says, over the bytes that were sent",
    cure="sign `{webhook-id}.{webhook-timestamp}.{body}` with HMAC-SHA256 and the agreed secret",
)
async def _signed(partner: Agroideas) -> None:
    message = (await partner.message("done", "105.00", "payment.executed"))[0]
    try:
        Webhook(partner.webhook_secret).verify(message.raw, message.headers)
    except WebhookVerificationError as error:
        raise Broken(str(error)) from error


@check(
    "CB-3",
    "webhook-timestamp is the moment of sending, and webhook-id is the body's event_id",
    cure="take the timestamp at each try; keep one id for one event",
)
async def _stamped(partner: Agroideas) -> None:
    message = (await partner.message("done", "105.00", "payment.executed"))[0]
    stamp = float(message.headers["webhook-timestamp"])
    off_s = abs(message.received_at.timestamp() - stamp)
    expect(off_s <= 60, f"{off_s:.0f} s off")
    event_id = json.loads(message.raw)["event_id"]
    expect(message.headers["webhook-id"] == event_id, f"webhook-id for event {event_id}")


@check(
    "CB-4",
    "a callback that was refused comes again, with the same id and body",
    cure="retry with backoff until a 2xx; never make a new event for a retry",
)
async def _retried(partner: Agroideas) -> None:
    reference = partner.order("retry", "109.00")["reference"]
    partner.receiver.refusals[reference] = [500, 503]
    came = await partner.message("retry", "109.00", "payment.executed", count=3)
    expect(len({message.headers["webhook-id"] for message in came}) == 1, "another webhook-id")
    expect(len({message.raw for message in came}) == 1, "another body")


@check(
    "STM-1",
    "opening balance and lines give the closing balance, to the céntimo",
    cure="write balances and lines from the same books, payments out, returns in",
)
async def _balanced(partner: Agroideas) -> None:
    await partner.paid("done", "105.00")
    body = await partner.statement(today())
    total = sum(
        centimos(line["amount"]["amount"]) * (1 if line["kind"] == "return" else -1)
        for line in body["lines"]
    )
    opening, closing = (
        centimos(body[name]["amount"], signed=True)
        for name in ("opening_balance", "closing_balance")
    )
    expect(opening + total == closing, f"{opening} + {total} is not {closing} céntimos")


@check(
    "STM-2",
    "a day opens with the balance with which the day before closed",
    cure="carry the closing balance forward",
)
async def _carried(partner: Agroideas) -> None:
    before = await partner.statement(today() - timedelta(days=1))
    body = await partner.statement(today())
    seen = (before["closing_balance"], body["opening_balance"])
    expect(seen[0] == seen[1], f"closed with {seen[0]}, opened with {seen[1]}")


@check(
    "STM-3",
    "each line has a number of its own, and an executed order stands in exactly one",
    cure="number lines once and for ever; write one line for one execution",
)
async def _numbered(partner: Agroideas) -> None:
    order = await partner.paid("done", "105.00")
    await partner.status(order["reference"], "executed")
    numbers = [line["line_id"] for line in (await partner.statement(today()))["lines"]]
    expect(len(set(numbers)) == len(numbers), "a line number twice")
    lines = await partner.lines_of(order["reference"])
    expect(len(lines) == 1, f"{len(lines)} lines")
    expect(lines[0]["amount"] == order["amount"], f"amount {lines[0]['amount']}")


add_no_objection_checks(SUITE)
add_manner_checks(SUITE, read_path=READ_PATH)
