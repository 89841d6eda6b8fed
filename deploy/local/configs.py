"""Writes the servers' configuration files from the templates beside this module."""

from __future__ import annotations

import os
from pathlib import Path
from string import Template

from deploy.local import secrets, signing
from deploy.local.files import write_private
from deploy.local.settings import HOST, OFFSETS, REPOSITORY, Stack

TEMPLATES = Path(__file__).resolve().parent / "templates"
PROMETHEUS = REPOSITORY / "deploy" / "prometheus"
ALERTMANAGER = REPOSITORY / "deploy" / "alertmanager"
NOWHERE = "http://127.0.0.1:9/"
"""Nobody listens there: on one machine alerts are looked at, in Alertmanager's own pages."""

# program → (template, file below the state folder)
FILES: tuple[tuple[str, Path, str], ...] = (
    ("postgres", TEMPLATES / "postgresql.conf", "postgres/postgresql.conf"),
    ("postgres", TEMPLATES / "pg_hba.conf", "postgres/pg_hba.conf"),
    ("kafka", TEMPLATES / "kafka.properties", "kafka/server.properties"),
    ("kafka", TEMPLATES / "log4j2.yaml", "kafka/log4j2.yaml"),
    ("temporal", TEMPLATES / "temporal.yaml", "temporal/server.yaml"),
    ("temporal", TEMPLATES / "temporal-dynamic.yaml", "temporal/dynamic.yaml"),
    ("temporal-ui", TEMPLATES / "temporal-ui.yaml", "temporal-ui/local.yaml"),
    ("opa", TEMPLATES / "opa.yaml", "opa/config.yaml"),
    ("prometheus", PROMETHEUS / "prometheus.yml", "prometheus/prometheus.yml"),
    ("alertmanager", ALERTMANAGER / "alertmanager.yml", "alertmanager/alertmanager.yml"),
)


def write_all(stack: Stack, *, preload: str) -> set[str]:
    """Write every file; return the programs whose configuration changed."""
    key = signing.public_key(stack)
    values: dict[str, str | int] = {
        **{name.replace("-", "_"): stack.port(name) for name in OFFSETS},
        "host": HOST,
        "state": str(stack.state),
        "rules": str(PROMETHEUS / "rules"),
        "page_url": os.environ.get("FUND_ALERT_PAGE_URL", NOWHERE),
        "ticket_url": os.environ.get("FUND_ALERT_TICKET_URL", NOWHERE),
        "preload": preload,
        "temporal_password": secrets.load(stack)["postgres_temporal"],
        "opa_public_key": "\n".join(f"      {line}" for line in key.splitlines()),
    }
    changed: set[str] = set()
    for program, template, target in FILES:
        if write_private(stack.state / target, Template(template.read_text()).substitute(values)):
            changed.add(program)
    return changed
