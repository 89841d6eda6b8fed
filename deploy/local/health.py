"""Is a program healthy? Each check is short, bounded, and answers yes or no."""

from __future__ import annotations

import http.client
import logging
import socket
import urllib.error
import urllib.request

import psycopg

from deploy.local import environment
from deploy.local.programs import Program
from deploy.local.settings import HOST, Stack


def healthy(stack: Stack, program: Program) -> bool:
    """True when the program does what it is there for, on all of its ports."""
    if not all(listens(stack, name) for name in program.ports):
        return False
    match program.health:
        case "postgres":
            return postgres(stack)
        case "kafka":
            return kafka(stack)
        case "port":
            return True
        case _:
            return answers(stack, program)


def answers(stack: Stack, program: Program) -> bool:
    """True when the first of its paths that exists answers 200, on its first port."""
    for path in program.paths:
        status = get(stack.url(program.ports[0], path))
        if status != http.client.NOT_FOUND:
            return status == http.client.OK
    return False


def get(url: str, timeout: float = 2.0) -> int:
    """The status of a GET, 0 when nothing answers in time."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, http.client.HTTPException):
        return 0


def listens(stack: Stack, port_name: str) -> bool:
    """True when the port takes connections."""
    try:
        with socket.create_connection((HOST, stack.port(port_name)), timeout=1):
            return True
    except OSError:
        return False


def postgres(stack: Stack) -> bool:
    """True when a query is answered."""
    url = environment.administration(stack)["FUND_ADMIN_DATABASE_URL"]
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            return connection.execute("select 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def kafka(stack: Stack) -> bool:
    """True when the broker names itself and its topics."""
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError

    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    bootstrap = f"{HOST}:{stack.port('kafka')}"
    try:
        client = KafkaAdminClient(
            bootstrap_servers=bootstrap, request_timeout_ms=3000, bootstrap_timeout_ms=3000
        )
        try:
            client.list_topics()
        finally:
            client.close()
    except (KafkaError, OSError):
        return False
    return True
