"""Talking to supervisor over its socket, and bringing it up and down."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
import xmlrpc.client
from dataclasses import dataclass
from typing import Any, cast

from supervisor.xmlrpc import (  # type: ignore[import-untyped]
    Faults,
    SupervisorTransport,
)

from deploy.local.errors import StackError
from deploy.local.settings import Stack

NO_WAIT = (False,)
ALIVE = frozenset({"STARTING", "RUNNING", "BACKOFF", "STOPPING"})
_UNREACHABLE = (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError)


@dataclass(frozen=True)
class State:
    """What supervisor knows of one program."""

    name: str
    state: str
    pid: int
    uptime: int
    detail: str
    started_at: int
    """Seconds since the epoch; 0 for a program this supervisor was never told to start."""


class Supervisor:
    """The supervisor of one stack."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    @property
    def _rpc(self) -> Any:
        """A connection of its own for each call: a failed one cannot be used again."""
        transport = SupervisorTransport(None, None, serverurl=f"unix://{self._stack.socket}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def answers(self) -> bool:
        """True while the daemon runs."""
        try:
            return bool(self._rpc.getState())
        except _UNREACHABLE:
            return False

    def states(self) -> dict[str, State]:
        """Every program it keeps; empty when the daemon does not run."""
        try:
            found = cast("list[dict[str, Any]]", self._rpc.getAllProcessInfo())
        except _UNREACHABLE:
            return {}
        return {
            one["name"]: State(
                name=one["name"],
                state=one["statename"],
                pid=one["pid"],
                uptime=max(0, one["now"] - one["start"]) if one["pid"] else 0,
                detail=one["spawnerr"] or one["description"],
                started_at=one["start"],
            )
            for one in found
        }

    def launch(self) -> None:
        """Start the daemon and wait until it answers."""
        conf = self._stack.state / "supervisor" / "supervisord.conf"
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(conf)]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            cwd=self._stack.state,
        )
        deadline = time.monotonic() + 15
        while not self.answers():
            if done.returncode != 0 or time.monotonic() > deadline:
                raise StackError(
                    "supervisor did not start",
                    "run `make clean` and try again",
                    (done.stdout + done.stderr).strip()[-2000:],
                )
            time.sleep(0.05)

    def reload(self) -> None:
        """Take a changed configuration: programs that changed are stopped and known anew."""
        added, changed, removed = self._rpc.reloadConfig()[0]
        self.stop(*changed, *removed)
        for name in (*changed, *removed):
            self._rpc.removeProcessGroup(name)
        for name in (*added, *changed):
            self._rpc.addProcessGroup(name)

    def start(self, name: str) -> None:
        """Ask for a start; one that runs already is left alone."""
        self._tolerate(Faults.ALREADY_STARTED, self._rpc.startProcess, name, *NO_WAIT)

    def stop(self, *names: str, timeout: float = 10) -> None:
        """Stop several programs at once and wait, bounded, until all are down."""
        for name in names:
            self._tolerate(Faults.NOT_RUNNING, self._rpc.stopProcess, name, *NO_WAIT)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            states = self.states()
            if not any(states[name].state in ALIVE for name in names if name in states):
                return
            time.sleep(0.05)

    def shutdown(self, timeout: float = 8) -> None:
        """End the daemon; when it does not end in time it is killed."""
        pid = int(self._rpc.getPID())
        self._rpc.shutdown()
        deadline = time.monotonic() + timeout
        while _alive(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                return
            time.sleep(0.05)

    def _tolerate(self, fault: int, call: Any, *arguments: object) -> None:
        try:
            call(*arguments)
        except xmlrpc.client.Fault as error:
            if error.faultCode not in (fault, Faults.SPAWN_ERROR, Faults.ABNORMAL_TERMINATION):
                raise StackError(
                    f"supervisor refused {arguments[0]}: {error.faultString}"
                ) from error


def _alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False
