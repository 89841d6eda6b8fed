"""The doors that must be closed: each is tried, and each that opens is told."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator, Sequence

import psycopg

from deploy.layout import databases
from deploy.layout.services import ROOMS
from deploy.layout.split.own import Layout
from deploy.layout.split.processes import Running


def strangers(layout: Layout, running: Sequence[Running]) -> list[str]:
    """Settings that a process was given and that its description does not name, or that it lacks;
    read from the running processes."""
    found: list[str] = []
    for each in running:
        base = layout.base(each.service.name).keys()
        given = each.environment().keys() - base
        wrong = given.symmetric_difference(each.service.settings)
        found += [f"{each.service.name}: {name}" for name in sorted(wrong)]
    return found


def tried(layout: Layout) -> Iterator[tuple[str, bool]]:
    """Each door by name, and whether it is closed."""
    for room in ROOMS:
        for other in ROOMS:
            for role in (databases.role_of(room), databases.owner_of(room)):
                if other != room:
                    yield f"{role} into fund_{other}", not _enters(layout, role, other)
        role = databases.role_of(room)
        table = "CREATE TABLE door (id int)"
        yield f"{role} makes a table", not _does(layout, role, room, table)
        cut = "DELETE FROM audit"
        yield f"{role} deletes from its audit", not _does(layout, role, room, cut)
        written = "INSERT INTO inbox SELECT * FROM inbox"
        reader = databases.READER
        yield f"{reader} writes into fund_{room}", not _does(layout, reader, room, written)


def opened(layout: Layout) -> list[str]:
    """Doors that must open and do not: each role into its own database, the reader into all."""
    own = [(role, room) for room in ROOMS for role in (databases.role_of(room), databases.READER)]
    return [
        f"{role} into fund_{room}"
        for role, room in own
        if not _does(layout, role, room, "SELECT count(*) FROM audit")
    ]


def unread(layout: Layout) -> list[str]:
    """Rooms whose state the exporter does not tell."""
    with urllib.request.urlopen(layout.url("exporter", "/metrics"), timeout=20) as answer:
        told = answer.read().decode()
    lines = [each for each in told.splitlines() if each.startswith("fund_outbox_unsent_events")]
    return [f"exporter reads {room}" for room in ROOMS if not any(f'"{room}"' in x for x in lines)]


def _enters(layout: Layout, role: str, room: str) -> bool:
    return _does(layout, role, room, "SELECT 1")


def _does(layout: Layout, role: str, room: str, statement: str) -> bool:
    """Whether the role can do this in the room's database; nothing is kept."""
    url = layout.database(role, room).replace("+psycopg", "")
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            connection.execute(statement.encode())
            connection.rollback()
    except psycopg.OperationalError as error:
        if "permission denied for database" not in str(error):
            raise
        return False
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction):
        return False
    return True
