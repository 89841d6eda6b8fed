"""Everything that differs between machines, read once from the environment (prefix FUND_).

The local stack writes its values to `<state folder>/env`, which is read too, so that a command
typed in a shell finds the running stack; the environment wins over the file.
"""

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Addresses, secrets and time limits; a missing required value stops the process at start."""

    model_config = SettingsConfigDict(env_prefix="FUND_", extra="ignore", frozen=True)

    environment: Literal["local", "production"] = "local"
    state_dir: Path = Path(".local")
    api_host: str = "127.0.0.1"
    api_port: int = 18000
    api_url: str = "http://127.0.0.1:18000"
    room_urls: dict[str, str] = Field(default_factory=dict)
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    traces_dir: Annotated[Path | None, BeforeValidator(lambda folder: folder or None)] = None
    """Where each process writes its spans as JSON lines; the standard OTEL_* settings name a
    collector. Without either nothing is traced."""

    database_url: str = "postgresql+psycopg://fund_app:fund_app@127.0.0.1:18010/fund_{room}"
    migration_database_url: str = (
        "postgresql+psycopg://fund_owner:fund_owner@127.0.0.1:18010/fund_{room}"
    )
    database_pool_size: int = 12

    kafka_bootstrap: str = "127.0.0.1:18011"
    opa_url: str = "http://127.0.0.1:18013"
    opa_revisions_file: Path = Path(".local/opa/accepted-revisions")
    opa_timeout_s: float = 1.0
    opa_bin: Path | None = None
    opa_bundles_dir: Path = Path(".local/opa/bundles")
    opa_bundle_key_file: Path = Path(".local/opa/bundle-key.pem")

    issuer_url: str = "http://127.0.0.1:18006"
    issuer_key_file: Path = Path(".local/issuer/key.pem")
    audience: str = "fondo-consorcios"
    service_client_id: str = "fund-services"
    service_client_secret: SecretStr = SecretStr("")

    temporal_address: str = "127.0.0.1:18020"
    temporal_namespace: str = "default"
    temporal_task_queue: str = "fund"
    worker_sdk_metrics_port: int = 18004
    prometheus_url: str = "http://127.0.0.1:18040"

    agroideas_url: str = "http://127.0.0.1:18007/agroideas"
    agroideas_client_id: str = "fondo"
    agroideas_client_secret: SecretStr = SecretStr("")
    agroideas_webhook_secret: SecretStr = SecretStr("")
    agroideas_webhook_secret_previous: SecretStr = SecretStr("")
    """The secret before it: still good until `agroideas_webhook_previous_until`."""
    agroideas_webhook_previous_until: AwareDatetime | None = None
    agrobanco_url: str = "http://127.0.0.1:18007/agrobanco"
    agrobanco_client_id: str = "fondo"
    agrobanco_client_secret: SecretStr = SecretStr("")
    agrobanco_debtor_account: str = "01800000000000000108"
    agrobanco_transport: Literal["https", "folder"] = "https"
    """How files go to the bank and come: by its service, or by the drop folder below."""
    agrobanco_folder: Path = Path(".local/agrobanco")
    agrobanco_folder_poll_s: float = Field(default=5.0, gt=0, le=600)
    agrobanco_folder_quiet_s: float = Field(default=2.0, ge=0, le=600)
    """A file that was touched less long ago may still be being written."""
    channel_timeout_s: float = 5.0

    registers_url: str = ""
    """Where the public registers are asked; empty: none of them is."""
    registers_timeout_s: float = Field(default=3.0, gt=0, le=8)
    registers_at_once: int = Field(default=8, ge=1, le=64)

    sealing_keys: SecretStr = SecretStr("")
    """Fernet keys by commas, the newest first: it seals what the database must not tell."""

    smtp_url: SecretStr = SecretStr("")
    """smtp://host:port or smtps://…, with user:password@ if the server wants them; empty: e-mails
    wait."""
    notices_from: str = "Fondo Consorcios <avisos@fondo-consorcios.example>"
    notices_attempts: int = Field(default=12, ge=1, le=100)
    """Tries of a notice before it is given up: twelve reach over a day."""

    start_wait_s: int = 90
    """How long a process waits at its start for each thing it needs."""

    def room_url(self, room: str) -> str:
        """Where a room answers: its own address when it runs alone, else the common API."""
        return self.room_urls.get(room, self.api_url)


@cache
def settings() -> Settings:
    """The settings of this process."""
    state_dir = Path(os.environ.get("FUND_STATE_DIR", ".local"))
    return Settings(_env_file=state_dir / "env")
