"""Reports of what a grant was spent on: each invoice once anywhere, each sol accounted for once."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import event

from services.disbursement.accountability import invoices
from services.disbursement.accountability.invoices import Voucher
from services.disbursement.models import Tranche
from services.kernel.work import Work
from tests.factories import disbursement as make
from tests.integration.disbursement import accounts
from tests.integration.disbursement.accounts import codes, invoice
from tests.integration.disbursement.world import (
    OPERATOR_A,
    OPERATOR_B,
    SECRETARIAT,
    World,
    at_once,
)
from tests.support.callers import principal


async def test_a_report_is_filed_reviewed_accepted_and_the_tranche_ends(world: World) -> None:
    agreement, tranche_id = await accounts.paid(world, 300_00)
    (due,) = (await world.get(f"/v1/accountability-reports?tranche_id={tranche_id}"))["data"]
    assert (due["state"], due["number"], len(due["remind_on"])) == ("due", 1, 3)
    assert sorted(due["remind_on"]) == due["remind_on"]
    assert max(due["remind_on"]) < due["due_on"]
    filed = await accounts.filed(world, agreement, tranche_id, invoice(200_00), invoice(150_00))
    assert (filed["id"], filed["state"]) == (due["id"], "filed")
    answer = await accounts.review(world, filed["id"], 200_00, 150_00)
    assert codes(answer) == (422, "disbursement.accounted_too_much")
    assert "350.00" in answer.json()["detail"]
    assert "300.00" in answer.json()["detail"]
    assert (await accounts.review(world, filed["id"], 200_00, 100_00)).status_code == 200
    wrong = await accounts.accept(world, filed["id"], 300_01)
    assert codes(wrong) == (422, "disbursement.amount_differs")
    done = await accounts.accept(world, filed["id"], 300_00)
    assert (done.status_code, done.json()["accepted"]["amount"]) == (200, "300.00")
    assert (await world.tranche(tranche_id))["state"] == "accounted"
    assert await accounts.account(world, tranche_id) == {
        "paid": 300_00,
        "accounted": 300_00,
        "claimed": 0,
        "recovered": 0,
        "repaid": 0,
        "rest": 0,
    }
    again = await accounts.accept(world, filed["id"], 300_00)
    assert codes(again) == (409, "disbursement.report_not_filed")
    more = await accounts.file(world, agreement, tranche_id, invoice())
    assert codes(more) == (409, "disbursement.nothing_to_account")
    assert world.transfers(filed["id"]) == ["account"]


async def test_an_observed_report_is_corrected_and_what_it_left_out_is_free_again(
    world: World,
) -> None:
    agreement, tranche_id = await accounts.paid(world)
    out, kept = invoice(50_00), invoice(60_00)
    report = await accounts.filed(world, agreement, tranche_id, out, kept)
    early = await accounts.file(world, agreement, tranche_id, kept)
    assert codes(early) == (409, "disbursement.report_under_review")
    path = f"/v1/accountability-reports/{report['id']}/observation"
    body = {"reason": "Falta el sustento.", "working_days": 5}
    observed = await world.done(path, body, by=OPERATOR_A)
    assert (observed["state"], observed["observation"]) == ("observed", "Falta el sustento.")
    assert observed["due_on"] >= report["due_on"]
    assert codes(await accounts.accept(world, report["id"], 0)) == (
        409,
        "disbursement.report_not_filed",
    )
    corrected = await accounts.filed(world, agreement, tranche_id, kept)
    assert (corrected["id"], corrected["state"]) == (report["id"], "filed")
    whole = await world.get(f"/v1/accountability-reports/{report['id']}")
    assert [one["amount"]["amount"] for one in whole["invoices"]] == ["60.00"]
    other, other_tranche = await accounts.paid(world)
    await accounts.filed(world, other, other_tranche, out)
    used = await accounts.file(world, other, other_tranche, kept)
    assert used.status_code == 409


@pytest.mark.parametrize(
    "again",
    [
        {},
        {"number": "f001-0000{n}"},
        {"number": "F001-{n}", "amount": make.money(1), "concept": "Otra cosa"},
    ],
)
async def test_the_same_invoice_is_used_once_anywhere(world: World, again: dict[str, Any]) -> None:
    first, first_tranche = await accounts.paid(world, 300_00)
    one = invoice()
    number = one["number"].partition("-")[2]
    report = await accounts.filed(world, first, first_tranche, one)
    changes = {
        name: value.format(n=number) if name == "number" else value for name, value in again.items()
    }
    other, other_tranche = await accounts.paid(world)
    answer = await accounts.file(world, other, other_tranche, invoice(), {**one, **changes})
    assert codes(answer) == (409, "disbursement.invoice_used")
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/invoices/1"
    assert report["id"] not in answer.text  # whose it is, is not the asker's business
    (open_one,) = (await world.get(f"/v1/accountability-reports?tranche_id={other_tranche}"))[
        "data"
    ]
    assert open_one["state"] == "due"
    assert (
        world.rows("SELECT 1 FROM accountability_invoice WHERE report_id = %s", open_one["id"])
        == []
    )
    await accounts.filed(world, other, other_tranche, {**one, "issuer_ruc": accounts.OTHER_RUC})


async def test_the_owner_is_told_where_the_invoice_was_used(world: World) -> None:
    agreement, tranche_id = await accounts.paid(world, 300_00)
    one = invoice(100_00)
    report = await accounts.filed(world, agreement, tranche_id, one)
    assert (await accounts.review(world, report["id"], 100_00)).status_code == 200
    assert (await accounts.accept(world, report["id"], 100_00)).status_code == 200
    answer = await accounts.file(world, agreement, tranche_id, one)
    assert codes(answer) == (409, "disbursement.invoice_used")
    assert report["id"] in answer.json()["errors"][0]["detail"]


async def test_an_invoice_paid_by_another_tranches_list_is_not_reported_nor_paid_again(
    world: World,
) -> None:
    def listed(number: str) -> dict[str, Any]:
        payment = {
            "kind": "supplier",
            "name": "Tuberías del Centro SAC",
            "document": accounts.RUC,
            "cci": f"018{7:017d}",
            "bank": "018",
            "amount": make.money(300_00),
            "budget_line": 1,
            "invoice": number,
        }
        return {"payments": [payment]}

    bill = invoice(300_00)
    number = bill["number"].partition("-")[2]
    payer = await world.active(grant=(300_00,))
    path = f"/v1/tranches/{payer['tranches'][0]['id']}"
    await world.done(f"{path}/request", by=world.consortium(payer))
    await world.done(f"{path}/payment-list", listed(f"f001-000{number}"), by=OPERATOR_A)
    world.no_objections(payer["id"])
    await world.done(f"{path}/release", by=OPERATOR_B)
    await accounts.pay(world, payer["tranches"][0]["id"])
    other, other_tranche = await accounts.paid(world)
    answer = await accounts.file(world, other, other_tranche, bill)
    assert codes(answer) == (409, "disbursement.invoice_used")
    assert payer["tranches"][0]["id"] not in answer.text
    await accounts.filed(world, payer, payer["tranches"][0]["id"], bill)
    third = await world.active(grant=(300_00,))
    path = f"/v1/tranches/{third['tranches'][0]['id']}"
    await world.done(f"{path}/request", by=world.consortium(third))
    reported = invoice(300_00)
    await accounts.filed(world, other, other_tranche, reported)
    answer = await world.post(f"{path}/payment-list", listed(reported["number"]), by=OPERATOR_A)
    assert codes(answer) == (422, "disbursement.list_faults")


async def test_two_consortia_file_one_invoice_at_once_and_one_wins(world: World) -> None:
    paid = [await accounts.paid(world) for _ in range(4)]
    one = invoice()
    answers = await at_once(4, lambda number: accounts.file(world, *paid[number], one))
    assert (
        sorted(codes(answer) for answer in answers)
        == [(201, "done")] + [(409, "disbursement.invoice_used")] * 3
    )
    found = world.rows(
        "SELECT 1 FROM accountability_invoice WHERE number = %s AND series = 'F001'"
        " AND taken_out_at IS NULL",
        one["number"].partition("-")[2],
    )
    assert len(found) == 1


async def test_who_files_does_not_decide_and_who_reviews_does_not_accept(world: World) -> None:
    agreement, tranche_id = await accounts.paid(world)
    answer = await world.post(
        f"/v1/tranches/{tranche_id}/accountability-reports",
        {"invoices": [invoice(100_00)]},
        by=world.consortium(agreement, "una-misma"),
    )
    report_id = answer.json()["id"]
    same = principal("operator", "una-misma")
    path = f"/v1/accountability-reports/{report_id}"
    body = {"reason": "x", "working_days": 1}
    refusals = [
        await world.post(f"{path}/observation", body, by=same),
        await accounts.review(world, report_id, 100_00, by=same),
    ]
    await accounts.review(world, report_id, 100_00, by=principal("secretariat", "otra"))
    for sub in ("una-misma", "otra"):
        by = principal("secretariat", sub)
        refusals.append(await accounts.accept(world, report_id, 100_00, by=by))
    assert {codes(one) for one in refusals} == {(403, "disbursement.same_person")}
    url = world.settings.database_url.replace("+psycopg", "")
    for column in ("reviewed_by", "observed_by", "accepted_by"):
        error = world.refused(
            url,
            f"UPDATE accountability_report SET {column} = filed_by WHERE id = '{report_id}'",
        )
        assert str(error.diag.constraint_name).endswith("er_is_not_filer")
    error = world.refused(
        url, f"UPDATE accountability_report SET accepted_by = 'otra' WHERE id = '{report_id}'"
    )
    assert error.diag.constraint_name == "ck_accountability_report_accepter_is_not_reviewer"
    error = world.refused(
        url,
        f"UPDATE accountability_invoice SET decided_by = filed_by WHERE report_id = '{report_id}'",
    )
    assert error.diag.constraint_name == "ck_accountability_invoice_decider_is_not_filer"


async def test_an_acceptance_at_once_moves_the_money_once(world: World) -> None:
    agreement, tranche_id = await accounts.paid(world)
    report = await accounts.filed(world, agreement, tranche_id, invoice(100_00))
    await accounts.review(world, report["id"], 100_00)
    people = [principal("secretariat", f"secretaria-{number}") for number in range(4)]
    answers = await at_once(
        4, lambda number: accounts.accept(world, report["id"], 100_00, by=people[number])
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert world.transfers(report["id"]) == ["account"]
    assert (await accounts.account(world, tranche_id))["accounted"] == 100_00
    (following,) = (
        await world.get(f"/v1/accountability-reports?tranche_id={tranche_id}&state=due")
    )["data"]
    assert (following["number"], following["due_on"]) == (2, report["due_on"])


async def test_the_released_route_accepts_what_the_report_says(world: World) -> None:
    agreement, tranche_id = await accounts.paid(world)
    path = f"/v1/tranches/{tranche_id}/accountability"
    body = {"amount": make.money(300_00)}
    answer = await world.post(path, body, by=SECRETARIAT)
    assert codes(answer) == (409, "disbursement.report_not_filed")
    report = await accounts.filed(world, agreement, tranche_id, invoice(300_00))
    answer = await world.post(path, body, by=SECRETARIAT)
    assert codes(answer) == (409, "disbursement.report_not_reviewed")
    await accounts.review(world, report["id"], 300_00)
    assert (await world.done(path, body, by=SECRETARIAT))["state"] == "accounted"


async def test_what_is_overdue_is_listed_and_stops_the_next_release(world: World) -> None:
    agreement, first = await accounts.paid(world, 300_00, 200_00)
    second = agreement["tranches"][1]["id"]
    await accounts.accounted(world, agreement, first, (200_00,))
    query = f"agreement_id={agreement['id']}&overdue="
    assert (await world.get(f"/v1/accountability-reports?{query}true"))["data"] == []
    (due,) = (await world.get(f"/v1/accountability-reports?{query}false&state=due"))["data"]
    accounts.overdue(world, due["id"])
    consortium = world.consortium(agreement)
    own = f"consortium_id={agreement['consortium_id']}&overdue=true"
    (late,) = (await world.get(f"/v1/accountability-reports?{own}", by=consortium))["data"]
    assert late["id"] == due["id"]
    path = f"/v1/tranches/{second}"
    await world.done(f"{path}/request", by=consortium)
    await world.done(f"{path}/prepare", by=OPERATOR_A)
    answer = await world.post(f"{path}/release", by=OPERATOR_B)
    assert codes(answer) == (422, "disbursement.release_refused")
    assert [one["code"] for one in answer.json()["errors"]] == ["DIS-022"]
    await accounts.filed(world, agreement, first, invoice(100_00))
    assert (await world.done(f"{path}/release", by=OPERATOR_B))["state"] == "released"


WRONG = (
    ({"issuer_ruc": "20131312956"}, "/invoices/0/issuer_ruc"),
    ({"kind": "99"}, "/invoices/0/kind"),
    ({"number": "F001-0000"}, "/invoices/0/number"),
    ({"number": "F001 12"}, "/invoices/0/number"),
    ({"number": "F001-\u0661"}, "/invoices/0/number"),
    ({"amount": make.money(0)}, "/invoices/0"),
    ({"issued_on": "2099-01-01"}, "/invoices/0/issued_on"),
    ({"budget_line_no": 2}, "/invoices/0/budget_line_no"),
    ({"concept": "\x00"}, "/invoices/0/concept"),
)


async def test_a_wrong_invoice_is_named_and_nothing_is_filed(world: World) -> None:
    agreement, tranche_id = await accounts.paid(world)
    for change, pointer in WRONG:
        answer = await accounts.file(world, agreement, tranche_id, invoice(**change), invoice())
        assert answer.status_code == 422, change
        assert pointer in [one["pointer"] for one in answer.json()["errors"]]
    (report,) = (await world.get(f"/v1/accountability-reports?tranche_id={tranche_id}"))["data"]
    assert report["state"] == "due"


async def test_what_cannot_be_reported_or_judged_is_refused(world: World) -> None:
    agreement, tranche_id = await accounts.paid(world)
    one = invoice(10_00)
    twice = await accounts.file(world, agreement, tranche_id, one, one)
    assert codes(twice) == (422, "disbursement.invoice_invalid")
    stranger = principal("applicant", "otro", consortium_id="con_0123456789abcdefghjkmnpqrs")
    path = f"/v1/tranches/{tranche_id}/accountability-reports"
    assert (await world.post(path, {"invoices": [one]}, by=stranger)).status_code == 404
    report = await accounts.filed(world, agreement, tranche_id, one)
    assert codes(await accounts.review(world, report["id"], 10_01)) == (
        422,
        "disbursement.eligible_too_much",
    )
    body = {
        "judgements": [
            {
                "invoice_id": "inv_01k9zq4v7hf8qbn0w2d5r6t3ye",
                "eligible": make.money(1),
                "reason": "x",
            }
        ]
    }
    path = f"/v1/accountability-reports/{report['id']}/review"
    assert codes(await world.post(path, body, by=OPERATOR_A)) == (
        422,
        "disbursement.review_incomplete",
    )
    for by in (world.consortium(agreement), principal("partner", program="agroideas")):
        assert (await world.post(path, body, by=by)).status_code == 403
    loan = await world.active(loan=(300_00,))
    answer = await accounts.file(world, loan, loan["tranches"][0]["id"], invoice())
    assert codes(answer) == (409, "disbursement.loan_not_accounted")
    grant = await world.active(grant=(300_00,))
    answer = await accounts.file(world, grant, grant["tranches"][0]["id"], invoice())
    assert codes(answer) == (409, "disbursement.not_paid")


async def test_whether_a_list_pays_an_invoice_is_read_from_its_index(world: World) -> None:
    """Not from every instruction that was ever drawn."""
    _, tranche_id = await accounts.paid(world)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    async def look(work: Work) -> str:
        tranche = await work.session.get(Tranche, tranche_id)
        assert tranche is not None
        vouchers = [
            Voucher("01", "F001", number, accounts.RUC, date(2026, 1, 15), 100_00, "Riego", 1)
            for number in ("unused-1", "unused-2")
        ]
        await invoices.demand_unused(work, tranche, vouchers)
        statement, values = asked[-1]
        connection = await work.session.connection()
        await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return str((await connection.exec_driver_sql(f"EXPLAIN {statement}", values)).all())

    engine = world.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        plan = await world.use(look)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert "uq_instruction_invoice" in plan
