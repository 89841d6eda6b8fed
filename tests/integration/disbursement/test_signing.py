"""An agreement on paper: the same bytes for the same file, and signatures that prove themselves."""

import asyncio
from typing import Any

import pytest

from services.kernel import proof
from services.paper.agreement import ATTACHED
from services.paper.drawing import attachments_of
from tests.integration.disbursement.world import AUDITOR, OPERATOR_A, SECRETARIAT, World
from tests.support import signing


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def drafted(world: World, **changes: Any) -> dict[str, Any]:
    application, ballot_id = await world.approved(grant=(100_00, 50_00), loan=(70_00,), **changes)
    await world.budget(application["call_id"], 220_00)
    agreement: dict[str, Any] = (await world.draft(application, ballot_id)).json()
    return agreement


async def test_the_document_tells_the_agreement_and_is_drawn_the_same(world: World) -> None:
    water = {"text": "Licencia de agua.", "evidence": "De la ANA.", "due_working_days": 20}
    agreement = await drafted(world, conditions=[water])
    path = f"/v1/agreements/{agreement['id']}/document"
    file = await world.get(f"{path}/file", by=world.consortium(agreement))
    content = file["content"]
    assert file["content_sha256"] == proof.sha256_of(content)
    assert content["budget"]["totals"] == {
        "total": "320.00",
        "agroideas": "150.00",
        "agrobanco": "70.00",
        "own": "100.00",
    }
    assert [(one["sequence"], one["channel"], one["amount"]) for one in content["tranches"]] == [
        (1, "agrobanco", "70.00"),
        (1, "agroideas", "100.00"),
        (2, "agroideas", "50.00"),
    ]
    assert content["conditions"] == [{"number": 1, **water}]
    assert content["resolution"]["number"] == "001-2026-FC"
    assert content["parties"]["anchor_firm"]["ruc"] == "20100070970"
    (row,) = world.rows("SELECT region, crop FROM agreement WHERE id = %s", agreement["id"])
    assert (row["region"], row["crop"]) == ("INEI-12", "palta")
    first, second = await asyncio.gather(*(world.caller.get(path, by=AUDITOR) for _ in range(2)))
    assert first.headers["content-type"] == "application/pdf"
    assert first.content == second.content
    raw = await world.caller.get(f"{path}/file", by=AUDITOR)
    assert attachments_of(first.content) == {ATTACHED: raw.content}


async def test_both_sign_the_same_document_and_anybody_can_check(world: World) -> None:
    agreement = await drafted(world)
    for party, by in (("consortium", world.consortium(agreement)), ("fund", SECRETARIAT)):
        assert (await world.sign(agreement["id"], party, by)).status_code == 201
    file = await world.get(f"/v1/agreements/{agreement['id']}/document/file")
    keys = {key["id"]: key["jwk"] for key in file["keys"]}
    assert [one["statement"]["party"] for one in file["signatures"]] == ["consortium", "fund"]
    for one in file["signatures"]:
        assert one["statement"]["content_sha256"] == file["content_sha256"]
        proof.check(one["statement"], one["signature"], keys[one["key_id"]])
    drawn = await world.caller.get(f"/v1/agreements/{agreement['id']}/document", by=AUDITOR)
    assert drawn.status_code == 200
    url = world.settings.database_url.replace("+psycopg", "")
    for table in ("agreement_signature", "agreement_document"):
        error = world.refused(url, f"UPDATE {table} SET content_sha256 = 'x'")
        assert error.sqlstate in {"23001", "42501"}


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"signature": None}, (422, "disbursement.signature_required")),
        ({"nonce": None}, (422, "disbursement.signature_required")),
        ({"nonce": "another-nonce-of-mine"}, (422, "disbursement.signature_invalid")),
        ({"signed_at": "2026-01-01T00:00:00Z"}, (422, "disbursement.signed_at_off")),
        ({"signature": "eyJhbGciOiJub25lIn0..AA"}, (422, "disbursement.signature_invalid")),
        ({"signature": "x"}, (422, "http.invalid")),
        ({"nonce": "short"}, (422, "http.invalid")),
    ],
)
async def test_a_signature_that_does_not_prove_is_refused(
    world: World, changed: dict[str, Any], refusal: tuple[int, str]
) -> None:
    agreement = await drafted(world)
    path = f"/v1/agreements/{agreement['id']}"
    await world.done("/v1/signer-keys", signing.key_registration(SECRETARIAT.sub), by=SECRETARIAT)
    file = await world.get(f"{path}/document/file")
    body = signing.signed_agreement(file, "fund", SECRETARIAT.sub)
    answer = await world.post(f"{path}/signatures", {**body, **changed}, by=SECRETARIAT)
    assert answer.status_code == refusal[0]
    assert answer.json()["code"] == refusal[1]
    assert (await world.get(path))["fund_signed_by"] is None


async def test_another_document_or_key_proves_nothing(world: World) -> None:
    first, second = await drafted(world), await drafted(world)
    path = f"/v1/agreements/{second['id']}"
    own = signing.key_registration(SECRETARIAT.sub)
    await world.done("/v1/signer-keys", own, by=SECRETARIAT)
    of_first = await world.get(f"/v1/agreements/{first['id']}/document/file")
    of_second = await world.get(f"{path}/document/file")

    async def refused(body: Any) -> tuple[int, str]:
        return code(await world.post(f"{path}/signatures", body, by=SECRETARIAT))

    forged = signing.signed_agreement(of_first, "fund", SECRETARIAT.sub)
    assert await refused(forged) == (422, "disbursement.signature_invalid")
    strange = signing.signed_agreement(of_second, "fund", "nadie")
    assert await refused(strange) == (422, "disbursement.key_unknown")
    taken = await world.post("/v1/signer-keys", own, by=world.consortium(second))
    assert code(taken) == (422, "disbursement.signature_invalid")
    registered = signing.key_registration("rosa-del-consorcio")
    made = await world.done("/v1/signer-keys", registered, by=world.consortium(second))
    rosas = signing.signed_agreement(of_second, "fund", "rosa-del-consorcio")
    assert await refused(rosas) == (403, "disbursement.key_not_yours")
    revoke, why = f"/v1/signer-keys/{made['id']}/revoke", {"reason": "Equipo perdido."}
    assert (await world.post(revoke, why, by=OPERATOR_A)).status_code == 403
    stranger = world.consortium(second, "otra")
    assert code(await world.post(revoke, why, by=stranger)) == (403, "disbursement.key_not_yours")


async def test_a_revoked_key_signs_nothing_any_more(world: World) -> None:
    agreement, lola = await drafted(world), "lola-de-un-dia"
    by = world.consortium(agreement, lola)
    made = await world.done("/v1/signer-keys", signing.key_registration(lola), by=by)
    revoke = f"/v1/signer-keys/{made['id']}/revoke"
    revoked = await world.done(revoke, {"reason": "Equipo perdido."}, by=SECRETARIAT)
    assert revoked["revoked_by"] == SECRETARIAT.sub
    file = await world.get(f"/v1/agreements/{agreement['id']}/document/file")
    body = signing.signed_agreement(file, "consortium", lola)
    answer = await world.post(f"/v1/agreements/{agreement['id']}/signatures", body, by=by)
    assert code(answer) == (409, "disbursement.key_revoked")
    again = await world.post("/v1/signer-keys", signing.key_registration(lola), by=by)
    assert code(again) == (409, "disbursement.key_revoked")
    page = await world.get(f"/v1/signer-keys?holder_sub={lola}")
    assert [one["revoked_reason"] for one in page["data"]] == ["Equipo perdido."]
