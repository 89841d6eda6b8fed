"""PostgreSQL's part of a start: the data folder, then roles and databases."""

from __future__ import annotations

import os
import shutil

import psycopg
from psycopg import sql

from deploy.local import environment, identity, secrets
from deploy.local.errors import StackError
from deploy.local.files import write_private
from deploy.local.programs import Tools
from deploy.local.settings import Stack
from deploy.tools import ToolError
from deploy.tools.commands import run

ROOMS = ("registry", "applications", "eligibility", "board", "disbursement", "notices")
TEMPORAL = ("temporal", "temporal_visibility")


def preload(tools: Tools) -> str:
    """pg_stat_statements where the server's folder has it."""
    home = tools["postgres"]["postgres"].resolve().parent.parent
    found = any(home.glob("lib/**/pg_stat_statements.so"))
    return "pg_stat_statements" if found else ""


def prepare(stack: Stack, tools: Tools) -> None:
    """Make the data folder when there is none: whole or not at all."""
    data = stack.state / "postgres" / "data"
    if (data / "PG_VERSION").exists():
        return
    scratch = data.with_name("data.new")
    shutil.rmtree(scratch, ignore_errors=True)
    password = stack.folder("postgres") / "password"
    write_private(password, secrets.load(stack)["postgres_superuser"])
    prefix = identity.unprivileged(data)
    if prefix and prefix[0] == "setpriv":
        os.chown(password, identity.NOBODY, identity.NOBODY)
    try:
        run(
            [
                *prefix,
                tools["postgres"]["initdb"],
                *("-D", scratch, "--username=postgres", f"--pwfile={password}"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums"),
                *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                "--no-instructions",
            ],
            timeout=120,
        )
    except ToolError as error:
        cure = "run `make clean` and try again"
        if prefix and prefix[0] == "setpriv":
            cure = (
                "run it as an ordinary user, or set FUND_STATE_DIR and FUND_TOOLS_CACHE to "
                "folders that the user nobody can enter"
            )
        raise StackError("initdb failed", cure, str(error)) from error
    finally:
        password.unlink(missing_ok=True)
    shutil.rmtree(data, ignore_errors=True)
    scratch.rename(data)


def bootstrap(stack: Stack) -> None:
    """Roles and databases of the platform and of Temporal; harmless when they exist."""
    url = environment.administration(stack)["FUND_ADMIN_DATABASE_URL"]
    roles = {
        "fund_owner": "fund_owner",
        "fund_app": "fund_app",
        "temporal": secrets.load(stack)["postgres_temporal"],
        "fund_archive": secrets.load(stack)["postgres_archive"],
    }
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        known = {row[0] for row in connection.execute("select rolname from pg_roles")}
        for role, password in roles.items():
            verb = sql.SQL("alter" if role in known else "create")
            connection.execute(
                sql.SQL("{} role {} login {} password {}").format(
                    verb,
                    sql.Identifier(role),
                    sql.SQL("replication" if role == "fund_archive" else "noreplication"),
                    sql.Literal(password),
                )
            )
        present = {row[0] for row in connection.execute("select datname from pg_database")}
        for database, owner in _databases().items():
            if database not in present:
                _create(connection, database, owner)


def _databases() -> dict[str, str]:
    rooms = {f"fund_{room}": "fund_owner" for room in ROOMS}
    return rooms | dict.fromkeys(TEMPORAL, "temporal")


def _create(connection: psycopg.Connection[tuple[object, ...]], database: str, owner: str) -> None:
    """A database that only its owner, and for our rooms fund_app, may enter."""
    name = sql.Identifier(database)
    connection.execute(sql.SQL("create database {} owner {}").format(name, sql.Identifier(owner)))
    connection.execute(sql.SQL("revoke all on database {} from public").format(name))
    if owner == "fund_owner":
        connection.execute(sql.SQL("grant connect on database {} to fund_app").format(name))
