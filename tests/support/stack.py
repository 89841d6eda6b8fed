"""The local stack that the tests run on: chosen before any settings are read, theirs alone.

By default it lives in `.local/test` on port base 28000, so that a developer's own `make up` is
never touched. FUND_TEST_PORT_BASE moves it; FUND_TEST_KEEP=1 leaves it running at the end;
FUND_TEST_STACK=existing takes the running stack of FUND_STATE_DIR (or `.local`) as it is.
Several test runs of one checkout may share it: the last one to end takes it down. Workers of one
run (`pytest -n 2`) share none, since some tests kill servers: each has its own, a hundred ports on.
"""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, Final

from dotenv import dotenv_values

from services.kernel.settings import Settings, settings

ROOT: Final = Path(__file__).resolve().parents[2]
DEFAULT_PORT_BASE: Final = 28000
WORKER_PORTS: Final = 100
START_LIMIT_S: Final = 1800
"""A clean machine builds the servers first."""


class StackMissing(Exception):
    """The stack cannot be had; the message says what to do."""


def is_existing() -> bool:
    """Whether the tests run on a stack that is not theirs."""
    return os.environ.get("FUND_TEST_STACK") == "existing"


def choose() -> None:
    """Point this process and its children at the tests' stack."""
    if is_existing():
        os.environ["FUND_STATE_DIR"] = str(
            Path(os.environ.get("FUND_STATE_DIR") or ROOT / ".local").absolute()
        )
        return
    # A shell that has sourced a stack's env must not win; the engine is the same for all stacks.
    for name in Settings.model_fields.keys() - {"opa_bin"}:
        os.environ.pop(f"FUND_{name.upper()}", None)
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    base = int(os.environ.get("FUND_TEST_PORT_BASE") or DEFAULT_PORT_BASE) + WORKER_PORTS * worker
    folder = "test" if base == DEFAULT_PORT_BASE else f"test-{base}"
    os.environ["FUND_STATE_DIR"] = str(ROOT / ".local" / folder)
    os.environ["FUND_PORT_BASE"] = str(base)
    os.environ["FUND_TRACES_DIR"] = str(ROOT / ".local" / folder / "traces")


def state_dir() -> Path:
    """The state folder of the chosen stack."""
    return Path(os.environ["FUND_STATE_DIR"])


def admin_url() -> str:
    """PostgreSQL as its superuser: for scratch databases and for playing the intruder."""
    url = dotenv_values(state_dir() / "admin-env").get("FUND_ADMIN_DATABASE_URL")
    if not url:
        raise StackMissing(
            f"{state_dir()} holds no stack: run `make up`, or leave FUND_TEST_STACK out"
        )
    return url


def command(*words: str, limit_s: float = 120, may_fail: bool = False) -> str:
    """Run `python -m …` of this checkout with the stack's settings; returns what it says."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        said = (error.stdout or b"").decode(errors="replace")
        raise StackMissing(
            f"python -m {' '.join(words)}: not done in {limit_s} s\n{said}"
        ) from error
    if done.returncode != 0 and not may_fail:
        raise StackMissing(f"python -m {' '.join(words)}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


class LocalStack:
    """The stack of one test run."""

    def __init__(self) -> None:
        self._users: IO[Any] | None = None
        self._alone = False

    def start(self) -> None:
        """Bring the servers up; what runs already is used. Raises StackMissing."""
        if is_existing():
            admin_url()
        else:
            self._alone = self._join()
            command("deploy.local", "up", "--servers-only", limit_s=START_LIMIT_S)
            self._share()
        settings.cache_clear()

    def start_processes(self) -> None:
        """Bring our processes up too, with the code as it is now. Raises StackMissing."""
        if is_existing():
            return
        old = self._our_processes() if self._alone else []
        command("deploy.local", "up", limit_s=START_LIMIT_S)
        if old:  # they were kept and may run older code
            command("deploy.local", "restart", *old)
        settings.cache_clear()

    def stop(self) -> None:
        """Take it down unless it is to be kept, is not ours, or another run uses it."""
        if self._users is None:
            return
        users, self._users = self._users, None
        with users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            if os.environ.get("FUND_TEST_KEEP") != "1":
                command("deploy.local", "down")

    def _join(self) -> bool:
        """Say that we use the stack; True when nobody else does, who then waits for `_share`."""
        state_dir().mkdir(parents=True, exist_ok=True)
        self._users = (state_dir() / "test-runs").open("w")
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._share()  # also waits while another run takes the stack down
            return False
        return True

    def _share(self) -> None:
        assert self._users is not None
        fcntl.flock(self._users, fcntl.LOCK_SH)

    @staticmethod
    def _our_processes() -> list[str]:
        try:
            rows = json.loads(command("deploy.local", "status", "--json", may_fail=True))
        except ValueError:
            return []
        return [row["name"] for row in rows if row["kind"] == "process"]
