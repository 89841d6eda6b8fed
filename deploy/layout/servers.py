"""The servers beside our services in Compose: official images at the versions of the local stack.

Production has them elsewhere and leaves this second file out. Ours wait here for what they need.
"""

from __future__ import annotations

from typing import Any, Final

from deploy.layout import compose, databases
from deploy.layout.compose import STATE
from deploy.layout.kubernetes import USER_ID
from deploy.layout.routes import routes
from deploy.layout.services import (
    API_PORT,
    ROOMS,
    SDK_METRICS_PORT,
    SERVICES,
    Service,
    of_kind,
)
from deploy.local.broker import TOPICS
from deploy.tools import CATALOG

Part = dict[str, Any]

GATEWAY_PORT: Final = 8080
BUNDLES_PORT: Final = 8081
HOST: Final = "127.0.0.1"
KAFKA_NODE: Final = {
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
    "KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://kafka:9092",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@kafka:9093",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
}
WATCHED: Final[dict[str, tuple[str, ...]]] = {
    "temporal": ("temporal:9090",),
    "opa": ("opa:8181",),
    "prometheus": ("localhost:9090",),
    "alertmanager": ("alertmanager:9093",),
}
"""What Prometheus asks besides our services."""


def document() -> Part:
    """The servers, and for each service of ours what it waits for."""
    servers = {**_data(), **_temporal(), **_front(), **_watching()}
    ours = {one.name: {"depends_on": _needs(one)} for one in SERVICES.values() if _needs(one)}
    return {
        "services": {**servers, **ours, "demo": _demo()},
        "volumes": {"postgres": {}, "kafka": {}, "prometheus": {}, "grafana": {}},
    }


def _demo() -> Part:
    """The main job, when it is asked for: `docker compose … run --rm demo`."""
    issuer = SERVICES["issuer"]
    wanted = ("FUND_ISSUER_URL", "FUND_ISSUER_KEY_FILE", "FUND_AUDIENCE")
    given = {name: compose.value(issuer, issuer.setting(name)) for name in wanted}
    return {
        "image": compose.STAND_INS,
        "profiles": ["demo"],
        "command": ["deploy.demo"],
        "environment": {**given, "FUND_API_URL": f"http://gateway:{GATEWAY_PORT}"},
        "user": f"{USER_ID}:{USER_ID}",
        "networks": ["front", "issuer"],
        "volumes": ["issuer:/var/lib/fund/issuer:ro"],
    }


def _needs(one: Service) -> Part:
    """A service's own migration, the topics, the namespace, the issuer: as its settings say."""
    doors = one.opens()
    found: Part = {}
    if one.kind == "job":
        return {"postgres": {"condition": "service_healthy"}}
    if one.room:
        rooms = [one.room] if one.room in ROOMS else list(ROOMS)
        done = {"condition": "service_completed_successfully"}
        found |= {f"migrate-{room}": done for room in rooms}
    if "kafka" in doors:
        found["topics"] = {"condition": "service_completed_successfully"}
    if "temporal" in doors:
        found["namespace"] = {"condition": "service_completed_successfully"}
    if "opa" in doors:
        found["opa"] = {"condition": "service_started"}
    if "issuer" in doors and one.name != "issuer":
        found["issuer"] = {"condition": "service_healthy"}
    return found


def _server(image: str, networks: list[str], **more: Any) -> Part:
    return {"image": image, "networks": networks, "restart": "unless-stopped", **more}


def _once(image: str, networks: list[str], **more: Any) -> Part:
    return {"image": image, "networks": networks, "restart": "on-failure:10", **more}


def _health(*test: str) -> Part:
    return {"test": ["CMD", *test], "interval": "5s", "timeout": "5s", "retries": 24}


def _data() -> Part:
    passwords = {name: f"${{{name}:?}}" for name in databases.variables()}
    kafka = f"apache/kafka:{CATALOG['kafka'].version}"
    made = "/opt/kafka/bin/kafka-topics.sh --bootstrap-server kafka:9092 --create --if-not-exists"
    lines = [f"{made} --topic {name} --partitions {count}" for name, count in TOPICS.items()]
    return {
        "postgres": _server(
            f"postgres:{CATALOG['postgres'].version.rpartition('.')[0]}",
            ["postgres", "temporal-data"],
            environment={"POSTGRES_PASSWORD": "${POSTGRES_PASSWORD:?}", **passwords},
            volumes=[
                "postgres:/var/lib/postgresql/data",
                "./databases.sql:/docker-entrypoint-initdb.d/databases.sql:ro",
            ],
            healthcheck=_health("pg_isready", "--username", "postgres", "--host", HOST),
        ),
        "kafka": _server(
            kafka,
            ["kafka"],
            environment=KAFKA_NODE,
            volumes=["kafka:/var/lib/kafka/data"],
            healthcheck=_health(
                "/opt/kafka/bin/kafka-broker-api-versions.sh", "--bootstrap-server", "kafka:9092"
            ),
        ),
        "topics": _once(
            kafka,
            ["kafka"],
            entrypoint=["sh", "-ec", "\n".join(lines)],
            depends_on={"kafka": {"condition": "service_healthy"}},
        ),
        "opa": _server(
            f"openpolicyagent/opa:{CATALOG['opa'].version}-static",
            ["opa", "bundles", "watch"],
            command=[
                *("run", "--server", "--skip-version-check", "--addr", "0.0.0.0:8181"),
                *("--config-file", "/etc/opa/opa.yaml", "--log-level", "error"),
                *("--set-file", "keys.fund-local.key=/etc/opa/bundle-key.pem"),
            ],
            volumes=[
                "./opa.yaml:/etc/opa/opa.yaml:ro",
                f"{STATE}/opa/bundle-key.pem:/etc/opa/bundle-key.pem:ro",
            ],
            depends_on={"gateway": {"condition": "service_started"}},
        ),
    }


def _temporal() -> Part:
    version = CATALOG["temporal"].version
    tool = "temporal-sql-tool --plugin postgres12 --ep postgres -u temporal -p 5432"
    schema = "/etc/temporal/schema/postgresql/v12"
    lines = [
        f"{tool} --db {database} {words}"
        for database, part in (("temporal", "temporal"), ("temporal_visibility", "visibility"))
        for words in (
            "setup-schema -v 0.0 || true",
            f"update-schema --schema-dir {schema}/{part}/versioned",
        )
    ]
    tools = f"temporalio/admin-tools:{version}"
    password = "${TEMPORAL_PASSWORD:?}"
    describe = "temporal operator namespace describe --address temporal:7233 default"
    create = "temporal operator namespace create --address temporal:7233 --retention 72h default"
    return {
        "temporal-schema": _once(
            tools,
            ["temporal-data"],
            entrypoint=["sh", "-ec", "\n".join(lines)],
            environment={"SQL_PASSWORD": password},
            depends_on={"postgres": {"condition": "service_healthy"}},
        ),
        "temporal": _server(
            f"temporalio/server:{version}",
            ["temporal", "temporal-data", "watch"],
            environment={
                "DB": "postgres12",
                "DB_PORT": "5432",
                "POSTGRES_SEEDS": "postgres",
                "POSTGRES_USER": "temporal",
                "POSTGRES_PWD": password,
                "DBNAME": "temporal",
                "VISIBILITY_DBNAME": "temporal_visibility",
                "BIND_ON_IP": "0.0.0.0",
                "PROMETHEUS_ENDPOINT": "0.0.0.0:9090",
            },
            depends_on={"temporal-schema": {"condition": "service_completed_successfully"}},
        ),
        "namespace": _once(
            tools,
            ["temporal"],
            entrypoint=["sh", "-ec", f"{describe} || {create}"],
            depends_on={"temporal": {"condition": "service_started"}},
        ),
        "temporal-ui": _server(
            f"temporalio/ui:{CATALOG['temporal-ui'].version}",
            ["temporal", "front"],
            environment={"TEMPORAL_ADDRESS": "temporal:7233"},
            ports=[f"{HOST}:${{FUND_TEMPORAL_UI_PORT:-18026}}:8080"],
        ),
    }


def _front() -> Part:
    return {
        "gateway": _server(
            "nginxinc/nginx-unprivileged:1.28-alpine",
            ["front", "bundles", "room-disbursement"],
            volumes=[
                "./gateway.conf:/etc/nginx/conf.d/default.conf:ro",
                f"{STATE}/opa/bundle.tar.gz:/srv/bundle.tar.gz:ro",
            ],
            ports=[f"{HOST}:${{FUND_GATEWAY_PORT:-18000}}:{GATEWAY_PORT}"],
        ),
    }


def _watching() -> Part:
    return {
        "prometheus": _server(
            "prom/prometheus:v3.5.0",
            ["watch", "front"],
            volumes=[
                "./prometheus.yaml:/etc/prometheus/prometheus.yml:ro",
                "../prometheus/rules:/etc/prometheus/rules:ro",
                "prometheus:/prometheus",
            ],
            ports=[f"{HOST}:${{FUND_PROMETHEUS_PORT:-18040}}:9090"],
        ),
        "alertmanager": _server(
            "prom/alertmanager:v0.31.1",
            ["watch"],
            command=["--config.file=/etc/alertmanager/alertmanager.yml"],
            volumes=["../alertmanager:/etc/alertmanager:ro"],
        ),
        "grafana": _server(
            "grafana/grafana:12.2.0",
            ["watch", "front"],
            volumes=[
                "../grafana/provisioning:/etc/grafana/provisioning:ro",
                "../grafana/dashboards:/etc/grafana/dashboards:ro",
                "grafana:/var/lib/grafana",
            ],
            environment={"GF_SECURITY_ADMIN_PASSWORD": "${GRAFANA_PASSWORD:?}"},
            ports=[f"{HOST}:${{FUND_GRAFANA_PORT:-18041}}:3000"],
        ),
    }


def prometheus() -> Part:
    """Prometheus' configuration: the jobs bear the names that they have in the local stack."""
    jobs: dict[str, list[str]] = {}
    for one in of_kind("api", "process", "stand-in"):
        if one.name != "issuer":
            jobs.setdefault(one.component, []).append(f"{one.name}:{one.port}")
    jobs["worker-sdk"] = [f"worker:{SDK_METRICS_PORT}"]
    jobs |= {name: list(targets) for name, targets in WATCHED.items()}
    return {
        "global": {"scrape_interval": "5s", "scrape_timeout": "4s"},
        "rule_files": ["/etc/prometheus/rules/*.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": ["alertmanager:9093"]}]}]},
        "scrape_configs": [
            {"job_name": name, "static_configs": [{"targets": targets}]}
            for name, targets in jobs.items()
        ],
    }


def opa() -> Part:
    """OPA's configuration: the signed bundle only; the key comes from a file."""
    polling = {"min_delay_seconds": 1, "max_delay_seconds": 2}
    signing = {"keyid": "fund-local", "scope": "read"}
    bundle = {"service": "bundles", "resource": "bundle.tar.gz"}
    return {
        "services": {"bundles": {"url": f"http://gateway:{BUNDLES_PORT}"}},
        "bundles": {"fund": {**bundle, "polling": polling, "signing": signing}},
        "keys": {"fund-local": {"algorithm": "RS256", "scope": "read"}},
        "status": {"prometheus": True},
    }


def gateway() -> str:
    """nginx's configuration: each path to its room; names are asked anew, since a room moves."""
    lines = [
        "# Written by `make layout` from deploy/layout; do not edit.",
        f"server {{ listen {BUNDLES_PORT}; root /srv; }}",
        "server {",
        f"  listen {GATEWAY_PORT};",
        "  resolver 127.0.0.11 valid=5s;",
        "  client_max_body_size 64m;",
        "  proxy_set_header Host $http_host;",
        "  proxy_set_header X-Request-ID $http_x_request_id;",
    ]
    for prefix, room in routes().items():
        place = f"set $room {room}; proxy_pass http://$room:{API_PORT};"
        lines.append(f"  location ~ ^{prefix}(/|$) {{ {place} }}")
    return "\n".join([*lines, "  location / { return 404; }", "}", ""])
