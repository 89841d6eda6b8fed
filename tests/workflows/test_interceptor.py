"""Workflows and activities in the trace of their application: told once, replayed in silence."""

from collections.abc import Iterator, Sequence

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from services.kernel import tracing
from services.kernel.ids import new_id
from services.kernel.settings import Settings
from services.kernel.tracing import Finished
from tests.workflows.conftest import Stage, report
from workflows import messages as m
from workflows import worker
from workflows.interceptor import TracingInterceptor, application_of

APPLICATION = new_id("app")


@pytest.fixture
def told() -> Iterator[list[Finished]]:
    """What is exported while the test runs."""
    found: list[Finished] = []

    def keep(spans: Sequence[Finished]) -> None:
        found.extend(spans)

    tracing.export_to(keep)
    yield found
    tracing.export_to(None)


def traced(stage: Stage) -> Client:
    """The stage's client as a process of ours connects it."""
    config = stage.client.config()
    return Client(**{**config, "interceptors": [*config["interceptors"], TracingInterceptor()]})


async def test_a_run_and_its_activities_stand_under_what_started_it(
    unmanned: Stage, told: list[Finished]
) -> None:
    unmanned.script.answers["instruct"] = report("confirmed")
    client = traced(unmanned)
    async with worker.build_worker(
        client,
        Settings(temporal_task_queue="fund"),
        unmanned.script.activities(),
        max_cached_workflows=0,  # every task replays all before it
    ):
        with tracing.unit_of("kafka", "apply workflows.bridge", application_id=APPLICATION):
            handle = await client.start_workflow(
                "TrancheDisbursement",
                m.TrancheInput("tra_1", APPLICATION, "evt_release"),
                id="tranche/tra_1",
                task_queue="fund",
                result_type=m.TrancheResult,
            )
        result = await handle.result()
    assert result.reconciled
    names = [found.span.name for found in told]
    assert sorted(names) == sorted(
        [
            *("apply workflows.bridge", "run TrancheDisbursement", "complete TrancheDisbursement"),
            *(name for name, _ in unmanned.script.calls),
        ]
    )
    by_name = {found.span.name: found for found in told}
    run = by_name["run TrancheDisbursement"]
    assert run.parent_id == by_name["apply workflows.bridge"].place.span_id
    below = [
        found for found in told if found.span.kind == "activity" or "complete" in found.span.name
    ]
    assert {found.parent_id for found in below} == {run.place.span_id}
    assert {found.place.trace_id for found in told} == {tracing.root_of(APPLICATION).trace_id}

    told.clear()
    replayer = Replayer(
        workflows=list(worker.WORKFLOWS),
        data_converter=pydantic_data_converter,
        workflow_runner=worker.sandbox(),
        interceptors=[TracingInterceptor()],
    )
    history = await handle.fetch_history()
    await replayer.replay_workflow(history)
    assert told == []
    assert "fund-trace" in history.to_json()


async def test_a_signal_stands_under_what_sent_it(unmanned: Stage, told: list[Finished]) -> None:
    unmanned.script.answers["instruct"] = report("acknowledged")
    client = traced(unmanned)
    async with worker.build_worker(
        client, Settings(temporal_task_queue="fund"), unmanned.script.activities()
    ):
        handle = await client.start_workflow(
            "TrancheDisbursement",
            m.TrancheInput("tra_1", APPLICATION, "evt_release"),
            id="tranche/tra_1",
            task_queue="fund",
            result_type=m.TrancheResult,
        )
        fact = m.TrancheSettled("evt_2", "confirmed", "tra_1", business_date="2026-12-01")
        with tracing.unit_of("kafka", "apply workflows.bridge", application_id=APPLICATION) as unit:
            await handle.signal("tranche_settled", fact)
        await handle.result()
    (signal,) = [found for found in told if found.span.name == "signal tranche_settled"]
    assert signal.parent_id == unit.first.span_id


async def test_a_run_that_nobody_started_has_a_trace_of_its_own(
    unmanned: Stage, told: list[Finished]
) -> None:
    unmanned.script.answers["instruct"] = report("confirmed")
    client = traced(unmanned)
    async with worker.build_worker(
        client, Settings(temporal_task_queue="fund"), unmanned.script.activities()
    ):
        handle = await client.start_workflow(
            "TrancheDisbursement",
            m.TrancheInput("tra_1", "app_1", "evt_release"),
            id="tranche/tra_1",
            task_queue="fund",
            result_type=m.TrancheResult,
        )
        await handle.result()
    assert len({found.place.trace_id for found in told}) == 1
    (run,) = [found for found in told if found.parent_id is None]
    assert run.span.name == "run TrancheDisbursement"
    assert {found.parent_id for found in told} == {None, run.place.span_id}


async def test_without_an_exporter_nothing_is_handed_on(unmanned: Stage) -> None:
    unmanned.script.answers["instruct"] = report("confirmed")
    client = traced(unmanned)
    async with worker.build_worker(
        client, Settings(temporal_task_queue="fund"), unmanned.script.activities()
    ):
        handle = await client.start_workflow(
            "TrancheDisbursement",
            m.TrancheInput("tra_1", APPLICATION, "evt_release"),
            id="tranche/tra_1",
            task_queue="fund",
            result_type=m.TrancheResult,
        )
        await handle.result()
    assert "fund-trace" not in (await handle.fetch_history()).to_json()


def test_a_workflow_of_an_application_names_it() -> None:
    assert application_of(f"application/{APPLICATION}") == APPLICATION
    assert application_of("ballot/bal_1") is None
