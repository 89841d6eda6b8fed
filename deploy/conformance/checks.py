"""What a check is, how a suite of them is run, and the table that it prints."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import httpx2

T = TypeVar("T")
LONGEST_CHECK_S = 60


class Broken(Exception):
    """The rule does not hold; the message says what was seen."""


def expect(holds: object, seen: str) -> None:
    """Raises Broken with what was seen unless the rule holds."""
    if not holds:
        raise Broken(seen)


@dataclass(frozen=True, slots=True)
class Check(Generic[T]):
    """One rule of the contract."""

    id: str
    rule: str
    cure: str
    run: Callable[[T], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Result:
    """What a check came to; `seen` is empty when the rule holds."""

    id: str
    rule: str
    cure: str
    seen: str

    @property
    def passed(self) -> bool:
        return not self.seen


class Suite(Generic[T]):
    """The checks of one kind of partner, in the order in which they are run."""

    def __init__(self) -> None:
        self.checks: list[Check[T]] = []

    def check(
        self, check_id: str, rule: str, *, cure: str
    ) -> Callable[[Callable[[T], Awaitable[None]]], Callable[[T], Awaitable[None]]]:
        """Register a check under its id."""

        def register(run: Callable[[T], Awaitable[None]]) -> Callable[[T], Awaitable[None]]:
            self.checks.append(Check(check_id, rule, cure, run))
            return run

        return register

    async def run(self, against: T, *, only: Sequence[str] = ()) -> list[Result]:
        """Run every check, or those with these ids; one that fails does not stop the others."""
        chosen = [check for check in self.checks if not only or check.id in only]
        return [await _run(check, against) for check in chosen]


async def _run(check: Check[T], against: T) -> Result:
    seen = ""
    try:
        async with asyncio.timeout(LONGEST_CHECK_S):
            await check.run(against)
    except Broken as error:
        seen = str(error)
    except TimeoutError:
        seen = "no answer in time"
    except httpx2.HTTPError as error:
        seen = f"{type(error).__name__}: {error}"
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        seen = f"an answer of another form ({type(error).__name__}: {error})"
    return Result(check.id, check.rule, check.cure, seen[:300])


def table(results: Sequence[Result]) -> str:
    """The results for a terminal: pass or FAIL, id, rule; under a failure what was seen and the
    cure."""
    lines = []
    for result in results:
        lines.append(f"{'pass' if result.passed else 'FAIL'}  {result.id:<8} {result.rule}")
        if not result.passed:
            lines += [f"      seen:  {result.seen}", f"      cure:  {result.cure}"]
    failed = sum(not result.passed for result in results)
    lines.append(f"{len(results) - failed} of {len(results)} checks passed")
    return "\n".join(lines)
