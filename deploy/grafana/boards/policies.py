"""What the rules find, how fast OPA answers, and with which revision."""

from deploy.grafana.model import BAD, NEUTRAL, WARN, Board, Panel, Row, one

FINDINGS = Row(
    "Hallazgos",
    (
        Panel(
            title="Evaluaciones por resultado",
            description="Assessments so far, by outcome.",
            queries=one("sum by (outcome) (fund_assessments_total)", "{{outcome}}"),
            unit="short",
            steps=NEUTRAL,
            runbook="PolicyUnanswered",
            kind="bars",
            record="/v1/assessments",
        ),
        Panel(
            title="Reglas que más se incumplen",
            description="Findings so far by the rule's code, the ten most frequent.",
            queries=one(
                "topk(10, sum by (code, severity) (fund_findings_total))", "{{code}} {{severity}}"
            ),
            unit="short",
            steps=NEUTRAL,
            runbook="PolicyUnanswered",
            kind="bars",
            record="/v1/assessments",
            empty="no application was ever observed",
        ),
        Panel(
            title="Señales de organizaciones de papel",
            description="Signals of paper organisations, by kind and what became of them.",
            queries=one("sum by (kind, state) (fund_signals)", "{{kind}} {{state}}"),
            unit="short",
            steps=NEUTRAL,
            runbook="PolicyUnanswered",
            kind="bars",
            record="/v1/assessments",
            empty="no signal was ever found",
        ),
    ),
)
ENGINE = Row(
    "Motor de reglas",
    (
        Panel(
            title="Tiempo de respuesta (p95)",
            description="95th percentile of the time that OPA takes, by question.",
            queries=one(
                "histogram_quantile(0.95, sum by (entrypoint, le)"
                " (rate(fund_policy_decision_seconds_bucket[5m])))",
                "{{entrypoint}}",
            ),
            unit="s",
            steps=((0.25, WARN), (1, BAD)),
            runbook="PolicyUnanswered",
        ),
        Panel(
            title="Preguntas por segundo",
            description="Questions to OPA a second, by whether an answer that counts came.",
            queries=one(
                "sum by (outcome) (rate(fund_policy_decision_seconds_count[5m]))", "{{outcome}}"
            ),
            unit="reqps",
            steps=NEUTRAL,
            runbook="PolicyUnanswered",
        ),
        Panel(
            title="Paquete cargado hace",
            description="Time since OPA last asked successfully for its bundle.",
            queries=one("time() - max(last_success_bundle_request) / 1e9"),
            unit="s",
            steps=((60, WARN), (600, BAD)),
            runbook="OpaDown",
            kind="stat",
        ),
        Panel(
            title="Estado de OPA",
            description="Plugins of OPA by status; anything but OK needs a look.",
            queries=one("sum by (name, status) (plugin_status_gauge)", "{{name}} {{status}}"),
            unit="short",
            steps=NEUTRAL,
            runbook="OpaDown",
            kind="stat",
        ),
    ),
)

BOARD = Board(
    uid="policies",
    title="Políticas",
    description="Policies: what the rules find and how OPA answers.",
    rows=(FINDINGS, ENGINE),
)
