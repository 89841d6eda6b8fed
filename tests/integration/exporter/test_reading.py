"""A scrape tells what stands in the databases; a room that fails or hangs hides no other."""

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from prometheus_client.core import Metric

from services.exporter.reading import Room, StateCollector, connect
from services.exporter.run import gauges_of
from services.kernel.gauges import Measured
from services.kernel.rooms import ROOMS
from services.kernel.settings import Settings
from tests.support.databases import admin, at, name_of, scratch_settings


@pytest.fixture
def scratch(request: pytest.FixtureRequest, servers: None) -> Iterator[Settings]:
    """Settings of a fresh database of the room that the test names."""
    with scratch_settings(request.param) as settings:
        yield settings


def values(collected: list[Metric], name: str) -> dict[tuple[str, ...], float]:
    """What a metric says, by the values of its labels in the order of their names."""
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for metric in collected
        for sample in metric.samples
        if sample.name == name
    }


def collector(*rooms: Room) -> StateCollector:
    return StateCollector(rooms, [])


@pytest.mark.parametrize(("scratch", "room"), [(r, r) for r in ROOMS], indirect=["scratch"])
def test_every_gauge_of_a_room_can_be_read_with_the_rights_of_the_application(
    scratch: Settings, room: str
) -> None:
    found = Room(room, scratch, gauges_of(room)).read()
    assert found.rows is not None
    for measured, rows in found.rows:
        assert all(len(row) == len(measured.labels) + 1 for row in rows), measured.name


@pytest.mark.parametrize("scratch", ["registry"], indirect=True)
def test_what_waits_in_the_outbox_and_in_the_dead_letters_is_told(scratch: Settings) -> None:
    with admin(name_of(scratch)) as connection:
        connection.execute(
            "INSERT INTO outbox (id, topic, type, aggregate_id, aggregate_version, body,"
            " created_at) VALUES ('evt_1', 't', 't', 'a', 1, '{}', now() - interval '90 seconds')"
        )
        connection.execute("INSERT INTO inbox VALUES ('quiet', 'evt_2', 'a', 't', now())")
        for aggregate in ("a", "b"):
            connection.execute(
                "INSERT INTO parked_aggregate VALUES ('stuck', %s, 'why', now())", (aggregate,)
            )
    found = list(collector(Room("registry", scratch, gauges_of("registry"))).collect())
    assert values(found, "fund_outbox_unsent_events") == {("registry",): 1}
    [age_s] = values(found, "fund_outbox_oldest_unsent_seconds").values()
    assert 90 <= age_s < 120
    assert values(found, "fund_dead_letters") == {("quiet",): 0, ("stuck",): 2}


@pytest.mark.parametrize("scratch", ["registry"], indirect=True)
def test_a_room_that_fails_is_told_as_down_and_hides_no_other(scratch: Settings) -> None:
    gone = at("no_such_database")
    broken = (*gauges_of("notices"), Measured("fund_nothing", "Nothing.", (), "SELECT 1 / 0"))
    found = list(
        collector(
            Room("registry", scratch, gauges_of("registry")),
            Room("board", gone, gauges_of("board")),
            Room("notices", scratch, broken),
        ).collect()
    )
    up = values(found, "fund_exporter_room_up")
    assert up == {("registry",): 1, ("board",): 0, ("notices",): 0}
    assert values(found, "fund_outbox_unsent_events") == {("registry",): 0}


@pytest.mark.parametrize("scratch", ["registry"], indirect=True)
def test_a_room_that_hangs_costs_a_scrape_three_seconds_and_is_asked_once(
    scratch: Settings,
) -> None:
    asked: list[float] = []

    def hang(_: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
        asked.append(time.monotonic())
        time.sleep(8)
        return []

    quick = Room("registry", scratch, gauges_of("registry"))
    one = collector(quick, Room("notices", scratch, [Measured("fund_slow", "Slow.", (), hang)]))
    for _ in range(2):
        started_s = time.monotonic()
        up = values(list(one.collect()), "fund_exporter_room_up")
        assert time.monotonic() - started_s < 4
        assert up == {("registry",): 1, ("notices",): 0}
    assert len(asked) == 1


@pytest.mark.parametrize("scratch", ["registry"], indirect=True)
def test_a_query_that_takes_too_long_is_cut_by_the_server(scratch: Settings) -> None:
    room = Room("registry", scratch, [Measured("fund_slow", "Slow.", (), "SELECT pg_sleep(60)")])
    read = room.read()
    assert read.rows is None
    assert read.took_s < 4
    with connect("registry", scratch) as connection:
        left = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)'"
        assert connection.execute(left).fetchone() == (0,)
