"""The roles and databases that production's PostgreSQL must have, a room each.

A room's process enters its own database only, as a role that may do what the migrations grant to
`fund_app`; a migration enters it as its owner; `fund_reader` reads all of them and writes nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from deploy.layout import services
from deploy.layout.services import ROOMS

READER: Final = f"fund_{services.READER}"
TEMPORAL: Final = ("temporal", "temporal_visibility")
_PASSWORD: Final = re.compile(r":'(\w+)'")


def role_of(room: str) -> str:
    """The role of a room's own processes, or of who reads them all."""
    return f"fund_{room}"


def database_of(room: str) -> str:
    """The room's database; for who reads them all, with the place where a room's name goes."""
    return "fund_{room}" if room == services.READER else f"fund_{room}"


def owner_of(room: str) -> str:
    """The role of a room's migrations."""
    return f"fund_{room}_owner"


def password_of(role: str) -> str:
    """The environment variable that holds a role's password."""
    return f"{role.upper()}_PASSWORD"


def of_rooms() -> list[str]:
    """SQL of the rooms, with psql's `:'VARIABLE'` where a password stands."""
    found = ["CREATE ROLE fund_app NOLOGIN"]
    found.append(f"{_login(READER)} IN ROLE pg_read_all_data")
    found.append(f"ALTER ROLE {READER} SET default_transaction_read_only = on")
    for room in ROOMS:
        role, owner, database = role_of(room), owner_of(room), f"fund_{room}"
        found += [
            f"{_login(role)} IN ROLE fund_app",
            _login(owner),
            f"CREATE DATABASE {database} OWNER {owner}",
            f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
            f"GRANT CONNECT ON DATABASE {database} TO {role}, {READER}",
        ]
    return found


def of_temporal() -> list[str]:
    """SQL of Temporal's two databases, which no room enters."""
    found = [_login("temporal")]
    for database in TEMPORAL:
        found += [
            f"CREATE DATABASE {database} OWNER temporal",
            f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        ]
    return found


def variables() -> list[str]:
    """The environment variables that the statements need."""
    return _PASSWORD.findall("\n".join([*of_rooms(), *of_temporal()]))


def script() -> str:
    """A file for psql, which takes the passwords from its environment."""
    head = ["-- Written by `make layout`. Passwords come from the environment of psql."]
    reads = [f"\\getenv {name} {name}" for name in variables()]
    return "\n".join([*head, *reads, *(f"{one};" for one in [*of_rooms(), *of_temporal()]), ""])


def filled(statement: str, passwords: Mapping[str, str]) -> str:
    """The statement with its password in place, quoted as PostgreSQL wants it."""
    return _PASSWORD.sub(lambda at: "'" + passwords[at[1]].replace("'", "''") + "'", statement)


def _login(role: str) -> str:
    return f"CREATE ROLE {role} LOGIN PASSWORD :'{password_of(role)}'"
