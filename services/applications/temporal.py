"""The workflows as an operator sees and cures them, through Temporal's own client.

The one place of a room that knows Temporal: it reads, and does what an operator orders. What a
workflow decides is never asked here.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.enums.v1 import WorkflowExecutionStatus as Status
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
    ListWorkflowExecutionsRequest,
    ResetActivityRequest,
    ResetWorkflowExecutionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from services.kernel.auth import not_found
from services.kernel.errors import Conflict, Unavailable
from services.kernel.settings import Settings

RPC_TIMEOUT: Final = timedelta(seconds=8)
QUERY_TIMEOUT: Final = timedelta(seconds=3)
"""For a question that a worker must answer; without one the rest is shown all the same."""
LOOKED_THROUGH: Final = 100
"""How many running workflows, the newest first, are looked through for an activity that fails:
Temporal on PostgreSQL orders them in no other way."""
TRIES: Final = 8
"""From so many tries of an activity on, some minutes, its workflow is stuck."""
STATES: Final = {
    "running": "Running",
    "completed": "Completed",
    "failed": "Failed",
    "timed_out": "TimedOut",
    "terminated": "Terminated",
    "canceled": "Canceled",
}
"""Our word for each of Temporal's."""
_BROKEN: Final = (
    "ExecutionStatus IN ('Failed', 'TimedOut') OR"
    " (ExecutionStatus = 'Running' AND TemporalReportedProblems IS NOT NULL)"
)
_DONE: Final = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_ENDED_BADLY: Final = frozenset(
    {
        EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED,
        EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT,
        EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED,
    }
)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a workflow."""

    workflow_id: str
    run_id: str
    kind: str
    state: str
    started_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pending:
    """An activity under way: how often it was tried, what it met last, when it is tried next."""

    activity_id: str
    activity: str
    attempts: int
    last_failure: str | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Whole:
    """A workflow's newest run; `code_failures` counts how often its code could not go on."""

    run: Run
    pending: Sequence[Pending]
    code_failures: int
    waiting_for: str | None
    waiting_since: str | None


class Workflows:
    """One namespace; raises Unavailable without Temporal."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._lock = asyncio.Lock()

    async def listed(
        self, state: str, *, limit: int, token: bytes = b""
    ) -> tuple[list[Run], bytes]:
        """Runs in a state, the newest first, and the token of the next page."""
        return await self._list(f"ExecutionStatus = '{STATES[state]}'", limit, token)

    async def stuck(self, limit: int) -> list[Run]:
        """Newest runs that failed, whose code cannot go on, or whose activity fails again and
        again; of the running ones only so many are looked through."""
        broken, _ = await self._list(_BROKEN, limit)
        running, _ = await self._list("ExecutionStatus = 'Running'", LOOKED_THROUGH)
        ids = dict.fromkeys(one.workflow_id for one in (*broken, *running))
        found = await asyncio.gather(*(self.whole(one, ask=False) for one in ids))
        problems = {one.run_id for one in broken}
        return [
            one.run
            for one in found
            if one.run.run_id in problems or any(act.attempts >= TRIES for act in one.pending)
        ][:limit]

    async def whole(self, workflow_id: str, *, ask: bool = True) -> Whole:
        """A workflow's newest run, with its own word on what it waits for if it is asked; raises
        Missing."""
        described = await self._described(workflow_id)
        run = _run(described.workflow_execution_info)
        status = await self._status(workflow_id) if ask and run.state == "running" else {}
        return Whole(
            run=run,
            pending=[_pending(one) for one in described.pending_activities],
            code_failures=max(0, described.pending_workflow_task.attempt - 1),
            waiting_for=status.get("waiting_for"),
            waiting_since=status.get("since"),
        )

    async def terminate(self, workflow_id: str, *, reason: str) -> Whole:
        """End the workflow where it stands; one that has ended is left as it is."""
        if (await self.whole(workflow_id, ask=False)).run.state == "running":
            handle = (await self._connected()).get_workflow_handle(workflow_id)
            await _answered(handle.terminate(reason=reason, rpc_timeout=RPC_TIMEOUT))
        return await self.whole(workflow_id, ask=False)

    async def retry(self, workflow_id: str, *, reason: str, request_id: str) -> Whole:
        """Try what is under way at once; take a run that ended badly, or whose code could not go
        on, up again where it went wrong. `request_id`: the same again is one reset.

        Raises applications.nothing_to_retry for a run that only waits for a fact.
        """
        described = await self._described(workflow_id)
        whole = await self.whole(workflow_id, ask=False)
        if whole.run.state == "running" and whole.pending:
            await self._try_now(described)
        elif whole.run.state in {"running", "completed"} and not whole.code_failures:
            raise Conflict(
                "applications.nothing_to_retry",
                "El flujo no tropieza con nada: espera un hecho, o ya terminó bien.",
            )
        else:
            await self._reset(described, reason, request_id)
        return await self.whole(workflow_id, ask=False)

    async def _try_now(self, described: DescribeWorkflowExecutionResponse) -> None:
        client = await self._connected()
        for pending in described.pending_activities:
            request = ResetActivityRequest(
                namespace=client.namespace,
                execution=described.workflow_execution_info.execution,
                identity=client.identity,
                id=pending.activity_id,
            )
            await _answered(client.workflow_service.reset_activity(request, timeout=RPC_TIMEOUT))

    async def _reset(
        self, described: DescribeWorkflowExecutionResponse, reason: str, request_id: str
    ) -> None:
        client = await self._connected()
        execution = described.workflow_execution_info.execution
        handle = client.get_workflow_handle(execution.workflow_id, run_id=execution.run_id)
        history = await _answered(handle.fetch_history())
        request = ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(
                workflow_id=execution.workflow_id, run_id=execution.run_id
            ),
            reason=reason,
            workflow_task_finish_event_id=reset_point(history.events),
            request_id=request_id,
        )
        service = client.workflow_service
        await _answered(service.reset_workflow_execution(request, timeout=RPC_TIMEOUT))

    async def _list(self, query: str, limit: int, token: bytes = b"") -> tuple[list[Run], bytes]:
        client = await self._connected()
        request = ListWorkflowExecutionsRequest(
            namespace=client.namespace, query=query, page_size=limit, next_page_token=token
        )
        service = client.workflow_service
        page = await _answered(service.list_workflow_executions(request, timeout=RPC_TIMEOUT))
        return [_run(one) for one in page.executions], page.next_page_token

    async def _described(self, workflow_id: str) -> DescribeWorkflowExecutionResponse:
        client = await self._connected()
        request = DescribeWorkflowExecutionRequest(
            namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
        )
        service = client.workflow_service
        return await _answered(service.describe_workflow_execution(request, timeout=RPC_TIMEOUT))

    async def _status(self, workflow_id: str) -> dict[str, Any]:
        handle = (await self._connected()).get_workflow_handle(workflow_id)
        try:
            found: dict[str, Any] = await handle.query("status", rpc_timeout=QUERY_TIMEOUT)
        except RPCError:
            return {}
        return found

    async def _connected(self) -> Client:
        async with self._lock:
            if self._client is None:
                config = self._settings
                try:
                    self._client = await Client.connect(
                        config.temporal_address, namespace=config.temporal_namespace
                    )
                except RuntimeError as error:
                    raise _unavailable() from error
            return self._client


async def _answered(call: Awaitable[Result]) -> Result:
    try:
        return await call
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND and "namespace" not in error.message.lower():
            raise not_found() from error
        raise _unavailable() from error


def _unavailable() -> Unavailable:
    return Unavailable(
        "applications.temporal_unavailable",
        "Temporal no responde; revise que viva (FUND_TEMPORAL_ADDRESS) y vuelva a intentarlo.",
        retry_after_s=5,
    )


def _run(info: WorkflowExecutionInfo) -> Run:
    name = Status.Name(info.status).removeprefix("WORKFLOW_EXECUTION_STATUS_").lower()
    return Run(
        workflow_id=info.execution.workflow_id,
        run_id=info.execution.run_id,
        kind=info.type.name,
        state="continued" if name == "continued_as_new" else name,
        started_at=info.start_time.ToDatetime(UTC),
        closed_at=info.close_time.ToDatetime(UTC) if info.HasField("close_time") else None,
    )


def _pending(one: Any) -> Pending:
    has_next = one.HasField("next_attempt_schedule_time")
    return Pending(
        activity_id=one.activity_id,
        activity=one.activity_type.name,
        attempts=one.attempt,
        last_failure=one.last_failure.message or None,
        next_at=one.next_attempt_schedule_time.ToDatetime(UTC) if has_next else None,
    )


def reset_point(events: Sequence[HistoryEvent]) -> int:
    """The event before which a run is taken up again: the task that asked for the last activity
    which ended badly, so that it is asked for anew; without one, the last task that was done."""
    by_id = {event.event_id: event for event in events}
    for event in reversed(events):
        if event.event_type in _ENDED_BADLY:
            attributes = getattr(event, str(event.WhichOneof("attributes")))
            asked = by_id[attributes.scheduled_event_id].activity_task_scheduled_event_attributes
            return int(asked.workflow_task_completed_event_id)
    done = [event.event_id for event in events if event.event_type == _DONE]
    if not done:
        raise Conflict("applications.nothing_to_retry", "El flujo aún no ha hecho nada.")
    return done[-1]
