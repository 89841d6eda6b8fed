"""Random operations with faults on a PostgreSQL of their own; FUND_SIM_STEPS and FUND_SIM_SEED
choose how many and which."""

import os
import secrets
from pathlib import Path
from typing import Any

import pytest

from services.disbursement import holds
from tests.simulation import people, run, weather
from tests.simulation.__main__ import console, table_of
from tests.simulation.run import OPERATIONS, simulated
from tests.simulation.simulator import Failed, Simulator

STEPS = int(os.environ.get("FUND_SIM_STEPS", "1200"))
pytestmark = pytest.mark.timeout(max(600, STEPS // 3))


def test_whatever_happens_money_is_conserved_and_paid_once(tmp_path: Path) -> None:
    seed = int(os.environ.get("FUND_SIM_SEED") or secrets.randbelow(10**9))
    print(f"seed {seed}")
    sim = simulated(seed, STEPS, tmp_path)
    console.print(table_of(sim))
    assert sim.world.postgres.restarts >= 1
    assert min(sim.watch.moves[kind] for kind in ("commit", "instruct", "settle", "account")) > 0
    assert sum(sim.world.blows.values()) > 3


def test_a_seed_that_fails_fails_again_at_the_same_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a bug planted: holds are placed, and no payment asks for them."""

    async def free(*_: object) -> None:
        return None

    monkeypatch.setattr(holds, "demand_free", free)
    said = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        folder.mkdir()
        with pytest.raises(Failed, match="held") as failed:
            simulated(7, 5_000, folder)
        said.append(str(failed.value))
    assert said[0] == said[1]


def test_a_loan_that_anybody_changes_is_found_at_the_next_repayment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checked is what was written, not what an operation says that it touched."""
    changed = []

    async def change(sim: Simulator) -> None:
        if sim.steps < 300 or changed:
            return
        with sim.world.postgres.admin() as connection:
            connection.execute("SET session_replication_role = replica")  # no trigger sees it
            changed.extend(
                connection.execute(
                    "UPDATE loan_part SET principal_centimos = principal_centimos - 1"
                    " WHERE instruction_id = (SELECT min(instruction_id) FROM loan_part"
                    " WHERE principal_centimos > 0) RETURNING loan_id"
                ).fetchall()
            )

    monkeypatch.setitem(OPERATIONS, change, 5)
    with pytest.raises(Failed, match="repay_loan: loans and ledger differ"):
        simulated(7, 3_000, tmp_path)
    assert len(changed) == 1


def test_a_server_shot_between_two_use_cases_of_an_operation_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first has written is not what the second, which was refused, left behind."""
    report = people._report

    async def shot(sim: Simulator, agreement: dict[str, Any]) -> None:
        sim.world.restart_due = True
        await report(sim, agreement)

    monkeypatch.setattr(people, "_report", shot)
    assert simulated(11, 200, tmp_path).world.postgres.restarts > 1


def test_a_statement_whose_reading_was_shot_is_read_again_before_all_must_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only a statement tells is not known before it was read."""
    read, shot = weather.reconcile, []

    async def once_shot(sim: Simulator, channel: str, day: str) -> str:
        if len(shot) < 2:
            sim.world.restart_due = True
            shot.append(day)
        return await read(sim, channel, day)

    monkeypatch.setattr(weather, "reconcile", once_shot)
    monkeypatch.setattr(run, "CLEARS_EACH", 250)
    sim = simulated(11, 300, tmp_path)
    assert sim.tally["read_statement", "refused"] == len(shot) == 2
