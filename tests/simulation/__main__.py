"""`python -m tests.simulation`: so many steps of a seed; the same seed gives the same steps.

Steps and seed are taken from FUND_SIM_STEPS and FUND_SIM_SEED too.
"""

import secrets
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.simulation.run import simulated
from tests.simulation.simulator import Failed, Simulator

console = Console(width=120)


def table_of(sim: Simulator) -> Table:
    """Operations by kind and outcome."""
    table = Table("operation", "all", "by outcome")
    for kind in sorted({kind for kind, _ in sim.tally}):
        counts = {outcome: count for (one, outcome), count in sim.tally.items() if one == kind}
        told = ", ".join(f"{outcome} {count}" for outcome, count in sorted(counts.items()))
        table.add_row(kind, str(sum(counts.values())), told)
    return table


def main(
    steps: Annotated[int, typer.Option(envvar="FUND_SIM_STEPS", min=1)] = 200_000,
    seed: Annotated[int | None, typer.Option(envvar="FUND_SIM_SEED")] = None,
) -> None:
    """Run so many steps and print what was done; exit 1 when something is not as it must be."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers are stopped then too
    chosen = secrets.randbelow(10**9) if seed is None else seed
    console.print(f"seed {chosen}, {steps} steps")
    started_s = time.perf_counter()
    memory = Path("/dev/shm")  # shots do not need a disk, and the others' disk is spared
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        try:
            sim = simulated(chosen, steps, Path(folder), console.print)
        except Failed as failed:
            console.print(str(failed), markup=False)
            raise typer.Exit(1) from None
    took_s = time.perf_counter() - started_s
    console.print(table_of(sim))
    console.print(f"ledger moves: {dict(sorted(sim.watch.moves.items()))}")
    console.print(f"faults: {dict(sorted(sim.faults.items()))}")
    console.print(
        f"blows to transactions: {dict(sorted(sim.world.blows.items()))};"
        f" database restarts: {sim.world.postgres.restarts}"
    )
    console.print(
        f"seed {chosen}: {sim.steps} operations in {took_s:.0f} s, {sim.steps / took_s:.0f}/s;"
        f" trail {sim.digest.hexdigest()[:16]}"
    )


if __name__ == "__main__":
    typer.run(main)
