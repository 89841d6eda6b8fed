"""The cache: one folder a tool and version, there whole or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.tools.catalog import Tool


def root() -> Path:
    """The user's cache of tools; FUND_TOOLS_CACHE moves it."""
    if override := os.environ.get("FUND_TOOLS_CACHE"):
        return Path(override).expanduser().absolute()
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "fondo-consorcios" / "tools"


def folder(tool: Tool) -> Path:
    """Where this version of the tool lies once it is there."""
    return root() / tool.name / tool.version


def holds(tool: Tool) -> bool:
    """True when the cache has every program the tool promises."""
    return all((folder(tool) / program).exists() for program in tool.programs.values())


@contextmanager
def locked(tool: Tool, waiting: Callable[[], None]) -> Iterator[None]:
    """One build of a tool at a time on this machine, whichever checkout asks."""
    parent = root() / tool.name
    parent.mkdir(parents=True, exist_ok=True)
    with (parent / f".{tool.version}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def staging(tool: Tool) -> Iterator[Path]:
    """A folder beside the final one; renamed into place only when the body succeeded."""
    final = folder(tool)
    scratch = Path(tempfile.mkdtemp(prefix=f".{tool.version}-", dir=final.parent))
    try:
        scratch.chmod(0o755)
        yield scratch
        shutil.rmtree(final, ignore_errors=True)
        scratch.rename(final)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
