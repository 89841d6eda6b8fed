"""Clears what a killed PostgreSQL left behind, then becomes PostgreSQL. Standard library only.

`python start_postgres.py DATA COMMAND…`. After a kill -9 of the postmaster its children may
live on for a moment and hold shared memory, which stops a new one from starting; and the number
in postmaster.pid may by now be another program's. A process is an old server's exactly when its
working folder is DATA, for PostgreSQL always works there.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

PATIENCE_SECONDS = 3.0


def leftovers(data: Path) -> list[int]:
    """Processes of an earlier server on the same data folder."""
    found: list[int] = []
    wanted = data.resolve()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if (entry / "cwd").readlink() == wanted:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def clear(data: Path) -> None:
    """Wait for orphans to notice, then end them; drop a lock file that belongs to nobody."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while leftovers(data) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in leftovers(data):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    deadline = time.monotonic() + PATIENCE_SECONDS
    while leftovers(data) and time.monotonic() < deadline:
        time.sleep(0.05)
    if not leftovers(data):
        (data / "postmaster.pid").unlink(missing_ok=True)


if __name__ == "__main__":
    clear(Path(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
