"""Running other programs: bounded, quiet, and with their last words when they fail."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.tools.errors import ToolError

Version = tuple[int, ...]


def run(
    arguments: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 900,
    cure: str = "",
) -> str:
    """Run a program and return what it said; on failure raise with its last twenty lines."""
    words = [str(argument) for argument in arguments]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as error:
        raise ToolError(f"{words[0]} is not on PATH", cure) from error
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"{words[0]} did not end within {timeout:.0f} s", cure) from error
    if done.returncode != 0:
        tail = "\n".join(done.stdout.strip().splitlines()[-20:])
        raise ToolError(f"{' '.join(words[:3])} … failed ({done.returncode}):\n{tail}", cure)
    return done.stdout


def version_in(text: str) -> Version | None:
    """The first thing in the text that looks like a version number."""
    found = re.search(r"(?<![\d.])(\d+(?:\.\d+)+)", text)
    return tuple(int(part) for part in found.group(1).split(".")) if found else None


def version_of(arguments: Sequence[str]) -> Version | None:
    """The version a program states, or None when it cannot be run or says none."""
    try:
        return version_in(run(arguments, timeout=30))
    except ToolError:
        return None


def dotted(version: Version) -> str:
    """(1, 26) → 1.26"""
    return ".".join(map(str, version))
