"""Where the money is, what the channels do with it, and whether the books agree."""

from deploy.grafana.model import (
    ANY_IS_BAD,
    BAD,
    GOOD,
    NEUTRAL,
    WARN,
    Board,
    Panel,
    Row,
    one,
)

_CHANNEL = '{channel=~"$channel"}'
_SOLES = "currency:S/ "

BUDGET = Row(
    "Presupuesto",
    (
        Panel(
            title="Presupuesto por convocatoria",
            description="Money of each chosen call: available, committed, in transit and paid.",
            queries=one(
                "sum by (call, account)"
                ' (fund_budget_centimos{call=~"$call",channel=~"$channel"}) / 100',
                "{{call}} {{account}}",
            ),
            unit=_SOLES,
            steps=NEUTRAL,
            runbook="LedgerOutOfBalance",
            kind="bars",
            record="/v1/budgets?call_id=${__field.labels.call}",
        ),
        Panel(
            title="Presupuesto por canal",
            description="The same money by channel, over time.",
            queries=one(
                "sum by (channel, account)"
                ' (fund_budget_centimos{call=~"$call",channel=~"$channel"}) / 100',
                "{{channel}} {{account}}",
            ),
            unit=_SOLES,
            steps=NEUTRAL,
            runbook="LedgerOutOfBalance",
            record="/v1/budgets",
        ),
        Panel(
            title="Descuadre del libro mayor",
            description="Debits less credits, and balances less the sums of their entries: zero.",
            queries=one("abs(fund_ledger_imbalance_centimos) / 100", "descuadre"),
            unit=_SOLES,
            steps=((0.01, BAD),),
            runbook="LedgerOutOfBalance",
            record="/v1/ledger/trial-balance",
        ),
    ),
)
PAYMENTS = Row(
    "Pagos",
    (
        Panel(
            title="Instrucciones por estado",
            description="Payment instructions of the chosen channels, by state.",
            queries=one(
                f"sum by (channel, state) (fund_instructions{_CHANNEL})", "{{channel}} {{state}}"
            ),
            unit="short",
            steps=NEUTRAL,
            runbook="ChannelSilent",
            record="/v1/instructions",
            workflows='WorkflowType="TrancheDisbursement"',
        ),
        Panel(
            title="Sin resultado conocido",
            description="Instructions of which the channel has not said whether it paid.",
            queries=one(
                '(sum by (channel) (fund_instructions{channel=~"$channel",state="unknown"}))'
                f" or (0 * sum by (channel) (fund_instructions{_CHANNEL}))",
                "{{channel}}",
            ),
            unit="short",
            steps=((1, WARN), (10, BAD)),
            runbook="OutcomeUnknown",
            record="/v1/instructions?channel=${__field.labels.channel}",
            workflows='WorkflowType="TrancheDisbursement"',
        ),
        Panel(
            title="La instrucción abierta más antigua",
            description="Age of the oldest instruction in each state that is not final.",
            queries=one(
                f"max by (channel, state) (fund_instructions_oldest_seconds{_CHANNEL})",
                "{{channel}} {{state}}",
            ),
            unit="s",
            steps=((900, WARN), (86_400, BAD)),
            runbook="PaymentsLate",
            kind="bars",
            record="/v1/instructions",
            empty="every payment has its final outcome",
        ),
        Panel(
            title="Confirmados en un día",
            description="Share of payments confirmed within a day of being sent, of all so far.",
            queries=one(
                'sum by (channel) (fund_payments_total{channel=~"$channel",within_day="true"})'
                f" / (sum by (channel) (fund_payments_total{_CHANNEL}) > 0)",
                "{{channel}}",
            ),
            unit="percentunit",
            steps=((0.95, WARN), (0.99, GOOD)),
            base=BAD,
            runbook="PaymentsLate",
            kind="stat",
            record="/v1/instructions",
        ),
        Panel(
            title="Respuestas de los canales rechazadas",
            description="Partners' messages refused in a quarter of an hour: signature, replay.",
            queries=one(
                "sum by (program, reason) (increase(fund_callbacks_refused_total[15m]))",
                "{{program}} {{reason}}",
            ),
            unit="short",
            steps=((1, WARN), (10, BAD)),
            runbook="ChannelSilent",
            record="/v1/instructions",
        ),
    ),
)
BOOKS = Row(
    "Conciliación",
    (
        Panel(
            title="Cierres que faltan",
            description="Working days without a closing although 10:00 in Lima is past.",
            queries=one(f"max by (channel) (fund_closings_missing{_CHANNEL})", "{{channel}}"),
            unit="short",
            steps=ANY_IS_BAD,
            runbook="ReconciliationLate",
            record="/v1/closings?channel=${__field.labels.channel}",
        ),
        Panel(
            title="Cierres que no cuadran",
            description="Days whose last closing differs from the channel's statement.",
            queries=one(f"max by (channel) (fund_closings_unbalanced{_CHANNEL})", "{{channel}}"),
            unit="short",
            steps=ANY_IS_BAD,
            runbook="ClosingUnbalanced",
            record="/v1/closings?channel=${__field.labels.channel}",
            empty="no day has been closed yet",
        ),
        Panel(
            title="Casos por tipo y estado",
            description="Differences with the channels, by kind and state.",
            queries=one(
                f"sum by (channel, kind, state) (fund_reconciliation_cases{_CHANNEL})",
                "{{channel}} {{kind}} {{state}}",
            ),
            unit="short",
            steps=NEUTRAL,
            runbook="CasesOverdue",
            kind="bars",
            record="/v1/reconciliation-cases",
            empty="no difference was ever found",
        ),
        Panel(
            title="El caso abierto más antiguo",
            description="Age of the oldest open difference of each channel.",
            queries=one(
                f"max by (channel) (fund_reconciliation_cases_oldest_seconds{_CHANNEL})",
                "{{channel}}",
            ),
            unit="s",
            steps=((3 * 86_400, WARN), (10 * 86_400, BAD)),
            runbook="CasesOverdue",
            kind="stat",
            record="/v1/reconciliation-cases?channel=${__field.labels.channel}",
            empty="no difference is open",
        ),
        Panel(
            title="Casos vencidos",
            description="Open differences past the day by which they were due.",
            queries=one(
                f"max by (channel) (fund_reconciliation_cases_overdue{_CHANNEL})", "{{channel}}"
            ),
            unit="short",
            steps=ANY_IS_BAD,
            runbook="CasesOverdue",
            kind="stat",
            record="/v1/reconciliation-cases?channel=${__field.labels.channel}",
            empty="no difference is open",
        ),
    ),
)

BOARD = Board(
    uid="disbursement",
    title="Desembolsos y conciliación",
    description="Disbursement and reconciliation: budget, payments, books.",
    rows=(BUDGET, PAYMENTS, BOOKS),
    variables=("call", "channel"),
)
