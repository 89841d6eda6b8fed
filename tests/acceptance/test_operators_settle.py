"""What an operator types when a payment, a statement or a notice waits for a word of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request, Response

from deploy.demo import job
from deploy.demo.inputs import Inputs, read_inputs
from services.kernel import clock
from services.kernel.settings import Settings
from tests.acceptance.conftest import Ops, audited, park
from tests.support.databases import admin
from tests.support.serving import served
from tests.support.waiting import until

TIMELINE = "applications.timeline"
UNHEARD = "app_nobody_told"
WHY = ("--reason", "El programa repuso su servicio.", "--yes")
TODAY = ("--day", clock.lima_date(clock.now()).isoformat())


@pytest.fixture(scope="module")
def tranches(people: job.People, inputs: Inputs, consortium_id: str) -> dict[str, str]:
    """The first tranche of each channel of an agreement in force."""
    applicant = people.applicant(consortium_id)
    call_id = job.open_call(people, inputs)
    application_id = job.submit(applicant, call_id, consortium_id, inputs.plan)
    agreement = job.reach_execution(applicant, people, inputs, application_id)
    rows = [one for one in agreement["tranches"] if one["sequence"] == 1]
    return {one["channel"]: one["id"] for one in rows}


@contextmanager
def behaving(config: Settings, channel: str, **how: Any) -> Iterator[None]:
    """The sandbox's partner told how to fail, until the end of the block."""
    url = config.agroideas_url.removesuffix("/agroideas") + f"/control/{channel}"
    with httpx2.Client(trust_env=False) as client:
        client.put(url, json=how).raise_for_status()
        try:
            yield
        finally:
            client.put(url, json={"mode": "normal"}).raise_for_status()


def left_alone(ops: Ops, people: job.People, consortium_id: str, tranche_id: str) -> None:
    """Release the tranche and end the workflow that follows it, once nobody knows its outcome."""
    job.release(people.applicant(consortium_id), people, tranche_id)

    def is_unknown() -> bool:
        rows = people.auditor.read("/v1/instructions", tranche_id=tranche_id)["data"]
        return {row["state"] for row in rows} == {"unknown"}

    until(is_unknown, what="an unknown outcome")
    workflow = f"tranche/{tranche_id}"
    ops("workflow", "terminate", workflow, *WHY)
    until(lambda: ops("workflow", "show", workflow)[1]["run"]["state"] == "terminated")


def has_state(people: job.People, tranche_id: str, state: str) -> bool:
    return bool(people.auditor.read(f"/v1/tranches/{tranche_id}")["state"] == state)


@pytest.mark.usefixtures("tranches")
def test_the_status_tells_what_lives_and_what_waits(ops: Ops) -> None:
    ours = {"api", "relay", "listen", "worker", "bridge", "notify", "folder", "exporter"}

    def once_all_live() -> Any:
        found = ops("status")[1]
        live = {row["job"] for row in found["processes"] if row["state"] == "up"}
        is_read = TIMELINE in {row["group"] for row in found["lags"]}
        return found if ours <= live and is_read else None

    before = until(once_all_live, within_s=60, what="Prometheus has seen every process")
    parked = {row["room"]: row["parked_aggregates"] for row in before["rooms"]}
    assert set(parked) == {
        *("registry", "applications", "eligibility"),
        *("board", "disbursement", "notices"),
    }
    park(TIMELINE, UNHEARD)
    code, found = ops("status")
    assert (code, found["well"], found["unknown"]) == (1, False, [])
    assert found["waits"]["dead_letter"] == before["waits"].get("dead_letter", 0) + 1
    after = {row["room"]: row["parked_aggregates"] for row in found["rooms"]}
    assert after == {**parked, "applications": parked["applications"] + 1}
    told = ops.told("status")
    assert "eventos apartados" in told
    assert "Algo está mal." in told
    ops("dead-letters", "replay", UNHEARD, *WHY)
    code, found = ops("status")
    assert found["waits"] == before["waits"]
    assert code == (1 if found["waits"] else 0)


def test_a_payment_that_nobody_follows_is_asked_for_and_reconciled(
    ops: Ops, config: Settings, people: job.People, consortium_id: str, tranches: dict[str, str]
) -> None:
    tranche_id = tranches["agrobanco"]
    with behaving(config, "agrobanco", mode="timeout_after_executing", timeout_hold_s=7):
        left_alone(ops, people, consortium_id, tranche_id)
    assert has_state(people, tranche_id, "instructed")

    code, found = ops("tranche", "inquire", tranche_id)
    assert (code, found["id"], found["state"]) == (0, tranche_id, "confirmed")
    assert {row["state"] for row in found["instructions"]} == {"settled"}
    assert has_state(people, tranche_id, "confirmed")
    assert found["instructions"][0]["reference"] in ops.told("tranche", "inquire", tranche_id)

    code, found = ops("reconcile", "--channel", "agrobanco", *TODAY, "--close")
    [row] = found["data"]
    assert row["channel"] == "agrobanco"
    assert row["lines"] >= row["matched"] >= 1
    assert has_state(people, tranche_id, "reconciled")
    closing = people.auditor.read(f"/v1/closings/{row['closing']['id']}")
    assert (closing["channel"], closing["business_date"]) == ("agrobanco", TODAY[1])
    assert closing["made_by"] == "operador-9"
    assert code == (1 if found["open_cases"] or not closing["balanced"] else 0)


def test_a_tranche_that_never_arrived_is_sent_again_and_paid_once(
    ops: Ops, config: Settings, people: job.People, consortium_id: str, tranches: dict[str, str]
) -> None:
    tranche_id = tranches["agroideas"]
    again = ("tranche", "send-again", tranche_id, *WHY)
    with behaving(config, "agroideas", mode="down_503"):
        left_alone(ops, people, consortium_id, tranche_id)
    code, refused = ops(*again)
    assert (code, refused["error"]["code"]) == (1, "disbursement.attempts_left")

    sent_four_times_more(tranche_id)
    code, found = ops(*again)
    assert (code, found["id"]) == (0, tranche_id)
    references = {row["reference"] for row in found["instructions"]}
    assert references
    assert {row["state"] for row in found["instructions"]} <= {"acknowledged", "settled"}
    [act] = audited("disbursement", "tranche.send_again", tranche_id)
    assert (act["by"], act["attempts"], act["reason"]) == ("operador-9", 5, WHY[1])
    until(lambda: has_state(people, tranche_id, "confirmed"), what="the partner's callback")

    assert "Agroideas" in ops.told("reconcile", "--channel", "agroideas", *TODAY)
    assert has_state(people, tranche_id, "reconciled")
    with httpx2.Client(trust_env=False) as client:
        url = config.agroideas_url.removesuffix("/agroideas") + "/control/book"
        for reference in references:
            assert len(client.get(url, params={"reference": reference}).json()) == 1


def sent_four_times_more(tranche_id: str) -> None:
    """The tranche as five vain sendings of the last hour leave it."""
    with admin("fund_disbursement") as connection:
        connection.execute(
            "UPDATE attempt SET started_at = started_at - interval '1 hour',"
            " ended_at = ended_at - interval '1 hour' WHERE tranche_id = %s",
            (tranche_id,),
        )
        connection.execute(
            "INSERT INTO attempt SELECT (jsonb_populate_record(attempt, jsonb_build_object("
            "'number', n))).* FROM attempt, generate_series(2, 5) AS n WHERE tranche_id = %s",
            (tranche_id,),
        )


def test_a_notice_that_was_given_up_is_delivered_again(ops: Ops, people: job.People) -> None:
    observed = read_inputs(observed=True)
    consortium_id = job.register(people, observed)
    answers, taken = [410], []
    app = FastAPI(openapi_url=None)

    @app.post("/avisos")
    async def take(request: Request) -> Response:
        taken.append(request.headers["webhook-id"])
        return Response(status_code=answers.pop(0) if answers else 204)

    def delivery_of(state: str) -> dict[str, Any] | None:
        told = people.secretariat.read("/v1/deliveries", recipient=consortium_id, state=state)
        rows = [row for row in told["data"] if row["id"] == taken[0]] if taken else []
        return rows[0] if rows else None

    applicant = people.applicant(consortium_id)
    name = observed.consortium["name"]
    with served(app) as url:
        contact = {"name": name, "webhook_url": f"{url}/avisos"}
        applicant.put(f"/v1/contacts/{consortium_id}", contact)
        job.submit(applicant, job.open_call(people, observed), consortium_id, observed.plan)
        given_up = until(lambda: delivery_of("given_up"), what="a notice that was given up")

        code, found = ops("notices", "redeliver", given_up["id"])
        assert (code, found["id"], found["state"]) == (0, given_up["id"], "pending")
        until(lambda: delivery_of("sent"), what="the notice")
        assert taken.count(given_up["id"]) == 2
        code, refused = ops("notices", "redeliver", given_up["id"])
        assert (code, refused["error"]["code"]) == (1, "notices.already_sent")
    applicant.put(f"/v1/contacts/{consortium_id}", {"name": name, "email": "c@avisos.example"})
