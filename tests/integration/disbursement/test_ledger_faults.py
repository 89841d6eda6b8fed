"""The ledger faults of a real programme (peru-norms 2.4), each shown not to be here."""

from tests.factories import disbursement as make
from tests.integration.disbursement import accounts
from tests.integration.disbursement.accounts import codes, invoice
from tests.integration.disbursement.world import OPERATOR_A, SECRETARIAT, World, at_once


def balances(world: World, like: str) -> dict[str, int]:
    found = world.rows("SELECT code, balance_centimos FROM account WHERE code LIKE %s", like)
    return {row["code"]: row["balance_centimos"] for row in found}


async def test_a_balance_is_seeded_from_what_was_approved_not_from_what_is_asked(
    world: World,
) -> None:
    """There, a purchase's amount stood for the goal's: 17 % spent was shown as 100 %."""
    agreement, first = await accounts.paid(world, 170_00, 830_00)
    second = agreement["tranches"][1]["id"]
    assert balances(world, f"agreement:{agreement['id']}:%") == {
        f"agreement:{agreement['id']}:committed:agroideas": 830_00
    }
    await accounts.filed(world, agreement, first, invoice(1_000_00))
    found = await accounts.account(world, first)
    assert (found["paid"], found["accounted"], found["rest"]) == (170_00, 0, 170_00)
    assert (await accounts.account(world, second))["paid"] == 0  # planned is not paid
    money = await world.money(agreement["call_id"])
    assert (money["committed"], money["paid_out"]) == (830_00, 170_00)


async def test_no_join_multiplies_a_sum(world: World) -> None:
    """There, each payment counted once for every report on it."""
    agreement, tranche_id = await accounts.paid(world, 900_00)
    for amounts in ((10_00, 20_00, 30_00), (40_00, 50_00)):
        await accounts.accounted(world, agreement, tranche_id, amounts)
    for centimos in (60_00, 70_00):
        claim = (await accounts.undue(world, tranche_id, centimos)).json()
        await accounts.notify(world, claim["id"])
        for part in (centimos - 5_00, 2_00):
            await accounts.received(world, claim["id"], part)
    assert await accounts.account(world, tranche_id) == {
        "paid": 900_00,
        "accounted": 150_00,
        "claimed": 130_00,
        "recovered": 124_00,
        "repaid": 0,
        "rest": 620_00,
    }
    assert balances(world, f"consortium:{agreement['consortium_id']}:%") == {
        f"consortium:{agreement['consortium_id']}:grants": 626_00,
        f"consortium:{agreement['consortium_id']}:accounted": 150_00,
    }
    assert (await world.money(agreement["call_id"]))["paid_out"] == 900_00
    listed = await world.get(f"/v1/claims?agreement_id={agreement['id']}")
    assert sorted(one["open"]["amount"] for one in listed["data"]) == ["3.00", "3.00"]
    reports = await world.get(f"/v1/accountability-reports?agreement_id={agreement['id']}")
    assert [one["accepted"]["amount"] for one in reports["data"]] == ["60.00", "90.00", "0.00"]


async def test_what_is_void_leaves_no_movement(world: World) -> None:
    """There, a voided payment left its movement in the ledger."""
    agreement, tranche_id = await world.ready(grant=(400_00,))
    await world.behave("agroideas", "no_callback")
    await world.instruct(tranche_id)
    await world.until_inquired(tranche_id, "confirmed")
    bill = invoice(400_00)
    await accounts.filed(world, agreement, tranche_id, bill)
    (one,) = await world.instructions(tranche_id)
    told = await world.tell(make.callback(one["reference"], 400_00, "returned"))
    assert told.json() == {"outcome": "applied"}
    assert (await world.tranche(tranche_id))["state"] == "returned"
    mine = f"consortium:{agreement['consortium_id']}:%"
    assert set(balances(world, mine).values()) <= {0}
    assert balances(world, f"agreement:{agreement['id']}:%") == {
        f"agreement:{agreement['id']}:committed:agroideas": 400_00
    }
    owed = await world.get(f"/v1/accountability-reports?tranche_id={tranche_id}")
    assert [report["state"] for report in owed["data"]] == ["closed"]
    await world.released(agreement, tranche_id)
    await accounts.pay(world, tranche_id)
    report = await accounts.filed(world, agreement, tranche_id, bill)
    await accounts.review(world, report["id"], 400_00)
    path = f"/v1/accountability-reports/{report['id']}/observation"
    await world.done(path, {"reason": "Otra factura.", "working_days": 3}, by=OPERATOR_A)
    assert balances(world, mine) == {f"consortium:{agreement['consortium_id']}:grants": 400_00}
    whole = await accounts.accounted(world, agreement, tranche_id, (400_00,))
    falsity = {"ground": "No emitida.", "evidence": "SUNAT."}
    false_one = f"/v1/accountability-invoices/{whole['invoices'][0]['id']}/falsity"
    await world.done(false_one, falsity, by=OPERATOR_A)
    assert balances(world, mine) == {
        f"consortium:{agreement['consortium_id']}:grants": 400_00,
        f"consortium:{agreement['consortium_id']}:accounted": 0,
    }
    assert world.transfers(whole["id"]) == ["account"]
    assert world.transfers(whole["invoices"][0]["id"]) == ["disallow"]


async def test_progress_is_counted_once(world: World) -> None:
    """There, each payment counted the whole of a purchase: 36 of 12 units."""
    agreement, tranche_id = await accounts.paid(world, 300_00)
    report = await accounts.filed(world, agreement, tranche_id, invoice(120_00))
    for _ in range(2):  # a second review replaces the first
        assert (await accounts.review(world, report["id"], 120_00)).status_code == 200
    path = f"/v1/accountability-reports/{report['id']}/acceptance"
    body = {"amount": {"amount": "120.00", "currency": "PEN"}}
    answers = await at_once(3, lambda _: world.post(path, body, by=SECRETARIAT, key="una-vez"))
    again = await world.post(path, body, by=SECRETARIAT, key="una-vez")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert {one.status_code for one in answers} <= {200, 409}
    assert (await accounts.account(world, tranche_id))["accounted"] == 120_00
    error = world.refused(
        world.settings.database_url.replace("+psycopg", ""),
        "INSERT INTO transfer (id, kind, amount_centimos, call_id, reference, actor,"
        " business_date, posted_at) SELECT 'trf_again', kind, amount_centimos, call_id,"
        f" reference, actor, business_date, now() FROM transfer WHERE reference = '{report['id']}'",
    )
    assert error.diag.constraint_name == "uq_transfer_once"
    second = await accounts.accounted(world, agreement, tranche_id, (180_00,))
    assert second["number"] == 2
    assert (await world.tranche(tranche_id))["accounted"]["amount"] == "300.00"


async def test_an_account_at_zero_is_told_from_one_that_never_moved(world: World) -> None:
    """There, the two looked alike."""
    agreement, tranche_id = await accounts.paid(world, 200_00)
    never = f"/v1/ledger/accounts/consortium:{agreement['consortium_id']}:accounted/entries"
    assert (await world.caller.get(never, by=OPERATOR_A)).status_code == 404
    used_up = f"/v1/ledger/accounts/agreement:{agreement['id']}:committed:agroideas/entries"
    moves = (await world.get(used_up))["data"]
    assert [(one["kind"], one["amount"]["amount"]) for one in moves] == [
        ("commit", "200.00"),
        ("instruct", "-200.00"),
    ]
    too_much = await accounts.undue(world, tranche_id, 200_01)
    assert codes(too_much) == (422, "disbursement.undue_too_much")
