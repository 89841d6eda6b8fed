"""The machines: who lives, what they use, and whether we still see."""

from deploy.grafana.model import ANY_IS_BAD, BAD, GOOD, NEUTRAL, WARN, Board, Panel, Row, one

LIFE = Row(
    "Procesos y servidores",
    (
        Panel(
            title="Procesos vivos",
            description="Processes and servers that answer Prometheus: 1 lives, 0 is dead.",
            queries=one("min by (job) (up)", "{{job}}"),
            unit="bool_on_off",
            steps=((1, GOOD),),
            base=BAD,
            runbook="ApiDown",
            kind="stat",
            width=24,
        ),
        Panel(
            title="Arranques en una hora",
            description="Starts of each process in an hour; more than one is a crash.",
            queries=one("sum by (job) (changes(process_start_time_seconds[1h]))", "{{job}}"),
            unit="short",
            steps=((1, WARN), (3, BAD)),
            runbook="ApiDown",
            kind="bars",
        ),
        Panel(
            title="Memoria",
            description="Resident memory of each process.",
            queries=one("sum by (job) (process_resident_memory_bytes)", "{{job}}"),
            unit="bytes",
            steps=((1_000_000_000, WARN), (2_000_000_000, BAD)),
            runbook="ApiDown",
        ),
        Panel(
            title="Procesador",
            description="Processors that each process keeps busy.",
            queries=one("sum by (job) (rate(process_cpu_seconds_total[5m]))", "{{job}}"),
            unit="short",
            steps=((0.8, WARN), (1.5, BAD)),
            runbook="ApiSlow",
        ),
        Panel(
            title="Archivos abiertos",
            description="Share of the open files that each process may have.",
            queries=one("max by (job) (process_open_fds / process_max_fds)", "{{job}}"),
            unit="percentunit",
            steps=((0.6, WARN), (0.85, BAD)),
            runbook="ApiErrors",
            kind="bars",
        ),
    ),
)
SIGHT = Row(
    "Bases de datos y vigilancia",
    (
        Panel(
            title="Bases de datos que responden",
            description="1 when the exporter read all of the room's gauges in the last scrape.",
            queries=one("min by (room) (fund_exporter_room_up)", "{{room}}"),
            unit="bool_on_off",
            steps=((1, GOOD),),
            base=BAD,
            runbook="RoomUnread",
            kind="stat",
        ),
        Panel(
            title="Tiempo de lectura del estado",
            description="Time that reading a room's state takes at a scrape.",
            queries=one("max by (room) (fund_exporter_collect_seconds)", "{{room}}"),
            unit="s",
            steps=((1, WARN), (3, BAD)),
            runbook="RoomUnread",
        ),
        Panel(
            title="Última revisión de la auditoría",
            description="Time since the room's audit chain was last walked to its end.",
            queries=one(
                "max by (room) (time() - (fund_audit_checked_timestamp_seconds > 0))", "{{room}}"
            ),
            unit="s",
            steps=((3_600, WARN), (7_200, BAD)),
            runbook="AuditUnchecked",
            kind="bars",
        ),
        Panel(
            title="Conexiones de Temporal a PostgreSQL",
            description="Connections of Temporal that are in use, by database.",
            queries=one("sum by (db_kind) (persistence_sql_in_use)", "{{db_kind}}"),
            unit="short",
            steps=NEUTRAL,
            runbook="PostgresDown",
        ),
        Panel(
            title="Reglas de alerta que fallan",
            description="Evaluations of our rules that failed in five minutes.",
            queries=one(
                "sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total[5m]))",
                "{{rule_group}}",
            ),
            unit="short",
            steps=ANY_IS_BAD,
            runbook="ExporterDown",
            kind="bars",
        ),
        Panel(
            title="Series que vigila Prometheus",
            description="Time series in Prometheus' memory.",
            queries=one("prometheus_tsdb_head_series"),
            unit="short",
            steps=((500_000, WARN), (2_000_000, BAD)),
            runbook="ExporterDown",
            kind="stat",
        ),
    ),
)

BOARD = Board(
    uid="stack",
    title="Plataforma",
    description="Stack: processes, servers, databases, and the watch itself.",
    rows=(LIFE, SIGHT),
)
