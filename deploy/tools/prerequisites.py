"""What the machine itself must have, and the cure for each thing it lacks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from deploy.tools.commands import Version, dotted, version_of
from deploy.tools.errors import ToolError


@dataclass(frozen=True)
class Prerequisite:
    """A program of the machine, the lowest version that works, and how to get it."""

    name: str
    find: Callable[[], Version | None]
    at_least: Version
    cure: str


PREREQUISITES = {
    "python": Prerequisite(
        "Python",
        lambda: tuple(sys.version_info[:3]),
        (3, 11),
        "install Python 3.11 or newer and remove .local/venv",
    ),
    "go": Prerequisite(
        "Go",
        lambda: version_of(("go", "env", "GOVERSION")) or version_of(("go", "version")),
        (1, 26),
        "install Go 1.26.8 or newer and put its bin folder on PATH",
    ),
    "java": Prerequisite(
        "Java",
        lambda: version_of(("java", "-version")),
        (17,),
        "install a Java 17 runtime (Debian: apt-get install openjdk-17-jre-headless)",
    ),
    "mvn": Prerequisite(
        "Maven",
        lambda: version_of(("mvn", "--batch-mode", "--version")),
        (3, 6),
        "install Maven 3.6 or newer (Debian: apt-get install maven)",
    ),
}


def check(*names: str) -> None:
    """Raise one error that names everything missing or too old, each with its cure."""
    problems: list[str] = []
    for name in names:
        wanted = PREREQUISITES[name]
        found = wanted.find()
        if found is None:
            problems.append(f"{wanted.name} {dotted(wanted.at_least)}+ is missing: {wanted.cure}")
        elif found < wanted.at_least:
            problems.append(
                f"{wanted.name} {dotted(found)} is too old, {dotted(wanted.at_least)}+ is needed: "
                f"{wanted.cure}"
            )
    if problems:
        raise ToolError("this machine is not ready:\n  " + "\n  ".join(problems))
