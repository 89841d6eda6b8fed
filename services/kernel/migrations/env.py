"""Alembic's environment for one room at a time: advisory lock, short lock and statement limits."""

import importlib
from typing import Any, Literal

from alembic import context
from sqlalchemy import create_engine, pool, text

from services.kernel.tables import KERNEL

config = context.config
room: str = config.attributes["room"]
url: str = config.attributes["url"]
models = importlib.import_module(f"services.{room}.models")


def render_item(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Keep SQLModel's own string type out of migration files."""
    if kind == "type" and type(item).__module__.startswith("sqlmodel"):
        return "sa.Text()"
    return False


def run() -> None:
    """Upgrade in one transaction a revision, alone, and give up rather than block writers."""
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '4s'"))
        connection.execute(text("SET statement_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_lock(7240614)"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=[models.ROOM.metadata, KERNEL.metadata],
            transaction_per_migration=True,
            compare_type=True,
            render_item=render_item,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("SELECT pg_advisory_unlock(7240614)"))
        connection.commit()
    engine.dispose()


run()
