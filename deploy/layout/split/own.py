"""What each service is given in the split layout: its environment, whole."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.layout import databases
from deploy.layout.rooms import room_urls
from deploy.layout.services import SERVICES, Service
from deploy.layout.settings import Setting
from deploy.local import environment
from deploy.local.scripts import MARKER
from deploy.local.settings import HOST, REPOSITORY, Stack

FIRST_PORT: Final = 50
"""Above the base: the servers of the local stack stand below."""
GATEWAY: Final = "gateway"
SYSTEM_PATH: Final = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class Layout:
    """One run of the split layout."""

    stack: Stack
    passwords: dict[str, str] = field(
        default_factory=lambda: {name: secrets.token_urlsafe(24) for name in databases.variables()}
    )

    def port(self, name: str) -> int:
        """The port of a service, or of the gateway."""
        if name in ("issuer", "sandbox"):
            return self.stack.port(name)
        names = [*SERVICES, GATEWAY, "sdk-metrics"]
        return self.stack.port_base + FIRST_PORT + names.index(name)

    def url(self, name: str, path: str = "") -> str:
        """The address of a service."""
        return f"http://{HOST}:{self.port(name)}{path}"

    def database(self, role: str, room: str) -> str:
        """A room's database, entered as a role."""
        password = self.passwords[databases.password_of(role)]
        server = f"{HOST}:{self.stack.port('postgres')}"
        return f"postgresql+psycopg://{role}:{password}@{server}/{databases.database_of(room)}"

    def folder(self, name: str) -> Path:
        """An empty place to work in: no file of settings is found from there."""
        return self.stack.folder("alone", name)

    def environment(self, one: Service) -> dict[str, str]:
        """All that a service's process is given: its required settings, and what a process of
        Python needs to start."""
        known = environment.application(self.stack)
        own = {name: self._value(one, one.setting(name), known) for name in one.settings}
        return {**self.base(one.name), **own}

    def base(self, name: str) -> dict[str, str]:
        """What the image gives to each process alike."""
        return {
            "PATH": SYSTEM_PATH,
            "HOME": str(self.folder(name)),
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            MARKER: str(self.stack.state),
        }

    def _value(self, one: Service, setting: Setting, known: dict[str, str]) -> str:
        match setting.name:
            case "FUND_API_HOST" | "FUND_METRICS_HOST" | "FUND_SANDBOX_HOST":
                return HOST
            case "FUND_API_PORT" | "FUND_METRICS_PORT":
                return str(self.port(one.name))
            case "FUND_WORKER_SDK_METRICS_PORT":
                return str(self.port("sdk-metrics"))
            case "FUND_ROOM_URLS":
                return room_urls({room: self.url(room) for room in one.asks})
            case "FUND_API_URL":
                return self.url(GATEWAY)
            case "FUND_STATE_DIR":
                return str(self.folder(one.name))
            case "FUND_DATABASE_URL":
                return self.database(databases.role_of(one.room), one.room)
            case "FUND_MIGRATION_DATABASE_URL":
                return self.database(databases.owner_of(one.room), one.room)
            case name:
                return known.get(name, setting.compose)
