"""Cache → PATH → build, for one tool or for many, two builds at a time."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.tools import cache, prerequisites
from deploy.tools.build import build
from deploy.tools.catalog import CATALOG, DebianPackage, GoBuild, OnPath, Tool
from deploy.tools.commands import version_of
from deploy.tools.errors import ToolError

Report = Callable[[str, str, float], None]
"""Called with tool name and version, a step in words, and seconds since that tool's start."""


@dataclass(frozen=True)
class Installed:
    """A tool that is there: where each of its programs lies and where it came from."""

    tool: Tool
    origin: str
    programs: dict[str, Path]

    def __getitem__(self, program: str) -> Path:
        return self.programs[program]


def _silent(label: str, step: str, seconds: float) -> None:
    """The report of a caller that wants none."""


def find(name: str) -> Installed | None:
    """The tool from the cache or from PATH, without building anything."""
    tool = CATALOG[name]
    if cache.holds(tool):
        return _from_cache(tool)
    return _from_path(tool)


def ensure(name: str, report: Report = _silent) -> Installed:
    """The tool, built if need be. Safe to call from two checkouts at once."""
    tool = CATALOG[name]
    started = time.monotonic()

    def say(step: str) -> None:
        report(f"{tool.name} {tool.version}", step, time.monotonic() - started)

    if found := find(name):
        say(f"found ({found.origin})")
        return found
    _check_prerequisites(tool)
    with cache.locked(tool, waiting=lambda: say("waits for another checkout's build")):
        if not cache.holds(tool):
            say("building" if isinstance(tool.source, GoBuild) else "fetching")
            with cache.staging(tool) as scratch:
                build(tool, scratch)
    say("ready")
    return _from_cache(tool)


def ensure_all(names: Iterable[str], report: Report = _silent) -> dict[str, Installed]:
    """All the tools named; an optional one that cannot be had is reported and left out."""
    wanted = list(names)
    missing = [CATALOG[name] for name in wanted if find(name) is None]
    _check_prerequisites(*missing)
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="tool") as pool:
        running = {name: pool.submit(ensure, name, report) for name in wanted}
        found: dict[str, Installed] = {}
        for name, future in running.items():
            try:
                found[name] = future.result()
            except ToolError as error:
                if not CATALOG[name].optional:
                    raise
                report(name, f"left out: {error} ({error.cure})", 0.0)
    return found


def _check_prerequisites(*tools: Tool) -> None:
    needed = ["python"]
    if any(isinstance(tool.source, GoBuild) for tool in tools):
        needed.append("go")
    if any(not isinstance(tool.source, GoBuild | DebianPackage) for tool in tools):
        needed += ["java", "mvn"]
    prerequisites.check(*needed)


def _from_cache(tool: Tool) -> Installed:
    base = cache.folder(tool)
    return Installed(tool, "cache", {key: base / path for key, path in tool.programs.items()})


def _from_path(tool: Tool) -> Installed | None:
    wanted = tool.on_path
    if wanted is None:
        return None
    programs = {command: shutil.which(command) for command in wanted.commands}
    if not all(programs.values()) or not _acceptable(wanted):
        return None
    return Installed(tool, "PATH", {key: Path(path) for key, path in programs.items() if path})


def _acceptable(wanted: OnPath) -> bool:
    version = version_of((wanted.commands[0], *wanted.version_arguments))
    return version is not None and wanted.at_least <= version < wanted.below
