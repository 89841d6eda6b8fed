"""Process trees and strays, read from /proc."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from deploy.local.scripts import MARKER
from deploy.local.settings import Stack


def descendants(pid: int) -> list[int]:
    """The process and everything below it, the process itself first."""
    children: dict[int, list[int]] = {}
    for one in _all():
        children.setdefault(_parent(one), []).append(one)
    found = [pid]
    for known in found:
        found += children.get(known, [])
    return found


def send(pids: Iterable[int], number: signal.Signals) -> int:
    """Signal each process that is still there; return how many were."""
    reached = 0
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
        reached += 1
    return reached


def strays(stack: Stack) -> list[int]:
    """Processes of this stack, whoever keeps them: by their environment or data folder."""
    wanted = f"{MARKER}={stack.state}".encode()
    data = (stack.state / "postgres" / "data").resolve()
    own = os.getpid()
    found: list[int] = []
    for pid in _all():
        if pid == own:
            continue
        try:
            here = Path(f"/proc/{pid}")
            marked = wanted in (here / "environ").read_bytes().split(b"\0")
            if marked or (here / "cwd").readlink() == data:
                found.append(pid)
        except OSError:
            continue
    return found


def end_strays(stack: Stack, patience: float = 3.0) -> int:
    """End what a killed supervisor left behind: asked first, then forced."""
    found = send(strays(stack), signal.SIGTERM)
    deadline = time.monotonic() + patience
    while found and strays(stack):
        if time.monotonic() > deadline:
            send(strays(stack), signal.SIGKILL)
            deadline += patience
        time.sleep(0.1)
    return found


def _all() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return int(text.rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0
