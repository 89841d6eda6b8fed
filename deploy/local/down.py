"""Taking the stack down: our processes, then the servers, PostgreSQL and its archive last."""

from __future__ import annotations

import shutil

from deploy.local import processes
from deploy.local.programs import PROGRAMS
from deploy.local.settings import REPOSITORY, Stack, remembered_base
from deploy.local.supervision import ALIVE, Supervisor

KEPT = ("venv", "venv.stamp")
# Each wave ends before the next begins, so nobody loses what it writes to.
WAVES = (
    tuple(program.name for program in PROGRAMS.values() if program.ours),
    ("temporal", "temporal-ui", "kafka", "opa", "bundles", "prometheus"),
    ("postgres",),
    ("archive",),
)


def down(stack: Stack) -> int:
    """Stop everything and supervisor; return how many programs were alive. Never removes data."""
    supervisor = Supervisor(stack)
    alive = [state.name for state in supervisor.states().values() if state.state in ALIVE]
    if supervisor.answers():
        for wave in WAVES:
            names = [name for name in wave if name in alive]
            if names:
                supervisor.stop(*names)
        supervisor.shutdown()
    return len(alive) + processes.end_strays(stack)


def clean(stack: Stack) -> None:
    """Down, then remove what was generated; the tools' cache and the virtual environment stay.

    A folder that never held a stack is not touched, whatever FUND_STATE_DIR says.
    """
    down(stack)
    if remembered_base(stack.state) is not None:
        for entry in stack.state.iterdir():
            if entry.name in KEPT:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    shutil.rmtree(REPOSITORY / "build", ignore_errors=True)
