"""Rate, errors and duration of the API, what commands do, and what leaves the house."""

from deploy.grafana.model import ANY_IS_BAD, BAD, NEUTRAL, WARN, Board, Panel, Row, one

_HTTP = "http_server_request_duration_seconds"

API = Row(
    "API",
    (
        Panel(
            title="Peticiones por segundo",
            description="Requests a second, by status.",
            queries=one(
                f'sum by (http_response_status_code) (rate({_HTTP}_count{{job="api"}}[5m]))',
                "{{http_response_status_code}}",
            ),
            unit="reqps",
            steps=NEUTRAL,
            runbook="ApiErrors",
        ),
        Panel(
            title="Errores del servidor",
            description="Share of requests that ended in 500 or above: short and long window.",
            queries=one(
                '{__name__=~"fund:objective_errors:ratio_(5m|1h)",objective="api_availability"}',
                "{{__name__}}",
            ),
            unit="percentunit",
            steps=((0.001, WARN), (0.0144, BAD)),
            runbook="ApiErrors",
        ),
        Panel(
            title="Duración (p50 y p95)",
            description="Median and 95th percentile of the time to answer.",
            queries=(
                *one(
                    f'histogram_quantile(0.5, sum by (le) (rate({_HTTP}_bucket{{job="api"}}[5m])))',
                    "p50",
                ),
                *one(
                    "histogram_quantile(0.95, sum by (le)"
                    f' (rate({_HTTP}_bucket{{job="api"}}[5m])))',
                    "p95",
                ),
            ),
            unit="s",
            steps=((0.5, WARN), (1, BAD)),
            runbook="ApiSlow",
        ),
        Panel(
            title="Rutas más lentas",
            description="The ten routes with the longest average time over an hour.",
            queries=one(
                f'topk(10, sum by (http_route) (rate({_HTTP}_sum{{job="api"}}[1h]))'
                f' / (sum by (http_route) (rate({_HTTP}_count{{job="api"}}[1h])) > 0))',
                "{{http_route}}",
            ),
            unit="s",
            steps=((0.5, WARN), (1, BAD)),
            runbook="ApiSlow",
            kind="bars",
        ),
        Panel(
            title="Rutas con errores",
            description="Requests of the last hour that ended in 500 or above, by route.",
            queries=one(
                "sum by (http_route, http_response_status_code)"
                f' (increase({_HTTP}_count{{job="api",http_response_status_code=~"5.."}}[1h]))',
                "{{http_route}} {{http_response_status_code}}",
            ),
            unit="short",
            steps=ANY_IS_BAD,
            runbook="ApiErrors",
            kind="bars",
            empty="no request failed",
        ),
        Panel(
            title="Peticiones en curso",
            description="Requests that are being answered at this moment.",
            queries=one('sum(http_server_active_requests{job="api"})'),
            unit="short",
            steps=((50, WARN), (200, BAD)),
            runbook="ApiSlow",
        ),
    ),
)
WORK = Row(
    "Órdenes, avisos y archivos",
    (
        Panel(
            title="Órdenes por resultado",
            description="Writes a second: done, replayed (same key again) or refused.",
            queries=one("sum by (outcome) (rate(fund_commands_total[5m]))", "{{outcome}}"),
            unit="ops",
            steps=NEUTRAL,
            runbook="ApiErrors",
        ),
        Panel(
            title="Peticiones de los flujos a las salas",
            description="Requests of activities to rooms: done, refused by a rule, unanswered.",
            queries=one(
                "sum by (room, outcome) (rate(fund_workflows_room_requests_total[5m]))",
                "{{room}} {{outcome}}",
            ),
            unit="ops",
            steps=NEUTRAL,
            runbook="ApiErrors",
            workflows='ExecutionStatus="Running"',
        ),
        Panel(
            title="Conexiones a las bases de datos",
            description="Connections of each room's pool that are in use and idle.",
            queries=one(
                "sum by (room, state) (fund_database_pool_connections)", "{{room}} {{state}}"
            ),
            unit="short",
            steps=NEUTRAL,
            runbook="ApiSlow",
        ),
        Panel(
            title="Avisos entregados",
            description="Tries to deliver a notice in an hour, by channel and outcome.",
            queries=one(
                "sum by (channel, outcome) (increase(fund_notices_tries_total[1h]))",
                "{{channel}} {{outcome}}",
            ),
            unit="short",
            steps=NEUTRAL,
            runbook="NoticesLate",
            record="/v1/deliveries",
        ),
        Panel(
            title="Avisos que no llegaron",
            description="Deliveries that have not arrived, by channel and state.",
            queries=one(
                "sum by (channel, state) (fund_notices_deliveries)", "{{channel}} {{state}}"
            ),
            unit="short",
            steps=((1, WARN), (20, BAD)),
            runbook="NoticesLate",
            kind="bars",
            record="/v1/deliveries?state=given_up",
        ),
        Panel(
            title="Aviso debido más antiguo",
            description="How long the oldest notice that is due has waited.",
            queries=one("max(fund_notices_oldest_due_seconds)"),
            unit="s",
            steps=((300, WARN), (900, BAD)),
            runbook="NoticesLate",
            kind="stat",
            record="/v1/deliveries",
        ),
        Panel(
            title="Archivos de Agrobanco por resultado",
            description="Files of the drop folder in a day, by what became of them.",
            queries=one("sum by (outcome) (increase(fund_folder_files_total[1d]))", "{{outcome}}"),
            unit="short",
            steps=NEUTRAL,
            runbook="FolderLate",
            kind="bars",
        ),
        Panel(
            title="Última lectura completa de la carpeta",
            description="Time since all that lay complete in the drop folder was read.",
            queries=one("time() - max(fund_folder_read_through_timestamp_seconds)"),
            unit="s",
            steps=((300, WARN), (900, BAD)),
            runbook="FolderLate",
            kind="stat",
        ),
    ),
)

BOARD = Board(
    uid="services",
    title="Servicios",
    description="Services: the API's rate, errors and duration; commands; notices; bank files.",
    rows=(API, WORK),
)
