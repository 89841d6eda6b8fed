"""Every program of the stack as data: command, ports, what it needs, how its health is seen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local import identity
from deploy.local.settings import HOST, REPOSITORY, Stack
from deploy.tools import Installed

Tools = Mapping[str, Installed]
Command = Callable[[Stack, Tools], list[str]]


@dataclass(frozen=True)
class Program:
    """One supervised program. `health` names a check of `deploy.local.health`."""

    name: str
    kind: str
    command: Command
    ports: tuple[str, ...]
    needs: tuple[str, ...] = ()
    health: str = "http"
    paths: tuple[str, ...] = ("/metrics",)
    page: str = ""
    tool: str = ""
    module: str = ""
    environment: Mapping[str, str] | None = None
    metrics_port: str = ""
    stop_signal: str = "TERM"
    stop_seconds: int = 6

    @property
    def ours(self) -> bool:
        """True for our own Python processes, False for a server."""
        return self.kind == "process"

    @property
    def written(self) -> bool:
        """False while the module that holds it does not exist in this checkout."""
        return not self.module or (REPOSITORY / self.module / "__main__.py").exists()


def _postgres(stack: Stack, tools: Tools) -> list[str]:
    data = stack.state / "postgres" / "data"
    server = [str(tools["postgres"]["postgres"]), "-D", str(data)]
    configuration = ["-c", f"config_file={stack.state / 'postgres' / 'postgresql.conf'}"]
    starter = str(Path(__file__).with_name("start_postgres.py"))
    prefix = identity.unprivileged(data)
    return [sys.executable, "-I", starter, str(data), *prefix, *server, *configuration]


def _kafka(stack: Stack, tools: Tools) -> list[str]:
    return [
        *java(stack, tools, "-Xms256m", "-Xmx512m"),
        "kafka.Kafka",
        str(stack.state / "kafka" / "server.properties"),
    ]


def java(stack: Stack, tools: Tools, *flags: str) -> list[str]:
    """A JVM with Kafka's jars, quick to start: only the first compiler, a plain collector."""
    return [
        *("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", *flags),
        f"-Dlog4j2.configurationFile={stack.state / 'kafka' / 'log4j2.yaml'}",
        *("-cp", f"{tools['kafka']['libs']}/*"),
    ]


def _temporal(stack: Stack, tools: Tools) -> list[str]:
    return [
        str(tools["temporal"]["temporal-server"]),
        *("--config-file", str(stack.state / "temporal" / "server.yaml")),
        *("--allow-no-auth", "start"),
    ]


def _temporal_ui(stack: Stack, tools: Tools) -> list[str]:
    program = str(tools["temporal-ui"]["temporal-ui-server"])
    return [program, "--root", str(stack.state), "-c", "temporal-ui", "-e", "local", "start"]


def _opa(stack: Stack, tools: Tools) -> list[str]:
    return [
        *(str(tools["opa"]["opa"]), "run", "--server", "--skip-version-check"),
        *("--config-file", str(stack.state / "opa" / "config.yaml")),
        *("--addr", f"{HOST}:{stack.port('opa')}"),
        *("--diagnostic-addr", f"{HOST}:{stack.port('opa-diagnostic')}"),
        *("--log-level", "error", "--shutdown-grace-period", "2"),
    ]


def _bundles(stack: Stack, _tools: Tools) -> list[str]:
    starter = str(Path(__file__).with_name("serve_bundle.py"))
    bundle = str(stack.state / "opa" / "bundle.tar.gz")
    return [sys.executable, "-I", starter, HOST, str(stack.port("bundles")), bundle]


def _prometheus(stack: Stack, tools: Tools) -> list[str]:
    folder = stack.state / "prometheus"
    return [
        str(tools["prometheus"]["prometheus"]),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=2d",
        f"--web.listen-address={HOST}:{stack.port('prometheus')}",
        "--web.enable-lifecycle",
    ]


def _archive(stack: Stack, _tools: Tools) -> list[str]:
    told = ["--state", str(stack.state), "--port-base", str(stack.port_base)]
    return [sys.executable, "-m", "deploy.recovery", "archive", *told]


def _alertmanager(stack: Stack, tools: Tools) -> list[str]:
    folder = stack.state / "alertmanager"
    return [
        str(tools["alertmanager"]["alertmanager"]),
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address={HOST}:{stack.port('alertmanager')}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]


def _python(*arguments: str) -> Command:
    return lambda _stack, _tools: [sys.executable, "-m", *arguments]


SERVERS: tuple[Program, ...] = (
    Program(
        "postgres",
        "server",
        _postgres,
        ports=("postgres",),
        health="postgres",
        tool="postgres",
        stop_signal="INT",
    ),
    Program(
        "kafka",
        "server",
        _kafka,
        ports=("kafka", "kafka-controller"),
        health="kafka",
        tool="kafka",
        stop_seconds=4,
    ),
    Program(
        "bundles",
        "server",
        _bundles,
        ports=("bundles",),
        needs=("policies",),
        paths=("/healthz",),
    ),
    Program(
        "opa",
        "server",
        _opa,
        ports=("opa", "opa-diagnostic"),
        needs=("policies", "bundles"),
        paths=("/health?bundles=true",),
        tool="opa",
        # Much is allocated for each question and little lives on: collect at five times the
        # living heap instead of twice, within a bound.
        environment={"GOGC": "400", "GOMEMLIMIT": "512MiB"},
        stop_seconds=4,
    ),
    Program(
        "temporal",
        "server",
        _temporal,
        ports=(
            "temporal-http",
            "temporal",
            "temporal-history",
            "temporal-matching",
            "temporal-worker",
            "temporal-metrics",
            "temporal-frontend-membership",
            "temporal-history-membership",
            "temporal-matching-membership",
            "temporal-worker-membership",
        ),
        needs=("temporal-schema",),
        paths=("/api/v1/cluster-info",),
        tool="temporal",
        stop_seconds=4,
    ),
    Program(
        "temporal-ui",
        "server",
        _temporal_ui,
        ports=("temporal-ui",),
        needs=("temporal",),
        paths=("/healthz",),
        page="/",
        tool="temporal-ui",
        stop_seconds=3,
    ),
    Program(
        "prometheus",
        "server",
        _prometheus,
        ports=("prometheus",),
        paths=("/-/ready",),
        page="/",
        tool="prometheus",
    ),
    Program(
        "alertmanager",
        "server",
        _alertmanager,
        ports=("alertmanager",),
        paths=("/-/ready",),
        page="/",
        tool="alertmanager",
    ),
)

PROCESSES: tuple[Program, ...] = (
    Program(
        "issuer",
        "process",
        _python("services", "issuer"),
        ports=("issuer",),
        paths=("/readyz", "/healthz"),
        module="services",
    ),
    Program(
        "sandbox",
        "process",
        _python("deploy.sandbox"),
        ports=("sandbox",),
        paths=("/readyz", "/healthz"),
        module="deploy/sandbox",
    ),
    Program(
        "api",
        "process",
        _python("services", "api"),
        ports=("api",),
        needs=("migrate", "bundle-served", "issuer"),
        paths=("/readyz", "/healthz"),
        page="/docs",
        module="services",
    ),
    Program(
        "relay",
        "process",
        _python("services", "relay"),
        ports=("relay",),
        needs=("migrate", "topics"),
        module="services",
        metrics_port="relay",
    ),
    Program(
        "listen",
        "process",
        _python("services", "listen"),
        ports=("listen",),
        needs=("migrate", "topics"),
        module="services",
        metrics_port="listen",
    ),
    Program(
        "exporter",
        "process",
        _python("services", "exporter"),
        ports=("exporter",),
        needs=("migrate",),
        module="services",
        metrics_port="exporter",
    ),
    Program(
        "mailbox",
        "process",
        _python("deploy.mailbox"),
        ports=("mailbox",),
        health="port",
        module="deploy/mailbox",
    ),
    Program(
        "notify",
        "process",
        _python("services", "notify"),
        ports=("notify",),
        needs=("migrate",),
        module="services",
        metrics_port="notify",
    ),
    Program(
        "folder",
        "process",
        _python("services", "folder"),
        ports=("folder",),
        needs=("migrate",),
        module="services",
        metrics_port="folder",
    ),
    Program(
        "worker",
        "process",
        _python("workflows", "worker"),
        ports=("worker", "worker-sdk"),
        needs=("namespace", "issuer"),
        module="workflows",
        metrics_port="worker",
    ),
    Program(
        "bridge",
        "process",
        _python("workflows", "bridge"),
        ports=("bridge",),
        needs=("namespace", "topics", "issuer"),
        module="workflows",
        metrics_port="bridge",
    ),
)

ARCHIVE = Program(
    "archive",
    "server",
    _archive,
    ports=(),
    needs=("postgres",),
    health="port",
    module="deploy/recovery",
)
"""Part of the stack from its first backup on."""

PROGRAMS: dict[str, Program] = {
    program.name: program for program in (*SERVERS, ARCHIVE, *PROCESSES)
}
