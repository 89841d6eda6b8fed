"""How fast a run is, told now and then; what it is told never changes what the run does."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

TOLD_EACH: Final = 5_000


class Pace:
    """Steps and seconds of a run, and of its last part."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._began_s = self._part_s = time.perf_counter()
        self._part_steps = 0
        self._due = TOLD_EACH
        self._checks_s = 0.0

    @contextmanager
    def checking(self) -> Iterator[None]:
        """What lasts so long is a whole check."""
        began_s = time.perf_counter()
        yield
        self._checks_s += time.perf_counter() - began_s

    def at(self, steps: int) -> None:
        """So many steps are done; a line is told when it is due."""
        if steps < self._due:
            return
        now_s = time.perf_counter()
        rate = (steps - self._part_steps) / (now_s - self._part_s)
        self._tell(
            f"{steps} steps in {now_s - self._began_s:.0f} s, the last"
            f" {steps - self._part_steps} at {rate:.0f}/s; whole checks took {self._checks_s:.1f} s"
        )
        self._part_s, self._part_steps = now_s, steps
        self._due += TOLD_EACH
