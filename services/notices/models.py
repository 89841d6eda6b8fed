"""Tables of notices: contacts, their webhook secrets, who holds a seat, deliveries."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.kernel.db import instant_column, table_registry
from services.kernel.errors import Conflict, FundError

ROOM = table_registry()


class Table(SQLModel, registry=ROOM):
    """Base of the room's tables."""


class Contact(Table, table=True):
    """Where somebody is told: `sub` is a person's, `role:…` an office's, `con_…` a consortium's,
    `program:…` a partner's."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint(
            "email ~ '^[^[:space:][:cntrl:]@]+@[^[:space:][:cntrl:]@]+$'", name="email"
        ),
        CheckConstraint("webhook_url ~ '^https?://[^[:space:][:cntrl:]]+$'", name="webhook_url"),
        CheckConstraint("name !~ '[[:cntrl:]]'", name="name"),
        CheckConstraint("version >= 1", name="version"),
    )

    sub: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text, nullable=False)
    email: str | None = Field(default=None, sa_type=Text, nullable=True)
    webhook_url: str | None = Field(default=None, sa_type=Text, nullable=True)
    topics: list[str] | None = Field(default=None, sa_type=JSONB(none_as_null=True), nullable=True)
    version: int = Field(nullable=False)
    created_at: datetime = instant_column()
    updated_at: datetime = instant_column()


class WebhookSecret(Table, table=True):
    """A symmetric secret (Standard Webhooks), kept sealed: the database cannot tell it."""

    __tablename__ = "webhook_secret"
    __table_args__ = (
        CheckConstraint("secret ~ '^gAAAA'", name="sealed"),
        ForeignKeyConstraint(["contact_sub"], ["contact.sub"], name="fk_webhook_secret_contact"),
        Index(
            "ix_webhook_secret_active", "contact_sub", postgresql_where=text("retired_at IS NULL")
        ),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    contact_sub: str = Field(sa_type=Text, nullable=False)
    secret: str = Field(sa_type=Text, nullable=False)
    created_at: datetime = instant_column()
    retired_at: datetime | None = instant_column(nullable=True)


class SeatHolder(Table, table=True):
    """A term of a seat as the board told it; which one is in force is found by date."""

    __tablename__ = "seat_holder"
    __table_args__ = (
        CheckConstraint("capacity IN ('titular', 'alternate')", name="capacity"),
        Index("ix_seat_holder_seat", "seat", "capacity", "valid_from"),
    )

    term_id: str = Field(sa_type=Text, primary_key=True)
    seat: str = Field(sa_type=Text, nullable=False)
    capacity: str = Field(sa_type=Text, nullable=False)
    holder_sub: str = Field(sa_type=Text, nullable=False)
    holder_name: str = Field(sa_type=Text, nullable=False)
    chair: bool = Field(nullable=False)
    deputy_chair: bool = Field(nullable=False)
    version: int = Field(nullable=False)
    valid_from: datetime = instant_column()
    valid_to: datetime | None = instant_column(nullable=True)


class Delivery(Table, table=True):
    """One event told to one recipient over one channel, as it was written then."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("channel IN ('email', 'webhook')", name="channel"),
        CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'failed', 'given_up')", name="state"
        ),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        CheckConstraint(
            "(state IN ('pending', 'sending', 'failed')) = (next_attempt_at IS NOT NULL)",
            name="next",
        ),
        CheckConstraint("state NOT IN ('sent', 'sending') OR address IS NOT NULL", name="address"),
        CheckConstraint("state <> 'given_up' OR last_error IS NOT NULL", name="error"),
        CheckConstraint("title !~ '[[:cntrl:]]'", name="title"),
        CheckConstraint("attempts >= 0 AND version >= 1", name="counts"),
        CheckConstraint("copy_number >= 0", name="copy"),
        UniqueConstraint(
            "event_id", "recipient_sub", "channel", "copy_number", name="uq_delivery_event"
        ),
        Index(
            "ix_delivery_due",
            "next_attempt_at",
            postgresql_where=text("state IN ('pending', 'sending', 'failed')"),
        ),
        Index("ix_delivery_state_id", "state", "id"),
        Index("ix_delivery_recipient_sub_id", "recipient_sub", "id"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    event_id: str = Field(sa_type=Text, nullable=False)
    event_type: str = Field(sa_type=Text, nullable=False)
    about: str = Field(sa_type=Text, nullable=False)
    template: str = Field(sa_type=Text, nullable=False)
    recipient_sub: str = Field(sa_type=Text, nullable=False)
    copy_number: int = Field(default=0, nullable=False)
    recipient_name: str = Field(sa_type=Text, nullable=False)
    channel: str = Field(sa_type=Text, nullable=False)
    address: str | None = Field(default=None, sa_type=Text, nullable=True)
    title: str = Field(sa_type=Text, nullable=False)
    plain: str = Field(sa_type=Text, nullable=False)
    html: str = Field(sa_type=Text, nullable=False)
    state: str = Field(sa_type=Text, nullable=False)
    version: int = Field(nullable=False)
    attempts: int = Field(nullable=False)
    attempts_until: int = Field(nullable=False)
    next_attempt_at: datetime | None = instant_column(nullable=True)
    last_error: str | None = Field(default=None, sa_type=Text, nullable=True)
    created_at: datetime = instant_column()
    sent_at: datetime | None = instant_column(nullable=True)


CONSTRAINT_ERRORS: dict[str, FundError] = {
    "pk_contact": Conflict(
        "notices.contact_changed", "Otra persona creó este contacto a la vez; vuelva a intentarlo."
    ),
}
