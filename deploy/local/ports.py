"""Whether the ports a program wants are free, and the cure when one is not."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable

from deploy.local.errors import StackError
from deploy.local.programs import Program
from deploy.local.settings import HOST, Stack

SHOWN = 4


def busy(port: int) -> bool:
    """True when something else listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return True
            raise
    return False


def check(stack: Stack, programs: Iterable[Program]) -> None:
    """Refuse to start while a port is taken; every busy port is named with its cure."""
    wanted = [(stack.port(name), name) for program in programs for name in program.ports]
    taken = [f"port {port} ({name}) is busy" for port, name in wanted if busy(port)]
    if taken:
        more = f"; and {len(taken) - SHOWN} more" if len(taken) > SHOWN else ""
        raise StackError(
            "; ".join(taken[:SHOWN]) + more,
            f"stop that program or run `make up PORT_BASE={_free_base(stack.port_base)}`",
        )


def _free_base(base: int) -> int:
    """The next base, a thousand apart, whose ports look free."""
    for candidate in range(base + 1000, min(base + 12000, 31000), 1000):
        if not any(busy(candidate + offset) for offset in range(42)):
            return candidate
    return base + 1000
