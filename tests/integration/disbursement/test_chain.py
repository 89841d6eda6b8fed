"""The ledger's blocks: one a transaction, chained, and no edit of the past goes unseen."""

from collections.abc import Iterator

import psycopg
import pytest

from services.disbursement import integrity, ledger, service
from services.disbursement.ledger import Move
from services.kernel.ids import new_id
from services.kernel.work import Work
from tests.integration.disbursement.test_ledger import entry, funded, transfer, urls
from tests.integration.disbursement.world import World, at_once


@pytest.fixture
def root(world: World) -> Iterator[psycopg.Connection]:
    """The superuser inside one transaction that is given up: it may do anything."""
    with psycopg.connect(urls(world)["superuser"]) as connection:
        yield connection
        connection.rollback()


async def test_many_moves_of_one_transaction_are_one_block(
    world: World, root: psycopg.Connection
) -> None:
    call_id = new_id("cal")
    await world.use(service.allocate, call_id=call_id, amount_centimos=1_000)

    async def many(work: Work) -> list[str]:
        moves = [
            Move("commit", ledger.available(call_id), ledger.committed(f"agr{n}"), 1, f"r{n}")
            for n in range(1_000)
        ]
        return await ledger.post(work, moves, call_id=call_id, agreement_id=None)

    ids = await world.use(many)
    assert len(set(ids)) == 1_000
    blocks = world.rows(
        "SELECT transfers FROM ledger_block WHERE tx = (SELECT tx FROM transfer WHERE id = %s)",
        ids[0],
    )
    assert [row["transfers"] for row in blocks] == [1_000]
    assert (
        world.rows("SELECT reference FROM transfer WHERE id = %s", ids[7])[0]["reference"] == "r7"
    )
    assert integrity.findings(root) == []


async def test_concurrent_postings_make_one_chain(world: World, root: psycopg.Connection) -> None:
    async def one(number: int) -> str:
        return await funded(world, 100 + number)

    assert len(set(await at_once(20, one))) == 20
    assert integrity.findings(root) == []


async def test_after_the_seal_the_transaction_takes_no_more(world: World) -> None:
    code = await funded(world)
    first, second = new_id("trf"), new_id("trf")
    for url in urls(world).values():
        error = world.refused(
            url,
            transfer(first),
            entry(first, "treasury", -100),
            entry(first, code, 100),
            "SET CONSTRAINTS ALL IMMEDIATE",
            transfer(second),
        )
        assert error.sqlstate == "23001"
        assert "sealed" in str(error)


async def test_no_transfer_names_another_transaction(world: World) -> None:
    await funded(world)
    (row,) = world.rows("SELECT max(tx) AS tx FROM ledger_block")
    forged = transfer(new_id("trf"), tx=str(row["tx"]))
    for who, sqlstate in (("fund_app", "42501"), ("superuser", "23001")):
        assert world.refused(urls(world)[who], forged).sqlstate == sqlstate


EDITS = {
    "an amount": "UPDATE entry SET amount_centimos = 2 * amount_centimos"
    " WHERE transfer_id = '{id}'",
    "a reference": "UPDATE transfer SET reference = 'otra' WHERE id = '{id}'",
    "who did it": "UPDATE transfer SET actor = 'otro' WHERE id = '{id}'",
    "when": "UPDATE transfer SET posted_at = posted_at - interval '1 second' WHERE id = '{id}'",
    "another account": "UPDATE entry SET account_code = '{other}' WHERE transfer_id = '{id}'"
    " AND amount_centimos > 0",
    "a transfer gone": "DELETE FROM entry WHERE transfer_id = '{id}';"
    " DELETE FROM transfer WHERE id = '{id}'",
    "a block gone": "DELETE FROM ledger_block WHERE seq = 1",
    "a block rewritten": "UPDATE ledger_block SET content_hash = ledger_content(tx),"
    " hash = sha256(prev_hash || 'x')",
    "the last blocks gone": "DELETE FROM ledger_block WHERE seq >= 1",
    "a balance": "UPDATE account SET balance_centimos = 1 WHERE code = '{other}'",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
async def test_an_edit_of_the_past_is_found(
    world: World, root: psycopg.Connection, edit: str
) -> None:
    code, other = await funded(world), await funded(world)
    (row,) = world.rows("SELECT transfer_id FROM entry WHERE account_code = %s", code)
    assert integrity.findings(root) == []
    root.execute("SET session_replication_role = replica")  # no trigger, no foreign key
    for statement in edit.format(id=row["transfer_id"], other=other).split(";"):
        root.execute(statement)  # type: ignore[arg-type]
    assert integrity.findings(root) != []
