"""What an operator types when something is stuck: a parked event, a workflow that was ended."""

import pytest
from typer.testing import CliRunner

from clients.fondo.app import app
from deploy.demo import job
from deploy.demo.inputs import Inputs
from services.kernel.ids import new_id
from services.kernel.settings import Settings
from tests.acceptance.conftest import Ops, audited, park
from tests.support.kafka import put
from tests.support.waiting import until

TIMELINE = "applications.timeline"


@pytest.fixture
def submitted(people: job.People, inputs: Inputs, consortium_id: str) -> str:
    applicant = people.applicant(consortium_id)
    return job.submit(applicant, job.open_call(people, inputs), consortium_id, inputs.plan)


def test_a_parked_aggregate_is_seen_shown_and_replayed(
    ops: Ops, people: job.People, inputs: Inputs, consortium_id: str, submitted: str
) -> None:
    job.await_state(people.applicant(consortium_id), submitted, "eligible")
    job.evaluate(people, submitted, inputs.evaluation)
    ballot = job.ballot_of(people, submitted)
    park(TIMELINE, ballot)
    job.vote(people, ballot, inputs.board)

    def waits() -> bool:
        return len(ops("dead-letters", "show", ballot)[1]["data"][0]["events"]) >= 4

    until(waits, what="the votes are kept back")
    code, listed = ops("dead-letters", "list")
    assert code == 1
    assert [row["aggregate_id"] for row in listed["data"]] == [ballot]
    assert "dead_letter" in {row["kind"] for row in ops("stuck")[1]["data"]}

    why = ("--reason", "La causa fue corregida.", "--yes")
    code, done = ops("dead-letters", "replay", ballot, *why)
    assert code == 0, done
    assert done["data"][0]["applied"] >= 4
    assert done["data"][0]["stays_parked"] is None
    assert ops("dead-letters", "list") == (0, {"data": []})
    told = people.auditor.read(f"/v1/applications/{submitted}/timeline", limit="200")["data"]
    assert [row["what"] for row in told].count("fund.board.vote.cast.v1") == len(inputs.board)
    [act] = audited("applications", "dead_letter.replay", ballot)
    assert act["by"] == "operador-9"
    assert act["reason"] == "La causa fue corregida."


def test_a_strangers_record_is_told_by_all_who_met_it_and_taken_off_the_list(
    ops: Ops, config: Settings
) -> None:
    unknown = new_id("bal")
    put(config, "fund.board.v1", (unknown, b"no event of ours"))
    hear = {TIMELINE, "disbursement.resolutions", "notices.deliveries", "workflows.bridge"}

    def all_have_told() -> dict[str, str] | None:
        rows = ops("dead-letters", "list")[1]["data"]
        found = {row["consumer"]: row["aggregate_id"] for row in rows}
        return found if found.keys() == hear else None

    known_as = until(all_have_told, what="every consumer of the topic has told")
    assert known_as.pop("workflows.bridge") == unknown
    [place] = set(known_as.values())
    assert place.startswith("fund.board.v1:")
    for name in (place, unknown):
        why = ("--reason", "Lo escribió un extraño.", "--yes")
        assert ops("dead-letters", "show", name)[1]["data"][0]["events"] == []
        assert ops("dead-letters", "replay", name, *why)[0] == 0
    assert ops("dead-letters", "list") == (0, {"data": []})
    [act] = audited("board", "dead_letter.replay", unknown)
    assert (act["by"], act["consumer"]) == ("operador-9", "workflows.bridge")


def test_a_terminated_workflow_is_retried_to_its_end(
    ops: Ops, people: job.People, inputs: Inputs, consortium_id: str, submitted: str
) -> None:
    job.await_state(people.applicant(consortium_id), submitted, "eligible")
    workflow = f"application/{submitted}"
    until(lambda: ops("workflow", "show", workflow)[1].get("waiting_for") == "evaluation")

    def state_of() -> str:
        return str(ops("workflow", "show", workflow)[1]["run"]["state"])

    why = ("--reason", "Prueba de operación.", "--yes")
    assert ops("workflow", "terminate", workflow, *why)[0] == 0
    until(lambda: state_of() == "terminated", what="it ends")
    assert ops("workflow", "retry", workflow, *why)[0] == 0
    until(lambda: state_of() == "running", what="it is taken up again")
    job.evaluate(people, submitted, inputs.evaluation)
    assert job.ballot_of(people, submitted)
    for act in ("terminate", "retry"):
        assert [row["by"] for row in audited("applications", f"workflow.{act}", workflow)] == [
            "operador-9"
        ]


def test_the_checks_find_a_ledger_and_chains_that_are_whole(ops: Ops) -> None:
    assert ops("ledger", "check")[1]["findings"] == []
    code, found = ops("audit", "verify")
    assert code == 0
    assert all(row["is_whole"] for row in found["data"])

    def is_well() -> bool:
        return bool(ops("doctor")[1]["well"])

    until(is_well, within_s=60, what="Prometheus has seen every process")


def test_an_act_without_a_reason_is_refused(ops: Ops, submitted: str) -> None:
    runner = CliRunner()
    words = ["ops", "workflow", "terminate", f"application/{submitted}", "--yes"]
    assert runner.invoke(app, words).exit_code == 2
    assert runner.invoke(app, [*words, "--reason", " "]).exit_code == 2


def test_events_are_sent_again_and_nothing_happens_twice(
    ops: Ops, people: job.People, consortium_id: str, submitted: str
) -> None:
    job.await_state(people.applicant(consortium_id), submitted, "eligible")
    path = f"/v1/applications/{submitted}/timeline"
    before = people.auditor.read(path, limit="200")["data"]
    why = ("--reason", "Se perdió el tema.", "--yes")
    chosen = ("--room", "applications", "--aggregate", submitted)
    _, done = ops("outbox", "resend", *chosen, *why)
    assert done["data"][0]["events"] >= 1

    def all_sent() -> bool:
        rows = ops("outbox", "list", *chosen)[1]["data"]
        return all(row["published_at"] for row in rows)

    until(all_sent, what="the relay sends them again")
    assert people.auditor.read(path, limit="200")["data"] == before
