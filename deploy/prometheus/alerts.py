"""The alerts that look at a state: what may never be, what waits too long, and what is dead."""

from __future__ import annotations

from typing import Final

from deploy.prometheus.model import Alert, Severity

NEVER: Final = (
    Alert(
        "LedgerOutOfBalance",
        "page",
        "fund_ledger_imbalance_centimos != 0",
        "El libro mayor no cuadra",
        "Debits and credits, or balances and the sums of their entries, differ (céntimos).",
        "disbursement",
    ),
    Alert(
        "AuditChainBroken",
        "page",
        "max by (room) (fund_audit_broken) == 1",
        "La cadena de auditoría está rota en",
        "A row of the room's audit was changed, removed or put in after it was written.",
        "at-a-glance",
        label="room",
    ),
    Alert(
        "OutcomeUnknown",
        "page",
        'max by (channel) (fund_instructions_oldest_seconds{state="unknown"}) > 900',
        "Un pago lleva más de 15 minutos sin resultado conocido en",
        "The channel has not said for fifteen minutes whether it paid. Nothing is sent again.",
        "disbursement",
        label="channel",
    ),
    Alert(
        "ReconciliationLate",
        "page",
        "max by (channel) (fund_closings_missing) > 0",
        "Falta el cierre de un día hábil (plazo 10:00 de Lima) en",
        "A working day has no closing although 10:00 in Lima of the next working day is past.",
        "disbursement",
        holds="5m",
        label="channel",
    ),
    Alert(
        "ClosingUnbalanced",
        "page",
        "max by (channel) (fund_closings_unbalanced) > 0",
        "Un cierre diario no cuadra con el estado de cuenta en",
        "The day's closing differs from the channel's statement.",
        "disbursement",
        holds="5m",
        label="channel",
    ),
)

WAITS: Final = (
    Alert(
        "ChannelSilent",
        "ticket",
        'sum by (channel) (fund_instructions{state="unknown"}) > 0',
        "El canal no responde y hay pagos sin resultado conocido en",
        "The channel timed out or failed; the workflow asks it for the outcome and waits.",
        "disbursement",
        holds="1m",
        label="channel",
    ),
    Alert(
        "CasesOverdue",
        "ticket",
        "max by (channel) (fund_reconciliation_cases_overdue) > 0",
        "Hay casos de conciliación vencidos en",
        "A difference with the channel is open past its day.",
        "disbursement",
        holds="15m",
        label="channel",
    ),
    Alert(
        "BallotOverdue",
        "ticket",
        "fund_ballots_overdue > 0",
        "Una votación terminó y no se ha cerrado",
        "A ballot is open past its end: its workflow does not move.",
        "applications",
        holds="15m",
    ),
    Alert(
        "OutboxOld",
        "page",
        "max by (room) (fund_outbox_oldest_unsent_seconds) > 60",
        "Hay eventos sin publicar desde hace más de un minuto en",
        "Facts are committed and their events do not reach Kafka.",
        "events",
        holds="30s",
        label="room",
    ),
    Alert(
        "DeadLetters",
        "ticket",
        "sum by (consumer) (fund_dead_letters) > 0",
        "Hay eventos que no se pudieron aplicar en",
        "Events wait among the dead letters until somebody replays them.",
        "events",
        holds="1m",
        label="consumer",
    ),
    Alert(
        "ConsumerLag",
        "ticket",
        "sum by (group) (min_over_time(fund_consumer_lag_events[5m])) > 500",
        "Un consumidor de eventos se atrasa",
        "A group of consumers has been more than 500 events behind for five minutes.",
        "events",
        holds="5m",
        label="group",
    ),
    Alert(
        "WorkflowTasksFailing",
        "page",
        "sum by (workflow_type) (increase(temporal_workflow_task_execution_failed_total[5m])) > 0",
        "Un flujo de trabajo no avanza por un error de su código",
        "Workflow tasks fail and are tried for ever: the code and a running history disagree.",
        "workflows",
        holds="1m",
        label="workflow_type",
    ),
    Alert(
        "PolicyUnanswered",
        "page",
        'sum(increase(fund_policy_decision_seconds_count{outcome="unavailable"}[2m])) > 5'
        '\nunless on () max(min_over_time(up{job="opa"}[3m])) == 0',
        "El motor de reglas no da respuestas válidas",
        "OPA is there and answers late, with an unexpected revision, or with no decision.",
        "policies",
        holds="1m",
    ),
    Alert(
        "NoticesLate",
        "ticket",
        "max(fund_notices_oldest_due_seconds) > 900",
        "Los avisos no salen desde hace más de 15 minutos",
        "Notices are due and nobody delivers them.",
        "services",
        holds="5m",
    ),
    Alert(
        "FolderLate",
        "ticket",
        "time() - max(fund_folder_read_through_timestamp_seconds) > 900",
        "Los archivos de Agrobanco no se leen desde hace más de 15 minutos",
        "The drop folder cannot be looked into, or a file in it cannot be read to its end.",
        "services",
        holds="1m",
    ),
    Alert(
        "AuditUnchecked",
        "ticket",
        "max by (room) (time() - fund_audit_checked_timestamp_seconds) > 7200",
        "La cadena de auditoría no se ha revisado en dos horas en",
        "Nobody knows whether the room's audit is whole.",
        "at-a-glance",
        holds="30m",
        label="room",
    ),
    Alert(
        "RoomUnread",
        "ticket",
        "min by (room) (fund_exporter_room_up) == 0",
        "El exportador no puede leer la base de datos de",
        "The gauges of this room are missing, so its alerts cannot fire.",
        "stack",
        holds="2m",
        label="room",
    ),
)


def _dead(
    name: str, job: str, summary: str, description: str, severity: Severity = "page"
) -> Alert:
    return Alert(
        name,
        severity,
        f'max(up{{job="{job}"}}) == 0',
        summary,
        description,
        "stack",
        holds="30s",
    )


DEAD: Final = (
    Alert(
        "PostgresDown",
        "page",
        "max(fund_exporter_room_up) == 0",
        "PostgreSQL no responde",
        "No room's database answers the exporter.",
        "stack",
        holds="20s",
    ),
    Alert(
        "KafkaDown",
        "page",
        "max(fund_exporter_kafka_up) == 0",
        "Kafka no responde",
        "The broker answers no client; events wait in the outboxes.",
        "stack",
        holds="15s",
    ),
    _dead(
        "OpaDown",
        "opa",
        "OPA no responde",
        "No policy can be asked; every write is refused and the work waits.",
    ),
    _dead(
        "TemporalDown",
        "temporal",
        "Temporal no responde",
        "No workflow moves; facts and events are kept and wait.",
    ),
    _dead("ApiDown", "api", "La API no responde", "No instance of the API answers."),
    _dead(
        "RelayDown",
        "relay",
        "El relevo de eventos está detenido",
        "Events stay in the outboxes.",
    ),
    _dead(
        "ListenDown",
        "listen",
        "Los oyentes de eventos están detenidos",
        "Rooms do not hear each other's events.",
    ),
    _dead(
        "BridgeDown",
        "bridge",
        "El puente hacia Temporal está detenido",
        "Events start and signal no workflow.",
    ),
    _dead(
        "WorkerDown",
        "worker",
        "El ejecutor de flujos está detenido",
        "No workflow or activity runs.",
    ),
    _dead(
        "NotifyDown",
        "notify",
        "El envío de avisos está detenido",
        "No e-mail or webhook leaves.",
        "ticket",
    ),
    _dead(
        "FolderDown",
        "folder",
        "La lectura de la carpeta de Agrobanco está detenida",
        "What the bank drops lies there and is read later.",
        "ticket",
    ),
    _dead(
        "ExporterDown",
        "exporter",
        "El exportador de estado está detenido",
        "The fund's state is not measured, so its alerts cannot fire.",
    ),
)

STATES: Final = (*NEVER, *WAITS, *DEAD)
