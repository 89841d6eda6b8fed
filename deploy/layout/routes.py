"""Which room answers which path of the public API, read from the committed contracts.

The Ingress, the one-machine gateway and Compose's proxy are written from the same answer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Final

from deploy.layout.services import ROOMS

CONTRACTS: Final = Path(__file__).resolve().parents[2] / "contracts" / "openapi"
PARTNER_DOCS: Final = ("/docs/partners", "disbursement")
"""A page that stands in no contract."""


def routes() -> dict[str, str]:
    """Path prefix → room, the longest first: each prefix leads to one room only.

    Raises ValueError when two rooms have the same path.
    """
    owners: dict[str, set[str]] = defaultdict(set)
    for room in ROOMS:
        for path in json.loads((CONTRACTS / f"{room}.json").read_text("utf-8"))["paths"]:
            for prefix in _prefixes(path):
                owners[prefix].add(room)
    found = dict([PARTNER_DOCS])
    for room in ROOMS:
        for path in json.loads((CONTRACTS / f"{room}.json").read_text("utf-8"))["paths"]:
            own = [one for one in _prefixes(path) if owners[one] == {room}]
            if not own:
                raise ValueError(f"{path} is in more rooms than {room}")
            found[own[0]] = room
    return dict(sorted(found.items(), key=lambda item: (-item[0].count("/"), item[0])))


def _prefixes(path: str) -> list[str]:
    """`/v1/a`, `/v1/a/b`, … of a path, up to its first parameter."""
    fixed = path.split("/{", 1)[0].split("/")
    return ["/".join(fixed[:count]) for count in range(3, len(fixed) + 1)]
