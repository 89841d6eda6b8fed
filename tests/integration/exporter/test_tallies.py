"""Tallies are what a count of the rows gives: after random work, rollbacks and many writers."""

import random
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from alembic import command

from services.applications.gauges import GAUGES
from services.exporter.watches import folding
from services.kernel.migrate import config_of
from services.kernel.settings import Settings
from tests.support.databases import admin, empty_database, name_of, scratch_settings

STATES = ("draft", "withdrawn", "expired")
REGIONS = ("INEI-09", "INEI-12", None)
CALLS = 3
WRITERS, TURNS = 6, 40

_CALLS = """
INSERT INTO call SELECT 'cal_' || n, 'code' || n, 't', '2026-01-01', '2026-12-31',
    '["agroideas"]', 1, 1, 1, 1, 1, 1, 1, 'x', now() FROM generate_series(1, 3) AS n
"""
_INSERT = """
INSERT INTO application (id, call_id, consortium_id, state, version, round, plan, created_by,
    created_at, updated_at, region)
SELECT 'app_' || n || '_' || %s, 'cal_' || 1 + n %% 3, 'con_' || n || '_' || %s, %s, 1, 0, '{}',
    'x', now(), now(), %s FROM generate_series(1, %s) AS n
"""
_COUNTED = """
SELECT ARRAY[call_id, coalesce(region, 'unknown'), state], count(*) FROM application GROUP BY 1
"""
_TALLIED = """
SELECT labels, sum(amount) FROM tally WHERE name = %s GROUP BY labels HAVING sum(amount) <> 0
"""

Connection = psycopg.Connection[Any]


@pytest.fixture
def room(servers: None) -> Iterator[Settings]:
    with scratch_settings("applications") as found:
        with admin(name_of(found)) as connection:
            connection.execute(_CALLS)
        yield found


def told(connection: Connection, query: str, *values: Any) -> dict[tuple[str, ...], int]:
    rows = connection.execute(query.encode(), values or None).fetchall()
    return {tuple(labels): int(amount) for labels, amount in rows}


def writes(room: Settings, seed: int, left: list[int]) -> None:
    """Random statements of one writer, a third of them rolled back; `left` gets the moves that
    were committed."""
    chance, moved = random.Random(seed), 0
    with psycopg.connect(room.database_url.replace("+psycopg", "")) as connection:
        for turn in range(TURNS):
            name, count = f"{seed}_{turn}", chance.randint(1, 6)
            values = (name, name, "draft", chance.choice(REGIONS), count)
            connection.execute(_INSERT, values)
            changed = connection.execute(
                "UPDATE application SET state = %s, version = version + 1 WHERE id LIKE %s"
                " AND state = 'draft' RETURNING id",
                (chance.choice(STATES[1:]), f"app_%\\_{seed}\\_{chance.randint(0, turn)}"),
            ).fetchall()
            connection.execute(
                "UPDATE application SET region = %s WHERE id LIKE %s",
                (chance.choice(REGIONS), f"app_1\\_{seed}\\_%"),
            )
            if chance.random() < 1 / 3:
                connection.rollback()
            else:
                connection.commit()
                moved += len(changed)
    left.append(moved)


def test_tallies_are_the_count_after_many_writers_some_of_whom_gave_up(room: Settings) -> None:
    left: list[int] = []
    threads = [threading.Thread(target=writes, args=(room, n, left)) for n in range(WRITERS)]
    stopping = threading.Event()

    def fold_on() -> None:
        while not stopping.wait(0.02):
            folding("applications", room)()

    folder = threading.Thread(target=fold_on)
    for thread in (*threads, folder):
        thread.start()
    for thread in threads:
        thread.join()
    stopping.set()
    folder.join()
    with admin(name_of(room)) as connection:
        counted = told(connection, _COUNTED)
        assert len(counted) == CALLS * len(REGIONS) * len(STATES)
        assert told(connection, _TALLIED, "applications") == counted
        assert told(connection, _TALLIED, "state_exits") == {("draft",): sum(left)}
        before = connection.execute("SELECT count(*) FROM tally").fetchone()
        connection.execute("DELETE FROM application WHERE state = 'expired'")
        assert told(connection, _TALLIED, "applications") == told(connection, _COUNTED)
    assert len(left) == WRITERS
    assert before is not None
    assert before[0] < WRITERS * TURNS * 3


def test_folding_changes_no_sum_and_keeps_few_rows(room: Settings) -> None:
    with admin(name_of(room)) as connection:
        for turn in range(300):
            name = f"x{turn}"
            connection.execute(_INSERT, (name, name, "draft", None, 3))
        before = told(connection, _TALLIED, "applications")
        folding("applications", room)()
        assert told(connection, _TALLIED, "applications") == before == told(connection, _COUNTED)
        assert connection.execute("SELECT count(*) FROM tally").fetchone() == (3,)


def test_time_in_a_state_is_summed_when_it_is_left_and_the_oldest_is_told(room: Settings) -> None:
    with admin(name_of(room)) as connection:
        connection.execute(_INSERT, ("old", "old", "draft", None, 2))
        connection.execute("UPDATE application SET state_since = now() - interval '1 hour'")
        connection.execute(_INSERT, ("new", "new", "draft", None, 1))
        gauges = {gauge.name: gauge for gauge in GAUGES}
        [(state, age_s)] = gauges["fund_applications_oldest_seconds"].read(connection)
        assert (state, 3600 <= age_s < 3660) == ("draft", True)
        connection.execute("UPDATE application SET state = 'withdrawn' WHERE id LIKE '%old'")
        [(state, sum_s)] = gauges["fund_application_state_seconds_total"].read(connection)
        assert (state, 7200 <= sum_s < 7320) == ("draft", True)
        assert gauges["fund_application_state_exits_total"].read(connection) == [("draft", 2)]
        [(_, age_s)] = gauges["fund_applications_oldest_seconds"].read(connection)
        assert age_s < 60


def test_nobody_but_the_triggers_writes_a_tally(room: Settings) -> None:
    with psycopg.connect(room.database_url.replace("+psycopg", "")) as connection:
        for attempt in (
            "INSERT INTO tally VALUES ('applications', '{a}', 1)",
            "UPDATE tally SET amount = 0",
            "DELETE FROM tally",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(attempt.encode())
            connection.rollback()


def test_tallies_of_a_room_that_has_rows_already_begin_with_their_count(servers: None) -> None:
    with empty_database() as settings, admin(name_of(settings)) as connection:
        config = config_of("applications", settings)
        command.upgrade(config, "0001")
        connection.execute(_CALLS)
        old = _INSERT.replace(", region)", ")").replace(", %s FROM", " FROM")
        connection.execute(old.encode(), ("old", "old", "draft", 5))
        command.upgrade(config, "0002")
        assert told(connection, _TALLIED, "applications") == told(connection, _COUNTED)
        assert sum(told(connection, _COUNTED).values()) == 5
        connection.execute(_INSERT, ("new", "new", "draft", "INEI-12", 4))
        assert told(connection, _TALLIED, "applications") == told(connection, _COUNTED)
