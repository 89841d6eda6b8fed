"""Tables of the board's sittings: sessions, agenda, attendance, actas and their signatures."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.board.tables import KNOWN_SEAT, SHA256_FORM, Table, text_column
from services.kernel.db import instant_column


class BoardSession(Table, table=True):
    """A session of the board (sesión): when it is called, when its voting ends, how it went."""

    __tablename__ = "board_session"
    __table_args__ = (
        CheckConstraint("kind IN ('ordinary', 'extraordinary')", name="kind"),
        CheckConstraint("mode IN ('virtual', 'in_person')", name="mode"),
        CheckConstraint(
            "state IN ('convened', 'second_call', 'voting', 'closed', 'not_held')", name="state"
        ),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint(
            "convened_at < first_call_at AND first_call_at < second_call_at"
            " AND second_call_at < voting_closes_at",
            name="times",
        ),
        CheckConstraint(
            "(opened_at IS NULL) = (opened_on_call IS NULL)"
            " AND (state IN ('voting', 'closed')) = (opened_at IS NOT NULL)",
            name="opened",
        ),
        CheckConstraint("opened_on_call IN ('first', 'second')", name="opened_on_call"),
        CheckConstraint(
            "(state IN ('closed', 'not_held')) = (closed_at IS NOT NULL)", name="closed"
        ),
        UniqueConstraint("number", name="uq_board_session_number"),
    )

    id: str = text_column(primary_key=True)
    number: str = text_column()
    kind: str = text_column()
    mode: str = text_column()
    place: str = text_column()
    blind: bool = Field(nullable=False)
    waived_notice: bool = Field(nullable=False)
    state: str = text_column()
    version: int = Field(nullable=False)
    convened_by: str = text_column()
    convened_at: datetime = instant_column()
    first_call_at: datetime = instant_column()
    second_call_at: datetime = instant_column()
    voting_closes_at: datetime = instant_column()
    opened_at: datetime | None = instant_column(nullable=True)
    opened_on_call: str | None = text_column(nullable=True)
    closed_at: datetime | None = instant_column(nullable=True)


class AgendaItem(Table, table=True):
    """One dossier of a session's agenda (orden del día)."""

    __tablename__ = "agenda_item"
    __table_args__ = (
        CheckConstraint("position >= 1", name="position"),
        UniqueConstraint("session_id", "ballot_id"),
        ForeignKeyConstraint(
            ["session_id"], ["board_session.id"], name="fk_agenda_item_session_id_board_session"
        ),
        ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name="fk_agenda_item_ballot_id_ballot"),
    )

    session_id: str = text_column(primary_key=True)
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    ballot_id: str = text_column()
    title: str = text_column()


class Attendance(Table, table=True):
    """Who attended a session for a seat, and on which call."""

    __tablename__ = "attendance"
    __table_args__ = (
        CheckConstraint("call IN ('first', 'second')", name="call"),
        CheckConstraint(KNOWN_SEAT, name="seat"),
        ForeignKeyConstraint(
            ["session_id"], ["board_session.id"], name="fk_attendance_session_id_board_session"
        ),
        ForeignKeyConstraint(
            ["term_id", "seat", "holder_sub", "capacity"],
            ["seat_term.id", "seat_term.seat", "seat_term.holder_sub", "seat_term.capacity"],
            name="fk_attendance_seat_term",
        ),
    )

    session_id: str = text_column(primary_key=True)
    holder_sub: str = text_column(primary_key=True)
    call: str = text_column(primary_key=True)
    seat: str = text_column()
    capacity: str = text_column()
    term_id: str = text_column()
    attended_at: datetime = instant_column()


class Acta(Table, table=True):
    """The minutes of a session, or of the vote on one dossier without a session; each names the
    hash of the one before."""

    __tablename__ = "acta"
    __table_args__ = (
        CheckConstraint("num_nonnulls(session_id, ballot_id) = 1", name="subject"),
        CheckConstraint("(sealed_at IS NULL) = (seal IS NULL)", name="sealed"),
        CheckConstraint(f"content_sha256 {SHA256_FORM}", name="content_sha256"),
        UniqueConstraint("number", name="uq_acta_number"),
        UniqueConstraint("session_id", name="uq_acta_session_id"),
        UniqueConstraint("ballot_id", name="uq_acta_ballot_id"),
        UniqueConstraint("content_sha256", name="uq_acta_content_sha256"),
        UniqueConstraint("previous_sha256", name="uq_acta_previous_sha256"),
        ForeignKeyConstraint(
            ["session_id"], ["board_session.id"], name="fk_acta_session_id_board_session"
        ),
        ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name="fk_acta_ballot_id_ballot"),
        ForeignKeyConstraint(
            ["previous_sha256"], ["acta.content_sha256"], name="fk_acta_previous_sha256_acta"
        ),
        Index(
            "uq_acta_first",
            text("(true)"),
            unique=True,
            postgresql_where=text("previous_sha256 IS NULL"),
        ),
    )

    id: str = text_column(primary_key=True)
    number: str = text_column()
    session_id: str | None = text_column(nullable=True)
    ballot_id: str | None = text_column(nullable=True)
    content: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    content_sha256: str = text_column()
    previous_sha256: str | None = text_column(nullable=True)
    drawn_by: str = text_column()
    drawn_at: datetime = instant_column()
    sealed_at: datetime | None = instant_column(nullable=True)
    seal: dict[str, Any] | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), nullable=True
    )


class ActaSignature(Table, table=True):
    """One signature under an acta, over the hash of its content."""

    __tablename__ = "acta_signature"
    __table_args__ = (
        ForeignKeyConstraint(["acta_id"], ["acta.id"], name="fk_acta_signature_acta_id_acta"),
        ForeignKeyConstraint(
            ["key_id", "holder_sub"],
            ["member_key.id", "member_key.holder_sub"],
            name="fk_acta_signature_member_key",
        ),
    )

    acta_id: str = text_column(primary_key=True)
    seat: str = text_column(primary_key=True)
    holder_sub: str = text_column(primary_key=True)
    key_id: str = text_column()
    content_sha256: str = text_column()
    signed_at: datetime = instant_column()
    nonce: str = text_column()
    signature: str = text_column()
    received_at: datetime = instant_column()


class NumberCounter(Table, table=True):
    """The last number of each kind and year: without gaps, since it commits with its use."""

    __tablename__ = "number_counter"
    __table_args__ = (CheckConstraint("last >= 1", name="last"),)

    kind: str = text_column(primary_key=True)
    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int = Field(nullable=False)
