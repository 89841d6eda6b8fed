"""Spans on their way out: to an OTLP collector by the standard OTEL_* settings, or as JSON lines
into a folder. Imported only by a process that exports.

Attributes and error texts are masked before they are queued. Export runs in a thread of its own,
and a full queue drops spans rather than hold up work.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from services.kernel import tracing
from services.kernel.masking import masked, masked_text

FILE_DELAY_MS: Final = 200
SPAN_KINDS: Final = {
    "http": "SERVER",
    "outbox": "INTERNAL",
    "kafka send": "PRODUCER",
    "kafka": "CONSUMER",
    "room": "CLIENT",
    "opa": "CLIENT",
    "channel": "CLIENT",
    "register": "CLIENT",
}
"""OpenTelemetry's kind of span by ours; all others are internal."""


class Export:
    """Turns finished spans into OpenTelemetry's and hands them to its exporters."""

    def __init__(self, process: str, folder: Path | None, *, otlp: bool) -> None:
        name = os.environ.get("OTEL_SERVICE_NAME") or f"fund-{process}"
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": name, "fund.process": process})
        )
        self._scope = InstrumentationScope("services.kernel.tracing")
        self._processors = _processors(process, folder, otlp=otlp)
        for processor in self._processors:
            self._provider.add_span_processor(processor)

    def __call__(self, spans: Sequence[tracing.Finished]) -> None:
        """Queue the spans of a unit, unless the sampler (OTEL_TRACES_SAMPLER) leaves them out."""
        for finished in spans:
            place = finished.place
            decided = self._provider.sampler.should_sample(
                None, place.trace_id, finished.span.name
            ).decision
            if decided is Decision.RECORD_AND_SAMPLE:
                made = self._readable(finished)
                for processor in self._processors:
                    processor.on_end(made)

    def flush(self) -> None:
        """Send what is queued."""
        self._provider.force_flush(5_000)

    def _readable(self, finished: tracing.Finished) -> ReadableSpan:
        span, place = finished.span, finished.place
        attributes = {"fund.kind": span.kind, **masked(span.facts)}
        if finished.application_id:
            attributes["fund.application_id"] = finished.application_id
        events = []
        if span.error is not None:
            kind, message = span.error
            told = {"exception.type": kind, "exception.message": masked_text(message)}
            events.append(Event("exception", told, span.ended_ns))
        parent = finished.parent_id
        return ReadableSpan(
            name=masked_text(span.name),
            context=_context(place),
            parent=_context(tracing.Place(place.trace_id, parent)) if parent else None,
            resource=self._provider.resource,
            attributes=attributes,
            events=events,
            links=[Link(_context(link)) for link in finished.links],
            kind=SpanKind[SPAN_KINDS.get(span.kind, "INTERNAL")],
            status=Status(StatusCode.ERROR, span.error[0]) if span.error else Status(),
            start_time=span.started_ns,
            end_time=span.ended_ns,
            instrumentation_scope=self._scope,
        )


def _context(place: tracing.Place) -> SpanContext:
    return SpanContext(
        place.trace_id, place.span_id, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED)
    )


def _processors(process: str, folder: Path | None, *, otlp: bool) -> list[SpanProcessor]:
    made: list[SpanProcessor] = []
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / f"{process}-{os.getpid()}.jsonl").open("a", encoding="utf-8")
        lines = ConsoleSpanExporter(out=file, formatter=lambda span: f"{span.to_json(None)}\n")
        made.append(BatchSpanProcessor(lines, schedule_delay_millis=FILE_DELAY_MS))
    if otlp:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        made.append(BatchSpanProcessor(OTLPSpanExporter()))
    return made
