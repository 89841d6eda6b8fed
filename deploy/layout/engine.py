"""`make up RUNTIME=compose`: the same system in containers, where an engine answers.

`python -m deploy.layout.engine up | down`. It makes this machine's keys, passwords and bundle as
the local stack does, then hands the two written files to the engine. What is written here was
never run against an engine by our own tests: they have none.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Final

from rich.console import Console

from deploy.layout import databases
from deploy.layout.settings import SETTINGS
from deploy.layout.writing import ROOT
from deploy.local import environment, policies, settings
from deploy.local.errors import StackError
from deploy.local.files import write_private
from deploy.local.settings import Stack
from deploy.local.view import show_error
from deploy.tools import ensure

ENGINES: Final = (("docker", "compose"), ("podman", "compose"))
FILES: Final = ("compose.yaml", "servers-compose.yaml")
UP: Final = ("up", "--build", "--detach", "--wait", "--wait-timeout", "600")
CURE: Final = (
    "install Docker with its Compose plugin, or Podman with podman-compose, and start it;"
    " or run `make up` without RUNTIME, which needs no engine"
)


def engine() -> tuple[str, ...]:
    """The words that begin a Compose command here. Raises StackError when no engine answers."""
    for words in ENGINES:
        if _answers((words[0], "info")) and _answers((*words, "version")):
            return words
    raise StackError("no container engine answers on this machine", CURE)


def _answers(words: tuple[str, ...]) -> bool:
    try:
        return subprocess.run(words, capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def given(stack: Stack) -> dict[str, str]:
    """What the Compose files are told: secrets, made once and kept, and where the state lies."""
    path = stack.folder() / "passwords.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    wanted = [*databases.variables(), "POSTGRES_PASSWORD", "GRAFANA_PASSWORD"]
    made = {name: kept.get(name) or secrets.token_urlsafe(24) for name in wanted}
    write_private(path, json.dumps(made, indent=2) + "\n")
    known = environment.application(stack)
    ours = {
        name: known[name]
        for name, one in SETTINGS.items()
        # Addresses with a password are put together by Compose, or are a server of production.
        if one.kind == "secret" and name in known and not one.door
    }
    return {**made, **ours, "FUND_COMPOSE_STATE": str(stack.state.absolute())}


def prepared(stack: Stack) -> Path:
    """Keys, the signed bundle and the file of secrets for the engine; returns that file."""
    policies.build(stack, ensure("opa"))
    public = [
        stack.state / "opa" / name
        for name in ("accepted-revisions", "bundle-key.pem", "bundle.tar.gz")
    ]
    for path in (*public, *stack.folder("opa", "bundles").iterdir()):
        path.chmod(0o444)  # nothing in them is secret, and the containers' user is another
    path = stack.state / "compose.env"
    write_private(path, environment.text(given(stack)))
    return path


def command(words: tuple[str, ...], secrets_file: Path, *more: str) -> list[str]:
    """A Compose command over both files."""
    files = [each for name in FILES for each in ("-f", str(ROOT / "deploy/compose" / name))]
    return [*words, "--env-file", str(secrets_file), *files, *more]


def main(asked: list[str]) -> int:
    """Bring the containers up and wait for their health, or take them down; data stays."""
    console = Console(highlight=False)
    stack = Stack(settings.load().state / "compose", settings.load().port_base)
    try:
        words = engine()
        if asked not in (["up"], ["down"]):
            raise StackError("usage: python -m deploy.layout.engine up | down")
        more = UP if asked == ["up"] else ("down",)
        return subprocess.run(command(words, prepared(stack), *more), check=False).returncode
    except StackError as error:
        show_error(console, error)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
