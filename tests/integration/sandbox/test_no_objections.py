"""Agroideas' desk of no-objections: one answer a reference, forced by magic values or when told."""

from typing import Any

import pytest
from standardwebhooks import Webhook

from deploy.sandbox import magic

from .conftest import WEBHOOK_SECRET, Client, Platform, eventually

RUC = "20512345674"


def request(platform: Platform, reference: str = "pur-1", **changes: Any) -> dict[str, Any]:
    amount = {"amount": "300.00", "currency": "PEN"}
    quotation = {"ruc": RUC, "name": "Proveedora", "amount": amount, "document_sha256": "ab" * 32}
    return {
        "reference": reference,
        "agreement_id": "agr_1",
        "description": "Faja de selección.",
        "budget_line": 1,
        "supplier": {"ruc": RUC, "name": "Proveedora"},
        "amount": amount,
        "quotations": [quotation],
        "callback_url": platform.url,
        **changes,
    }


async def ask(client: Client, body: dict[str, Any]) -> Any:
    headers = await client.bearer("agroideas") | {"idempotency-key": body["reference"]}
    return await client.http.post("/agroideas/v1/no-objections", json=body, headers=headers)


async def read(client: Client, reference: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("agroideas", f"/v1/no-objections/{reference}")).json()
    return found


async def test_a_request_is_received_and_granted_by_a_signed_message(
    client: Client, platform: Platform
) -> None:
    answer = await ask(client, request(platform))
    assert (answer.status_code, answer.json()["status"]) == (202, "received")
    assert (await ask(client, request(platform))).status_code == 202
    other = await ask(client, request(platform, description="Otra"))
    assert (other.status_code, other.json()["code"]) == (409, "reference_conflict")
    (event,) = await platform.wait_for(1)
    assert event["type"] == "no_objection.granted"
    headers, body = platform.received[0]
    Webhook(WEBHOOK_SECRET).verify(body, headers)
    said = await read(client, "pur-1")
    assert (said["status"], said["record_number"]) == ("granted", event["record_number"])


@pytest.mark.parametrize(("mode", "outcome"), list(magic.OUTCOMES.items()))
async def test_it_can_be_told_how_to_answer(
    client: Client, platform: Platform, mode: str, outcome: str
) -> None:
    await client.told("agroideas", mode=mode, applies_to="next")
    await ask(client, request(platform))
    (event,) = await platform.wait_for(1)
    assert event["type"] == f"no_objection.{outcome}"
    assert event["reason"]
    assert (await read(client, "pur-1"))["record_number"] is None
    await ask(client, request(platform, "pur-2"))

    async def answered() -> bool:
        return bool((await read(client, "pur-2"))["status"] == "granted")

    assert await eventually(answered)


async def test_what_does_not_hold_is_refused(client: Client, platform: Platform) -> None:
    nothing = {"amount": "0.00", "currency": "PEN"}
    for changes, code in (
        ({"amount": nothing}, "amount_not_positive"),
        ({"supplier": {"ruc": "20100070970", "name": "Otra"}}, "supplier_did_not_quote"),
    ):
        answer = await ask(client, request(platform, **changes))
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    unknown = await client.get("agroideas", "/v1/no-objections/pur-1")
    assert unknown.status_code == 404
    assert unknown.headers["Final-After-S"]


@pytest.mark.parametrize("row", magic.OF_A_NO_OBJECTION, ids=lambda row: row.suffix)
def test_a_magic_value_is_known_by_amount_or_reference(row: magic.Magic) -> None:
    assert magic.of_no_objection("pur-1", 500_00 + row.cents) == row.behaviour
    assert magic.of_no_objection(f"pur{row.suffix}", 500_00) == row.behaviour
    other = next(one for one in magic.OF_A_NO_OBJECTION if one is not row)
    assert magic.of_no_objection(f"pur{row.suffix}", 500_00 + other.cents) == row.behaviour
    assert magic.of_no_objection("pur-1", 500_00).mode == "normal"
