"""Tables that every room's database has: outbox, inbox, idempotency, audit and its chain.

Their one definition is here; each room's first migration creates them with
`services.kernel.migrations.create_kernel_tables`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field, SQLModel

from services.kernel.db import instant_column, table_registry

KERNEL = table_registry()


class KernelTable(SQLModel, registry=KERNEL):
    """Base of the kernel's tables."""


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


class OutboxRow(KernelTable, table=True):
    """An event to be sent: written with the state it tells of, sent later by the relay."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_unpublished", "xid", "seq", postgresql_where=text("published_at IS NULL")),
    )

    seq: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    id: str = Field(sa_type=Text, unique=True, nullable=False)
    xid: int | None = Field(
        default=None,
        sa_column=Column(Xid8, server_default=text("pg_current_xact_id()"), nullable=False),
    )
    topic: str = Field(sa_type=Text, nullable=False)
    type: str = Field(sa_type=Text, nullable=False)
    aggregate_id: str = Field(sa_type=Text, nullable=False)
    aggregate_version: int = Field(sa_type=BigInteger, nullable=False)
    body: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    created_at: datetime = instant_column()
    published_at: datetime | None = instant_column(nullable=True)


class InboxRow(KernelTable, table=True):
    """An event that a consumer has applied; its second delivery finds this row and does nothing."""

    __tablename__ = "inbox"

    consumer: str = Field(sa_type=Text, primary_key=True)
    event_id: str = Field(sa_type=Text, primary_key=True)
    aggregate_id: str = Field(sa_type=Text, nullable=False)
    type: str = Field(sa_type=Text, nullable=False)
    applied_at: datetime = instant_column()


class ParkedAggregate(KernelTable, table=True):
    """An aggregate whose event could not be applied: its later events wait in the dead letters."""

    __tablename__ = "parked_aggregate"

    consumer: str = Field(sa_type=Text, primary_key=True)
    aggregate_id: str = Field(sa_type=Text, primary_key=True)
    reason: str = Field(sa_type=Text, nullable=False)
    parked_at: datetime = instant_column()


class IdempotencyRow(KernelTable, table=True):
    """The first answer to a key, kept in the same transaction as its effect."""

    __tablename__ = "idempotency"

    principal: str = Field(sa_type=Text, primary_key=True)
    operation: str = Field(sa_type=Text, primary_key=True)
    resource: str = Field(sa_type=Text, primary_key=True)
    key: str = Field(sa_type=Text, primary_key=True)
    fingerprint: str = Field(sa_type=Text, nullable=False)
    status: int = Field(nullable=False)
    headers: dict[str, str] = Field(sa_type=JSONB, nullable=False)
    body: str = Field(sa_type=Text, nullable=False)
    created_at: datetime = instant_column()


class AuditRow(KernelTable, table=True):
    """One state change: who, what, to which thing, from what to what."""

    __tablename__ = "audit"

    id: str = Field(sa_type=Text, primary_key=True)
    at: datetime = instant_column()
    actor: str = Field(sa_type=Text, nullable=False)
    role: str = Field(sa_type=Text, nullable=False)
    action: str = Field(sa_type=Text, nullable=False)
    subject: str = Field(sa_type=Text, nullable=False, index=True)
    request_id: str = Field(sa_type=Text, nullable=False)
    change: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    content_hash: bytes = Field(sa_type=LargeBinary, nullable=False)


class AuditLink(KernelTable, table=True):
    """The chain over the audit rows, linked at commit by a deferred trigger."""

    __tablename__ = "audit_link"

    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    audit_id: str = Field(sa_type=Text, unique=True, nullable=False)
    prev_hash: bytes = Field(sa_type=LargeBinary, unique=True, nullable=False)
    hash: bytes = Field(sa_type=LargeBinary, unique=True, nullable=False)


def tally_table(room: registry) -> Table:
    """The tallies of a room that has any: written by triggers alone, read by its gauges."""
    return Table(
        "tally",
        room.metadata,
        Column("name", Text, nullable=False),
        Column("labels", ARRAY(Text), nullable=False),
        Column("amount", BigInteger, nullable=False),
    )


__all__ = [
    "KERNEL",
    "AuditLink",
    "AuditRow",
    "IdempotencyRow",
    "InboxRow",
    "OutboxRow",
    "ParkedAggregate",
    "tally_table",
]
