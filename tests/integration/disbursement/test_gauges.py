"""What the room measures of its money is what its rows say; a ledger out of balance is found."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
import time_machine

from services.disbursement import ledger
from services.disbursement.gauges import GAUGES, closings_missing
from services.disbursement.ledger import Move
from services.disbursement.ledger_watch import LedgerWatch
from services.kernel import clock
from services.kernel.db import Database
from services.kernel.settings import Settings
from services.kernel.work import Principal, Work
from tests.integration.disbursement import accounts
from tests.integration.disbursement.world import World
from tests.support.databases import admin, name_of, scratch_settings

_RECOUNTS = {
    "instructions": "SELECT ARRAY[channel, state], count(*) FROM instruction GROUP BY 1",
    "cases": "SELECT ARRAY[channel, kind, state], count(*) FROM reconciliation_case GROUP BY 1",
    "money": """
        SELECT ARRAY[e.call_id, CASE
                WHEN a.kind = 'loans' THEN 'agrobanco' WHEN a.kind IN ('grants', 'accounted')
                THEN 'agroideas' WHEN a.code ~ 'agroideas' THEN 'agroideas'
                WHEN a.code ~ 'agrobanco' THEN 'agrobanco' ELSE 'any' END,
            CASE WHEN a.kind IN ('grants', 'loans', 'accounted', 'recoveries') THEN 'paid'
                ELSE a.kind END], sum(e.amount_centimos)
        FROM entry e JOIN account a ON a.code = e.account_code WHERE a.kind <> 'treasury'
        GROUP BY 1 HAVING sum(e.amount_centimos) <> 0
    """,
}


def measured(settings: Settings, name: str) -> dict[tuple[str, ...], int]:
    """What a gauge says, by its labels."""
    [gauge] = [one for one in GAUGES if one.name == name]
    with admin(name_of(settings)) as connection:
        return {tuple(labels): value for *labels, value in gauge.read(connection)}


async def test_money_is_told_where_it_is_and_tallies_are_what_a_count_gives(world: World) -> None:
    before = measured(world.settings, "fund_payments_total")
    agreement, tranche_id = await accounts.paid(world, 170_00, 830_00)
    call = agreement["call_id"]
    told = measured(world.settings, "fund_budget_centimos")
    ours = {labels[1:]: value for labels, value in told.items() if labels[0] == call and value}
    assert ours == {("agroideas", "committed"): 830_00, ("agroideas", "paid"): 170_00}
    await accounts.accounted(world, agreement, tranche_id, (50_00,))
    paid = measured(world.settings, "fund_payments_total")
    assert paid[("agroideas", "true")] == before.get(("agroideas", "true"), 0) + 1
    for name, recount in _RECOUNTS.items():
        tallied = "SELECT labels, sum(amount) AS amount FROM tally WHERE name = %s GROUP BY labels"
        kept = {tuple(row["labels"]): row["amount"] for row in world.rows(tallied, name)}
        with admin(name_of(world.settings)) as connection:
            counted = {tuple(key): value for key, value in connection.execute(recount.encode())}
        assert {key: value for key, value in kept.items() if value} == counted, name


async def test_an_instruction_that_waits_is_told_with_its_age_until_it_moves_on(
    world: World,
) -> None:
    _, tranche_id = await world.ready(loan=(500_00,))
    world.rows(
        "UPDATE instruction SET state_since = now() - interval '20 minutes' WHERE tranche_id = %s",
        tranche_id,
    )
    name, waiting = "fund_instructions_oldest_seconds", ("agrobanco", "created")
    assert set(await world.states(tranche_id)) == {"created"}
    assert measured(world.settings, name)[waiting] >= 1200
    await world.instruct(tranche_id)
    assert measured(world.settings, name).get(waiting, 0) < 1200


# -- the ledger's watch ------------------------------------------------------------------------


@pytest.fixture
def books(servers: None) -> Iterator[Settings]:
    """A ledger of forty transfers, alone in its database."""
    with scratch_settings("disbursement") as settings:
        asyncio.run(_post(settings))
        yield settings


async def _post(settings: Settings) -> None:
    database = Database("disbursement", settings)
    source = ledger.available("cal_1")
    moves = [Move("allocate", ledger.TREASURY, source, 1_000, "r")]
    moves += [
        Move("commit", source, ledger.committed(f"agr_{n % 7}"), 10, f"r{n}") for n in range(39)
    ]

    async def work(session: Any) -> None:
        actor = Principal(sub="x", role="operator")
        await ledger.post(
            Work(session, actor, clock.now(), ""), moves, call_id="cal_1", agreement_id=None
        )

    await database.run(work)
    await database.dispose()


@pytest.fixture
def intruder(books: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A superuser whom no trigger stops."""
    with admin(name_of(books)) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture
def imbalance(intruder: psycopg.Connection[Any]) -> Callable[[], list[int]]:
    """What the watch says at each step of two walks, a few rows a step."""
    watch = LedgerWatch(transfers=15, accounts=4)
    [told] = watch.measured

    def steps() -> list[int]:
        found = []
        for _ in range(10):
            watch.step(intruder)
            [(value,)] = told.rows()
            found.append(value)
        return found

    return steps


@pytest.mark.parametrize(
    ("wrong", "cure", "by"),
    [
        (
            "UPDATE account SET balance_centimos = balance_centimos + 7 WHERE code = 'treasury'",
            "UPDATE account SET balance_centimos = balance_centimos - 7 WHERE code = 'treasury'",
            7,
        ),
        (
            "UPDATE account SET balance_centimos = balance_centimos +"
            " CASE code WHEN 'treasury' THEN 7 ELSE -7 END"
            " WHERE code IN ('treasury', 'call:cal_1:available')",
            "UPDATE account SET balance_centimos = balance_centimos -"
            " CASE code WHEN 'treasury' THEN 7 ELSE -7 END"
            " WHERE code IN ('treasury', 'call:cal_1:available')",
            7,
        ),
        (
            "UPDATE account SET balance_centimos = balance_centimos +"
            " CASE code WHEN 'agreement:agr_1:committed' THEN 7 ELSE -7 END"
            " WHERE code IN ('agreement:agr_1:committed', 'agreement:agr_2:committed')",
            "UPDATE account SET balance_centimos = balance_centimos -"
            " CASE code WHEN 'agreement:agr_1:committed' THEN 7 ELSE -7 END"
            " WHERE code IN ('agreement:agr_1:committed', 'agreement:agr_2:committed')",
            14,
        ),
        (
            "UPDATE entry SET amount_centimos = amount_centimos + 7 WHERE amount_centimos > 0"
            " AND transfer_id = (SELECT id FROM transfer WHERE reference = 'r5')",
            "UPDATE entry SET amount_centimos = amount_centimos - 7 WHERE amount_centimos > 0"
            " AND transfer_id = (SELECT id FROM transfer WHERE reference = 'r5')",
            14,
        ),
        (
            "INSERT INTO transfer (id, kind, amount_centimos, call_id, reference, actor,"
            " business_date, posted_at) VALUES ('trf_0', 'commit', 9, 'cal_1', 'x', 'x',"
            " '2026-01-01', now())",
            "DELETE FROM transfer WHERE id = 'trf_0'",
            9,
        ),
    ],
    ids=["a balance", "two balances", "two of one kind", "an old entry", "a transfer of no block"],
)
def test_whatever_a_superuser_forces_out_of_balance_is_told_within_a_walk_until_it_is_cured(
    intruder: psycopg.Connection[Any],
    imbalance: Callable[[], list[int]],
    wrong: str,
    cure: str,
    by: int,
) -> None:
    assert set(imbalance()) == {0}
    intruder.execute(wrong.encode())
    assert imbalance()[-5:] == [by] * 5
    intruder.execute(cure.encode())
    assert imbalance()[-1] == 0


# -- closings ----------------------------------------------------------------------------------

_CLOSING = """
INSERT INTO closing (id, channel, business_date, version, ledger_paid_centimos,
    ledger_returned_centimos, ledger_repaid_centimos, statement_paid_centimos,
    statement_returned_centimos, statement_repaid_centimos, difference_centimos,
    differences_count, differences, balanced, content_sha256, made_by, made_at)
VALUES (%s, %s, %s, 1, 0, 0, 0, 0, 0, 0, 0, 0, '[]', true, 'x', 'x', now())
"""


@pytest.mark.parametrize(
    ("at", "missing"),
    [
        ("2026-03-06 16:00", {"agroideas": 1}),  # Friday 11:00: Wednesday is missing
        ("2026-03-06 14:30", {"agroideas": 1}),  # 09:30: Thursday is not due yet
        ("2026-03-09 14:30", {"agroideas": 1}),  # Monday 09:30: nor is Friday
        ("2026-03-09 16:00", {"agroideas": 2}),  # Monday 11:00: Friday is due
        ("2026-03-03 16:00", {"agroideas": 0}),
    ],
)
def test_a_day_is_missing_when_it_is_not_closed_by_ten_of_the_next_working_day(
    servers: None, at: str, missing: dict[str, int]
) -> None:
    with scratch_settings("disbursement") as settings, admin(name_of(settings)) as connection:
        for day in (2, 3, 5):  # Monday, Tuesday, Thursday
            connection.execute(_CLOSING, (f"clo_{day}", "agroideas", date(2026, 3, day)))
        instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
        with time_machine.travel(instant, tick=False):
            assert dict(closings_missing(connection)) == missing
