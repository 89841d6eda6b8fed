"""What may never be wakes somebody at once, and lets him sleep after the cure.

The thin part of `make alert-drill`, which does all faults and takes minutes.
"""

import pytest

from deploy.demo import job
from deploy.demo.inputs import Inputs
from tests.faults import alerts
from tests.support.figures import note


@pytest.fixture(scope="module")
def an_agreement(people: job.People, inputs: Inputs, consortium_id: str) -> None:
    """Something in the ledger to be forged."""
    applicant = people.applicant(consortium_id)
    call_id = job.open_call(people, inputs)
    application_id = job.submit(applicant, call_id, consortium_id, inputs.plan)
    job.reach_execution(applicant, people, inputs, application_id)


def test_a_forced_transfer_wakes_somebody_and_its_cure_ends_it(an_agreement: None) -> None:
    outcome = alerts.drill(alerts.unbalanced_transfer(), looked_at_longer_s=0)
    assert outcome.fired_after_s is not None
    assert outcome.cleared_after_s is not None
    assert outcome.runbook == "docs/runbooks/LedgerOutOfBalance.md"
    note("alerts.ledger_out_of_balance.fires_after_s", outcome.fired_after_s, "s")
