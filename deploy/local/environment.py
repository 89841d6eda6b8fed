"""The environment every process of ours gets, and the file that holds it."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from urllib.parse import quote

from deploy.local import secrets
from deploy.local.settings import HOST, Stack
from deploy.tools import find


def application(stack: Stack) -> dict[str, str]:
    """FUND_* of all our processes. What needs more rights than they have is not in it."""
    kept = secrets.load(stack)
    opa = find("opa")
    database = f"@{HOST}:{stack.port('postgres')}/fund_{{room}}"
    return {
        "FUND_ENVIRONMENT": "local",
        "FUND_STATE_DIR": str(stack.state),
        "FUND_PORT_BASE": str(stack.port_base),
        "FUND_API_HOST": HOST,
        "FUND_API_PORT": str(stack.port("api")),
        "FUND_API_URL": stack.url("api"),
        "FUND_DATABASE_URL": f"postgresql+psycopg://fund_app:fund_app{database}",
        "FUND_MIGRATION_DATABASE_URL": f"postgresql+psycopg://fund_owner:fund_owner{database}",
        "FUND_KAFKA_BOOTSTRAP": f"{HOST}:{stack.port('kafka')}",
        "FUND_OPA_URL": stack.url("opa"),
        "FUND_OPA_REVISIONS_FILE": str(stack.state / "opa" / "accepted-revisions"),
        "FUND_OPA_BUNDLES_DIR": str(stack.state / "opa" / "bundles"),
        "FUND_OPA_BUNDLE_KEY_FILE": str(stack.state / "opa" / "bundle-key.pem"),
        **({"FUND_OPA_BIN": str(opa["opa"])} if opa else {}),
        "FUND_TEMPORAL_ADDRESS": f"{HOST}:{stack.port('temporal')}",
        "FUND_TEMPORAL_NAMESPACE": "default",
        "FUND_TEMPORAL_TASK_QUEUE": "fund",
        "FUND_PROMETHEUS_URL": stack.url("prometheus"),
        "FUND_ISSUER_URL": stack.url("issuer"),
        "FUND_ISSUER_KEY_FILE": str(stack.state / "issuer" / "key.pem"),
        "FUND_AUDIENCE": "fondo-consorcios",
        "FUND_SERVICE_CLIENT_ID": "fund-services",
        "FUND_SERVICE_CLIENT_SECRET": kept["service_client"],
        "FUND_AGROIDEAS_URL": stack.url("sandbox", "/agroideas"),
        "FUND_AGROIDEAS_CLIENT_ID": "fund-agroideas",
        "FUND_AGROIDEAS_CLIENT_SECRET": kept["agroideas_client"],
        "FUND_AGROIDEAS_WEBHOOK_SECRET": kept["agroideas_webhook"],
        "FUND_AGROBANCO_URL": stack.url("sandbox", "/agrobanco"),
        "FUND_AGROBANCO_CLIENT_ID": "fund-agrobanco",
        "FUND_AGROBANCO_CLIENT_SECRET": kept["agrobanco_client"],
        "FUND_AGROBANCO_FOLDER": str(stack.state / "agrobanco"),
        "FUND_SEALING_KEYS": kept["sealing_key"],
        "FUND_REGISTERS_URL": stack.url("sandbox", "/registers"),
        "FUND_SANDBOX_CONTROL_URL": stack.url("sandbox", "/control"),
        "FUND_SMTP_URL": f"smtp://{HOST}:{stack.port('mailbox')}",
        "FUND_WORKER_SDK_METRICS_PORT": str(stack.port("worker-sdk")),
        **_traces(),
    }


def _traces() -> dict[str, str]:
    """Where spans go, as the shell that brings the stack up says; without a word nowhere."""
    folder = os.environ.get("FUND_TRACES_DIR")
    standard = {name: value for name, value in os.environ.items() if name.startswith("OTEL_")}
    return standard | ({"FUND_TRACES_DIR": str(Path(folder).absolute())} if folder else {})


def administration(stack: Stack) -> dict[str, str]:
    """What only people and tests may use: kept in a file of its own, given to no process."""
    password = quote(secrets.load(stack)["postgres_superuser"], safe="")
    server = f"{HOST}:{stack.port('postgres')}"
    return {"FUND_ADMIN_DATABASE_URL": f"postgresql://postgres:{password}@{server}/postgres"}


def quoted(value: str) -> str:
    """The value as a shell and a dotenv reader both take it; bare when that is safe."""
    return value if re.fullmatch(r"[\w@%+=:,./{}-]*", value, re.ASCII) else shlex.quote(value)


def text(values: dict[str, str]) -> str:
    """KEY=value lines."""
    return "".join(f"{key}={quoted(value)}\n" for key, value in values.items())
