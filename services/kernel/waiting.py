"""Waiting at start-up for what a process needs: bounded, and saying for what."""

import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import psycopg

from services.kernel.settings import Settings
from services.kernel.telemetry import log

PAUSE_S = 0.5


def wait_for(what: str, is_there: Callable[[], bool], *, limit_s: int, cure: str) -> None:
    """Return once `is_there()`; end the process with a clear message after `limit_s` seconds."""
    started = time.monotonic()
    told_s = 0.0
    while not is_there():
        waited_s = time.monotonic() - started
        if waited_s > limit_s:
            raise SystemExit(f"{what} did not answer within {limit_s} s. {cure}")
        if waited_s >= told_s:
            log().info("start.waiting", for_=what, waited_s=round(waited_s))
            told_s += 5
        time.sleep(PAUSE_S)


def wait_for_database(room: str, settings: Settings) -> None:
    """Wait until the room's database answers and its migrations have run."""
    url = settings.database_url.format(room=room).replace("+psycopg", "")

    def migrated() -> bool:
        try:
            with psycopg.connect(url, connect_timeout=2) as connection:
                row = connection.execute("SELECT to_regclass('public.audit_link')").fetchone()
                return row is not None and row[0] is not None
        except psycopg.Error:
            return False

    wait_for(
        f"database of {room}",
        migrated,
        limit_s=settings.start_wait_s,
        cure="Start PostgreSQL and run `python -m services migrate` (or `make up`).",
    )


def wait_for_kafka(settings: Settings) -> None:
    """Wait until the broker's port is open."""
    host, port = settings.kafka_bootstrap.split(",")[0].rsplit(":", 1)
    wait_for(
        f"Kafka at {settings.kafka_bootstrap}",
        lambda: port_open(host, int(port)),
        limit_s=settings.start_wait_s,
        cure="Start Kafka (or `make up`), or set FUND_KAFKA_BOOTSTRAP.",
    )


def wait_for_http(what: str, url: str, settings: Settings) -> None:
    """Wait until the port behind a URL is open."""
    address = urlsplit(url)
    wait_for(
        f"{what} at {url}",
        lambda: port_open(address.hostname or "", address.port or 80),
        limit_s=settings.start_wait_s,
        cure="Start it (or `make up`), or correct its FUND_…_URL.",
    )


def port_open(host: str, port: int) -> bool:
    """Whether something listens there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
