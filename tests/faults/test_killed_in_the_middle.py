"""Kill -9 of any process in the middle of the main job: it ends with the same ledger."""

import time

import pytest

from deploy.demo import job
from deploy.demo.client import Person
from deploy.demo.inputs import Inputs
from tests.support.balances import balances_by_kind
from tests.support.figures import note
from tests.support.stack import command

VICTIMS = ("api", "worker", "relay", "temporal", "kafka", "opa", "postgres", "listen", "bridge")
EXPECTED = {
    "treasury": "-5000000.00",
    "available": "4350000.00",
    "committed": "320000.00",
    "in_transit": "0.00",
    "grants": "210000.00",
    "loans": "120000.00",
}


def kill(name: str) -> None:
    command("deploy.local", "kill", name, "--signal", "KILL", limit_s=60)


def released(
    people: job.People, inputs: Inputs, consortium_id: str, victim: str
) -> tuple[Person, str, list[str]]:
    """The main job up to the release of both first tranches, with a kill after the submission."""
    applicant = people.applicant(consortium_id)
    call_id = job.open_call(people, inputs)
    application_id = job.submit(applicant, call_id, consortium_id, inputs.plan)
    kill(victim)
    agreement = job.reach_execution(applicant, people, inputs, application_id)
    first = [item["id"] for item in agreement["tranches"] if item["sequence"] == 1]
    for tranche_id in first:
        job.release(applicant, people, tranche_id)
    return applicant, call_id, first


@pytest.mark.parametrize("victim", VICTIMS)
def test_the_job_ends_with_the_same_ledger(
    victim: str,
    people: job.People,
    inputs: Inputs,
    consortium_id: str,
    invariants_hold: None,
) -> None:
    applicant, call_id, tranches = released(people, inputs, consortium_id, victim)
    kill(victim)
    killed_at_s = time.monotonic()
    for tranche_id in tranches:
        job.await_paid(applicant, tranche_id)
    recovered_s = time.monotonic() - killed_at_s
    print(f"{victim}: killed twice, both tranches confirmed {recovered_s:.1f} s after the second")
    note(f"faults.{victim}.kill9.confirmed_after_s", recovered_s, "s")
    assert balances_by_kind(people.auditor, call_id) == EXPECTED
