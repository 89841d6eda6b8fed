"""A whole run: which operations there are, how often, and when the weather clears."""

import asyncio
import gc
from collections.abc import Callable
from pathlib import Path
from typing import Final

import uvloop

from tests.simulation import accounts, loans, money, people, weather
from tests.simulation.chance import Chance
from tests.simulation.pace import Pace
from tests.simulation.simulator import Failed, Simulator
from tests.simulation.watch import Violated, Watch
from tests.simulation.world import opened

OPERATIONS: Final = {
    people.allocate: 2,
    people.board_decides: 5,
    people.hear_again: 3,
    people.draft: 5,
    people.sign: 9,
    people.meet_condition: 3,
    people.request: 9,
    people.prepare: 9,
    people.release: 10,
    accounts.show_evidence: 10,
    accounts.report: 12,
    accounts.repay: 4,
    loans.repay_loan: 6,
    accounts.claim: 3,
    people.place_hold: 1,
    people.lift_hold: 2,
    people.suspend: 0.6,
    people.resume: 2,
    people.end: 5,
    people.withdraw: 1,
    money.instruct: 10,
    money.inquire: 8,
    money.wake: 6,
    money.read_statement: 3,
    money.settle: 14,
    money.call_back: 12,
    money.forge: 1,
    money.misbehave: 4,
    money.read_books: 1,
}
CLEARS_EACH: Final = 2_500
RESTARTS_EACH: Final = 3_000
WHOLE_CHECK_EACH: Final = 10_000


def untold(_: str) -> None:
    """Nobody is told how the run goes on."""


def simulated(
    seed: int, steps: int, folder: Path, tell: Callable[[str], None] = untold
) -> Simulator:
    """`simulate` on an event loop of its own; `tell` gets a line on its pace now and then."""
    thresholds = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)  # a run keeps much and throws little of it away
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(simulate(seed, steps, folder, Pace(tell)))
    finally:
        gc.set_threshold(*thresholds)


async def simulate(seed: int, steps: int, folder: Path, pace: Pace) -> Simulator:
    """So many steps of a seed; raises Failed at the first that leaves something wrong."""
    chance = Chance(seed)
    async with opened(chance, folder) as world:
        watch = Watch(world.postgres, world.books)
        sim = Simulator(world, watch)
        try:
            await _run(sim, steps, pace)
        finally:
            watch.close()
            for one in sim.stalled:
                one.task.cancel()
        return sim


async def _run(sim: Simulator, steps: int, pace: Pace) -> None:
    kinds, weights = list(OPERATIONS), list(OPERATIONS.values())
    clears, restarts, whole = CLEARS_EACH, RESTARTS_EACH // 3, WHOLE_CHECK_EACH
    while sim.steps < steps:
        sim.chance.pass_time()
        await sim.step(sim.chance.weighted(kinds, weights))
        if sim.steps >= restarts:
            sim.world.restart_due, restarts = True, restarts + RESTARTS_EACH
        if sim.steps >= clears:
            await weather.clear(sim)
            clears = sim.steps + CLEARS_EACH
        if sim.steps >= whole:
            _check(sim, pace)
            whole += WHOLE_CHECK_EACH
        pace.at(sim.steps)
    await weather.clear(sim)
    _check(sim, pace)


def _check(sim: Simulator, pace: Pace) -> None:
    try:
        with pace.checking():
            weather.check_whole(sim)
    except Violated as violated:
        raise Failed(sim.said(f"the whole check: {violated}")) from violated
