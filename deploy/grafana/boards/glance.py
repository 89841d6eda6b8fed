"""In ten seconds: does money flow, do decisions flow, do the machines live."""

from deploy.grafana.model import (
    ANY_IS_BAD,
    BAD,
    GOOD,
    NEUTRAL,
    WARN,
    Board,
    Panel,
    Query,
    Row,
    one,
)

_ALERTS = Panel(
    title="Alertas activas",
    description="Alerts that fire now, by severity: page wakes somebody, ticket waits.",
    queries=one(
        'count by (alertname, severity) (ALERTS{alertstate="firing"})', "{{alertname}} {{severity}}"
    ),
    unit="short",
    steps=ANY_IS_BAD,
    runbook="ApiErrors",
    kind="bars",
    empty="nothing fires",
)
_PROCESSES = Panel(
    title="Procesos vivos",
    description="Processes and servers that answer Prometheus: 1 lives, 0 is dead.",
    queries=one("min by (job) (up)", "{{job}}"),
    unit="bool_on_off",
    steps=((1, GOOD),),
    base=BAD,
    runbook="ApiDown",
    kind="stat",
    width=16,
)

MONEY = Row(
    "¿Fluye el dinero?",
    (
        Panel(
            title="Presupuesto",
            description="The fund's money by where it is now, all calls together.",
            queries=one("sum by (account) (fund_budget_centimos) / 100", "{{account}}"),
            unit="currency:S/ ",
            steps=NEUTRAL,
            runbook="LedgerOutOfBalance",
            kind="stat",
            record="/v1/budgets",
        ),
        Panel(
            title="Descuadre del libro mayor",
            description="Debits less credits, and balances less the sums of their entries: zero.",
            queries=one("abs(fund_ledger_imbalance_centimos) / 100"),
            unit="currency:S/ ",
            steps=((0.01, BAD),),
            runbook="LedgerOutOfBalance",
            kind="stat",
            record="/v1/ledger/trial-balance",
            width=4,
        ),
        Panel(
            title="Pagos sin resultado conocido",
            description="Instructions of which the channel has not said whether it paid.",
            queries=one('sum(fund_instructions{state="unknown"}) or vector(0)'),
            unit="short",
            steps=((1, WARN), (10, BAD)),
            runbook="OutcomeUnknown",
            kind="stat",
            record="/v1/instructions",
            width=4,
        ),
        Panel(
            title="Cierres que faltan",
            description="Working days without a closing although 10:00 in Lima is past.",
            queries=one("max by (channel) (fund_closings_missing)", "{{channel}}"),
            unit="short",
            steps=ANY_IS_BAD,
            runbook="ReconciliationLate",
            kind="stat",
            record="/v1/closings",
        ),
    ),
)
DECISIONS = Row(
    "¿Fluyen las decisiones?",
    (
        Panel(
            title="Solicitudes por estado",
            description="Applications in each state of their life.",
            queries=one("sum by (state) (fund_applications)", "{{state}}"),
            unit="short",
            steps=NEUTRAL,
            runbook="DecisionsLate",
            kind="bars",
            record="/v1/applications",
        ),
        Panel(
            title="Votaciones abiertas",
            description="Ballots that wait for votes, and those open past their end.",
            queries=(
                Query("fund_ballots_open", "abiertas"),
                Query("fund_ballots_overdue", "vencidas"),
            ),
            unit="short",
            steps=NEUTRAL,
            runbook="BallotOverdue",
            kind="stat",
            record="/v1/ballots",
        ),
        Panel(
            title="Dentro del plazo legal",
            description="Share of decisions made within the legal term, of all so far.",
            queries=one(
                'sum(fund_decisions_total{within_term="true"}) / (sum(fund_decisions_total) > 0)'
            ),
            unit="percentunit",
            steps=((0.95, WARN), (0.99, GOOD)),
            base=BAD,
            runbook="DecisionsLate",
            kind="stat",
            record="/v1/applications",
        ),
    ),
)
MACHINES = Row(
    "¿Viven las máquinas?",
    (
        _ALERTS,
        _PROCESSES,
        Panel(
            title="Cadena de auditoría",
            description="1 where a room's audit chain is broken; checked from its first row on.",
            queries=one("max by (room) (fund_audit_broken)", "{{room}}"),
            unit="bool_yes_no",
            steps=ANY_IS_BAD,
            runbook="AuditChainBroken",
            kind="stat",
            width=12,
        ),
        Panel(
            title="Errores de la API",
            description="Share of requests that ended in 500 or above, over five minutes.",
            queries=one('fund:objective_errors:ratio_5m{objective="api_availability"}', "errores"),
            unit="percentunit",
            steps=((0.001, WARN), (0.0144, BAD)),
            runbook="ApiErrors",
            width=12,
        ),
    ),
)

BOARD = Board(
    uid="at-a-glance",
    title="El fondo de un vistazo",
    description="Fund at a glance: money, decisions, machines.",
    rows=(MONEY, DECISIONS, MACHINES),
)
