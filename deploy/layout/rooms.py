"""The one setting that is JSON: where each room that a process asks is found."""

from __future__ import annotations

import json
from collections.abc import Mapping


def room_urls(addresses: Mapping[str, str]) -> str:
    """The value of FUND_ROOM_URLS."""
    return json.dumps(dict(addresses), separators=(",", ":"))
