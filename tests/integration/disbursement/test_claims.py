"""What must come back: refunds, undue payments, false invoices; received once, waived by two."""

import pytest

from tests.factories import disbursement as make
from tests.integration.disbursement import accounts
from tests.integration.disbursement.accounts import codes, invoice
from tests.integration.disbursement.world import (
    AUDITOR,
    OPERATOR_A,
    OPERATOR_B,
    SECRETARIAT,
    World,
    at_once,
)
from tests.support.callers import principal

WHY = {"reason": "Insolvencia acreditada."}
FALSE = {"ground": "SUNAT: comprobante no emitido.", "evidence": "Informe 031-2026."}


async def test_what_was_not_spent_comes_back_and_the_tranche_ends_accounted(world: World) -> None:
    agreement, tranche_id = await accounts.paid(world, 300_00)
    report = await accounts.filed(world, agreement, tranche_id, invoice(150_00), invoice(90_00))
    await accounts.review(world, report["id"], 150_00, 0)
    early = await world.post(
        f"/v1/tranches/{tranche_id}/refund-claims", {**WHY, "working_days": 5}, by=OPERATOR_A
    )
    assert codes(early) == (409, "disbursement.report_open")
    await accounts.accept(world, report["id"], 150_00)
    claim = await accounts.refund(world, tranche_id)
    assert (claim["kind"], claim["due"]["amount"]) == ("refund", "150.00")
    assert (await accounts.account(world, tranche_id))["rest"] == 0
    due = await world.get(f"/v1/accountability-reports?tranche_id={tranche_id}&state=due")
    assert due["data"] == []  # what is claimed back waits for no report
    assert (await world.tranche(tranche_id))["state"] == "reconciled"
    await accounts.received(world, claim["id"], 100_00)
    assert (await world.tranche(tranche_id))["state"] == "reconciled"
    too_much = await accounts.receive(world, claim["id"], 50_01)
    assert codes(too_much) == (422, "disbursement.received_too_much")
    await accounts.received(world, claim["id"], 50_00)
    tranche = await world.tranche(tranche_id)
    assert (tranche["state"], tranche["recovered"]["amount"]) == ("accounted", "150.00")
    whole = await world.get(f"/v1/claims/{claim['id']}")
    assert (whole["state"], whole["open"]["amount"]) == ("recovered", "0.00")
    assert [one["booked"] for one in whole["receipts"]] == [True, True]
    assert (await accounts.account(world, tranche_id))["recovered"] == 150_00
    again = await world.post(
        f"/v1/tranches/{tranche_id}/refund-claims", {**WHY, "working_days": 5}, by=OPERATOR_A
    )
    assert codes(again) == (409, "disbursement.nothing_to_refund")


async def test_a_receipt_counts_once_another_person_confirms_it(world: World) -> None:
    _, tranche_id = await accounts.paid(world)
    claim = await accounts.refund(world, tranche_id)
    answer = await accounts.receive(world, claim["id"], 200_00, bank_reference="OP-REPETIDA")
    receipt = answer.json()
    assert (answer.status_code, receipt["booked"]) == (201, False)
    assert (await accounts.account(world, tranche_id))["recovered"] == 0
    pending = await accounts.receive(world, claim["id"], 100_01)
    assert codes(pending) == (422, "disbursement.received_too_much")
    twice = await accounts.receive(world, claim["id"], 1_00, bank_reference="OP-REPETIDA")
    assert codes(twice) == (409, "disbursement.receipt_known")
    path = f"/v1/receipts/{receipt['id']}/confirmation"
    own = await world.post(path, by=OPERATOR_A)
    assert codes(own) == (403, "disbursement.same_person")
    people = [principal("operator", f"operador-{number}") for number in range(4)]
    answers = await at_once(4, lambda number: world.post(path, by=people[number]))
    assert (
        sorted(codes(one) for one in answers)
        == [(200, "done")] + [(409, "disbursement.receipt_booked")] * 3
    )
    assert world.transfers(receipt["id"]) == ["recover"]
    assert (await accounts.account(world, tranche_id))["recovered"] == 200_00
    url = world.settings.database_url.replace("+psycopg", "")
    error = world.refused(
        url, f"UPDATE receipt SET amount_centimos = 1 WHERE id = '{receipt['id']}'"
    )
    assert error.sqlstate == "23001"


async def test_a_return_line_of_the_statement_books_at_once_and_once(world: World) -> None:
    _, tranche_id = await accounts.paid(world)
    claim = await accounts.refund(world, tranche_id)
    line_id = accounts.bank_line(world, f"dev-{tranche_id}", 120_00)
    for centimos, line in ((120_01, line_id), (120_00, "dev-desconocida")):
        answer = await accounts.receive(world, claim["id"], centimos, line_id=line)
        assert codes(answer) == (422, "disbursement.line_not_found")
    booked = await accounts.receive(world, claim["id"], 120_00, line_id=line_id)
    assert (booked.status_code, booked.json()["booked"]) == (201, True)
    twice = await accounts.receive(world, claim["id"], 120_00, line_id=line_id)
    assert codes(twice) == (409, "disbursement.receipt_known")
    assert (await accounts.account(world, tranche_id))["recovered"] == 120_00


async def test_an_undue_payment_is_found_recovered_and_shown_and_blocks_till_then(
    world: World,
) -> None:
    agreement, first = await accounts.paid(world, 300_00, 200_00)
    second = agreement["tranches"][1]["id"]
    await accounts.accounted(world, agreement, first, (200_00,))
    too_much = await accounts.undue(world, first, 300_01)
    assert codes(too_much) == (422, "disbursement.undue_too_much")
    answer = await accounts.undue(world, first, 130_00)
    claim = answer.json()
    assert (answer.status_code, claim["state"]) == (201, "found")
    found = await accounts.account(world, first)
    assert (found["accounted"], found["claimed"], found["rest"]) == (170_00, 130_00, 0)
    path = f"/v1/tranches/{second}"
    await world.done(f"{path}/request", by=world.consortium(agreement))
    await world.done(f"{path}/prepare", by=OPERATOR_A)
    early = await accounts.receive(world, claim["id"], 1_00)
    assert codes(early) == (409, "disbursement.claim_not_notified")
    await accounts.notify(world, claim["id"])
    await accounts.received(world, claim["id"], 129_99)
    refused = await world.post(f"{path}/release", by=OPERATOR_B)
    assert codes(refused) == (422, "disbursement.release_refused")
    assert [one["code"] for one in refused.json()["errors"]] == ["DIS-020"]
    query = f"/v1/claims?kind=undue&agreement_id={agreement['id']}"
    (shown,) = (await world.get(query, by=AUDITOR))["data"]
    amounts = [shown[name]["amount"] for name in ("due", "recovered", "open")]
    assert amounts == ["130.00", "129.99", "0.01"]
    await accounts.received(world, claim["id"], 1)
    assert (await world.done(f"{path}/release", by=OPERATOR_B))["state"] == "released"
    assert (await world.tranche(first))["state"] == "accounted"
    assert (await accounts.account(world, first))["recovered"] == 130_00


async def test_a_false_invoice_becomes_an_undue_payment_by_itself(world: World) -> None:
    agreement, tranche_id = await accounts.paid(world, 300_00)
    report = await accounts.filed(world, agreement, tranche_id, invoice(180_00), invoice(120_00))
    whole = await world.get(f"/v1/accountability-reports/{report['id']}")
    path = f"/v1/accountability-invoices/{whole['invoices'][0]['id']}/falsity"
    early = await world.post(path, FALSE, by=OPERATOR_A)
    assert codes(early) == (409, "disbursement.report_not_accepted")
    await accounts.review(world, report["id"], 180_00, 120_00)
    await accounts.accept(world, report["id"], 300_00)
    assert (await world.tranche(tranche_id))["state"] == "accounted"
    claim = await world.done(path, FALSE, by=OPERATOR_A)
    assert (claim["kind"], claim["due"]["amount"]) == ("undue", "180.00")
    assert (await world.tranche(tranche_id))["state"] == "reconciled"
    assert (await accounts.account(world, tranche_id))["accounted"] == 120_00
    again = await world.post(path, FALSE, by=OPERATOR_B)
    assert codes(again) == (409, "disbursement.invoice_false")
    burned = {**invoice(), "number": f"F001-{whole['invoices'][0]['number']}"}
    other, other_tranche = await accounts.paid(world)
    used = await accounts.file(world, other, other_tranche, burned)
    assert codes(used) == (409, "disbursement.invoice_used")
    await accounts.notify(world, claim["id"])
    await accounts.received(world, claim["id"], 180_00)
    assert (await world.tranche(tranche_id))["state"] == "accounted"


async def test_a_claim_is_waived_by_two_people_or_not_at_all(world: World) -> None:
    _, tranche_id = await accounts.paid(world)
    claim = (await accounts.undue(world, tranche_id, 50_00)).json()
    path = f"/v1/claims/{claim['id']}/waiver"
    alone = await world.post(f"{path}/approval", by=SECRETARIAT)
    assert codes(alone) == (409, "disbursement.waiver_not_asked")
    await world.done(path, WHY, by=SECRETARIAT)
    finder = principal("secretariat", OPERATOR_A.sub)
    for by in (SECRETARIAT, finder):
        answer = await world.post(f"{path}/approval", by=by)
        assert codes(answer) == (403, "disbursement.same_person")
    url = world.settings.database_url.replace("+psycopg", "")
    for other in ("waiver_asked_by", "found_by"):
        error = world.refused(
            url,
            f"UPDATE claim SET state = 'waived', waived_by = {other} WHERE id = '{claim['id']}'",
        )
        assert str(error.diag.constraint_name) in {
            "ck_claim_two_people_waive",
            "ck_claim_finder_does_not_waive",
        }
    by = principal("secretariat", "otra-secretaria")
    waived = await world.done(f"{path}/approval", by=by)
    assert (waived["state"], waived["open"]["amount"]) == ("waived", "0.00")
    answer = await accounts.receive(world, claim["id"], 1_00)
    assert codes(answer) == (409, "disbursement.claim_not_notified")
    assert (await accounts.account(world, tranche_id))["recovered"] == 0


async def test_bad_claims_are_refused_and_change_nothing(world: World) -> None:
    agreement, tranche_id = await accounts.paid(world)
    path = f"/v1/tranches/{tranche_id}/undue-payments"
    good = {"amount": make.money(1), "ground": "x", "evidence": "x"}
    for wrong in ({"amount": make.money(0)}, {"ground": " "}, {"evidence": ""}):
        assert (await world.post(path, {**good, **wrong}, by=OPERATOR_A)).status_code == 422
    for by in (world.consortium(agreement), AUDITOR):
        assert (await world.post(path, good, by=by)).status_code == 403
    unpaid = await world.active(grant=(300_00,))
    answer = await accounts.undue(world, unpaid["tranches"][0]["id"], 1)
    assert codes(answer) == (409, "disbursement.not_paid")
    claim = await accounts.refund(world, tranche_id)
    for wrong in (
        {"bank_reference": "a b"},
        {"received_on": "2099-01-01"},
        {"received_on": "0001-01-01"},
        {"line_id": "\x00"},
    ):
        assert (await accounts.receive(world, claim["id"], 1, **wrong)).status_code == 422
    missing = await world.post(
        "/v1/claims/clm_01k9zq4v7hf8qbn0w2d5r6t3ye/waiver", WHY, by=OPERATOR_A
    )
    assert missing.status_code == 404
    assert (await world.get(f"/v1/claims/{claim['id']}"))["receipts"] == []
    found = await accounts.account(world, tranche_id)
    assert (found["claimed"], found["recovered"]) == (300_00, 0)


@pytest.mark.parametrize("channel", ["agroideas", "agrobanco"])
async def test_two_findings_at_once_never_claim_more_than_was_paid(
    world: World, channel: str
) -> None:
    agreement = await world.active(**{"grant" if channel == "agroideas" else "loan": (300_00,)})
    tranche_id = agreement["tranches"][0]["id"]
    await world.released(agreement, tranche_id)
    await world.instruct(tranche_id)
    await world.until_inquired(tranche_id, "confirmed")
    answers = await at_once(4, lambda _: accounts.undue(world, tranche_id, 100_00))
    assert sorted(codes(one) for one in answers) == [(201, "done")] * 3 + [
        (422, "disbursement.undue_too_much")
    ]
    assert (await accounts.account(world, tranche_id))["claimed"] == 300_00
