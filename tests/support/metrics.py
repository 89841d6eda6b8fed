"""The names of all metrics of a stack: ours as the code registers them, and other programs'."""

import importlib
from typing import Final

from prometheus_client import REGISTRY

from deploy.prometheus.objectives import OBJECTIVES
from services.exporter.lag import ConsumerLag
from services.exporter.reading import COLLECT_SECONDS, ROOM_UP
from services.exporter.run import gauges_of, watches_of
from services.kernel.rooms import ROOMS
from services.kernel.settings import settings

COUNTING: Final = (
    "services.kernel.telemetry",
    "services.disbursement.inbound.security",
    "services.notices.sender",
    "workflows.clients",
    "workflows.bridge",
)
"""Modules that register the metrics of their process."""

OTHERS: Final = frozenset(
    {
        # Prometheus' own
        *("ALERTS", "up", "prometheus_tsdb_head_series"),
        "prometheus_rule_evaluation_failures_total",
        # prometheus-client, of each process
        *("process_cpu_seconds_total", "process_max_fds", "process_open_fds"),
        *("process_resident_memory_bytes", "process_start_time_seconds"),
        # FastAPI's instrumentation
        *("http_server_active_requests", "http_server_request_duration_seconds_bucket"),
        "http_server_request_duration_seconds_count",
        "http_server_request_duration_seconds_sum",
        # OPA
        *("last_success_bundle_request", "plugin_status_gauge"),
        # Temporal's server
        *("persistence_latency_bucket", "persistence_sql_in_use"),
        *("service_error_with_type", "service_requests"),
        # Temporal's SDK
        "temporal_activity_execution_failed_total",
        "temporal_activity_execution_latency_seconds_bucket",
        "temporal_activity_schedule_to_start_latency_seconds_bucket",
        "temporal_worker_task_slots_available",
        "temporal_workflow_completed_total",
        "temporal_workflow_endtoend_latency_seconds_count",
        "temporal_workflow_endtoend_latency_seconds_sum",
        "temporal_workflow_failed_total",
        "temporal_workflow_task_execution_failed_total",
        "temporal_workflow_task_schedule_to_start_latency_seconds_bucket",
    }
)
"""What other programs tell and we read; that they still do is seen on the living stack."""


def known() -> set[str]:
    """Every metric's name that an expression may use."""
    for module in COUNTING:
        importlib.import_module(module)
    counted = {
        sample for family in REGISTRY.collect() for sample in _samples(family.name, family.type)
    }
    told = [ROOM_UP, COLLECT_SECONDS, *ConsumerLag(settings()).measured]
    for room in ROOMS:
        told += [*gauges_of(room), *(one for watch in watches_of(room) for one in watch.measured)]
    recorded = {str(rule["record"]) for one in OBJECTIVES for rule in one.records()}
    return counted | {one.name for one in told} | recorded | OTHERS


def _samples(name: str, kind: str) -> set[str]:
    endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
    return {name + ending for ending in endings.get(kind, [""])}
