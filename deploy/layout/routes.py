"""Which room answers which path of the public API, read from the committed contracts.

The Ingress, the one-machine gateway and Compose's proxy are written from the same answer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from deploy.layout.services import ROOMS

CONTRACTS: Final = Path(__file__).resolve().parents[2] / "contracts" / "openapi"
PAGES: Final = {"/docs/partners": "disbursement", "/static-offline-docs": "disbursement"}
"""The partners' page and what it is drawn with, which stand in no contract."""


@cache
def routes() -> Mapping[str, str]:
    """Path prefix → room, the longest first: each prefix leads to one room only.

    Raises ValueError when two rooms have the same path.
    """
    paths = {room: _paths(room) for room in ROOMS}
    owners: dict[str, set[str]] = defaultdict(set)
    for room, known in paths.items():
        for path in known:
            for prefix in _prefixes(path):
                owners[prefix].add(room)
    found = dict(PAGES)
    for room, known in paths.items():
        for path in known:
            own = [one for one in _prefixes(path) if owners[one] == {room}]
            if not own:
                raise ValueError(f"{path} is in more rooms than {room}")
            found[own[0]] = room
    return MappingProxyType(dict(sorted(found.items(), key=lambda at: (-at[0].count("/"), at[0]))))


def _paths(room: str) -> list[str]:
    return list(json.loads((CONTRACTS / f"{room}.json").read_text("utf-8"))["paths"])


def _prefixes(path: str) -> list[str]:
    """`/v1/a`, `/v1/a/b`, … of a path, up to its first parameter."""
    fixed = path.split("/{", 1)[0].split("/")
    return ["/".join(fixed[:count]) for count in range(3, len(fixed) + 1)]
