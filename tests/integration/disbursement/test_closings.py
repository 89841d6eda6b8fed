"""A channel's day is closed: ledger against statements, to the céntimo, kept as it was."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.disbursement import payments
from services.disbursement.channels.protocol import Line, Lines, Status
from services.kernel import clock
from services.kernel.ids import new_id
from services.kernel.work import Work
from services.kernel.working_days import working_day
from tests.integration.disbursement import accounts
from tests.integration.disbursement.test_cases import CASES, case_of, do, ending, proposal
from tests.integration.disbursement.test_reconciliation import line, read, sent
from tests.integration.disbursement.world import AUDITOR, OPERATOR_A, OPERATOR_B, SERVICE, World

CLOSINGS = "/v1/closings"


def ago(days: int) -> date:
    """A day of its own for each test, in Lima."""
    return clock.lima_date(clock.now()) - timedelta(days=days)


async def paid(world: World, days: int, *, members: int = 2) -> tuple[str, list[Any]]:
    """A loan's tranche that the bank said, so many days ago, it had paid: S/ 100.00 each."""
    _, tranche_id, instructions = await sent(world, members=members, amount=members * 100_00)
    then = clock.now() - timedelta(days=days)
    words = {one["reference"]: Status("executed") for one in instructions}

    async def attempt(session: Any) -> Any:
        work = Work(session, SERVICE, then, "test")
        return await payments.end_inquiry(
            work, tranche_id=tranche_id, statuses=words, asked_at=then
        )

    await world.database.run(attempt)
    return tranche_id, instructions


async def close(world: World, day: date, channel: str = "agrobanco") -> Any:
    body = {"channel": channel, "business_date": day.isoformat()}
    return await world.done(CLOSINGS, body, by=OPERATOR_A)


def sides(closing: dict[str, Any]) -> tuple[str, ...]:
    """Paid and returned in the ledger, then on the statement, and the difference."""
    return (
        *(
            closing[side][name]["amount"]
            for side in ("ledger", "statement")
            for name in ("paid", "returned")
        ),
        closing["difference"]["amount"],
    )


async def test_a_day_balances_to_the_centimo_and_is_kept(world: World) -> None:
    day = ago(31)
    _, (first, second) = await paid(world, 31)
    await read(world, [line(first, business_date=day), line(second, business_date=day)])
    await read(world, [line(second, "return", business_date=day)])
    _, _, (third, *_) = await sent(world)  # paid and returned that day, heard of today at once
    both = [line(third, kind, business_date=day) for kind in ("payment", "return")]
    await read(world, both)
    closing = await close(world, day)
    assert sides(closing) == ("300.00", "200.00", "300.00", "200.00", "0.00")
    assert (closing["balanced"], closing["version"], closing["differences"]) == (True, 1, [])
    assert await close(world, day) == closing
    assert await world.get(f"{CLOSINGS}/{closing['id']}") == closing
    late = line(first, "return", business_date=day, amount_centimos=100_00)
    await read(world, [late])  # a later line of that day
    newer = await close(world, day)
    assert (newer["version"], newer["supersedes"], newer["balanced"]) == (2, closing["id"], True)
    assert sides(newer) == ("300.00", "300.00", "300.00", "300.00", "0.00")
    page = await world.get(f"{CLOSINGS}?channel=agrobanco&business_date={day}&balanced=true")
    assert [one["id"] for one in page["data"]] == [closing["id"], newer["id"]]
    told = world.rows("SELECT 1 FROM outbox WHERE type = 'fund.disbursement.day.closed.v1'")
    assert len(told) >= 2
    url = world.settings.database_url.replace("+psycopg", "")
    for statement in ("UPDATE closing SET balanced = true", "DELETE FROM closing"):
        assert world.refused(url, statement).sqlstate in {"23001", "42501"}


async def test_a_missing_line_is_found_and_its_arrival_closes_the_case(world: World) -> None:
    day = ago(41)
    _, (first, second) = await paid(world, 41)
    await read(world, [line(first, business_date=day)])
    closing = await close(world, day)
    assert sides(closing) == ("200.00", "0.00", "100.00", "0.00", "100.00")
    assert closing["balanced"] is False
    (difference,) = closing["differences"]
    assert (difference["instruction_id"], difference["case_id"]) == (second["id"], None)
    assert world.cases(second["reference"]) == []  # its term has not passed on that day
    await close(world, working_day(day, 2))
    case = await case_of(world, second["reference"], kind="missing_line")
    newer = await close(world, day)
    assert [one["case_id"] for one in newer["differences"]] == [case["id"]]
    await close(world, working_day(day, 3))
    assert world.cases(second["reference"]) == ["missing_line"]  # found once
    early = (409, "disbursement.line_missing")
    assert await do(world, case, "resolve", ending("line_arrived")) == early
    await read(world, [line(second, business_date=day)])
    await do(world, case, "resolve", ending("line_arrived"))
    last = await close(world, day)
    assert (last["version"], last["balanced"], last["supersedes"]) == (3, True, newer["id"])


async def test_two_errors_do_not_hide_each_other(world: World) -> None:
    """A payment that came under another reference: the sums agree, and the day does not balance
    until two people have matched it."""
    day = ago(51)
    _, (first, second) = await paid(world, 51)
    theirs = new_id("lin")
    known = line(first, business_date=day)
    await read(world, [known, line(second, reference=theirs, business_date=day)])
    closing = await close(world, day)
    assert sides(closing) == ("200.00", "0.00", "200.00", "0.00", "200.00")
    assert (closing["balanced"], closing["differences_count"]) == (False, 2)
    case = await case_of(world, theirs)
    assert case["id"] in [one["case_id"] for one in closing["differences"]]
    await do(world, case, "match", proposal(second))
    await do(world, case, "resolve", ending(), OPERATOR_B)
    assert (await close(world, day))["balanced"] is True
    assert (await world.get(f"{CASES}/{case['id']}"))["state"] == "resolved"


async def test_money_paid_twice_and_a_wrong_amount_stand_out(world: World) -> None:
    day = ago(61)
    _, (first, second) = await paid(world, 61)
    twice = [line(first, business_date=day) for _ in range(2)]
    await read(world, [*twice, line(second, business_date=day, amount_centimos=100_01)])
    closing = await close(world, day)
    assert sides(closing) == ("200.00", "0.00", "300.01", "0.00", "300.01")
    assert closing["differences_count"] == 3
    of_cases = {one["case_id"] is not None for one in closing["differences"] if one["line_id"]}
    assert of_cases == {True}


@pytest.mark.parametrize(
    "body",
    [
        {"channel": "agrobanco", "business_date": "2099-01-01"},
        {"channel": "agrobanco", "business_date": "1999-12-31"},
        {"channel": "bcp", "business_date": "2026-01-05"},
        {"channel": "agrobanco"},
    ],
)
async def test_a_day_to_come_or_no_day_is_refused(world: World, body: dict[str, str]) -> None:
    answer = await world.post(CLOSINGS, body, by=OPERATOR_A)
    assert answer.status_code == 422
    assert (await world.post(CLOSINGS, body, by=AUDITOR)).status_code in {403, 422}
    assert (await world.caller.get(f"{CLOSINGS}/{new_id('clo')}", by=AUDITOR)).status_code == 404


async def test_a_day_without_moves_balances_at_zero(world: World) -> None:
    closing = await close(world, date(2000, 1, 1), "agroideas")
    assert sides(closing) == ("0.00",) * 5
    assert closing["balanced"] is True
    denied = await world.post(
        CLOSINGS, {"channel": "agroideas", "business_date": "2000-01-01"}, by=AUDITOR
    )
    assert denied.status_code == 403


async def test_the_statements_own_balances_are_held_against_its_lines(world: World) -> None:
    day = ago(71)
    _, (first, second) = await paid(world, 71)

    async def file(lines: list[Line], opening: int, closing: int) -> None:
        read_in = Lines(day)
        for one in lines:
            read_in.append(one)
        read_in.balances = (opening, closing)
        await read(world, read_in)

    pay, other = line(first, business_date=day), line(second, business_date=day)
    await file([pay], 1_000_00, 900_00)
    await file([pay, other], 1_000_00, 800_00)  # read again, longer
    closing = await close(world, day)
    expected = {"opening": "1000.00", "closing": "800.00", "unexplained": "0.00"}
    assert {name: one["amount"] for name, one in closing["balances"].items()} == expected
    assert closing["balanced"] is True
    back = line(first, "return", business_date=day)
    await file([back], 800_00, 900_00)  # the next part of the day
    closing = await close(world, day)
    assert (closing["balances"]["closing"]["amount"], closing["balanced"]) == ("900.00", True)
    await file([pay, other], 1_000_00, 800_00)  # a line that was there is no longer
    closing = await close(world, day)
    assert (closing["balanced"], closing["difference"]["amount"]) == (False, "100.00")
    assert closing["balances"]["unexplained"]["amount"] == "-100.00"


async def test_a_line_that_a_claim_explains_stands_on_both_sides(world: World) -> None:
    day = ago(81)
    _, tranche_id = await accounts.paid(world)
    claim = await accounts.refund(world, tranche_id)
    line_id = accounts.bank_line(world, f"dev-{tranche_id}", 120_00, day)
    assert sides(await close(world, day, "agroideas"))[-1] == "120.00"
    booked = await accounts.receive(world, claim["id"], 120_00, line_id=line_id)
    assert booked.json()["booked"] is True
    closing = await close(world, day, "agroideas")
    assert sides(closing) == ("0.00", "120.00", "0.00", "120.00", "0.00")
    assert (closing["balanced"], closing["version"]) == (True, 2)
