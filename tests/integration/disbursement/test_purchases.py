"""Purchases: asked with quotations, answered once by the programme, and paid only then."""

from typing import Any

import pytest

from services.kernel import clock
from services.kernel.ids import new_id
from tests.factories import disbursement as make
from tests.integration.disbursement.world import OPERATOR_A, OPERATOR_B, World
from tests.support.callers import principal
from tests.support.nation import ruc_of
from tests.support.waiting import eventually

PROGRAMME = principal("partner", "agroideas", program="agroideas")
SHA = "ab" * 32


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def quotation(place: int, centimos: int) -> dict[str, Any]:
    return {
        "supplier_ruc": ruc_of(place),
        "supplier_name": f"Proveedora {place} SAC",
        "amount": make.money(centimos),
        "document_sha256": SHA,
    }


def purchase(centimos: int = 300_00, **changes: Any) -> dict[str, Any]:
    return {
        "budget_line": 1,
        "description": "Faja de selección instalada.",
        "supplier_ruc": ruc_of(1),
        "quotations": [quotation(1, centimos), quotation(2, centimos + 10_00)],
        **changes,
    }


async def asked(world: World, agreement: dict[str, Any], **changes: Any) -> dict[str, Any]:
    path = f"/v1/agreements/{agreement['id']}/purchases"
    made: dict[str, Any] = await world.done(
        path, purchase(**changes), by=world.consortium(agreement)
    )
    return made


async def answered(world: World, made: dict[str, Any]) -> dict[str, Any]:
    """The purchase once the programme's signed message has come."""

    async def look() -> dict[str, Any]:
        found: dict[str, Any] = await world.get(f"/v1/purchases/{made['id']}")
        return found if found["answered_at"] else {}

    return await eventually(look, what="an answer")


async def sent(world: World, agreement: dict[str, Any], **changes: Any) -> dict[str, Any]:
    made = await asked(world, agreement, **changes)
    row: dict[str, Any] = await world.done(f"/v1/purchases/{made['id']}/send", by=OPERATOR_A)
    return row


async def test_a_payment_waits_for_its_no_objection(world: World) -> None:
    agreement = await world.active(grant=(300_00,))
    path = f"/v1/tranches/{agreement['tranches'][0]['id']}"
    payment = {
        "kind": "supplier",
        "name": "Proveedora 1 SAC",
        "document": ruc_of(1),
        "cci": f"018{1:017d}",
        "bank": "018",
        "amount": make.money(300_00),
        "budget_line": 1,
        "invoice": new_id("inv")[-20:],
    }
    await world.done(f"{path}/request", by=world.consortium(agreement))
    await world.done(f"{path}/payment-list", {"payments": [payment]}, by=OPERATOR_A)
    refused = await world.post(f"{path}/release", by=OPERATOR_B)
    assert code(refused) == (422, "disbursement.release_refused")
    assert [one["code"] for one in refused.json()["errors"]] == ["DIS-027"]
    made = await answered(world, await sent(world, agreement))
    assert (made["state"], bool(made["record_number"])) == ("granted", True)
    assert (await world.done(f"{path}/release", by=OPERATOR_B))["state"] == "released"
    messages = await world.get("/v1/partners/agroideas/messages?limit=100", by=PROGRAMME)
    told = [one for one in messages["data"] if one["reference"] == made["reference"]]
    assert [(one["type"], one["outcome"]) for one in told] == [("no_objection.granted", "applied")]


async def test_an_observed_purchase_is_corrected_by_another_request(world: World) -> None:
    agreement = await world.active(grant=(300_00,))
    await world.behave("agroideas", "observe", applies_to="next")
    first = await answered(world, await sent(world, agreement))
    assert (first["state"], first["record_number"]) == ("observed", None)
    assert first["answer_reason"]
    again = await sent(world, agreement, corrects=first["id"])
    second = await answered(world, again)
    assert (second["state"], second["corrects"]) == ("granted", first["id"])
    path = f"/v1/agreements/{agreement['id']}/purchases"
    body = purchase(centimos=10, corrects=second["id"])
    refused = await world.post(path, body, by=world.consortium(agreement))
    assert code(refused) == (409, "disbursement.not_observed")


async def test_a_silent_programme_is_asked_and_answers(world: World) -> None:
    agreement = await world.active(grant=(300_00,))
    await world.behave("agroideas", "no_callback", applies_to="next")
    made = await sent(world, agreement)
    path = f"/v1/purchases/{made['id']}"

    async def inquired() -> Any:
        row = await world.done(f"{path}/inquire", by=OPERATOR_A)
        return row if row["state"] == "granted" else {}

    row = await eventually(inquired, what="an answer")
    assert row["record_number"]
    assert (await world.done(f"{path}/send", by=OPERATOR_A))["state"] == "granted"


async def test_the_programme_answers_through_our_api(world: World) -> None:
    agreement = await world.active(grant=(300_00,))
    await world.behave("agroideas", "no_callback", applies_to="next")
    made = await sent(world, agreement)
    path = f"/v1/purchases/{made['id']}"
    asked = f"/v1/purchases?program=agroideas&agreement_id={agreement['id']}"
    listed = await world.get(asked, by=PROGRAMME)
    assert made["id"] in [one["id"] for one in listed["data"]]
    other = principal("partner", "agrobanco", program="agrobanco")
    body = {"outcome": "denied", "reason": "El bien no es de la partida."}
    assert (await world.post(f"{path}/answer", body, by=other)).status_code == 404
    assert (await world.post(f"{path}/answer", body, by=OPERATOR_A)).status_code == 403
    assert (await world.done(f"{path}/answer", body, by=PROGRAMME))["state"] == "denied"
    again = {"outcome": "granted", "record_number": "NO-9"}
    refused = await world.post(f"{path}/answer", again, by=PROGRAMME)
    assert code(refused) == (409, "disbursement.purchase_answered")
    for wrong in ({"outcome": "granted"}, {"outcome": "denied"}, {"outcome": "maybe"}):
        assert (await world.post(f"{path}/answer", wrong, by=PROGRAMME)).status_code == 422


async def test_a_contradicting_or_foreign_message_changes_nothing(world: World) -> None:
    agreement = await world.active(grant=(300_00,))
    made = await answered(world, await sent(world, agreement))

    async def tell(**changes: Any) -> Any:
        body = {
            "event_id": new_id("evt"),
            "type": "no_objection.denied",
            "reference": made["reference"],
            "amount": make.money(300_00),
            "reason": "Otra cosa.",
            **changes,
        }
        secret = world.settings.agroideas_webhook_secret.get_secret_value()
        raw, headers = make.signed(secret, body, at=clock.now())
        path = "/v1/partners/agroideas/no-objections"
        return await world.caller.client.post(path, content=raw, headers=headers)

    answer = await tell()
    assert (answer.status_code, answer.json()) == (200, {"outcome": "case"})
    assert (await world.get(f"/v1/purchases/{made['id']}"))["state"] == "granted"
    assert code(await tell(reference="nobody-knows")) == (422, "disbursement.foreign_reference")
    assert code(await tell(type="no_objection.maybe")) == (400, "disbursement.bad_callback")
    assert code(await tell(reason="")) == (400, "disbursement.bad_callback")
    cases = world.rows(
        "SELECT kind FROM reconciliation_case WHERE reference = %s", made["reference"]
    )
    assert [one["kind"] for one in cases] == ["contradiction"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"supplier_ruc": ruc_of(9)}, "/supplier_ruc"),
        ({"supplier_ruc": ruc_of(2)}, "/choice_reason"),
        ({"quotations": [quotation(1, 5), quotation(1, 6)]}, "/quotations/1/supplier_ruc"),
        ({"budget_line": 7}, "/budget_line"),
        ({"centimos": 300_01}, "/budget_line"),
    ],
)
async def test_a_request_that_does_not_hold_says_where(
    world: World, changes: dict[str, Any], pointer: str
) -> None:
    agreement = await world.active(grant=(300_00,))
    path = f"/v1/agreements/{agreement['id']}/purchases"
    answer = await world.post(path, purchase(**changes), by=world.consortium(agreement))
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


async def test_what_was_asked_stays_and_two_people_ask_and_send(world: World) -> None:
    agreement = await world.active(grant=(300_00,))
    made = await asked(world, agreement)
    asker = principal("operator", "rosa-del-consorcio")
    path = f"/v1/purchases/{made['id']}"
    assert code(await world.post(f"{path}/send", by=asker)) == (403, "disbursement.same_person")
    url = world.settings.database_url.replace("+psycopg", "")
    for change in ("amount_centimos = 1", "state = 'granted'", "supplier_ruc = '1'"):
        error = world.refused(url, f"UPDATE purchase SET {change} WHERE id = '{made['id']}'")
        assert error.sqlstate in {"23001", "23514"}
    withdrawn = await world.done(f"{path}/withdrawal", by=world.consortium(agreement))
    assert withdrawn["state"] == "withdrawn"
    refused = await world.post(f"{path}/send", by=OPERATOR_A)
    assert code(refused) == (409, "disbursement.illegal_transition")
