"""The Temporal worker: all workflows and activities on one task queue.

Its own numbers are on FUND_METRICS_PORT, those of Temporal's core on FUND_WORKER_SDK_METRICS_PORT.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, Final

import temporalio.api.workflowservice.v1 as service_api
from temporalio.client import Client, RPCError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from services.kernel.errors import FundError
from services.kernel.settings import Settings
from services.kernel.telemetry import log
from workflows.activities import all_activities
from workflows.clients import Rooms
from workflows.definitions.addendum_approval import AddendumApproval
from workflows.definitions.board_ballot import BoardBallot
from workflows.definitions.board_session import BoardSession
from workflows.definitions.daily_closing import DailyClosing
from workflows.definitions.funding_application import FundingApplication
from workflows.definitions.tranche_disbursement import TrancheDisbursement
from workflows.interceptor import TracingInterceptor
from workflows.schedules import ensure

WORKFLOWS: Final = (
    FundingApplication,
    BoardBallot,
    BoardSession,
    TrancheDisbursement,
    AddendumApproval,
    DailyClosing,
)
FAILURES: Final[Sequence[type[BaseException]]] = (FundError,)
"""These fail a workflow that raises them; any other exception is a bug whose task is retried."""

# Two cores shared with the rooms: more side by side only lengthens each step.
MAX_ACTIVITIES: Final = 32
MAX_WORKFLOW_TASKS: Final = 16
MAX_CACHED_WORKFLOWS: Final = 500
POLLERS: Final = 4
GRACEFUL_S: Final = 20
WAIT_PAUSE_S: Final = 0.5


async def connect(settings: Settings, *, sdk_metrics: bool) -> Client:
    """A client of the namespace; waits for Temporal, says so, and ends the process at the limit."""
    where = f"Temporal at {settings.temporal_address}, namespace {settings.temporal_namespace}"
    address = f"{settings.metrics_host}:{settings.worker_sdk_metrics_port}"
    runtime = _runtime(address if sdk_metrics else None)
    started_s = time.monotonic()
    told_s = 0.0
    while True:
        try:
            client = await Client.connect(
                settings.temporal_address,
                namespace=settings.temporal_namespace,
                data_converter=pydantic_data_converter,
                runtime=runtime,
                interceptors=[TracingInterceptor()],
            )
            await client.workflow_service.describe_namespace(
                service_api.DescribeNamespaceRequest(namespace=settings.temporal_namespace)
            )
            return client
        except (RuntimeError, RPCError) as error:
            waited_s = time.monotonic() - started_s
            if waited_s > settings.start_wait_s:
                raise SystemExit(
                    f"{where} did not answer within {settings.start_wait_s} s ({error})."
                    " Start it (or `make up`), or set FUND_TEMPORAL_ADDRESS."
                ) from error
            if waited_s >= told_s:
                log().info("start.waiting", for_=where, waited_s=round(waited_s))
                told_s += 5
            await asyncio.sleep(WAIT_PAUSE_S)


@cache
def _runtime(address: str | None) -> Runtime:
    """Temporal's core, whose log lines go through our own formatter; with its numbers at this
    address, if any."""
    metrics = address and PrometheusConfig(
        bind_address=address,
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
    )
    logs = LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(logger=logging.getLogger("temporalio.core")),
    )
    return Runtime(telemetry=TelemetryConfig(logging=logs, metrics=metrics or None))


def sandbox() -> SandboxedWorkflowRunner:
    """The sandbox, in which every test runs: it refuses what a replay could not repeat.

    The worker itself goes without: loading the definition anew from disk for every workflow costs
    5 ms of CPU each, and mixes versions when files change under a running process.
    """
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(
            "services.kernel.clock",
            "workflows.board_messages",
            "workflows.messages",
            "workflows.steps",
        )
    )


def build_worker(
    client: Client,
    settings: Settings,
    activities: Sequence[Callable[..., Any]],
    **changed: Any,
) -> Worker:
    """The worker as it runs everywhere; tests hand in what differs."""
    options: dict[str, Any] = {
        "workflows": list(WORKFLOWS),
        "workflow_runner": sandbox(),
        "workflow_failure_exception_types": FAILURES,
        "max_concurrent_activities": MAX_ACTIVITIES,
        "max_concurrent_workflow_tasks": MAX_WORKFLOW_TASKS,
        "max_cached_workflows": MAX_CACHED_WORKFLOWS,
        "max_concurrent_activity_task_polls": POLLERS,
        "max_concurrent_workflow_task_polls": POLLERS,
        "graceful_shutdown_timeout": timedelta(seconds=GRACEFUL_S),
    }
    return Worker(
        client,
        task_queue=settings.temporal_task_queue,
        activities=list(activities),
        **{**options, **changed},
    )


async def work(client: Client, settings: Settings, stop: asyncio.Event) -> None:
    """Run the worker until `stop`; what is running may end first, within twenty seconds."""
    rooms = Rooms(settings)
    try:
        async with build_worker(
            client,
            settings,
            all_activities(rooms),
            workflow_runner=UnsandboxedWorkflowRunner(),
        ):
            await ensure(client, settings)
            log().info("worker.started", task_queue=settings.temporal_task_queue)
            await stop.wait()
            log().info("worker.stopping")
    finally:
        await rooms.close()
