"""The checks of a programme's desk of no-objections: asked by reference, answered by a signed
callback and at an inquiry."""

import json
from typing import Any, TypeVar

import httpx2
from standardwebhooks import Webhook, WebhookVerificationError

from deploy.conformance.checks import Broken, Suite, expect
from deploy.conformance.partner import final_after
from deploy.conformance.receiver import Message

RUC = "20131312955"


P = TypeVar("P", bound=Any)
"""A partner whose answers are called back: it has a receiver and a webhook secret."""


def _request(partner: Any, name: str, amount: str, **changes: Any) -> dict[str, Any]:
    """The request of this name, always the same in one run."""
    money = {"amount": amount, "currency": "PEN"}
    supplier = {"ruc": RUC, "name": "PROVEEDORA DE PRUEBA"}
    return {
        "reference": f"chk-{partner.run_id}-no-{name}",
        "agreement_id": "agr_conformance",
        "description": "Prueba de conformidad",
        "budget_line": 1,
        "supplier": supplier,
        "amount": money,
        "quotations": [{**supplier, "amount": money, "document_sha256": "ab" * 32}],
        "callback_url": partner.receiver.url,
    } | changes


async def _ask(partner: Any, request: dict[str, Any]) -> httpx2.Response:
    headers = {"Idempotency-Key": request["reference"]}
    answer: httpx2.Response = await partner.call(
        "POST", "/v1/no-objections", json=request, headers=headers
    )
    return answer


async def _answered(partner: Any, request: dict[str, Any]) -> dict[str, Any]:
    """What the inquiry says once there is an answer."""
    answer = await _ask(partner, request)
    expect(answer.status_code == 202, f"status {answer.status_code}: {answer.text[:100]}")

    async def look() -> dict[str, Any] | None:
        read = await partner.call("GET", f"/v1/no-objections/{request['reference']}")
        expect(read.status_code == 200, f"status {read.status_code}")
        body: dict[str, Any] = read.json()
        return None if body["status"] == "received" else body

    found: dict[str, Any] = await partner.until(look, "no answer to a request")
    return found


async def _called_back(partner: Any, reference: str) -> Message:
    async def look() -> Message | None:
        came = partner.receiver.of(reference)
        return came[0] if came else None

    message: Message = await partner.until(look, f"no callback for {reference}")
    return message


def add_no_objection_checks(suite: Suite[P]) -> None:
    """The checks, in the order in which they are run."""
    _add_checks_of_asking(suite)
    _add_checks_of_answers(suite)


def _add_checks_of_asking(suite: Suite[P]) -> None:

    @suite.check(
        "NOB-1",
        "a request is received with 202, and the same one again asks nothing new",
        cure="answer 202 {reference, status: received}; keep the reference unique for ever",
    )
    async def _(partner: P) -> None:
        request = _request(partner, "plain", "300.00")
        answers = [await _ask(partner, request) for _ in range(2)]
        expect({one.status_code for one in answers} == {202}, str([a.status_code for a in answers]))
        expect(answers[0].json()["reference"] == request["reference"], "another reference")
        other = await _ask(partner, request | {"description": "Otra cosa"})
        expect(other.status_code == 409, f"another body: status {other.status_code}")

    @suite.check(
        "NOB-5",
        "bad requests are refused with 4xx, and an unknown reference is 404 with its finality",
        cure="check amount, RUC and that the supplier quoted; send Final-After-S on 404",
    )
    async def _(partner: P) -> None:
        good = _request(partner, "bad", "304.00")
        wrong: list[dict[str, Any]] = [
            {"amount": {"amount": "0.00", "currency": "PEN"}},
            {"supplier": {"ruc": "20100070970", "name": "OTRA"}},
            {"quotations": []},
            {"reference": "x" * 36},
        ]
        for change in wrong:
            answer = await _ask(partner, good | change)
            expect(answer.status_code in {400, 422}, f"status {answer.status_code} for {change}")
        final_after(await partner.call("GET", f"/v1/no-objections/{good['reference']}"))


def _add_checks_of_answers(suite: Suite[P]) -> None:
    @suite.check(
        "NOB-2",
        "a request without a magic value is granted, with a record number",
        cure="status granted and record_number, the number under which the no-objection is filed",
    )
    async def _(partner: P) -> None:
        body = await _answered(partner, _request(partner, "granted", "301.00"))
        expect(body["status"] == "granted" and body["record_number"], str(body))
        expect(body["amount"] == {"amount": "301.00", "currency": "PEN"}, str(body["amount"]))

    @suite.check(
        "NOB-3",
        "amount .11 (-OBSERVE) is observed and .12 (-DENY) denied, each with its reason",
        cure="status observed or denied, and a reason that the consortium can act upon",
    )
    async def _(partner: P) -> None:
        for name, amount, status in (("obs", "302.11", "observed"), ("no", "303.12", "denied")):
            body = await _answered(partner, _request(partner, name, amount))
            expect(body["status"] == status and (body["reason"] or "").strip(), str(body))
            expect(not body.get("record_number"), "a record number although it is not granted")

    @suite.check(
        "NOB-4",
        "the answer is called back, signed, and says what the inquiry says",
        cure="POST {event_id, type no_objection.…, reference, amount, record_number or reason}",
    )
    async def _(partner: P) -> None:
        request = _request(partner, "granted", "301.00")
        said = await _answered(partner, request)
        message = await _called_back(partner, request["reference"])
        try:
            Webhook(partner.webhook_secret).verify(message.raw, message.headers)
        except WebhookVerificationError as error:
            raise Broken(str(error)) from error
        body = json.loads(message.raw)
        expect(body["type"] == "no_objection.granted", f"type {body['type']}")
        expect(body["record_number"] == said["record_number"], "another record number")
        expect(body["amount"] == said["amount"], "another amount")
