"""One loan a producer: terms fixed with the agreement, lent by what was paid, repaid by the bank's
lines, interest first; owed on any day, and never repaid beyond it."""

from datetime import timedelta
from typing import Any

from services.kernel.ids import new_id
from tests.factories import disbursement as make
from tests.integration.disbursement.lending import accounts, lent, owed, repayment, today
from tests.integration.disbursement.test_ledger import urls
from tests.integration.disbursement.test_reconciliation import line, read
from tests.integration.disbursement.world import OPERATOR_A, OPERATOR_B, World

SHARE = 10_000_00


async def test_the_terms_stand_in_the_agreement_and_hold_for_each_producer(world: World) -> None:
    agreement, tranche_id, loans = await lent(world)
    file = await world.get(f"/v1/agreements/{agreement['id']}/document/file")
    credit = file["content"]["credit"]
    assert (credit["tea_percent"], credit["day_base"], credit["term_months"]) == ("3.50", 360, 12)
    assert credit["payer_at_source_ruc"] == "20100070970"
    assert [loan["document"] for loan in loans] == ["40000001", "40000002", "40000003"]
    whole = await world.get(f"/v1/loans/{loans[0]['id']}")
    assert whole["state"] == "open"
    assert whole["lent"] == whole["principal"] == make.money(SHARE)
    assert whole["terms"]["level"] == make.money(SHARE)
    assert whole["due_on"] == today().replace(year=today().year + 1).isoformat()
    (decision,) = world.rows(
        "SELECT d.package, d.answer FROM decision d JOIN loan_terms k ON k.decision_id = d.id"
        " WHERE k.agreement_id = %s",
        agreement["id"],
    )
    assert decision["package"] == "fund.disbursement.agrobanco"
    assert decision["answer"]["terms"]["tea_basis_points"] == 350
    page = await world.get(f"/v1/loans/{loans[0]['id']}/movements")
    (lending,) = page["data"]
    assert (lending["kind"], lending["amount"]) == ("disbursement", make.money(SHARE))
    schedule = await world.get(f"/v1/loans/{loans[0]['id']}/schedule")
    (part,) = schedule["instalments"]
    assert part["tranche_id"] == tranche_id
    assert (part["principal"], part["interest"]) == (make.money(SHARE), make.money(354_95))
    assert schedule["total"] == schedule["left"] == make.money(SHARE + 354_95)


async def test_a_loan_is_repaid_in_part_and_then_wholly(world: World) -> None:
    agreement, _, (loan, other, _) = await lent(world)
    consortium_id = agreement["consortium_id"]
    assert await owed(world, loan, 180) == ("10000.00", "173.49")
    part = repayment(loan, 5_000_00, 180)
    done = await read(world, [part])
    assert (done.new, done.matched, done.cases) == (1, 1, 0)
    assert (await read(world, [part])).new == 0
    left = SHARE - (5_000_00 - 173_49)
    assert await owed(world, loan, 180) == (make.money(left)["amount"], "0.00")
    assert await owed(world, loan, 179) == ("10000.00", "172.52")  # a past day stays what it was
    held = accounts(world, consortium_id)
    assert (held["loans"], held["interest_owed"]) == (2 * SHARE + left, 0)
    rest = sum(int(text.replace(".", "")) for text in await owed(world, loan, 300))
    await read(world, [repayment(loan, rest, 300, payer="20100070970")])
    found = await world.get(f"/v1/loans/{loan['id']}?on={today() + timedelta(days=300)}")
    assert (found["state"], found["owed"]) == ("repaid", make.money(0))
    assert await owed(world, other, 300) == ("10000.00", "290.83")
    page = await world.get(f"/v1/loans/{loan['id']}/movements?limit=2")
    more = await world.get(f"/v1/loans/{loan['id']}/movements?cursor={page['next_cursor']}")
    moved = [*page["data"], *more["data"]]
    assert [one["kind"] for one in moved] == ["disbursement", "repayment", "repayment"]
    assert [one["payer_kind"] for one in moved] == [None, "producer", "anchor_firm"]
    assert moved[1]["interest"] == make.money(173_49)
    money = await world.money(agreement["call_id"])
    assert money["paid_out"] == 3 * SHARE
    assert accounts(world, consortium_id)["loans"] == 2 * SHARE
    assert world.cases(loan["reference"]) == []
    (events,) = world.rows(
        "SELECT count(*) AS told FROM outbox WHERE type = 'fund.disbursement.loan.repaid.v1'"
        " AND body::text LIKE %s",
        f"%{loan['id']}%",
    )
    assert events["told"] == 2


async def test_what_is_paid_beyond_all_that_is_owed_is_owed_back(world: World) -> None:
    agreement, _, (loan, *_) = await lent(world)
    done = await read(world, [repayment(loan, SHARE + 400_00, 360)])
    assert (done.matched, done.cases) == (1, 0)
    held = accounts(world, agreement["consortium_id"])
    assert (held["overpaid"], held["loans"]) == (50_00, 2 * SHARE)
    assert world.cases(loan["reference"]) == ["overpaid"]
    (moved,) = (await world.get(f"/v1/loans/{loan['id']}/movements"))["data"][1:]
    paid = (moved["principal"], moved["interest"], moved["overpaid"])
    assert paid == (make.money(SHARE), make.money(350_00), make.money(50_00))
    world.check_books()


async def test_what_names_no_loan_or_is_told_twice_is_a_case(world: World) -> None:
    _, _, (loan, *_) = await lent(world)
    stranger = repayment(loan, 100, reference="nobody-knows-01")
    first = repayment(loan, 1_000_00, 10)
    again = repayment(loan, 1_000_00, 10, operation=first.operation)
    done = await read(world, [stranger, first, again])
    assert (done.new, done.matched, done.cases) == (3, 1, 2)
    assert world.cases(loan["reference"]) == ["second_line"]
    assert "unknown_reference" in world.cases("nobody-knows-01")
    changed = repayment(loan, 999_00, 10, line_id=first.line_id, operation=first.operation)
    await read(world, [changed])
    assert world.cases(loan["reference"]) == ["second_line", "line_changed"]
    assert (await owed(world, loan, 10))[0] == make.money(SHARE - (1_000_00 - 9_56))["amount"]


async def test_lines_of_one_statement_follow_each_other(world: World) -> None:
    """Three payments of one loan in one file, the last of an earlier day than what was booked:
    it counts on the day of what was booked last."""
    _, _, (loan, *_) = await lent(world)
    await read(
        world, [repayment(loan, SHARE, 90), repayment(loan, 50_00, 90), repayment(loan, 50_00, 90)]
    )
    assert world.cases(loan["reference"]) == ["overpaid"]
    movements = (await world.get(f"/v1/loans/{loan['id']}/movements"))["data"]
    assert [one["overpaid"]["amount"] for one in movements] == ["0.00", "0.00", "0.00", "13.63"]
    _, _, (late, *_) = await lent(world)
    await read(world, [repayment(late, 1_00, 60)])
    await read(world, [repayment(late, 1_00, 30)])
    days = [
        (one["day"], one["told_on"])
        for one in (await world.get(f"/v1/loans/{late['id']}/movements"))["data"][1:]
    ]
    day, before = ((today() + timedelta(days=n)).isoformat() for n in (60, 30))
    assert days == [(day, day), (day, before)]


async def test_money_that_names_no_producer_takes_principal_off_in_order(world: World) -> None:
    agreement, tranche_id, (first, second, _) = await lent(world)
    body = {"amount": make.money(SHARE + 1_00)}
    await world.done(f"/v1/tranches/{tranche_id}/repayments", body, by=OPERATOR_A)
    assert await owed(world, first) == ("0.00", "0.00")
    assert await owed(world, second) == ("9999.00", "0.00")
    held = accounts(world, agreement["consortium_id"])
    assert held["loans"] == 2 * SHARE - 1_00
    undue = {"ground": "Pago indebido", "evidence": "Acta 3", "amount": make.money(15_000_00)}
    await world.done(f"/v1/tranches/{tranche_id}/undue-payments", undue, by=OPERATOR_A)
    refused = await read(world, [repayment(second, 9_999_00), repayment(second, 4_999_00)])
    assert refused.matched == 1  # the claim leaves room for S/ 4,999 of principal
    assert world.cases(second["reference"]) == ["contradiction"]
    assert await owed(world, second) == ("5000.00", "0.00")


async def test_a_payment_that_was_repaid_from_does_not_come_back(world: World) -> None:
    _, tranche_id, (loan, other, _) = await lent(world)
    await read(world, [repayment(loan, 1_00)])
    instructions = await world.instructions(tranche_id)
    await read(world, [line(one, "return") for one in instructions])
    states = {
        row["document"]: row["state"]
        for row in world.rows(
            "SELECT beneficiary_document AS document, state FROM instruction WHERE tranche_id = %s",
            tranche_id,
        )
    }
    assert states[loan["document"]] == "settled"
    assert states[other["document"]] == "returned"
    assert await owed(world, other) == ("0.00", "0.00")
    world.check_books()


async def test_a_producer_has_one_loan_in_force_a_call(world: World) -> None:
    call_id = new_id("cal")
    first = await world.active(loan=(100_00,), call_id=call_id)
    await world.released(first, first["tranches"][0]["id"])
    second = await world.active(loan=(100_00,), call_id=call_id)
    path = f"/v1/tranches/{second['tranches'][0]['id']}"
    await world.done(f"{path}/request", by=world.consortium(second))
    refused = await world.post(f"{path}/prepare", by=OPERATOR_A)
    assert (refused.status_code, refused.json()["code"]) == (409, "disbursement.loan_in_force")


async def test_nobody_is_lent_more_than_the_cap_over_all_parts(world: World) -> None:
    agreement = await world.active(loan=(20_000_00, 10_000_01), members=1)
    first, second = (one["id"] for one in agreement["tranches"])
    await world.released(agreement, first)
    path = f"/v1/tranches/{second}"
    await world.done(f"{path}/request", by=world.consortium(agreement))
    refused = await world.post(f"{path}/prepare", by=OPERATOR_A)
    assert (refused.status_code, refused.json()["code"]) == (422, "disbursement.credit_over_cap")
    assert "30000.01" in refused.json()["detail"]
    assert "30000.00" in refused.json()["detail"]


async def test_a_credit_in_three_parts_is_not_drafted(world: World) -> None:
    application, ballot_id = await world.approved(loan=(1_00, 1_00, 1_00))
    await world.budget(application["call_id"], 3_00)
    answer = await world.draft(application, ballot_id)
    assert (answer.status_code, answer.json()["code"]) == (422, "disbursement.credit_refused")
    assert [one["code"] for one in answer.json()["errors"]] == ["CRE-001"]


async def test_arrears_follow_the_day_asked_about(world: World) -> None:
    agreement, _, (loan, other, _) = await lent(world)
    path = f"/v1/agreements/{agreement['id']}/harvest"
    harvest = today() + timedelta(days=100)
    body = {"harvest_on": harvest.isoformat()}
    past = {"harvest_on": (today() - timedelta(days=1)).isoformat()}
    assert (await world.post(path, past, by=OPERATOR_A)).json()["code"].endswith("harvest_past")
    await world.done(path, body, by=OPERATOR_A)
    assert (await world.post(path, body, by=OPERATOR_B)).json()["code"].endswith("harvest_told")
    await read(world, [repayment(other, SHARE + 500_00, 100)])
    found: dict[int, Any] = {}
    for after in (0, 100, 101, 130, 131, 160, 161, 190, 191):
        on = today() + timedelta(days=after)
        told = await world.get(f"/v1/loans/{loan['id']}?on={on}")
        assert told["due_on"] == harvest.isoformat()
        found[after] = (told["days_past_due"], told["bucket"])
        paid = await world.get(f"/v1/loans/{other['id']}?on={on}")
        assert paid["days_past_due"] == 0
    assert found == {
        0: (0, "current"),
        100: (0, "current"),
        101: (1, "1-30"),
        130: (30, "1-30"),
        131: (31, "31-60"),
        160: (60, "31-60"),
        161: (61, "61-90"),
        190: (90, "61-90"),
        191: (91, "91+"),
    }
    page = await world.get(f"/v1/loans?agreement_id={agreement['id']}&on={harvest}")
    assert [one["on"] for one in page["data"]] == [harvest.isoformat()] * 3


async def test_postgresql_holds_what_a_loan_is(world: World) -> None:
    _, _, (loan, other, _) = await lent(world)
    await read(world, [repayment(loan, 1_00)])
    (part,) = world.rows("SELECT * FROM loan_part WHERE loan_id = %s", loan["id"])
    repaid = (
        "INSERT INTO repayment SELECT '{id}', loan_id, 'recorded', channel, NULL, {amount}, {over},"
        " paid_on, booked_on, payer_kind, payer, actor, recorded_at FROM repayment"
        f" WHERE loan_id = '{loan['id']}'"
    )
    share = "INSERT INTO repayment_share VALUES ('{id}', '{part}', 0, {interest}, {principal})"
    one, instruction = "rpy_forged", part["instruction_id"]
    (stranger,) = world.rows("SELECT * FROM loan_part WHERE loan_id = %s", other["id"])
    owed_now = part["principal_centimos"]

    def forged(amount: int, principal: int, over: int = 0, of: str = instruction) -> list[str]:
        return [
            repaid.format(id=one, amount=amount, over=over),
            share.format(id=one, part=of, interest=0, principal=principal),
        ]

    url = urls(world)["fund_app"]
    for sqlstate, *statements in (
        ("23514", *forged(owed_now + 1, owed_now + 1)),  # beyond what is owed
        ("23000", *forged(2, 1)),  # the shares are not the sum
        ("23000", *forged(2, 1, 1)),  # owed back while something is owed
        ("23000", *forged(1, 1, of=stranger["instruction_id"])),  # another loan's part
        ("23001", "UPDATE loan_part SET principal_centimos = 0"),
        (
            "23001",
            "UPDATE loan_part SET principal_centimos = 0, interest_centimos = 0,"
            f" returned_on = '{today()}' WHERE loan_id = '{loan['id']}'",
        ),
        ("23001", f"UPDATE loan SET ended_at = now() WHERE id = '{loan['id']}'"),
        ("42501", "UPDATE repayment SET amount_centimos = 1"),
        ("42501", "DELETE FROM repayment_share"),
        ("42501", "UPDATE loan_terms SET tea_basis_points = 0"),
    ):
        assert world.refused(url, *statements).sqlstate == sqlstate, statements
    owner = urls(world)["superuser"]
    for statement in (
        "UPDATE repayment SET amount_centimos = 1",
        "DELETE FROM repayment_share",
        "DELETE FROM loan",
        "UPDATE loan_terms SET tea_basis_points = 0",
    ):
        assert world.refused(owner, statement).sqlstate == "23001", statement


async def test_the_portfolio_of_loans_stands_as_on_the_day(world: World) -> None:
    agreement, _, (late, paid, _) = await lent(world)
    await read(world, [repayment(paid, SHARE + 400_00, 300), repayment(late, 1_000_00, 10)])
    query = f"call_id={agreement['call_id']}"
    for group_by, name in (
        ("agreement", agreement["id"]),
        ("call", agreement["call_id"]),
        ("region", "INEI-12"),
        ("crop", "palta"),
        ("channel", "agrobanco"),
    ):
        for after, repaid, arrears in (
            (0, 0, {}),
            (300, SHARE + 1_000_00 - 9_56, {}),
            (366, SHARE + 1_000_00 - 9_56, {"1-30": 2}),
            (400, SHARE + 1_000_00 - 9_56, {"31-60": 2}),
            (500, SHARE + 1_000_00 - 9_56, {"91+": 2}),
        ):
            on = today() + timedelta(days=after)
            path = f"/v1/loan-portfolio?group_by={group_by}&{query}&on={on}"
            (group,) = (await world.get(path))["groups"]
            assert (group["name"], group["loans"]) == (name, 3)
            assert group["lent"] == make.money(3 * SHARE)
            assert group["repaid"] == make.money(repaid)
            assert group["outstanding"] == make.money(3 * SHARE - repaid)
            assert {one["bucket"]: one["loans"] for one in group["arrears"]} == arrears
            assert group["overdue"] == (group["outstanding"] if arrears else make.money(0))
    before = await world.get(f"/v1/loan-portfolio?group_by=call&{query}&on=2020-01-01")
    assert before["groups"] == []


async def test_a_day_with_repayments_closes_to_the_centimo(world: World) -> None:
    _, _, (loan, *_) = await lent(world)
    day = (today() - timedelta(days=400)).isoformat()
    line_ = repayment(loan, 250_00, -400)
    stranger = repayment(loan, 1_00, -400, reference="nobody")
    await read(world, [line_])
    asked = {"channel": "agrobanco", "business_date": day}
    closing = await world.done("/v1/closings", asked, by=OPERATOR_A)
    assert (closing["balanced"], closing["ledger"]["repaid"]) == (True, make.money(250_00))
    await read(world, [stranger])
    closing = await world.done("/v1/closings", asked, by=OPERATOR_A)
    assert (closing["balanced"], closing["difference"]) == (False, make.money(1_00))
    assert closing["statement"]["repaid"] == make.money(251_00)


async def test_two_people_match_a_repayment_that_names_no_loan(world: World) -> None:
    agreement, tranche_id, (loan, *_) = await lent(world)
    reference = new_id("opn")
    await read(world, [repayment(loan, SHARE + 1_00, reference=reference)])
    page = await world.get("/v1/reconciliation-cases?limit=200&kind=unknown_reference")
    (case,) = [one for one in page["data"] if one["reference"] == reference]
    path = f"/v1/reconciliation-cases/{case['id']}"
    (instruction, *_) = await world.instructions(tranche_id)
    wrong = {"instruction_id": instruction["id"], "reason": "x"}
    refused = await world.post(f"{path}/match", wrong, by=OPERATOR_A)
    assert refused.json()["code"] == "disbursement.not_matchable"
    matched = {"resolution": "matched", "reason": "El DNI es el suyo."}
    nothing = await world.post(f"{path}/resolve", matched, by=OPERATOR_A)
    assert nothing.json()["code"] == "disbursement.nothing_proposed"
    body = {"loan_id": loan["id"], "reason": "El DNI es el suyo."}
    await world.done(f"{path}/loan-match", body, by=OPERATOR_A)
    same = await world.post(f"{path}/resolve", matched, by=OPERATOR_A)
    assert same.json()["code"] == "disbursement.same_person"
    assert await owed(world, loan) == ("10000.00", "0.00")
    await world.done(f"{path}/resolve", matched, by=OPERATOR_B)
    assert await owed(world, loan) == ("0.00", "0.00")
    assert accounts(world, agreement["consortium_id"])["overpaid"] == 1_00
    assert world.cases(loan["reference"]) == ["overpaid"]
    again = await world.post(f"{path}/loan-match", body, by=OPERATOR_A)
    assert again.json()["code"] == "disbursement.case_resolved"
