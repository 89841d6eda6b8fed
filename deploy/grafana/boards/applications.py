"""Where applications wait and on whom; how the board votes."""

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

_DAY = 86_400
_SELECTED = '{call=~"$call",region=~"$region"}'

WAITING = Row(
    "Solicitudes",
    (
        Panel(
            title="Solicitudes por estado",
            description="Applications of the chosen calls and regions, by state, over time.",
            queries=one(f"sum by (state) (fund_applications{_SELECTED})", "{{state}}"),
            unit="short",
            steps=NEUTRAL,
            runbook="DecisionsLate",
            record="/v1/applications",
            workflows='WorkflowType="FundingApplication"',
        ),
        Panel(
            title="Solicitudes por convocatoria",
            description="Applications of each chosen call; a click leads to the call.",
            queries=one(f"sum by (call) (fund_applications{_SELECTED})", "{{call}}"),
            unit="short",
            steps=NEUTRAL,
            runbook="DecisionsLate",
            kind="bars",
            record="/v1/calls/${__field.labels.call}",
        ),
        Panel(
            title="Solicitudes por región",
            description="Applications of the chosen calls by the department of most land.",
            queries=one(f"sum by (region) (fund_applications{_SELECTED})", "{{region}}"),
            unit="short",
            steps=NEUTRAL,
            runbook="DecisionsLate",
            kind="bars",
            record="/v1/applications",
        ),
        Panel(
            title="La más antigua en cada estado",
            description="How long the oldest application has been in the state it is in.",
            queries=one("max by (state) (fund_applications_oldest_seconds)", "{{state}}"),
            unit="s",
            steps=((20 * _DAY, WARN), (30 * _DAY, BAD)),
            runbook="DecisionsLate",
            kind="bars",
            record="/v1/applications",
            workflows='WorkflowType="FundingApplication"',
        ),
        Panel(
            title="Tiempo medio en cada estado",
            description="Average time that applications spent in a state before they left it.",
            queries=one(
                "sum by (state) (fund_application_state_seconds_total)"
                " / (sum by (state) (fund_application_state_exits_total) > 0)",
                "{{state}}",
            ),
            unit="s",
            steps=((20 * _DAY, WARN), (30 * _DAY, BAD)),
            runbook="DecisionsLate",
            kind="bars",
            record="/v1/applications",
        ),
        Panel(
            title="Decisiones dentro y fuera del plazo",
            description="Decisions of a day, within and after the legal term.",
            queries=one(
                "sum by (within_term) (increase(fund_decisions_total[1d]))", "{{within_term}}"
            ),
            unit="short",
            steps=NEUTRAL,
            runbook="DecisionsLate",
            record="/v1/applications",
        ),
    ),
)
BALLOTS = Row(
    "Consejo directivo",
    (
        Panel(
            title="Votaciones abiertas y vencidas",
            description="Ballots that take votes, and those still open past their end.",
            queries=(
                Query("fund_ballots_open", "abiertas"),
                Query("fund_ballots_overdue", "vencidas"),
            ),
            unit="short",
            steps=NEUTRAL,
            runbook="BallotOverdue",
            record="/v1/ballots",
            workflows='WorkflowType="BoardBallot"',
        ),
        Panel(
            title="Próxima votación que termina",
            description="Time left to the next open ballot that ends.",
            queries=one("fund_ballots_soonest_end_seconds"),
            unit="s",
            steps=((3_600, WARN), (_DAY, GOOD)),
            base=BAD,
            runbook="BallotOverdue",
            kind="stat",
            record="/v1/ballots",
            workflows='WorkflowType="BoardBallot"',
            empty="no ballot is open",
        ),
        Panel(
            title="Votos que faltan",
            description="Votes that open ballots still wait for, by ministry.",
            queries=one('max by (seat) (fund_votes_missing{seat=~"$seat"})', "{{seat}}"),
            unit="short",
            steps=((1, WARN),),
            runbook="BallotOverdue",
            kind="bars",
            record="/v1/ballots",
        ),
        Panel(
            title="Votos por ministerio",
            description="Votes cast so far, by ministry and choice.",
            queries=one(
                'sum by (seat, choice) (fund_votes_total{seat=~"$seat"})', "{{seat}} {{choice}}"
            ),
            unit="short",
            steps=NEUTRAL,
            runbook="BallotOverdue",
            kind="bars",
            record="/v1/ballots",
        ),
        Panel(
            title="Demora media del voto",
            description="Average time from a ballot's opening to the ministry's vote.",
            queries=one(
                'sum by (seat) (fund_votes_latency_seconds_total{seat=~"$seat"})'
                ' / (sum by (seat) (fund_votes_total{seat=~"$seat"}) > 0)',
                "{{seat}}",
            ),
            unit="s",
            steps=((3 * _DAY, WARN), (5 * _DAY, BAD)),
            runbook="BallotOverdue",
            kind="bars",
            record="/v1/ballots",
        ),
        Panel(
            title="Resultado de las votaciones",
            description="Ballots decided so far, by outcome.",
            queries=one("sum by (outcome) (fund_ballots_decided_total)", "{{outcome}}"),
            unit="short",
            steps=NEUTRAL,
            runbook="BallotOverdue",
            kind="bars",
            record="/v1/ballots",
        ),
        Panel(
            title="Suspensiones vigentes",
            description="Holds in force, by what they hold back.",
            queries=one("sum by (kind) (fund_holds_active)", "{{kind}}"),
            unit="short",
            steps=ANY_IS_BAD,
            runbook="OutcomeUnknown",
            kind="bars",
            record="/v1/holds",
        ),
    ),
)

BOARD = Board(
    uid="applications",
    title="Solicitudes y consejo directivo",
    description="Applications and board: what waits, how long, and at which ministry.",
    rows=(WAITING, BALLOTS),
    variables=("call", "region", "seat"),
)
