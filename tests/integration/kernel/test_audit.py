"""The audit chain: one line however many write, and no change to it goes unnoticed (F62)."""

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from services.kernel import audit, clock
from services.kernel.audit import ChainReport, verify
from services.kernel.db import AsyncSession, Database
from services.kernel.settings import Settings
from services.kernel.work import Principal, Work
from tests.support import stack
from tests.support.databases import admin, name_of

ROWS = 6


@pytest.fixture
def intruder(fresh_settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A superuser who has switched the triggers off."""
    with admin(name_of(fresh_settings)) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


async def write(database: Database, subject: str, number: int, rows: int = 1) -> None:
    """One transaction that leaves so many audit rows."""

    async def change(session: AsyncSession) -> None:
        actor = Principal(sub="rosa-del-consorcio", role="applicant")
        work = Work(session, actor, clock.now(), f"request-{subject}")
        for step in range(rows):
            detail = {"número": number, "step": step, "from": None, "to": "ñandú", "ok": True}
            work.record("test.changed", subject, detail)
        await session.flush()

    await database.run(change)


@pytest.fixture
async def chain(database: Database, fresh_settings: Settings) -> ChainReport:
    """A whole chain of six links."""
    for number in range(ROWS):
        await write(database, f"thing-{number}", number)
    report = verify("registry", fresh_settings)
    assert (report.rows, report.fault) == (ROWS, None)
    return report


async def test_many_writers_at_once_leave_one_chain(
    database: Database, fresh_settings: Settings, intruder: psycopg.Connection[Any]
) -> None:
    writers, turns = 12, 15

    async def writer(name: int) -> None:
        for turn in range(turns):
            await write(database, f"writer-{name}", turn, rows=1 + turn % 3)

    async def quitter() -> None:
        for _ in range(turns):
            with pytest.raises(RuntimeError):
                await database.run(gives_up)

    async def gives_up(session: AsyncSession) -> None:
        Work(session, Principal("x", "x"), clock.now(), "").record("test.lost", "lost", {})
        await session.flush()
        raise RuntimeError

    await asyncio.gather(*(writer(name) for name in range(writers)), quitter())
    report = verify("registry", fresh_settings)
    assert report.fault is None
    assert report.rows == writers * sum(1 + turn % 3 for turn in range(turns))
    [row] = intruder.execute(
        "SELECT count(*), count(DISTINCT prev_hash), max(seq), (SELECT count(*) FROM audit)"
        " FROM audit_link"
    ).fetchall()
    assert set(row) == {report.rows}


async def test_each_writers_rows_stand_in_its_own_order(
    database: Database, intruder: psycopg.Connection[Any]
) -> None:
    async def writer(name: int) -> None:
        for turn in range(10):
            await write(database, f"writer-{name}", turn)

    await asyncio.gather(*(writer(name) for name in range(8)))
    for name in range(8):
        found = intruder.execute(
            "SELECT change->>'número' FROM audit a JOIN audit_link l ON l.audit_id = a.id"
            " WHERE subject = %s ORDER BY seq",
            [f"writer-{name}"],
        ).fetchall()
        assert [int(number) for (number,) in found] == list(range(10))


ID = "(SELECT audit_id FROM audit_link WHERE seq = {})".format
THIRD, FOURTH = ID(3), ID(4)
TAMPERINGS: dict[str, tuple[list[str], str]] = {
    **{
        f"{column}-edited": (
            [f"UPDATE audit SET {column} = {value} WHERE id = {THIRD}"],
            "link 3 (row {3}): the row was changed",
        )
        for column, value in {
            "at": "at + interval '1 microsecond'",
            "actor": "'somebody'",
            "role": "'operator'",
            "action": "'test.other'",
            "subject": "'thing-x'",
            "request_id": "''",
            "change": "jsonb_set(change, '{to}', '\"otro\"')",
            "content_hash": "sha256('x')",
        }.items()
    },
    "row-deleted": ([f"DELETE FROM audit WHERE id = {THIRD}"], "link 3 (row {3}): its audit row"),
    "row-and-link-deleted": (
        [f"DELETE FROM audit WHERE id = {THIRD}", "DELETE FROM audit_link WHERE seq = 3"],
        "link 4 (row {4}): a gap after link 2",
    ),
    "first-deleted": (
        [f"DELETE FROM audit WHERE id = {ID(1)}", "DELETE FROM audit_link WHERE seq = 1"],
        "link 2 (row {2}): a gap after link 0",
    ),
    "deleted-and-closed-up": (
        [
            f"DELETE FROM audit WHERE id = {THIRD}",
            "DELETE FROM audit_link WHERE seq = 3",
            "UPDATE audit_link SET seq = -seq WHERE seq > 3",
            "UPDATE audit_link SET seq = -seq - 1 WHERE seq < 0",
        ],
        "link 3 (row {4}): the link does not follow",
    ),
    "link-deleted": (["DELETE FROM audit_link WHERE seq = 6"], "row {6} is not linked"),
    "contents-swapped": (
        [
            "CREATE TEMP TABLE held AS SELECT * FROM audit",
            "UPDATE audit a SET change = h.change, subject = h.subject, content_hash ="
            f" h.content_hash, at = h.at FROM held h WHERE a.id = {THIRD} AND h.id = {FOURTH}",
            "UPDATE audit a SET change = h.change, subject = h.subject, content_hash ="
            f" h.content_hash, at = h.at FROM held h WHERE a.id = {FOURTH} AND h.id = {THIRD}",
        ],
        "link 3 (row {3}): the row was changed",
    ),
    "links-swapped": (
        [
            "CREATE TEMP TABLE held AS SELECT * FROM audit_link",
            "UPDATE audit_link SET audit_id = 'none' WHERE seq = 4",
            "UPDATE audit_link SET audit_id = (SELECT audit_id FROM held WHERE seq = 4)"
            " WHERE seq = 3",
            "UPDATE audit_link SET audit_id = (SELECT audit_id FROM held WHERE seq = 3)"
            " WHERE seq = 4",
        ],
        "link 3 (row {4}): the link does not follow",
    ),
    "hash-edited": (
        ["UPDATE audit_link SET hash = sha256('x') WHERE seq = 3"],
        "link 3 (row {3}): the link does not follow",
    ),
    "previous-hash-edited": (
        ["UPDATE audit_link SET prev_hash = sha256('x') WHERE seq = 3"],
        "link 3 (row {3}): the link does not follow",
    ),
    "row-slipped-in": (
        [
            "INSERT INTO audit SELECT 'aud_slipped', at, actor, role, action, subject, request_id,"
            f" change, content_hash FROM audit WHERE id = {THIRD}"
        ],
        "row aud_slipped is not linked",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_the_first_wrong_row_is_named(
    chain: ChainReport,
    fresh_settings: Settings,
    intruder: psycopg.Connection[Any],
    name: str,
) -> None:
    ids = dict(intruder.execute("SELECT seq, audit_id FROM audit_link").fetchall())
    statements, fault = TAMPERINGS[name]
    for statement in statements:
        assert intruder.execute(statement).rowcount != 0, statement
    for number, row_id in ids.items():
        fault = fault.replace(f"{{{number}}}", row_id)
    found = verify("registry", fresh_settings).fault
    assert found is not None
    assert found.startswith(fault)


def cut_tail(intruder: psycopg.Connection[Any]) -> None:
    intruder.execute(f"DELETE FROM audit WHERE id IN ({ID(5)}, {ID(6)})")
    intruder.execute("DELETE FROM audit_link WHERE seq > 4")


async def test_a_cut_tail_is_found_by_the_anchor(
    chain: ChainReport, fresh_settings: Settings, intruder: psycopg.Connection[Any]
) -> None:
    assert verify("registry", fresh_settings, anchor=chain.head).fault is None
    cut_tail(intruder)
    assert verify("registry", fresh_settings).fault is None
    found = verify("registry", fresh_settings, anchor=chain.head)
    assert found.fault is not None
    assert "anchored head is not in the chain" in found.fault
    assert found.rows == 4


async def test_an_anchor_stands_when_the_chain_grows(
    chain: ChainReport, database: Database, fresh_settings: Settings
) -> None:
    await write(database, "later", 1)
    report = verify("registry", fresh_settings, anchor=chain.head)
    assert (report.rows, report.fault) == (ROWS + 1, None)
    assert report.head != chain.head


async def test_a_chain_rewritten_as_a_whole_is_found_by_the_anchor(
    chain: ChainReport,
    database: Database,
    fresh_settings: Settings,
    intruder: psycopg.Connection[Any],
) -> None:
    intruder.execute("TRUNCATE audit, audit_link")
    for number in range(ROWS):
        await write(database, f"thing-{number}", number + 100)
    assert verify("registry", fresh_settings).fault is None
    assert verify("registry", fresh_settings, anchor=chain.head).fault is not None


async def test_an_empty_chain_is_whole_and_holds_no_anchor(fresh_settings: Settings) -> None:
    assert verify("registry", fresh_settings) == ChainReport(
        "registry", 0, audit.GENESIS.hex(), None
    )
    assert verify("registry", fresh_settings, anchor="ab" * 32).fault is not None


async def test_the_chain_is_the_same_in_every_time_zone(
    chain: ChainReport, fresh_settings: Settings, intruder: psycopg.Connection[Any]
) -> None:
    name = name_of(fresh_settings)
    intruder.execute(f"ALTER DATABASE {name} SET timezone = 'America/Lima'")
    assert verify("registry", fresh_settings) == chain


@pytest.mark.parametrize("role", ["database_url", "migration_database_url"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "UPDATE audit_link SET seq = 9",
        "DELETE FROM audit_link",
        "TRUNCATE audit_link",
    ],
)
async def test_neither_the_application_nor_the_owner_can_change_it(
    chain: ChainReport, fresh_settings: Settings, role: str, statement: str
) -> None:
    url = getattr(fresh_settings, role).replace("+psycopg", "")
    with (
        psycopg.connect(url, autocommit=True) as connection,
        pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.RestrictViolation)),
    ):
        connection.execute(statement)
    assert verify("registry", fresh_settings) == chain


async def test_the_application_cannot_write_a_link(
    chain: ChainReport, fresh_settings: Settings
) -> None:
    url = fresh_settings.database_url.replace("+psycopg", "")
    with (
        psycopg.connect(url, autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("INSERT INTO audit_link VALUES (7, 'x', sha256('x'), sha256('y'))")


async def test_the_command_names_the_fault_and_fails(
    chain: ChainReport,
    fresh_settings: Settings,
    intruder: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FUND_DATABASE_URL", fresh_settings.database_url)
    said = await asyncio.to_thread(
        stack.command, "services", "audit", "verify", "registry", "--anchor", chain.head
    )
    assert f"registry: {ROWS} rows" in said
    assert "whole" in said
    cut_tail(intruder)
    with pytest.raises(stack.StackMissing, match=r"exit 1\n(.|\n)*was cut or rewritten"):
        stack.command("services", "audit", "verify", "registry", "--anchor", chain.head)
