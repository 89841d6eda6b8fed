"""Running a room's Alembic history; each room's runs alone."""

from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config

from services.kernel.settings import Settings


def config_of(room: str, settings: Settings) -> Config:
    """Alembic's configuration of a room: the kernel's environment, the room's revisions."""
    environment = Path(str(files("services.kernel") / "migrations"))
    versions = Path(str(files("services"))) / room / "migrations" / "versions"
    config = Config()
    config.set_main_option("script_location", str(environment))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "os")
    config.attributes["room"] = room
    config.attributes["url"] = settings.migration_database_url.format(room=room)
    return config


def upgrade(room: str, settings: Settings) -> None:
    """Bring the room's database to its newest revision."""
    command.upgrade(config_of(room, settings), "head")


def check(room: str, settings: Settings) -> None:
    """Raise when the tables differ from the models."""
    command.check(config_of(room, settings))
