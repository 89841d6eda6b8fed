"""Starting, watching and ending the processes of the split layout."""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.layout.services import Service
from deploy.layout.split.own import Layout
from deploy.local import health
from deploy.local.errors import StackError
from deploy.local.up import tail

START_LIMIT_S: Final = 180.0
END_LIMIT_S: Final = 20.0
JOB_LIMIT_S: Final = 240.0
KIB: Final = 1024


@dataclass(frozen=True)
class Running:
    """A service that answered its probes: its process, and how long it took."""

    service: Service
    process: subprocess.Popen[bytes]
    seconds: float

    def memory_mib(self) -> float:
        """What it holds of the machine's memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        line = next(each for each in status.splitlines() if each.startswith("VmRSS"))
        return int(line.split()[1]) / KIB

    def environment(self) -> dict[str, str]:
        """What the kernel says that the process was given."""
        raw = Path(f"/proc/{self.process.pid}/environ").read_bytes().decode()
        return dict(each.split("=", 1) for each in raw.split("\0") if each)


def launch(
    layout: Layout, name: str, words: Sequence[str], given: dict[str, str]
) -> subprocess.Popen[bytes]:
    """`python -m words…` in a folder of its own, with this environment only."""
    layout.stack.folder("logs")
    with layout.stack.log(name).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=layout.folder(name),
            env=given,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def run_jobs(layout: Layout, jobs: Iterable[Service]) -> dict[str, float]:
    """Run each to its end; return the seconds each took. Raises StackError when one fails."""
    taken: dict[str, float] = {}
    for job in jobs:
        started = time.monotonic()
        process = launch(layout, job.name, job.command, layout.environment(job))
        code = process.wait(JOB_LIMIT_S)
        if code != 0:
            raise StackError(f"{job.name} ended with {code}", "", tail(layout.stack, job.name))
        taken[job.name] = time.monotonic() - started
    return taken


def start(layout: Layout, services: Sequence[Service], known: list[Running]) -> None:
    """Start services side by side and wait until the probes of each answer; they join `known` at
    once, so that they are ended whatever happens."""
    started = time.monotonic()
    first = len(known)
    for one in services:
        process = launch(layout, one.name, one.command, layout.environment(one))
        known.append(Running(one, process, 0.0))
    for at, one in enumerate(services, first):
        await_probes(layout, one.name, known[at].process, {one.alive, one.ready})
        known[at] = Running(one, known[at].process, time.monotonic() - started)


def await_probes(
    layout: Layout, name: str, process: subprocess.Popen[bytes], paths: Iterable[str]
) -> None:
    """Wait, bounded, until every path answers 200."""
    deadline = time.monotonic() + START_LIMIT_S
    waiting = set(paths)
    while waiting:
        waiting = {one for one in waiting if health.get(layout.url(name, one)) != http.client.OK}
        if process.poll() is not None or time.monotonic() > deadline:
            told = f"ended with {process.poll()}" if process.poll() is not None else "is not ready"
            raise StackError(f"{name} {told}", "", tail(layout.stack, name))
        time.sleep(0.2)


def end(processes: Iterable[subprocess.Popen[bytes]]) -> int:
    """Ask all to end, then wait; return how many had to be killed."""
    living = [one for one in processes if one.poll() is None]
    for one in reversed(living):
        one.terminate()
    killed = 0
    deadline = time.monotonic() + END_LIMIT_S
    for one in living:
        try:
            one.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            one.kill()
            one.wait()
            killed += 1
    return killed
