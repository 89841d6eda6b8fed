"""The names of all metrics of a stack: ours by the table that the code writes, and others'."""

import re
from pathlib import Path
from typing import Final

from deploy.prometheus.files import RECORDS

TABLE: Final = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"

OTHERS: Final = frozenset(
    {
        # Prometheus' own
        *("ALERTS", "up", "prometheus_tsdb_head_series"),
        "prometheus_rule_evaluation_failures_total",
        # prometheus-client, of each process
        *("process_cpu_seconds_total", "process_max_fds", "process_open_fds"),
        *("process_resident_memory_bytes", "process_start_time_seconds"),
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
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    ours = {sample for name, kind in rows for sample in _samples(name, kind)}
    return ours | {str(rule["record"]) for rule in RECORDS} | OTHERS


def _samples(name: str, kind: str) -> set[str]:
    """What a metric of this type is called in an expression."""
    endings = ["_bucket", "_count", "_sum"] if kind == "histogram" else [""]
    return {name + ending for ending in endings}
