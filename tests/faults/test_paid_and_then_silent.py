"""The partner pays and the answer is lost: one payment at the partner, one settlement here."""

from collections.abc import Iterator

import httpx2
import pytest

from deploy.demo import job
from deploy.demo.inputs import Inputs
from tests.faults.test_killed_in_the_middle import EXPECTED
from tests.faults.world import World
from tests.support.balances import balances_by_kind


@pytest.fixture
def silent_partners(world: World) -> Iterator[None]:
    with httpx2.Client(base_url=world.control_url, trust_env=False, timeout=20) as control:
        for partner in ("agroideas", "agrobanco"):
            body = {"mode": "timeout_after_executing", "applies_to": "next", "timeout_hold_s": 20}
            if partner == "agroideas":
                body["callback"] = False
            control.put(f"/{partner}", json=body).raise_for_status()
        yield
        control.post("/reset", json={}).raise_for_status()


def test_one_payment_and_one_settlement(
    people: job.People,
    inputs: Inputs,
    consortium_id: str,
    world: World,
    silent_partners: None,
    invariants_hold: None,
) -> None:
    applicant = people.applicant(consortium_id)
    call_id = job.open_call(people, inputs)
    application_id = job.submit(applicant, call_id, consortium_id, inputs.plan)
    agreement = job.reach_execution(applicant, people, inputs, application_id)
    first = [item["id"] for item in agreement["tranches"] if item["sequence"] == 1]
    for tranche_id in first:
        job.release(applicant, people, tranche_id)
    for tranche_id in first:
        job.await_paid(applicant, tranche_id)
    world.look_again()
    attempts = world.rows(
        "disbursement",
        "SELECT outcome, count(*) FROM attempt WHERE tranche_id = ANY(%s) GROUP BY outcome",
        first,
    )
    assert attempts == [{"outcome": "unknown", "count": 2}]
    instructions = world.rows(
        "disbursement", "SELECT reference FROM instruction WHERE tranche_id = ANY(%s)", first
    )
    book = world.book()
    assert {book[row["reference"]]["executed_count"] for row in instructions} == {1}
    settled = world.rows(
        "disbursement",
        "SELECT count(*) FROM transfer WHERE kind = 'settle' AND call_id = %s",
        call_id,
    )
    assert settled == [{"count": 1 + len(inputs.producers)}]
    assert balances_by_kind(people.auditor, call_id) == EXPECTED
