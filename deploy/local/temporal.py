"""Temporal's part of a start: its schema in PostgreSQL, then the namespace."""

from __future__ import annotations

import contextlib
import http.client
import json
import time
import urllib.request

import psycopg

from deploy.local import environment, health, secrets
from deploy.local.errors import StackError
from deploy.local.programs import Tools
from deploy.local.settings import HOST, Stack
from deploy.tools import CATALOG, ToolError
from deploy.tools.commands import run

NAMESPACE = "default"
RETENTION_SECONDS = 72 * 3600
SCHEMAS = {
    "temporal": "postgresql/v12/temporal",
    "temporal_visibility": "postgresql/v12/visibility",
}


def schema(stack: Stack, tools: Tools) -> None:
    """Set both databases up, and bring them to the pinned version when it changed."""
    marker = stack.folder("temporal") / "schema-version"
    version = CATALOG["temporal"].version
    for database, name in SCHEMAS.items():
        fresh = not _has_schema(stack, database)
        if fresh:
            _tool(stack, tools, database, "setup-schema", "-v", "0.0")
        if fresh or not marker.exists() or marker.read_text() != version:
            _tool(stack, tools, database, "update-schema", "--schema-name", name)
    marker.write_text(version)


def _has_schema(stack: Stack, database: str) -> bool:
    url = environment.administration(stack)["FUND_ADMIN_DATABASE_URL"]
    with psycopg.connect(url, dbname=database, connect_timeout=5) as connection:
        row = connection.execute("select to_regclass('public.schema_version')").fetchone()
    return row is not None and row[0] is not None


def _tool(stack: Stack, tools: Tools, database: str, *words: str) -> None:
    try:
        run(
            [
                *(tools["temporal"]["temporal-sql-tool"], "--plugin", "postgres12"),
                *("--endpoint", HOST, "--port", str(stack.port("postgres"))),
                *("--user", "temporal", "--database", database, *words),
            ],
            env={"SQL_PASSWORD": secrets.load(stack)["postgres_temporal"]},
            timeout=90,
        )
    except ToolError as error:
        raise StackError(f"Temporal's schema in {database} failed", "", str(error)) from error


def namespace(stack: Stack, timeout: float = 60) -> None:
    """Register the namespace and wait until the server itself knows it."""
    known = stack.url("temporal-http", f"/api/v1/namespaces/{NAMESPACE}")
    listing = f"{known}/workflows?pageSize=1"
    deadline = time.monotonic() + timeout
    while health.get(listing) != http.client.OK:
        if health.get(known) != http.client.OK:
            _register(stack)
        if time.monotonic() > deadline:
            raise StackError(
                f"Temporal does not know the namespace {NAMESPACE}", "see `make logs NAME=temporal`"
            )
        time.sleep(0.2)


def _register(stack: Stack) -> None:
    """Ask once; the caller looks whether it helped."""
    wanted = {"namespace": NAMESPACE, "workflowExecutionRetentionPeriod": f"{RETENTION_SECONDS}s"}
    request = urllib.request.Request(
        stack.url("temporal-http", "/api/v1/namespaces"), data=json.dumps(wanted).encode()
    )
    with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=5):
        pass
