"""Structured logs and metrics of a process: one registry, one `/metrics`.

`FUND_METRICS=off` lets a process count nothing, to measure what counting costs.
"""

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from prometheus_client import Counter, Gauge, Histogram, start_http_server

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

    set = observe = inc

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
    "fund_events_parked_total", "Events sent to the dead letters.", ["consumer"], by="listen"
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


def configure_logs(process: str) -> None:
    """JSON lines on standard error, with the process's name and what is bound to the context."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    logging.getLogger("kafka").setLevel(logging.ERROR)


def configure_metrics() -> None:
    """Send FastAPI's own HTTP metrics to the registry that `/metrics` shows."""
    if not METRICS_ON:
        return
    from opentelemetry import metrics  # only a process with an HTTP API waits for these
    from opentelemetry.exporter.prometheus import PrometheusMetricReader
    from opentelemetry.sdk.metrics import MeterProvider

    metrics.set_meter_provider(MeterProvider(metric_readers=[PrometheusMetricReader()]))


def serve_metrics(port: int) -> None:
    """Serve `/metrics` of a process that has no HTTP interface of its own; 0 serves nothing."""
    if port:
        start_http_server(port, addr="127.0.0.1")


def log(**bound: Any) -> Any:
    """A logger; events have fixed dotted names, details are fields."""
    return structlog.get_logger(**bound)
