"""Scratch databases: one migrated template a room and session, copied for whoever asks."""

import itertools
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from services.kernel.migrate import upgrade
from services.kernel.rooms import ROOMS
from services.kernel.settings import Settings, settings
from tests.support import stack

_numbers = itertools.count(1)
_templates: set[str] = set()
_NAME: Final = re.compile(r"^test(\d+)_")


def admin(database: str = "postgres") -> psycopg.Connection[Any]:
    """A connection as PostgreSQL's superuser, whom no grant stops."""
    return psycopg.connect(stack.admin_url(), dbname=database, autocommit=True)


def at(name: str) -> Settings:
    """The stack's settings with this database in place of every room's."""
    known = settings()
    return known.model_copy(
        update={
            "database_url": known.database_url.replace("fund_{room}", name),
            "migration_database_url": known.migration_database_url.replace("fund_{room}", name),
        }
    )


def name_of(chosen: Settings) -> str:
    """The database behind the settings that `scratch_settings` gave."""
    return chosen.database_url.rsplit("/", 1)[1]


@contextmanager
def scratch_settings(room: str) -> Iterator[Settings]:
    """Settings of a fresh database with the room's tables, dropped at the end of the block."""
    name = f"test{os.getpid()}_{room}_{next(_numbers)}"
    _run("CREATE DATABASE {} TEMPLATE {} OWNER fund_owner", name, _template(room))
    try:
        yield at(name)
    finally:
        _run("DROP DATABASE {} WITH (FORCE)", name)


@contextmanager
def empty_database() -> Iterator[Settings]:
    """Settings of a fresh database without any table."""
    name = f"test{os.getpid()}_empty_{next(_numbers)}"
    _run("CREATE DATABASE {} OWNER fund_owner", name)
    try:
        yield at(name)
    finally:
        _run("DROP DATABASE {} WITH (FORCE)", name)


@contextmanager
def scratch_rooms() -> Iterator[Settings]:
    """Settings of fresh databases of every room, as a command that opens them all wants them."""
    prefix = f"test{os.getpid()}_every_{next(_numbers)}_"
    try:
        for room in ROOMS:
            _run("CREATE DATABASE {} TEMPLATE {} OWNER fund_owner", prefix + room, _template(room))
        yield at(f"{prefix}{{room}}")
    finally:
        for room in ROOMS:
            _run("DROP DATABASE IF EXISTS {} WITH (FORCE)", prefix + room)


def drop_leftovers() -> None:
    """Drop this run's databases and those of runs that are no more."""
    with admin() as connection:
        for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall():
            found = _NAME.match(name)
            if found and (int(found[1]) == os.getpid() or not Path(f"/proc/{found[1]}").exists()):
                with suppress(psycopg.errors.InvalidCatalogName):  # another run was faster
                    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
                    connection.execute(drop.format(sql.Identifier(name)))


def _template(room: str) -> str:
    name = f"test{os.getpid()}_{room}"
    if name not in _templates:
        _run("CREATE DATABASE {} OWNER fund_owner", name)
        upgrade(room, at(name))
        _templates.add(name)
    return name


def _run(statement: str, *names: str) -> None:
    with admin() as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
