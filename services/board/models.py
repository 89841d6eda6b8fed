"""Tables of the board, with every invariant that PostgreSQL can hold.

Triggers of the first migration hold the rest: a vote needs a ballot that takes votes and a seat
that is not recused, a closed ballot is final, votes and recusals are append-only.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Field, SQLModel

from services.board import domain
from services.kernel.db import instant_column, table_registry
from services.kernel.errors import Conflict, FundError

ROOM = table_registry()

_KNOWN_SEAT = "seat IN ('midagri', 'produce', 'mincetur', 'mef')"
_SHA256 = "dossier_sha256 ~ '^[0-9a-f]{64}$'"


class Table(SQLModel, registry=ROOM):
    """Base of the room's tables."""


def _never_two(name: str, condition: str) -> ExcludeConstraint:
    period: ColumnElement[Any] = func.tstzrange(text("valid_from"), text("valid_to"))
    return ExcludeConstraint((period, "&&"), where=text(condition), name=name)


class SeatTerm(Table, table=True):
    """Who holds a seat from when to when, and whether as chair; the open term has no end."""

    __tablename__ = "seat_term"
    __table_args__ = (
        CheckConstraint(_KNOWN_SEAT, name="seat"),
        CheckConstraint("valid_to > valid_from", name="period"),
        UniqueConstraint("id", "seat", "holder_sub", name="uq_seat_term_holder"),
        Index("uq_seat_term_open", "seat", unique=True, postgresql_where=text("valid_to IS NULL")),
        *(_never_two(f"ex_seat_term_{seat}", f"seat = '{seat}'") for seat in domain.SEATS),
        _never_two("ex_seat_term_chair", "chair"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    seat: str = Field(sa_type=Text, nullable=False)
    holder_sub: str = Field(sa_type=Text, nullable=False)
    holder_name: str = Field(sa_type=Text, nullable=False)
    chair: bool = Field(nullable=False)
    valid_from: datetime = instant_column()
    valid_to: datetime | None = instant_column(nullable=True)


class Ballot(Table, table=True):
    """The vote on one dossier of one application (votación de un expediente)."""

    __tablename__ = "ballot"
    __table_args__ = (
        CheckConstraint(
            "state IN ('scheduled', 'open', 'second_call', 'decided', 'lapsed')", name="state"
        ),
        CheckConstraint(_SHA256, name="dossier"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint(
            "(state = 'decided') = (result IS NOT NULL AND resolution_number IS NOT NULL"
            " AND resolution IS NOT NULL)",
            name="decided",
        ),
        CheckConstraint(
            "(state IN ('decided', 'lapsed')) = (closed_at IS NOT NULL"
            " AND policy_revision IS NOT NULL AND policy_input IS NOT NULL"
            " AND policy_answer IS NOT NULL AND quorum_required IS NOT NULL"
            " AND present IS NOT NULL AND votes_for IS NOT NULL AND votes_against IS NOT NULL)",
            name="closed",
        ),
        CheckConstraint("result IN ('approved', 'rejected')", name="result"),
        CheckConstraint("result IS NULL OR present >= quorum_required", name="quorum"),
        CheckConstraint(
            "result IS DISTINCT FROM 'approved' OR votes_for > votes_against"
            " OR (votes_for = votes_against AND tie_broken_by IS NOT NULL)",
            name="majority",
        ),
        CheckConstraint("tie_broken_by IN ('midagri', 'produce', 'mincetur', 'mef')", name="tie"),
        UniqueConstraint("application_id", "dossier_sha256", name="uq_ballot_dossier"),
        UniqueConstraint("id", "dossier_sha256", name="uq_ballot_id_dossier"),
        UniqueConstraint("resolution_number", name="uq_ballot_resolution_number"),
        Index("ix_ballot_state", "state"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    application_id: str = Field(sa_type=Text, nullable=False)
    consortium_id: str = Field(sa_type=Text, nullable=False)
    call_id: str = Field(sa_type=Text, nullable=False)
    dossier_sha256: str = Field(sa_type=Text, nullable=False)
    state: str = Field(sa_type=Text, nullable=False)
    version: int = Field(nullable=False)
    opened_at: datetime = instant_column()
    closes_at: datetime = instant_column()
    second_called_at: datetime | None = instant_column(nullable=True)
    closed_at: datetime | None = instant_column(nullable=True)
    result: str | None = Field(default=None, sa_type=Text, nullable=True)
    resolution_number: str | None = Field(default=None, sa_type=Text, nullable=True)
    quorum_required: int | None = Field(default=None, nullable=True)
    present: int | None = Field(default=None, nullable=True)
    votes_for: int | None = Field(default=None, nullable=True)
    votes_against: int | None = Field(default=None, nullable=True)
    tie_broken_by: str | None = Field(default=None, sa_type=Text, nullable=True)
    policy_revision: str | None = Field(default=None, sa_type=Text, nullable=True)
    policy_input: dict[str, Any] | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), nullable=True
    )
    policy_answer: dict[str, Any] | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), nullable=True
    )
    resolution: dict[str, Any] | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), nullable=True
    )


class Vote(Table, table=True):
    """One seat's choice on one dossier; written once. `signature` awaits the member's JWS."""

    __tablename__ = "vote"
    __table_args__ = (
        CheckConstraint(_KNOWN_SEAT, name="seat"),
        CheckConstraint("choice IN ('for', 'against')", name="choice"),
        CheckConstraint("choice = 'for' OR coalesce(reason, '') ~ '\\S'", name="reason"),
        UniqueConstraint("ballot_id", "seat", name="uq_vote_ballot_id_seat"),
        ForeignKeyConstraint(
            ["ballot_id", "dossier_sha256"],
            ["ballot.id", "ballot.dossier_sha256"],
            name="fk_vote_ballot",
        ),
        ForeignKeyConstraint(
            ["term_id", "seat", "holder_sub"],
            ["seat_term.id", "seat_term.seat", "seat_term.holder_sub"],
            name="fk_vote_seat_term",
        ),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    ballot_id: str = Field(sa_type=Text, nullable=False)
    seat: str = Field(sa_type=Text, nullable=False)
    choice: str = Field(sa_type=Text, nullable=False)
    reason: str | None = Field(default=None, sa_type=Text, nullable=True)
    dossier_sha256: str = Field(sa_type=Text, nullable=False)
    term_id: str = Field(sa_type=Text, nullable=False)
    holder_sub: str = Field(sa_type=Text, nullable=False)
    cast_at: datetime = instant_column()
    signature: str | None = Field(default=None, sa_type=Text, nullable=True)


class Recusal(Table, table=True):
    """A seat that may not take part (abstención, LPAG art. 99): its ground and its reason."""

    __tablename__ = "recusal"
    __table_args__ = (
        CheckConstraint(_KNOWN_SEAT, name="seat"),
        CheckConstraint("ground BETWEEN 1 AND 6", name="ground"),
        UniqueConstraint("ballot_id", "seat", name="uq_recusal_ballot_id_seat"),
        ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name="fk_recusal_ballot"),
        ForeignKeyConstraint(
            ["term_id", "seat", "holder_sub"],
            ["seat_term.id", "seat_term.seat", "seat_term.holder_sub"],
            name="fk_recusal_seat_term",
        ),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    ballot_id: str = Field(sa_type=Text, nullable=False)
    seat: str = Field(sa_type=Text, nullable=False)
    ground: int = Field(nullable=False)
    reason: str = Field(sa_type=Text, nullable=False)
    term_id: str = Field(sa_type=Text, nullable=False)
    holder_sub: str = Field(sa_type=Text, nullable=False)
    raised_at: datetime = instant_column()


class ResolutionCounter(Table, table=True):
    """The last resolution number of each year: without gaps, since it commits with its use."""

    __tablename__ = "resolution_counter"
    __table_args__ = (CheckConstraint("last >= 1", name="last"),)

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int = Field(nullable=False)


CONSTRAINT_ERRORS: dict[str, FundError] = {
    "uq_vote_ballot_id_seat": domain.seat_already_voted(),
    "uq_recusal_ballot_id_seat": domain.seat_recused(),
    "vote_in_open_ballot": domain.ballot_closed(),
    "vote_not_recused": domain.seat_recused(),
    "recusal_in_open_ballot": domain.ballot_closed(),
    "recusal_before_vote": domain.seat_already_voted(),
    "uq_seat_term_open": Conflict(
        "board.seat_changed", "Otra persona cambió este asiento a la vez; vuelva a intentarlo."
    ),
}
