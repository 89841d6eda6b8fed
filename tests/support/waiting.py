"""Waiting for a condition, bounded; never for a length of time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(
    check: Callable[[], Found], *, within_s: float = 20, what: str = "", every_s: float = 0.05
) -> Found:
    """The first truthy answer of `check`; fails after `within_s`, saying what was awaited."""
    deadline = time.monotonic() + within_s
    while not (found := check()):
        assert time.monotonic() < deadline, f"not within {within_s} s: {what or check}"
        time.sleep(every_s)
    return found


async def eventually(
    check: Callable[[], Awaitable[Found]], *, within_s: float = 20, what: str = ""
) -> Found:
    """`until` for a check that awaits."""
    deadline = time.monotonic() + within_s
    while not (found := await check()):
        assert time.monotonic() < deadline, f"not within {within_s} s: {what or check}"
        await asyncio.sleep(0.05)
    return found
