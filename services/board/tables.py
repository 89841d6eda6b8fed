"""The base of the board's tables, and what several of them say alike."""

from typing import Any, Final

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from services.kernel.db import table_registry

ROOM = table_registry()

KNOWN_SEAT: Final = "seat IN ('midagri', 'produce', 'mincetur', 'mef')"
SHA256_FORM: Final = "~ '^[0-9a-f]{64}$'"


class Table(SQLModel, registry=ROOM):
    """Base of the room's tables."""


def text_column(*, nullable: bool = False, primary_key: bool = False) -> Any:
    """A text column."""
    if primary_key:
        return Field(sa_type=Text, primary_key=True)
    if nullable:
        return Field(default=None, sa_type=Text, nullable=True)
    return Field(sa_type=Text, nullable=False)
