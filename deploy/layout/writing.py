"""The files that are written from the description, and whether they are as it says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import yaml

from deploy.layout import compose, databases, kubernetes, servers, tables

ROOT: Final = Path(__file__).resolve().parents[2]
HEAD: Final = "# Written by `make layout` from deploy/layout; do not edit.\n"
FOLDERS: Final = ("deploy/compose", "deploy/kubernetes")
"""Folders that hold written files only."""


@cache
def texts() -> Mapping[str, str]:
    """Path in the repository → its whole text."""
    found = {
        f"deploy/kubernetes/{name}": _yaml(documents)
        for name, documents in kubernetes.files().items()
    }
    return MappingProxyType(
        {
            **found,
            "deploy/compose/compose.yaml": _yaml([compose.document()]),
            "deploy/compose/servers-compose.yaml": _yaml([servers.document()]),
            "deploy/compose/prometheus.yaml": _yaml([servers.prometheus()]),
            "deploy/compose/opa.yaml": _yaml([servers.opa()]),
            "deploy/compose/gateway.conf": servers.gateway(),
            "deploy/compose/databases.sql": databases.script(),
            "docs/settings.md": tables.page(),
        }
    )


def write(root: Path = ROOT) -> int:
    """Write every file, remove what is written no longer; return how many there are."""
    wanted = texts()
    for folder in FOLDERS:
        for path in (root / folder).glob("*"):
            if path.is_file() and path.relative_to(root).as_posix() not in wanted:
                path.unlink()
    for name, text in wanted.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return len(wanted)


def stale(root: Path = ROOT) -> list[str]:
    """Files that are not as the description says, or that it does not know."""
    wanted = texts()
    present = {
        path.relative_to(root).as_posix()
        for folder in FOLDERS
        for path in (root / folder).glob("*")
        if path.is_file()
    }
    wrong = [
        name
        for name, text in wanted.items()
        if not (root / name).exists() or (root / name).read_text("utf-8") != text
    ]
    return sorted({*wrong, *(present - wanted.keys())})


def _yaml(documents: Iterable[Any]) -> str:
    """Each document on its own, without anchors: every part of it stands where it is read."""
    plain = [json.loads(json.dumps(one)) for one in documents]
    dumped: str = yaml.safe_dump_all(plain, sort_keys=False, width=100, allow_unicode=True)
    return HEAD + dumped
