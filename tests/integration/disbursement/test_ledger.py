"""PostgreSQL itself refuses a wrong ledger, whoever asks: the application or the superuser."""

from typing import Any

import pytest

from services.disbursement import ledger, payments, service
from services.disbursement.channels.protocol import Sent, Status
from services.disbursement.ledger import Move
from services.kernel.errors import FundError
from services.kernel.ids import new_id
from services.kernel.work import Work
from tests.integration.disbursement.world import World
from tests.support import stack
from tests.support.databases import name_of


def urls(world: World) -> dict[str, str]:
    base = stack.admin_url().rsplit("/", 1)[0]
    return {
        "fund_app": world.settings.database_url.replace("+psycopg", ""),
        "superuser": f"{base}/{name_of(world.settings)}",
    }


WHO = pytest.mark.parametrize("who", ["fund_app", "superuser"])


def transfer(transfer_id: str, amount: int = 100, kind: str = "allocate", **columns: str) -> str:
    names = "".join(f", {name}" for name in columns)
    values = "".join(f", '{value}'" for value in columns.values())
    return (
        "INSERT INTO transfer (id, kind, amount_centimos, call_id, reference, actor,"
        f" business_date, posted_at{names}) VALUES ('{transfer_id}', '{kind}', {amount}, 'cal_x',"
        f" 'r', 'x', current_date, now(){values})"
    )


def entry(transfer_id: str, account: str, amount: int) -> str:
    return f"INSERT INTO entry VALUES ('{transfer_id}', '{account}', {amount}, 'cal_x')"


async def funded(world: World, amount: int = 1_000) -> str:
    """A call with money; returns the code of its account."""
    call_id = new_id("cal")
    await world.use(service.allocate, call_id=call_id, amount_centimos=amount)
    return ledger.available(call_id)


@WHO
async def test_an_unbalanced_transfer_is_refused(world: World, who: str) -> None:
    code, url, new = await funded(world), urls(world)[who], new_id("trf")
    wrong = {
        "no entry": (),
        "one side": (entry(new, "treasury", -100),),
        "more than it gives": (entry(new, "treasury", -100), entry(new, code, 101)),
        "another amount": (entry(new, "treasury", -99), entry(new, code, 99)),
        "nothing": (entry(new, "treasury", 0), entry(new, code, 0)),
    }
    for name, entries in wrong.items():
        error = world.refused(url, transfer(new), *entries)
        assert error.sqlstate in {"23000", "23514"}, name
    world.check_books()


@WHO
async def test_three_sides_are_refused_though_they_balance(world: World, who: str) -> None:
    code, other, new = await funded(world), await funded(world), new_id("trf")
    error = world.refused(
        urls(world)[who],
        transfer(new),
        entry(new, "treasury", -100),
        entry(new, code, 60),
        entry(new, other, 40),
    )
    assert error.sqlstate == "23000"
    assert error.diag.constraint_name == "ck_transfer_balanced"


@WHO
async def test_an_overdraft_is_refused(world: World, who: str) -> None:
    code, other, new = await funded(world, 99), await funded(world), new_id("trf")
    error = world.refused(
        urls(world)[who], transfer(new), entry(new, code, -100), entry(new, other, 100)
    )
    assert error.diag.constraint_name == "ck_account_not_overdrawn"
    world.check_books()


@WHO
async def test_a_closed_transfer_takes_no_entry(world: World, who: str) -> None:
    code, other = await funded(world), await funded(world)
    (row,) = world.rows("SELECT transfer_id FROM entry WHERE account_code = %s", code)
    error = world.refused(urls(world)[who], entry(row["transfer_id"], other, 1))
    assert error.sqlstate == "23001"
    assert "closed" in str(error)


@WHO
@pytest.mark.parametrize("table", ["transfer", "entry", "decision", "partner_message"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_what_is_written_stays(world: World, who: str, table: str, verb: str) -> None:
    await funded(world)
    column = {"transfer": "amount_centimos", "entry": "amount_centimos"}.get(table)
    column = column or {"decision": "subject", "partner_message": "received_at"}[table]
    world.rows("INSERT INTO partner_message VALUES ('agroideas', %s, '', now())", new_id("evt"))
    world.rows("INSERT INTO decision VALUES (%s, 'p', 's', '{}', '{}', 'r', now())", new_id("dec"))
    error = world.refused(urls(world)[who], verb.format(table, column, column))
    assert error.sqlstate == ("42501" if who == "fund_app" else "23001")


@WHO
async def test_a_balance_changes_by_entries_alone(world: World, who: str) -> None:
    code = await funded(world)
    opened = "INSERT INTO account VALUES ('call:x:available', 'available', false, 5, now())"
    for change in (
        f"UPDATE account SET balance_centimos = balance_centimos + 1 WHERE code = '{code}'",
        f"UPDATE account SET may_overdraw = false WHERE code = '{code}'",
        f"DELETE FROM account WHERE code = '{code}'",
        "TRUNCATE account CASCADE",
        opened,
    ):
        error = world.refused(urls(world)[who], change)
        assert error.sqlstate == ("42501" if who == "fund_app" else "23001"), change


async def test_the_application_opens_no_account_with_money_in_it(world: World) -> None:
    url = urls(world)["fund_app"]
    opened = (
        "INSERT INTO account (code, kind, may_overdraw, balance_centimos, opened_at)"
        " VALUES ('call:x:available', 'available', false, 5, now())"
    )
    assert world.refused(url, opened).sqlstate == "42501"
    for kind, overdraws in (("treasury", "false"), ("outside", "false"), ("available", "true")):
        wrong = (
            "INSERT INTO account (code, kind, may_overdraw, opened_at)"
            f" VALUES ('call:x:available', '{kind}', {overdraws}, now())"
        )
        error = world.refused(url, wrong)
        assert error.diag.constraint_name == "ck_account_only_sources_overdraw"
    for switch in ("ALTER TABLE entry DISABLE TRIGGER ALL", "SET session_replication_role=replica"):
        assert world.refused(url, switch).sqlstate == "42501"


@WHO
async def test_an_instruct_is_settled_or_returned_once(world: World, who: str) -> None:
    _, tranche_id = await world.ready(grant=(500,))
    sending = await world.use(payments.begin_sending, tranche_id=tranche_id)
    (reference,) = [payment.reference for payment in sending.batch.payments]
    statuses = {reference: Status("executed")}
    sent = Sent("accepted")
    await world.use(payments.end_sending, tranche_id=tranche_id, attempt=1, sent=sent)
    asked = await world.use(payments.begin_inquiry, tranche_id=tranche_id)
    await world.use(
        payments.end_inquiry, tranche_id=tranche_id, statuses=statuses, asked_at=asked.asked_at
    )
    (instruct,) = world.rows(
        "SELECT id FROM transfer WHERE reference = %s AND kind = 'instruct'", reference
    )
    (settle,) = world.rows(
        "SELECT id FROM transfer WHERE reference = %s AND kind = 'settle'", reference
    )
    url, new = urls(world)[who], new_id("trf")
    for kind in ("settle", "return"):
        again = transfer(new, 500, kind, pending_id=instruct["id"])
        assert world.refused(url, again).diag.constraint_name == "uq_transfer_pending_id"
    loose = world.refused(url, transfer(new, 500, "settle"))
    assert loose.diag.constraint_name == "ck_transfer_settles_an_instruct"
    assert await give_back_twice(world, settle["id"]) == "disbursement.constraint"


async def give_back_twice(world: World, settle_id: str) -> str:
    """Reverse a settlement two times by hand; returns the code of the refusal."""
    (row,) = world.rows(
        "SELECT call_id, agreement_id, reference FROM transfer WHERE id = %s", settle_id
    )
    (target,) = world.rows(
        "SELECT account_code FROM entry WHERE transfer_id = %s AND amount_centimos > 0", settle_id
    )
    move = Move(
        "return",
        target["account_code"],
        ledger.committed(row["agreement_id"], "agroideas"),
        250,
        row["reference"],
        reverses=settle_id,
    )

    async def reverse(work: Work) -> None:
        for _ in range(2):
            await ledger.post(
                work, [move], call_id=row["call_id"], agreement_id=row["agreement_id"]
            )

    with pytest.raises(FundError) as refusal:
        await world.use(reverse)
    return refusal.value.code


async def test_an_overdraft_through_the_service_is_told_as_such(world: World) -> None:
    code = await funded(world, 10)

    async def too_much(work: Work) -> None:
        move = Move("commit", code, ledger.committed("agr_x"), 11, "agr_x")
        await ledger.post(work, [move], call_id="cal_x", agreement_id=None)

    with pytest.raises(FundError) as refusal:
        await world.use(too_much)
    assert refusal.value.code == "disbursement.overdrawn"
    assert world.rows("SELECT 1 FROM account WHERE code = 'agreement:agr_x:committed'") == []


async def test_the_trial_balance_is_zero_and_pages_tell_every_entry(world: World) -> None:
    agreement = await world.active(left=1, grant=(100, 200), loan=(300,))
    for query in ("", f"?call_id={agreement['call_id']}"):
        found: Any = await world.get(f"/v1/ledger/trial-balance{query}")
        assert found["total"]["amount"] == "0.00"
    by_code = {one["code"]: one["balance"]["amount"] for one in found["accounts"]}
    assert by_code == {
        "treasury": "-6.01",
        f"call:{agreement['call_id']}:available": "0.01",
        f"agreement:{agreement['id']}:committed:agroideas": "3.00",
        f"agreement:{agreement['id']}:committed:agrobanco": "3.00",
    }
    amounts, path = [], "/v1/ledger/accounts/treasury/entries?limit=2"
    cursor = None
    for _ in range(500):
        page = await world.get(path + (f"&cursor={cursor}" if cursor else ""))
        amounts += [int(one["amount"]["amount"].replace(".", "")) for one in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    (treasury,) = world.rows("SELECT balance_centimos FROM account WHERE code = 'treasury'")
    assert sum(amounts) == treasury["balance_centimos"]


async def test_budgets_of_any_size_can_be_read(world: World) -> None:
    call_id = new_id("cal")
    for _ in range(2):
        await world.use(service.allocate, call_id=call_id, amount_centimos=10**14)
    assert (await world.money(call_id))["allocated"] == 2 * 10**14
