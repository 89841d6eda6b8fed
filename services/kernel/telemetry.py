"""Structured logs, traces and metrics of a process: one registry, one `/metrics`.

`FUND_METRICS=off` lets a process count nothing, to measure what counting costs.
"""

import logging
import os
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import structlog
from prometheus_client import Counter, Gauge, Histogram, start_http_server

from services.kernel import tracing
from services.kernel.masking import masked

METRICS_ON: Final = os.environ.get("FUND_METRICS", "on") != "off"


@dataclass(frozen=True, slots=True)
class Declared:
    """A metric that a process keeps: its name, what it tells, its labels and type, and who keeps
    it."""

    name: str
    text: str
    labels: tuple[str, ...]
    kind: str
    process: str


DECLARED: Final[dict[str, Declared]] = {}
"""What this process has declared so far, by name."""


class Silent:
    """A metric of a process that counts nothing."""

    def labels(self, *_: object, **__: object) -> "Silent":
        return self

    def inc(self, *_: object) -> None:
        """Count nothing."""

    dec = set = observe = inc

    def clear(self) -> None:
        """Forget nothing."""


def _declared(made: Any, name: str, text: str, labels: Sequence[str], by: str, **more: Any) -> Any:
    DECLARED[name] = Declared(name, text, tuple(labels), made.__name__.lower(), by)
    return made(name, text, labels, **more) if METRICS_ON else Silent()


def counter(name: str, text: str, labels: Sequence[str] = (), *, by: str) -> Any:
    """A number that only grows, kept by the process (or processes) `by`."""
    return _declared(Counter, name, text, labels, by)


def gauge(name: str, text: str, labels: Sequence[str] = (), *, by: str) -> Any:
    """A number that comes and goes, kept by the process (or processes) `by`."""
    return _declared(Gauge, name, text, labels, by)


def histogram(
    name: str,
    text: str,
    labels: Sequence[str] = (),
    *,
    by: str,
    buckets: Sequence[Any] = Histogram.DEFAULT_BUCKETS,
) -> Any:
    """How often which values were seen, kept by the process (or processes) `by`."""
    return _declared(Histogram, name, text, labels, by, buckets=buckets)


OUTBOX_PUBLISHED = counter(
    "fund_outbox_published_total", "Events acknowledged by Kafka and marked.", ["room"], by="relay"
)
OUTBOX_FAILED = counter(
    "fund_outbox_failed_total",
    "Sends that failed or were late; they are sent again.",
    ["room"],
    by="relay",
)
EVENTS_APPLIED = counter(
    "fund_events_applied_total",
    "Events whose effect was committed.",
    ["consumer", "type"],
    by="listen",
)
EVENTS_REPEATED = counter(
    "fund_events_repeated_total",
    "Deliveries that the inbox had already seen.",
    ["consumer"],
    by="listen",
)
EVENTS_PARKED = counter(
    "fund_events_parked_total", "Events kept back as dead letters.", ["consumer"], by="listen"
)
POLICY_SECONDS = histogram(
    "fund_policy_decision_seconds",
    "Time that OPA took for an answer.",
    ["entrypoint", "outcome"],
    by="api",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
POLICY_REFUSED = counter(
    "fund_policy_refused_total",
    "Answers of OPA that were no decision, by why: unreachable, late, not_an_object, undefined or"
    " unexpected_revision.",
    ["reason"],
    by="api",
)
POLICY_REVISION = gauge(
    "fund_policy_revision_info",
    "1 for the revision of the rules that gave the last decision.",
    ["revision"],
    by="api",
)
POOL_CONNECTIONS = gauge(
    "fund_database_pool_connections",
    "Connections to the room's database, in_use or idle.",
    ["room", "state"],
    by="api",
)
COMMANDS = counter(
    "fund_commands_total",
    "Writes by outcome: done, replayed or refused.",
    ["operation", "outcome"],
    by="api",
)


Processor = Callable[[Any, str, MutableMapping[str, Any]], MutableMapping[str, Any]]
WITHOUT_LOCALS: Final = structlog.tracebacks.ExceptionDictTransformer(
    show_locals=False, use_rich=False
)
"""Tracebacks name places and errors; the variables of a frame are people's data."""


def configure_logs(process: str) -> None:
    """JSON lines on standard error, of our own logs and of every library's: with the process's
    name, what is bound to the context, the ids of application, request and trace, and without
    personal data."""
    common: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_ids,
        structlog.processors.ExceptionRenderer(WITHOUT_LOCALS),
        _mask,
    ]
    structlog.configure(
        processors=[*common, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *common],
            processors=[
                _name_process(process),
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    logging.getLogger("kafka").setLevel(logging.ERROR)
    sys.excepthook = _log_uncaught


def _add_ids(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """By which a line is found: those of the unit of work that it belongs to."""
    found = tracing.ids()
    for name in ("application_id", "request_id", "trace_id", "span_id"):
        value = getattr(found, name)
        if value is not None:
            event.setdefault(name, value)
    return event


def _mask(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: masked(value, name) for name, value in event.items()}


def _name_process(process: str) -> Processor:
    """Threads of libraries do not have the context in which the name is bound."""

    def name(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("process", process)
        return event

    return name


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """What ends the process is a line like any other."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log().error("process.failed", exc_info=(kind, error, trace))


def configure_traces(process: str, folder: Path | None) -> Callable[[], None]:
    """Export this process's spans as JSON lines into the folder and to the collector that the
    standard OTEL_* settings name; with neither, nothing is imported. Returns what sends the
    spans still queued."""
    otlp = wants_otlp(os.environ)
    if folder is None and not otlp:
        return lambda: None
    from services.kernel.trace_export import Export  # only a process that exports waits for it

    export = Export(process, folder, otlp=otlp)
    tracing.export_to(export)
    return export.flush


def wants_otlp(environment: Mapping[str, str]) -> bool:
    """Whether the standard settings name a collector, and do not switch it off."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporters = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if exporters:
        return "otlp" in exporters.split(",")
    return any(
        environment.get(f"OTEL_EXPORTER_OTLP_{name}") for name in ("ENDPOINT", "TRACES_ENDPOINT")
    )


def serve_metrics(host: str, port: int) -> None:
    """Serve `/metrics` of a process without an HTTP interface of its own; port 0 serves nothing."""
    if port:
        start_http_server(port, addr=host)


def log(**bound: Any) -> Any:
    """A logger; events have fixed dotted names, details are fields."""
    return structlog.get_logger(**bound)
