"""The main job: from an application to two confirmed tranches and a ledger that balances."""

import subprocess
import sys

from deploy.demo import job
from deploy.demo.client import Person
from deploy.demo.inputs import Inputs
from services.kernel import clock
from services.kernel.settings import Settings
from tests.support.balances import balances_by_kind


def test_an_approved_consortium_is_paid_through_both_channels(
    people: job.People, inputs: Inputs, consortium_id: str
) -> None:
    applicant = people.applicant(consortium_id)
    call_id = job.open_call(people, inputs)
    application_id = job.submit(applicant, call_id, consortium_id, inputs.plan)
    agreement = job.reach_execution(applicant, people, inputs, application_id)
    first = [item for item in agreement["tranches"] if item["sequence"] == 1]
    for tranche in first:
        job.release(applicant, people, tranche["id"])
    for tranche in first:
        job.await_paid(applicant, tranche["id"])
    day = clock.lima_date(clock.now()).isoformat()
    for channel in ("agroideas", "agrobanco"):
        assert job.reconcile(people, channel, day)["cases"] == 0
    states = {item["id"]: applicant.read(f"/v1/tranches/{item['id']}")["state"] for item in first}
    assert set(states.values()) == {"reconciled"}
    assert balances_by_kind(people.auditor, call_id) == {
        "treasury": "-5000000.00",
        "available": "4350000.00",
        "committed": "320000.00",
        "in_transit": "0.00",
        "grants": "210000.00",
        "loans": "120000.00",
    }
    budget = people.auditor.read("/v1/budgets", call_id=call_id)
    assert budget["paid_out"]["amount"] == "330000.00"
    _settled_one_loan_a_producer(people, first, inputs)
    _timeline_tells_the_whole_way(applicant, application_id)


def _settled_one_loan_a_producer(
    people: job.People, tranches: list[dict[str, str]], inputs: Inputs
) -> None:
    (loan,) = [item["id"] for item in tranches if item["channel"] == "agrobanco"]
    page = people.auditor.read("/v1/instructions", tranche_id=loan, limit="200")
    assert len(page["data"]) == len(inputs.producers)
    assert {row["state"] for row in page["data"]} == {"settled"}
    assert len({row["reference"] for row in page["data"]}) == len(inputs.producers)


def _timeline_tells_the_whole_way(applicant: Person, application_id: str) -> None:
    def complete(body: dict[str, list[dict[str, str]]]) -> bool:
        told = {entry["what"] for entry in body["data"]}
        return {
            "fund.eligibility.assessment.completed.v1",
            "fund.board.ballot.decided.v1",
            "fund.disbursement.agreement.signed.v1",
            "fund.disbursement.tranche.reconciled.v1",
        } <= told

    path = f"/v1/applications/{application_id}/timeline?limit=200"
    applicant.wait_until(path, complete, "the whole timeline")


def test_the_demo_works_twice_in_a_row(config: Settings) -> None:
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "-m", "deploy.demo"], capture_output=True, text=True, timeout=120
        )
        assert run.returncode == 0, run.stdout + run.stderr
        assert "Trial balance of the call" in run.stdout
