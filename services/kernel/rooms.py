"""Which rooms there are and where each keeps its parts: by name, so that one entry serves all."""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from services.kernel.db import Database
    from services.kernel.settings import Settings

ROOMS: Final = ("registry", "applications", "eligibility", "board", "disbursement", "notices")


def part(room: str, name: str) -> ModuleType:
    """The module `services.<room>.<name>`."""
    return importlib.import_module(f"services.{room}.{name}")


def optional(room: str, name: str, attribute: str, default: Any) -> Any:
    """An attribute of a part that a room need not have."""
    try:
        module = part(room, name)
    except ModuleNotFoundError as error:
        if error.name != f"services.{room}.{name}":
            raise
        return default
    return getattr(module, attribute, default)


def database_of(room: str, settings: "Settings") -> "Database":
    """The room's connection pool, which turns its constraints' names into its own errors."""
    from services.kernel.db import Database  # only a process that opens one waits for it

    return Database(room, settings, getattr(part(room, "models"), "CONSTRAINT_ERRORS", {}))
