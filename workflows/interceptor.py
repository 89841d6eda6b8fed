"""Workflows and activities in the trace of their application.

What starts or signals a workflow hands its place on in a header; a workflow's span is known by its
run, so that every activity, even after a restart of the worker, stands under the same one. Nothing
here is a command: histories replay with it and without it.
"""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from temporalio import activity, client, worker, workflow
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadConverter

from services.kernel import tracing

HEADER: Final = "fund-trace"
Headers = Mapping[str, Payload]


def carried(headers: Headers) -> tuple[str | None, str | None]:
    """The place and the application that a header hands on."""
    payload = headers.get(HEADER)
    if payload is None:
        return None, None
    told = PayloadConverter.default.from_payload(payload, dict[str, str])
    return told.get("traceparent"), tracing.application_in(told.get("tracestate"))


def carrying(headers: Headers, told: Mapping[str, str]) -> Headers:
    """The headers with what is to be handed on, if anything is."""
    if not told:
        return headers
    return {**headers, HEADER: PayloadConverter.default.to_payloads([dict(told)])[0]}


class TracingInterceptor(client.Interceptor, worker.Interceptor):
    """For a client and for all workers that use it."""

    def intercept_client(self, next: client.OutboundInterceptor) -> client.OutboundInterceptor:
        return _Client(next)

    def intercept_activity(
        self, next: worker.ActivityInboundInterceptor
    ) -> worker.ActivityInboundInterceptor:
        return _Activity(next)

    def workflow_interceptor_class(
        self, input: worker.WorkflowInterceptorClassInput
    ) -> type[worker.WorkflowInboundInterceptor] | None:
        return _Workflow if tracing.is_on() else None


class _Client(client.OutboundInterceptor):
    async def start_workflow(self, input: client.StartWorkflowInput) -> Any:
        input.headers = carrying(input.headers, tracing.outgoing())
        return await super().start_workflow(input)

    async def signal_workflow(self, input: client.SignalWorkflowInput) -> None:
        input.headers = carrying(input.headers, tracing.outgoing())
        await super().signal_workflow(input)


class _Activity(worker.ActivityInboundInterceptor):
    async def execute_activity(self, input: worker.ExecuteActivityInput) -> Any:
        traceparent, application_id = carried(input.headers)
        info = activity.info()
        workflow_id = info.workflow_id or ""
        with tracing.unit_of(
            "activity",
            info.activity_type,
            application_id=application_id or application_of(workflow_id),
            request_id=workflow_id,
            traceparent=traceparent,
            facts={"workflow_id": workflow_id, "attempt": info.attempt},
        ):
            return await super().execute_activity(input)


class _Workflow(worker.WorkflowInboundInterceptor):
    """One of each run."""

    def init(self, outbound: worker.WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound, self))

    @cached_property
    def _started(self) -> tuple[str | None, str | None]:
        """The place that started the run, and its application."""
        info = workflow.info()
        traceparent, application_id = carried(info.headers)
        return traceparent, application_id or application_of(info.workflow_id)

    @cached_property
    def _place(self) -> tracing.Place:
        """The run's own: in its application's trace, else in its starter's, else in one of its
        own, as a schedule's."""
        traceparent, application_id = self._started
        digest = hashlib.sha256(workflow.info().run_id.encode()).digest()
        span_id = int.from_bytes(digest[:8]) or 1
        if application_id is not None:
            return tracing.Place(tracing.root_of(application_id).trace_id, span_id)
        if (caller := tracing.place_of(traceparent)) is not None:
            return tracing.Place(caller.trace_id, span_id)
        return tracing.Place(int.from_bytes(digest[8:24]) or 1, span_id)

    @cached_property
    def handed_on(self) -> dict[str, str]:
        """What is told to whatever the run starts."""
        application_id = self._started[1]
        state = tracing.state_of(application_id) if application_id is not None else {}
        return {"traceparent": self._place.traceparent(), **state}

    async def execute_workflow(self, input: worker.ExecuteWorkflowInput) -> Any:
        info = workflow.info()
        self._tell(f"run {info.workflow_type}", self._started[0], begins=True)
        try:
            result = await super().execute_workflow(input)
        except Exception as error:
            self._tell(f"fail {info.workflow_type}", self._place.traceparent(), error=error)
            raise
        self._tell(f"complete {info.workflow_type}", self._place.traceparent())
        return result

    async def handle_signal(self, input: worker.HandleSignalInput) -> None:
        traceparent, _ = carried(input.headers)
        self._tell(f"signal {input.signal}", traceparent or self._place.traceparent())
        await super().handle_signal(input)

    def _tell(
        self,
        name: str,
        traceparent: str | None,
        *,
        begins: bool = False,
        error: Exception | None = None,
    ) -> None:
        """A moment of the run, told once: a replay repeats it in silence."""
        if workflow.unsafe.is_replaying():
            return
        with workflow.unsafe.sandbox_unrestricted():
            info = workflow.info()
            unit = tracing.new_unit(
                "workflow",
                name,
                application_id=self._started[1],
                request_id=info.workflow_id,
                traceparent=traceparent,
                facts={"workflow_id": info.workflow_id, "run_id": info.run_id},
            )
            if begins:
                unit.trace_id, unit.first.span_id = self._place.trace_id, self._place.span_id
            if error is not None:
                unit.first.fail(error)
            tracing.finish(unit)


class _Outbound(worker.WorkflowOutboundInterceptor):
    """Hands the run's place on to whatever it starts."""

    def __init__(self, next: worker.WorkflowOutboundInterceptor, run: _Workflow) -> None:
        super().__init__(next)
        self._run = run

    def start_activity(self, input: worker.StartActivityInput) -> workflow.ActivityHandle[Any]:
        input.headers = carrying(input.headers, self._run.handed_on)
        return super().start_activity(input)

    async def start_child_workflow(
        self, input: worker.StartChildWorkflowInput
    ) -> workflow.ChildWorkflowHandle[Any, Any]:
        input.headers = carrying(input.headers, self._run.handed_on)
        return await super().start_child_workflow(input)

    async def signal_child_workflow(self, input: worker.SignalChildWorkflowInput) -> None:
        input.headers = carrying(input.headers, self._run.handed_on)
        await super().signal_child_workflow(input)

    async def signal_external_workflow(self, input: worker.SignalExternalWorkflowInput) -> None:
        input.headers = carrying(input.headers, self._run.handed_on)
        await super().signal_external_workflow(input)

    def continue_as_new(self, input: worker.ContinueAsNewInput) -> Any:
        input.headers = carrying(input.headers, self._run.handed_on)
        return super().continue_as_new(input)


def application_of(workflow_id: str) -> str | None:
    """The application that a workflow's id names, as those of applications do."""
    found = tracing.APPLICATION_ID.search(workflow_id)
    return found[0] if found else None
