"""A consortium with three faults is found ineligible, told how to cure each, and costs nothing."""

from deploy.demo import job
from deploy.demo.client import Person
from deploy.demo.inputs import Inputs, read_inputs


def _assessed(people: job.People, observed: Inputs) -> tuple[Person, str, dict[str, object]]:
    consortium_id = job.register(people, observed)
    applicant = people.applicant(consortium_id)
    call_id = job.open_call(people, observed)
    application_id = job.submit(applicant, call_id, consortium_id, observed.plan)
    application = job.await_state(applicant, application_id, "observed")
    assessment = applicant.read(f"/v1/assessments/{application['assessment_id']}")
    return applicant, application_id, {"call_id": call_id, **assessment}


def test_three_findings_each_name_whom_rule_norm_and_cure(
    people: job.People, consortium_id: str
) -> None:
    observed = read_inputs(observed=True)
    applicant, application_id, assessment = _assessed(people, observed)
    assert assessment["eligible"] is False
    assert assessment["outcome"] == "ineligible"
    findings = {
        finding["code"]: finding
        for finding in assessment["findings"]  # type: ignore[attr-defined]
        if finding["severity"] == "blocking"
    }
    assert set(findings) == {"MEM-003", "MEM-005", "AGI-001"}
    large, shared = observed.producers[3], observed.producers[-1]
    assert large["dni"] in findings["MEM-003"]["subject"]["label"]
    assert "6.2" in findings["MEM-003"]["message_es"]
    assert shared["dni"] in findings["MEM-005"]["subject"]["label"]
    assert "1" in findings["AGI-001"]["subject"]["label"]
    assert "85" in findings["AGI-001"]["message_es"]
    for finding in findings.values():
        assert all(finding[name] for name in ("rule", "norm", "cure_es", "cure_en", "message_en"))
    _nothing_was_committed(people, str(assessment["call_id"]))
    applicant.write(f"/v1/applications/{application_id}/waive-amendment")
    assert job.await_state(applicant, application_id, "ineligible")["state"] == "ineligible"
    _nothing_was_committed(people, str(assessment["call_id"]))


def _nothing_was_committed(people: job.People, call_id: str) -> None:
    budget = people.auditor.read("/v1/budgets", call_id=call_id)
    assert budget["available"] == budget["allocated"]
    assert {budget[name]["amount"] for name in ("committed", "in_transit", "paid_out")} == {"0.00"}


def test_a_decision_replays_to_the_same_answer(people: job.People, consortium_id: str) -> None:
    _, _, assessment = _assessed(people, read_inputs(observed=True))
    replay = people.auditor.write(f"/v1/assessments/{assessment['id']}/replay")
    assert replay["same"] is True
    assert replay["differences"] == []


def test_an_amended_application_becomes_eligible(
    people: job.People, inputs: Inputs, consortium_id: str
) -> None:
    applicant = people.applicant(consortium_id)
    call_id = job.open_call(people, inputs)
    lines = [dict(line) for line in inputs.plan["budget_lines"]]
    lines[0] |= {
        "agroideas": {"amount": "255000.00", "currency": "PEN"},
        "own": {"amount": "45000.00", "currency": "PEN"},
    }
    tranches = [dict(item) for item in inputs.plan["tranches"]]
    tranches[0] |= {"amount": {"amount": "255000.00", "currency": "PEN"}}
    faulty = {**inputs.plan, "budget_lines": lines, "tranches": tranches}
    application_id = job.submit(applicant, call_id, consortium_id, faulty)
    observed = job.await_state(applicant, application_id, "observed")
    assert observed["amendment_due_at"] is not None
    applicant.put(
        f"/v1/applications/{application_id}/plan",
        inputs.plan,
        **{"If-Match": f'"{observed["version"]}"'},
    )
    applicant.write(f"/v1/applications/{application_id}/submit")
    eligible = job.await_state(applicant, application_id, "eligible")
    assert eligible["round"] == 2
