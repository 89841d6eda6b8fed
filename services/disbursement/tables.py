"""The base of the tables of money, and the columns that they share."""

from typing import Any

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from services.kernel.db import table_registry

ROOM = table_registry()


class Table(SQLModel, registry=ROOM):
    """Base of this room's tables."""


def text_column(**more: Any) -> Any:
    """A text that is always there."""
    return Field(sa_type=Text, nullable=False, **more)


def optional_text(**more: Any) -> Any:
    """A text that may be missing."""
    return Field(default=None, sa_type=Text, nullable=True, **more)


def reference(target: str, **more: Any) -> Any:
    """The key of a row of another table."""
    return Field(sa_type=Text, nullable=False, foreign_key=target, **more)
