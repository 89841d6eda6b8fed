"""What a seed decides: every choice, every identifier, and what time it is."""

import random
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from typeid import TypeID, base32

from services.disbursement.channels import http
from services.kernel import ids

Item = TypeVar("Item")
BEGINNING = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)


class Chance:
    """A seed's stream of choices and its clock; nothing else is random in a simulation."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._draw = random.Random(seed)
        self._ids = random.Random(f"{seed}:ids")
        self.now = BEGINNING

    def one(self, of: Sequence[Item]) -> Item:
        """One of them."""
        return of[self._draw.randrange(len(of))]

    def weighted(self, of: Sequence[Item], weights: Sequence[float]) -> Item:
        """One of them, by weight."""
        return self._draw.choices(of, weights)[0]

    def maybe(self, probability: float) -> bool:
        """True so often."""
        return self._draw.random() < probability

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._draw.randint(low, high)

    def shuffled(self, of: Sequence[Item]) -> list[Item]:
        """All of them, in any order."""
        return self._draw.sample(of, len(of))

    def pass_time(self) -> None:
        """From nothing to half an hour; about a minute on the average."""
        kind = self._draw.random()
        longest_s = 5 if kind < 0.7 else 90 if kind < 0.95 else 1_800
        self.wait(self._draw.uniform(0, longest_s))

    def wait(self, seconds: float) -> None:
        """Let so much time pass."""
        self.now += timedelta(microseconds=int(seconds * 1_000_000))

    def monotonic(self) -> float:
        """The clock as channels read it."""
        return (self.now - BEGINNING).total_seconds()

    def identifier(self, prefix: str) -> TypeID:
        """A UUIDv7 of the simulated time and the seed's own bits."""
        milliseconds = int(self.now.timestamp() * 1_000)
        value = (milliseconds << 80) | (7 << 76) | (self._ids.getrandbits(12) << 64)
        value |= (0b10 << 62) | self._ids.getrandbits(62)
        return TypeID(prefix=prefix, suffix=base32.encode(uuid.UUID(int=value).bytes))

    @contextmanager
    def ruling(self) -> Iterator[None]:
        """While it lasts, identifiers and the channels' clock come from here."""
        real_id, real_time = ids.TypeID, http.time

        def made(prefix: str) -> Any:
            return self.identifier(prefix)

        ids.TypeID, http.time = made, self  # type: ignore[assignment]
        try:
            yield
        finally:
            ids.TypeID, http.time = real_id, real_time  # type: ignore[assignment]
