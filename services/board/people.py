"""Tables of who sits on the board: terms, absences, keys, declared interests.

Triggers of the second migration hold the rest: a term is only ended, never before a vote cast in
it; a key is only revoked, an interest only ended; one person holds one place at a time.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Field

from services.board import domain
from services.board.tables import KNOWN_SEAT, Table, text_column
from services.kernel.db import instant_column


def _never_two(name: str, condition: str) -> ExcludeConstraint:
    period: ColumnElement[Any] = func.tstzrange(text("valid_from"), text("valid_to"))
    return ExcludeConstraint((period, "&&"), where=text(condition), name=name)


class SeatTerm(Table, table=True):
    """Who holds a seat from when to when (designación): as titular or alternate, by which
    resolution; a titular may be the chair or the deputy chair. An open term has no end."""

    __tablename__ = "seat_term"
    __table_args__ = (
        CheckConstraint(KNOWN_SEAT, name="seat"),
        CheckConstraint("capacity IN ('titular', 'alternate')", name="capacity"),
        CheckConstraint("valid_to > valid_from", name="period"),
        CheckConstraint(
            "NOT (chair AND deputy_chair)"
            " AND (capacity = 'titular' OR NOT (chair OR deputy_chair))",
            name="presiding",
        ),
        UniqueConstraint("id", "seat", "holder_sub", name="uq_seat_term_holder"),
        UniqueConstraint("id", "seat", "holder_sub", "capacity", name="uq_seat_term_capacity"),
        Index(
            "uq_seat_term_open",
            "seat",
            "capacity",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
        Index("ix_seat_term_holder_sub", "holder_sub"),
        *(
            _never_two(f"ex_seat_term_{seat}_{kind}", f"seat = '{seat}' AND capacity = '{kind}'")
            for seat in domain.SEATS
            for kind in ("titular", "alternate")
        ),
        _never_two("ex_seat_term_chair", "chair"),
        _never_two("ex_seat_term_deputy_chair", "deputy_chair"),
    )

    id: str = text_column(primary_key=True)
    seat: str = text_column()
    capacity: str = text_column()
    holder_sub: str = text_column()
    holder_name: str = text_column()
    resolution: str | None = text_column(nullable=True)
    chair: bool = Field(nullable=False)
    deputy_chair: bool = Field(default=False, nullable=False)
    valid_from: datetime = instant_column()
    valid_to: datetime | None = instant_column(nullable=True)


class SeatAbsence(Table, table=True):
    """From when to when a seat's titular is absent: its alternate may act."""

    __tablename__ = "seat_absence"
    __table_args__ = (
        CheckConstraint(KNOWN_SEAT, name="seat"),
        CheckConstraint("to_at > from_at", name="period"),
        Index("ix_seat_absence_seat", "seat"),
    )

    id: str = text_column(primary_key=True)
    seat: str = text_column()
    from_at: datetime = instant_column()
    to_at: datetime = instant_column()
    reason: str = text_column()
    registered_by: str = text_column()
    registered_at: datetime = instant_column()


class MemberKey(Table, table=True):
    """A member's public key; its id is the JWK thumbprint (RFC 7638). `signature` proves that the
    member held the private key when it was registered."""

    __tablename__ = "member_key"
    __table_args__ = (
        CheckConstraint("algorithm IN ('EdDSA', 'ES256')", name="algorithm"),
        CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by IS NULL)"
            " AND (revoked_at IS NULL) = (revoked_reason IS NULL)",
            name="revoked",
        ),
        UniqueConstraint("id", "holder_sub", name="uq_member_key_holder"),
        Index("ix_member_key_holder_sub", "holder_sub"),
    )

    id: str = text_column(primary_key=True)
    holder_sub: str = text_column()
    algorithm: str = text_column()
    jwk: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    signed_at: datetime = instant_column()
    signature: str = text_column()
    registered_at: datetime = instant_column()
    revoked_at: datetime | None = instant_column(nullable=True)
    revoked_by: str | None = text_column(nullable=True)
    revoked_reason: str | None = text_column(nullable=True)


class Interest(Table, table=True):
    """What a member declares: a person or firm (DNI or RUC), the relation, and the ground of
    LPAG article 99 that it would be."""

    __tablename__ = "interest"
    __table_args__ = (
        CheckConstraint("kind IN ('ruc', 'dni')", name="kind"),
        CheckConstraint("ground BETWEEN 1 AND 6", name="ground"),
        CheckConstraint("valid_to >= valid_from", name="period"),
        Index("ix_interest_value", "value"),
        Index("ix_interest_holder_sub", "holder_sub"),
    )

    id: str = text_column(primary_key=True)
    holder_sub: str = text_column()
    kind: str = text_column()
    value: str = text_column()
    name: str = text_column()
    relation: str = text_column()
    ground: int = Field(nullable=False)
    valid_from: date = Field(nullable=False)
    valid_to: date | None = Field(default=None, nullable=True)
    declared_at: datetime = instant_column()
