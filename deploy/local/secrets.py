"""Random secrets of one checkout, made once and kept readable by its owner only."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable

from deploy.local.files import write_private
from deploy.local.settings import Stack


def _token() -> str:
    return secrets.token_urlsafe(24)


def _webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


MAKERS: dict[str, Callable[[], str]] = {
    "service_client": _token,
    "agroideas_client": _token,
    "agroideas_webhook": _webhook_secret,
    "agrobanco_client": _token,
    "sealing_key": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "postgres_superuser": _token,
    "postgres_temporal": _token,
    "postgres_archive": _token,
    "kafka_cluster": lambda: base64.urlsafe_b64encode(secrets.token_bytes(16)).decode()[:22],
}


def load(stack: Stack) -> dict[str, str]:
    """All secrets; those that do not exist yet are made and kept."""
    path = stack.folder() / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = {name: make() for name, make in MAKERS.items() if name not in kept}
    if missing:
        kept |= missing
        write_private(path, json.dumps(kept, indent=2) + "\n")
    return kept
