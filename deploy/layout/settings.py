"""Every setting a deployed process may be given: what it means, how it comes, which door it opens.

`shared` values are one cluster's addresses, kept in one ConfigMap; `secret` values come from a
Secret and stand in no file of ours; `fixed` values are the same wherever the image runs. A door is
a server outside, with its port: whoever is given the setting may reach it, nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["fixed", "shared", "secret"]

DOORS: Final[dict[str, int]] = {
    "postgres": 5432,
    "kafka": 9092,
    "opa": 8181,
    "temporal": 7233,
    "prometheus": 9090,
    "issuer": 443,
    "partners": 443,
    "registers": 443,
    "mail": 587,
    "webhooks": 443,
    "traces": 4318,
}
"""Servers that we do not deploy, and the port by which production reaches each."""


@dataclass(frozen=True)
class Setting:
    """One environment variable: `value` is what production is given, `compose` what one machine is,
    `secret` the Secret that holds it under the key `name`."""

    name: str
    meaning: str
    kind: Kind
    value: str = ""
    compose: str = ""
    secret: str = ""
    door: str = ""
    optional: bool = False


def _fixed(name: str, value: str, meaning: str) -> Setting:
    return Setting(name, meaning, "fixed", value)


def _shared(name: str, value: str, compose: str, meaning: str, *, door: str = "") -> Setting:
    return Setting(name, meaning, "shared", value, compose, door=door)


def _secret(name: str, secret: str, meaning: str, *, door: str = "") -> Setting:
    return Setting(name, meaning, "secret", secret=secret, door=door)


def _extra(name: str, meaning: str, *, door: str = "", value: str = "") -> Setting:
    return Setting(name, meaning, "shared", value, door=door, optional=True)


ROOM: Final = "{room}"
"""Stands in a name for the room whose process it is."""

_ALL: Final[tuple[Setting, ...]] = (
    _shared(
        "FUND_ENVIRONMENT",
        "production",
        "local",
        "`production` refuses the development issuer, the sandbox and webhooks without TLS.",
    ),
    _fixed("FUND_API_HOST", "0.0.0.0", "The address on which the API listens."),
    _fixed("FUND_API_PORT", "8000", "The port on which the API listens."),
    _fixed("FUND_METRICS_HOST", "0.0.0.0", "The address on which metrics are served."),
    _fixed("FUND_METRICS_PORT", "9000", "The port of a process's own metrics, its probe."),
    _fixed("FUND_WORKER_SDK_METRICS_PORT", "9001", "The port of the metrics of Temporal's core."),
    _shared(
        "FUND_API_URL",
        "https://fondo.example",
        "http://gateway:8080",
        "The public address: where partners call back.",
    ),
    _fixed("FUND_ROOM_URLS", "", "JSON: the address of each room that this process asks."),
    _secret(
        "FUND_DATABASE_URL",
        f"fund-database-{ROOM}",
        "The room's database, as the role that may only do what the room does.",
        door="postgres",
    ),
    _secret(
        "FUND_MIGRATION_DATABASE_URL",
        f"fund-migration-{ROOM}",
        "The room's database, as the role that owns its tables.",
        door="postgres",
    ),
    _extra("FUND_DATABASE_POOL_SIZE", "Connections that a process keeps at most (12)."),
    _shared(
        "FUND_KAFKA_BOOTSTRAP",
        "kafka.example.internal:9092",
        "kafka:9092",
        "Kafka's brokers, host:port by commas.",
        door="kafka",
    ),
    _shared(
        "FUND_OPA_URL",
        "http://opa.example.internal:8181",
        "http://opa:8181",
        "OPA with the signed bundle.",
        door="opa",
    ),
    _fixed(
        "FUND_OPA_REVISIONS_FILE",
        "/etc/fund/policies/accepted-revisions",
        "The bundle revisions whose answers count, one a line.",
    ),
    _fixed("FUND_OPA_BIN", "/usr/local/bin/opa", "The engine that answers by kept rules."),
    _fixed("FUND_OPA_BUNDLES_DIR", "/var/lib/fund/bundles", "Every bundle that was ever built."),
    _fixed(
        "FUND_OPA_BUNDLE_KEY_FILE",
        "/etc/fund/policies/bundle-key.pem",
        "The public key that kept bundles are verified with.",
    ),
    _shared(
        "FUND_ISSUER_URL",
        "https://identity.example",
        "http://issuer:18006",
        "The OpenID Connect provider whose tokens are accepted.",
        door="issuer",
    ),
    _fixed(
        "FUND_ISSUER_KEY_FILE",
        "/var/lib/fund/issuer/key.pem",
        "The development issuer's private key; made at the first start.",
    ),
    _shared(
        "FUND_AUDIENCE", "fondo-consorcios", "fondo-consorcios", "The audience a token must name."
    ),
    _shared(
        "FUND_SERVICE_CLIENT_ID",
        "fund-services",
        "fund-services",
        "The client by which processes ask for their tokens.",
    ),
    _secret("FUND_SERVICE_CLIENT_SECRET", "fund-service-client", "That client's secret."),
    _shared(
        "FUND_TEMPORAL_ADDRESS",
        "temporal.example.internal:7233",
        "temporal:7233",
        "Temporal's frontend, host:port.",
        door="temporal",
    ),
    _shared(
        "FUND_PROMETHEUS_URL",
        "http://prometheus.example.internal:9090",
        "http://prometheus:9090",
        "Prometheus, for the operators' commands.",
        door="prometheus",
    ),
    _shared("FUND_TEMPORAL_NAMESPACE", "fund", "default", "The namespace of the workflows."),
    _shared("FUND_TEMPORAL_TASK_QUEUE", "fund", "fund", "The queue that the workers poll."),
    _shared(
        "FUND_AGROIDEAS_URL",
        "https://agroideas.example",
        "http://sandbox:18007/agroideas",
        "Agroideas' API.",
        door="partners",
    ),
    _shared("FUND_AGROIDEAS_CLIENT_ID", "fund-agroideas", "fund-agroideas", "Our client there."),
    _secret("FUND_AGROIDEAS_CLIENT_SECRET", "fund-agroideas", "Our client's secret there."),
    _secret("FUND_AGROIDEAS_WEBHOOK_SECRET", "fund-agroideas", "With which it signs callbacks."),
    _shared(
        "FUND_AGROBANCO_URL",
        "https://agrobanco.example",
        "http://sandbox:18007/agrobanco",
        "Agrobanco's files.",
        door="partners",
    ),
    _shared("FUND_AGROBANCO_CLIENT_ID", "fund-agrobanco", "fund-agrobanco", "Our client there."),
    _secret("FUND_AGROBANCO_CLIENT_SECRET", "fund-agrobanco", "Our client's secret there."),
    _extra("FUND_AGROBANCO_DEBTOR_ACCOUNT", "The fund's account at Agrobanco, twenty digits."),
    _extra("FUND_AGROBANCO_TRANSPORT", "`https`, or `folder`: by the bank's drop folder."),
    _fixed(
        "FUND_AGROBANCO_FOLDER",
        "/var/lib/fund/agrobanco",
        "The bank's drop folder, with `in/`, `out/`, `archive/`, `errors/`.",
    ),
    _extra("FUND_AGROBANCO_FOLDER_POLL_S", "How often the drop folder is looked through, seconds."),
    _extra("FUND_AGROBANCO_FOLDER_QUIET_S", "How long a file lies unchanged until it is read."),
    _extra("FUND_CHANNEL_TIMEOUT_S", "Seconds that a partner is waited for (5)."),
    _shared(
        "FUND_REGISTERS_URL",
        "https://registers.example",
        "http://sandbox:18007/registers",
        "Where the public registers are asked; empty: none is.",
        door="registers",
    ),
    _secret("FUND_SEALING_KEYS", "fund-sealing", "Fernet keys by commas, the newest first."),
    _secret("FUND_SMTP_URL", "fund-mail", "smtp:// or smtps://, with its user.", door="mail"),
    _shared(
        "FUND_NOTICES_FROM",
        "Fondo Consorcios <avisos@fondo-consorcios.example>",
        "Fondo Consorcios <avisos@fondo-consorcios.example>",
        "The sender of e-mails.",
    ),
    _fixed("FUND_STATE_DIR", "/var/lib/fund", "The folder a stand-in of one machine keeps."),
    _fixed("FUND_SANDBOX_HOST", "0.0.0.0", "The address on which the sandbox listens."),
    _fixed("FUND_PORT_BASE", "18000", "The sandbox listens seven above it."),
    _extra("FUND_START_WAIT_S", "Seconds that a start waits for each thing it needs (90)."),
    _extra("FUND_OPA_TIMEOUT_S", "Seconds that OPA is waited for (1)."),
    _extra("FUND_REGISTERS_TIMEOUT_S", "Seconds that a register is waited for (3)."),
    _extra("FUND_REGISTERS_AT_ONCE", "Questions to the registers at a time (8)."),
    _extra("FUND_NOTICES_ATTEMPTS", "Tries of a notice before it is given up (12)."),
    Setting(
        "FUND_AGROIDEAS_WEBHOOK_SECRET_PREVIOUS",
        "The secret before it, while it is changed.",
        "secret",
        secret="fund-agroideas",
        optional=True,
    ),
    _extra("FUND_AGROIDEAS_WEBHOOK_PREVIOUS_UNTIL", "Until when that one is good, RFC 3339."),
    _extra("FUND_TRACES_DIR", "A folder for finished spans; empty: none is written."),
    _extra("OTEL_EXPORTER_OTLP_ENDPOINT", "Where spans are sent; empty: nowhere.", door="traces"),
    _extra("OTEL_TRACES_SAMPLER", "Which traces are kept."),
    _extra("OTEL_TRACES_SAMPLER_ARG", "The share of traces that is kept."),
)

SETTINGS: Final[dict[str, Setting]] = {one.name: one for one in _ALL}
