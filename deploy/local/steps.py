"""A few steps that need one another, each done as soon as what it needs is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from deploy.local.errors import StackError


@dataclass(frozen=True)
class Step:
    """One thing to do. What it needs and is not among the steps counts as done."""

    name: str
    run: Callable[[], None]
    needs: tuple[str, ...] = ()


Listener = Callable[[str, str, float], None]
"""Told a step's name, "running", "done", "failed" or "skipped", and its seconds so far."""


@dataclass
class _Progress:
    waiting: dict[str, Step]
    running: dict[Future[None], tuple[Step, float]] = field(default_factory=dict)
    failed: dict[str, StackError] = field(default_factory=dict)


def run_all(steps: Mapping[str, Step], listener: Listener) -> dict[str, StackError]:
    """Run the steps side by side; return what failed. Dependents of a failure are skipped."""
    progress = _Progress(waiting=dict(steps))
    lost: set[str] = set()
    with ThreadPoolExecutor(max_workers=max(1, len(steps))) as pool:
        while progress.waiting or progress.running:
            _launch(progress, lost, pool, listener)
            if not progress.running:
                continue
            done, _pending = wait(progress.running, return_when=FIRST_COMPLETED)
            for future in done:
                _settle(progress, future, lost, listener)
    return progress.failed


def _launch(
    progress: _Progress, lost: set[str], pool: ThreadPoolExecutor, listener: Listener
) -> None:
    open_names = set(progress.waiting) | {step.name for step, _ in progress.running.values()}
    for name, step in list(progress.waiting.items()):
        if lost.intersection(step.needs):
            del progress.waiting[name]
            lost.add(name)
            listener(name, "skipped", 0.0)
        elif not open_names.intersection(step.needs):
            del progress.waiting[name]
            listener(name, "running", 0.0)
            progress.running[pool.submit(step.run)] = (step, time.monotonic())


def _settle(progress: _Progress, future: Future[None], lost: set[str], listener: Listener) -> None:
    step, started = progress.running.pop(future)
    seconds = time.monotonic() - started
    try:
        future.result()
    except StackError as error:
        progress.failed[step.name] = error
        lost.add(step.name)
        listener(step.name, "failed", seconds)
    else:
        listener(step.name, "done", seconds)
