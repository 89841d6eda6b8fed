"""Where this checkout's stack lives and which ports it takes. Pure: nothing is started here."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import StackError

REPOSITORY = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
DEFAULT_PORT_BASE = 18000
LONGEST_SOCKET_PATH = 85
"""The kernel allows 107 bytes; supervisor adds its process id while it binds."""

OFFSETS: dict[str, int] = {
    "api": 0,
    "relay": 1,
    "listen": 2,
    "worker": 3,
    "worker-sdk": 4,
    "bridge": 5,
    "issuer": 6,
    "sandbox": 7,
    "mailbox": 8,
    "notify": 9,
    "postgres": 10,
    "kafka": 11,
    "kafka-controller": 12,
    "opa": 13,
    "opa-diagnostic": 14,
    "bundles": 15,
    "exporter": 16,
    "folder": 17,
    "temporal": 20,
    "temporal-history": 21,
    "temporal-matching": 22,
    "temporal-worker": 23,
    "temporal-http": 24,
    "temporal-metrics": 25,
    "temporal-ui": 26,
    "temporal-frontend-membership": 30,
    "temporal-history-membership": 31,
    "temporal-matching-membership": 32,
    "temporal-worker-membership": 33,
    "prometheus": 40,
    "alertmanager": 41,
}


@dataclass(frozen=True)
class Stack:
    """One stack: a state folder and a port base."""

    state: Path
    port_base: int

    def port(self, name: str) -> int:
        """The port of a program, by the name in OFFSETS."""
        return self.port_base + OFFSETS[name]

    def url(self, name: str, path: str = "") -> str:
        """The loopback URL of a program."""
        return f"http://{HOST}:{self.port(name)}{path}"

    def folder(self, *parts: str) -> Path:
        """A folder below the state folder, made when it is not there."""
        path = self.state.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def log(self, program: str) -> Path:
        """The log file of a program."""
        return self.state / "logs" / f"{program}.log"

    @property
    def env_file(self) -> Path:
        return self.state / "env"

    @property
    def archive_marker(self) -> Path:
        """There while PostgreSQL's log is archived, and says where to: then `up` starts the archive
        too."""
        return self.state / "archive-on"

    @property
    def socket(self) -> Path:
        """supervisor's socket; in a short folder of the temp folder when the path is long."""
        near = self.state / "supervisor" / "supervisor.sock"
        if len(os.fsencode(near)) <= LONGEST_SOCKET_PATH:
            return near
        short = hashlib.sha256(os.fsencode(self.state)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"fondo-{os.getuid()}-{short}"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / "supervisor.sock"

    def remember(self) -> None:
        """Keep the port base, so that later commands need not be told again."""
        self.folder()
        self._memory.write_text(json.dumps({"port_base": self.port_base}) + "\n")

    @property
    def _memory(self) -> Path:
        return self.state / "stack.json"


def load() -> Stack:
    """The stack meant by the environment, else the one this state folder remembers."""
    override = os.environ.get("FUND_STATE_DIR")
    state = Path(override).expanduser().absolute() if override else REPOSITORY / ".local"
    remembered = remembered_base(state)
    given = os.environ.get("FUND_PORT_BASE")
    if given is None or given == "":
        return Stack(state, remembered or DEFAULT_PORT_BASE)
    if not given.isdigit() or not 1024 <= int(given) <= 65000:
        raise StackError(f"FUND_PORT_BASE={given} is no port base", "use a number such as 19000")
    return Stack(state, int(given))


def remembered_base(state: Path) -> int | None:
    """The port base this state folder was last started with."""
    try:
        return int(json.loads((state / "stack.json").read_text())["port_base"])
    except (OSError, ValueError, KeyError):
        return None
