"""Structured logs and metrics of a process: one registry, one `/metrics`."""

import logging
import sys
from typing import Any

import structlog
from prometheus_client import Counter, Histogram, start_http_server

OUTBOX_PUBLISHED = Counter(
    "fund_outbox_published_total", "Events acknowledged by Kafka and marked.", ["room"]
)
OUTBOX_FAILED = Counter(
    "fund_outbox_failed_total", "Sends that failed or were late; they are sent again.", ["room"]
)
EVENTS_APPLIED = Counter(
    "fund_events_applied_total", "Events whose effect was committed.", ["consumer", "type"]
)
EVENTS_REPEATED = Counter(
    "fund_events_repeated_total", "Deliveries that the inbox had already seen.", ["consumer"]
)
EVENTS_PARKED = Counter(
    "fund_events_parked_total", "Events sent to the dead letters.", ["consumer"]
)
POLICY_SECONDS = Histogram(
    "fund_policy_decision_seconds",
    "Time that OPA took for an answer.",
    ["entrypoint", "outcome"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
COMMANDS = Counter(
    "fund_commands_total",
    "Writes by outcome: done, replayed or refused.",
    ["operation", "outcome"],
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
    from opentelemetry import metrics  # only a process with an HTTP API waits for these
    from opentelemetry.exporter.prometheus import PrometheusMetricReader
    from opentelemetry.sdk.metrics import MeterProvider

    metrics.set_meter_provider(MeterProvider(metric_readers=[PrometheusMetricReader()]))


def serve_metrics(host: str, port: int) -> None:
    """Serve `/metrics` of a process without an HTTP interface of its own; port 0 serves nothing."""
    if port:
        start_http_server(port, addr=host)


def log(**bound: Any) -> Any:
    """A logger; events have fixed dotted names, details are fields."""
    return structlog.get_logger(**bound)
