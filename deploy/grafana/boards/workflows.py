"""Temporal: do workflows move, do activities succeed, are there enough workers."""

from deploy.grafana.model import ANY_IS_BAD, BAD, GOOD, NEUTRAL, WARN, Board, Panel, Row, one

_RUNNING = 'ExecutionStatus="Running"'
_FAILED = 'ExecutionStatus="Failed"'

FLOWS = Row(
    "Flujos de trabajo",
    (
        Panel(
            title="Flujos terminados",
            description="Workflows that completed in an hour, by type.",
            queries=one(
                "sum by (workflow_type) (increase(temporal_workflow_completed_total[1h]))",
                "{{workflow_type}}",
            ),
            unit="short",
            steps=NEUTRAL,
            runbook="WorkflowTasksFailing",
            workflows='ExecutionStatus="Completed"',
        ),
        Panel(
            title="Flujos fallidos",
            description="Workflows that failed in an hour, by type.",
            queries=one(
                "sum by (workflow_type) (increase(temporal_workflow_failed_total[1h]))",
                "{{workflow_type}}",
            ),
            unit="short",
            steps=ANY_IS_BAD,
            runbook="WorkflowTasksFailing",
            workflows=_FAILED,
            empty="no workflow failed",
        ),
        Panel(
            title="Tareas de flujo fallidas",
            description="Workflow tasks that failed in five minutes: code and history disagree.",
            queries=one(
                "sum by (workflow_type)"
                " (increase(temporal_workflow_task_execution_failed_total[5m]))",
                "{{workflow_type}}",
            ),
            unit="short",
            steps=ANY_IS_BAD,
            runbook="WorkflowTasksFailing",
            workflows=_RUNNING,
            empty="no workflow task failed",
        ),
        Panel(
            title="Espera antes de empezar (p95)",
            description="95th percentile of the time from a task's scheduling to its start.",
            queries=(
                *one(
                    "histogram_quantile(0.95, sum by (le) (rate("
                    "temporal_workflow_task_schedule_to_start_latency_seconds_bucket[5m])))",
                    "flujos",
                ),
                *one(
                    "histogram_quantile(0.95, sum by (le) (rate("
                    "temporal_activity_schedule_to_start_latency_seconds_bucket[5m])))",
                    "actividades",
                ),
            ),
            unit="s",
            steps=((1, WARN), (5, BAD)),
            runbook="WorkerDown",
            workflows=_RUNNING,
        ),
        Panel(
            title="Duración de los flujos (media)",
            description="Average time from start to end of the workflows that completed.",
            queries=one(
                "sum by (workflow_type) (temporal_workflow_endtoend_latency_seconds_sum)"
                " / (sum by (workflow_type)"
                " (temporal_workflow_endtoend_latency_seconds_count) > 0)",
                "{{workflow_type}}",
            ),
            unit="s",
            steps=NEUTRAL,
            runbook="DecisionsLate",
            kind="bars",
            workflows='ExecutionStatus="Completed"',
        ),
    ),
)
ACTIVITIES = Row(
    "Actividades y ejecutores",
    (
        Panel(
            title="Actividades fallidas",
            description="Tries of activities that failed in a quarter of an hour, by type.",
            queries=one(
                "sum by (activity_type) (increase(temporal_activity_execution_failed_total[15m]))",
                "{{activity_type}}",
            ),
            unit="short",
            steps=((1, WARN), (20, BAD)),
            runbook="ApiErrors",
            workflows=_RUNNING,
            empty="every activity succeeded at its first try",
        ),
        Panel(
            title="Duración de las actividades (p95)",
            description="95th percentile of the time that a try of an activity takes.",
            queries=one(
                "histogram_quantile(0.95, sum by (activity_type, le)"
                " (rate(temporal_activity_execution_latency_seconds_bucket[15m])))",
                "{{activity_type}}",
            ),
            unit="s",
            steps=((2, WARN), (10, BAD)),
            runbook="ApiSlow",
            workflows=_RUNNING,
        ),
        Panel(
            title="Plazas libres de los ejecutores",
            description="Tasks that the workers can still take at once, by kind.",
            queries=one(
                'sum by (worker_type) (temporal_worker_task_slots_available{job="worker-sdk"})',
                "{{worker_type}}",
            ),
            unit="short",
            steps=((1, WARN), (5, GOOD)),
            base=BAD,
            runbook="WorkerDown",
        ),
        Panel(
            title="Peticiones de la API de Temporal",
            description="Requests a second to Temporal's services, by service.",
            queries=one("sum by (service_name) (rate(service_requests[5m]))", "{{service_name}}"),
            unit="reqps",
            steps=NEUTRAL,
            runbook="TemporalDown",
        ),
        Panel(
            title="Errores de Temporal",
            description="Errors a second of Temporal's services, by kind.",
            queries=one(
                "sum by (error_type) (rate(service_error_with_type[5m]))", "{{error_type}}"
            ),
            unit="ops",
            steps=((1, WARN), (10, BAD)),
            runbook="TemporalDown",
            empty="Temporal refused nothing",
        ),
        Panel(
            title="Latencia de la base de Temporal (p95)",
            description="95th percentile of Temporal's own requests to PostgreSQL.",
            queries=one(
                "histogram_quantile(0.95, sum by (le) (rate(persistence_latency_bucket[5m])))"
            ),
            unit="s",
            steps=((0.1, WARN), (1, BAD)),
            runbook="PostgresDown",
        ),
    ),
)

BOARD = Board(
    uid="workflows",
    title="Flujos de trabajo (Temporal)",
    description="Workflows (Temporal): what moves, what fails, what waits for a worker.",
    rows=(FLOWS, ACTIVITIES),
)
