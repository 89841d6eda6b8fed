"""From the outboxes over Kafka to their consumers: what waits, what repeats, what was parked."""

from deploy.grafana.model import ANY_IS_BAD, BAD, GOOD, NEUTRAL, WARN, Board, Panel, Row, one

OUT = Row(
    "Salida",
    (
        Panel(
            title="Eventos sin publicar",
            description="Events that are committed and not yet in Kafka, by room.",
            queries=one("max by (room) (fund_outbox_unsent_events)", "{{room}}"),
            unit="short",
            steps=((50, WARN), (1_000, BAD)),
            runbook="OutboxOld",
        ),
        Panel(
            title="El evento sin publicar más antiguo",
            description="Age of the oldest event that is not yet in Kafka, by room.",
            queries=one("max by (room) (fund_outbox_oldest_unsent_seconds)", "{{room}}"),
            unit="s",
            steps=((10, WARN), (60, BAD)),
            runbook="OutboxOld",
        ),
        Panel(
            title="Eventos publicados",
            description="Events a second that Kafka acknowledged, by room.",
            queries=one("sum by (room) (rate(fund_outbox_published_total[5m]))", "{{room}}"),
            unit="ops",
            steps=NEUTRAL,
            runbook="RelayDown",
        ),
        Panel(
            title="Envíos fallidos",
            description="Sends in five minutes that failed or were late; they are sent again.",
            queries=one("sum by (room) (increase(fund_outbox_failed_total[5m]))", "{{room}}"),
            unit="short",
            steps=((1, WARN), (20, BAD)),
            runbook="KafkaDown",
        ),
    ),
)
IN = Row(
    "Entrada",
    (
        Panel(
            title="Atraso de los consumidores",
            description="Events that a group of consumers has not yet taken, by topic.",
            queries=one("max by (group, topic) (fund_consumer_lag_events)", "{{group}} {{topic}}"),
            unit="short",
            steps=((50, WARN), (500, BAD)),
            runbook="ConsumerLag",
        ),
        Panel(
            title="Eventos aplicados",
            description="Events a second whose effect was committed, by consumer.",
            queries=one("sum by (consumer) (rate(fund_events_applied_total[5m]))", "{{consumer}}"),
            unit="ops",
            steps=NEUTRAL,
            runbook="ListenDown",
        ),
        Panel(
            title="Eventos repetidos",
            description="Deliveries in an hour that the inbox had already seen; harmless.",
            queries=one(
                "sum by (consumer) (increase(fund_events_repeated_total[1h]))", "{{consumer}}"
            ),
            unit="short",
            steps=((100, WARN),),
            runbook="ConsumerLag",
            empty="no event was delivered twice",
        ),
        Panel(
            title="Eventos apartados",
            description="What waits among the dead letters, by consumer.",
            queries=one("sum by (consumer) (fund_dead_letters)", "{{consumer}}"),
            unit="short",
            steps=ANY_IS_BAD,
            runbook="DeadLetters",
            kind="bars",
        ),
        Panel(
            title="Eventos hacia Temporal",
            description="Events that the bridge took in an hour, by what they led to.",
            queries=one("sum by (outcome) (increase(fund_bridge_events_total[1h]))", "{{outcome}}"),
            unit="short",
            steps=NEUTRAL,
            runbook="BridgeDown",
            workflows='ExecutionStatus="Running"',
        ),
        Panel(
            title="El puente espera a Temporal",
            description="1 while the bridge gets no answer of Temporal.",
            queries=one("max(fund_bridge_waiting_for_temporal)"),
            unit="bool_yes_no",
            steps=ANY_IS_BAD,
            runbook="TemporalDown",
            kind="stat",
        ),
        Panel(
            title="Kafka responde",
            description="1 when Kafka told the consumers' offsets the last time it was asked.",
            queries=one("max(fund_exporter_kafka_up)"),
            unit="bool_on_off",
            steps=((1, GOOD),),
            base=BAD,
            runbook="KafkaDown",
            kind="stat",
        ),
    ),
)

BOARD = Board(
    uid="events",
    title="Eventos (Kafka)",
    description="Events (Kafka): from the outboxes to their consumers.",
    rows=(OUT, IN),
)
