"""Tables of the vote: ballots, their compiled files, votes, deferrals, recusals.

Triggers of the migrations hold the rest: a vote needs a ballot that takes votes, a term in force, a
key that is not revoked and a person who is not recused; a ballot is decided by the count of its
votes and is final; votes, files and deferrals are append-only, a recusal is decided once.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.board import domain
from services.board.people import Interest, MemberKey, SeatAbsence, SeatTerm
from services.board.sittings import (
    Acta,
    ActaSignature,
    AgendaItem,
    Attendance,
    BoardSession,
    NumberCounter,
)
from services.board.tables import KNOWN_SEAT, ROOM, SHA256_FORM, Table, text_column
from services.kernel.db import instant_column
from services.kernel.errors import Conflict, Denied, FundError
from services.kernel.tables import tally_table

_HOLDER = ["seat_term.id", "seat_term.seat", "seat_term.holder_sub", "seat_term.capacity"]


class Ballot(Table, table=True):
    """The vote on one dossier of one application, or on an amendment of its agreement (votación de
    un expediente)."""

    __tablename__ = "ballot"
    __table_args__ = (
        CheckConstraint(
            "state IN ('scheduled', 'open', 'second_call', 'decided', 'lapsed', 'deferred',"
            " 'withdrawn')",
            name="state",
        ),
        CheckConstraint(f"dossier_sha256 {SHA256_FORM}", name="dossier"),
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
        CheckConstraint(
            "(state IN ('decided', 'lapsed', 'deferred', 'withdrawn')) = (closed_at IS NOT NULL)",
            name="final",
        ),
        CheckConstraint(
            "conditions IS NULL OR (jsonb_typeof(conditions) = 'array'"
            " AND (jsonb_array_length(conditions) = 0 OR result = 'approved'))",
            name="conditions",
        ),
        UniqueConstraint(
            "application_id",
            "dossier_sha256",
            "cites_ballot_id",
            name="uq_ballot_dossier",
            postgresql_nulls_not_distinct=True,
        ),
        UniqueConstraint("cites_ballot_id"),
        ForeignKeyConstraint(
            ["cites_ballot_id"], ["ballot.id"], name="fk_ballot_cites_ballot_id_ballot"
        ),
        ForeignKeyConstraint(
            ["session_id"], ["board_session.id"], name="fk_ballot_session_id_board_session"
        ),
        Index(
            "uq_ballot_live",
            "application_id",
            unique=True,
            postgresql_where=text("state IN ('scheduled', 'open', 'second_call')"),
        ),
        Index("ix_ballot_session_id", "session_id"),
        Index(
            "ix_ballot_addendum_id",
            "addendum_id",
            postgresql_where=text("addendum_id IS NOT NULL"),
        ),
        UniqueConstraint("id", "dossier_sha256", name="uq_ballot_id_dossier"),
        UniqueConstraint("resolution_number", name="uq_ballot_resolution_number"),
        Index("ix_ballot_state", "state"),
    )

    id: str = text_column(primary_key=True)
    application_id: str = text_column()
    consortium_id: str = text_column()
    call_id: str = text_column()
    dossier_sha256: str = text_column()
    file_sha256: str = text_column()
    file_sequence: int = Field(default=1, nullable=False)
    cites_ballot_id: str | None = text_column(nullable=True)
    addendum_id: str | None = text_column(nullable=True)
    session_id: str | None = text_column(nullable=True)
    blind: bool = Field(default=True, nullable=False)
    state: str = text_column()
    version: int = Field(nullable=False)
    opened_at: datetime = instant_column()
    closes_at: datetime = instant_column()
    votes_from: datetime | None = instant_column(nullable=True)
    alternates_called_at: datetime | None = instant_column(nullable=True)
    second_called_at: datetime | None = instant_column(nullable=True)
    closed_at: datetime | None = instant_column(nullable=True)
    result: str | None = text_column(nullable=True)
    resolution_number: str | None = text_column(nullable=True)
    quorum_required: int | None = Field(default=None, nullable=True)
    present: int | None = Field(default=None, nullable=True)
    votes_for: int | None = Field(default=None, nullable=True)
    votes_against: int | None = Field(default=None, nullable=True)
    abstentions: int | None = Field(default=None, nullable=True)
    tie_broken_by: str | None = text_column(nullable=True)
    policy_revision: str | None = text_column(nullable=True)
    policy_input: dict[str, Any] | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), nullable=True
    )
    policy_answer: dict[str, Any] | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), nullable=True
    )
    conditions: list[dict[str, Any]] | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), nullable=True
    )
    resolution: dict[str, Any] | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), nullable=True
    )


class BallotFile(Table, table=True):
    """A compiled dossier (expediente compilado): what a vote was cast on. A later file voids the
    votes on the earlier ones, for the reason it tells."""

    __tablename__ = "ballot_file"
    __table_args__ = (
        CheckConstraint("sequence >= 1", name="sequence"),
        CheckConstraint(f"file_sha256 {SHA256_FORM}", name="hash"),
        UniqueConstraint("ballot_id", "file_sha256", "dossier_sha256", name="uq_ballot_file_hash"),
        ForeignKeyConstraint(
            ["ballot_id", "dossier_sha256"],
            ["ballot.id", "ballot.dossier_sha256"],
            name="fk_ballot_file_ballot",
        ),
    )

    ballot_id: str = text_column(primary_key=True)
    sequence: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    file_sha256: str = text_column()
    dossier_sha256: str = text_column()
    file: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    reason: str = text_column()
    compiled_by: str = text_column()
    compiled_at: datetime = instant_column()


class Vote(Table, table=True):
    """One seat's choice on one compiled file; written once, signed by the member."""

    __tablename__ = "vote"
    __table_args__ = (
        CheckConstraint(KNOWN_SEAT, name="seat"),
        CheckConstraint("choice IN ('for', 'against', 'abstain')", name="choice"),
        CheckConstraint("choice = 'for' OR coalesce(reason, '') ~ '\\S'", name="reason"),
        CheckConstraint(
            "(choice = 'abstain') = (coalesce(legal_bar, '') ~ '\\S')", name="legal_bar"
        ),
        CheckConstraint(
            "jsonb_typeof(conditions) = 'array'"
            " AND (choice = 'for' OR jsonb_array_length(conditions) = 0)",
            name="conditions",
        ),
        CheckConstraint(
            "signature IS NOT NULL AND key_id IS NOT NULL AND nonce IS NOT NULL"
            " AND signed_at IS NOT NULL",
            name="signed",
            postgresql_not_valid=True,
        ),
        UniqueConstraint("ballot_id", "seat", "file_sha256", name="uq_vote_ballot_id_seat"),
        UniqueConstraint("holder_sub", "nonce", name="uq_vote_nonce"),
        ForeignKeyConstraint(
            ["ballot_id", "file_sha256", "dossier_sha256"],
            [
                "ballot_file.ballot_id",
                "ballot_file.file_sha256",
                "ballot_file.dossier_sha256",
            ],
            name="fk_vote_ballot_file",
        ),
        ForeignKeyConstraint(
            ["term_id", "seat", "holder_sub", "capacity"], _HOLDER, name="fk_vote_seat_term"
        ),
        ForeignKeyConstraint(
            ["key_id", "holder_sub"],
            ["member_key.id", "member_key.holder_sub"],
            name="fk_vote_member_key",
        ),
    )

    id: str = text_column(primary_key=True)
    ballot_id: str = text_column()
    seat: str = text_column()
    capacity: str = text_column()
    choice: str = text_column()
    reason: str | None = text_column(nullable=True)
    legal_bar: str | None = text_column(nullable=True)
    conditions: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB, nullable=False)
    dossier_sha256: str = text_column()
    file_sha256: str = text_column()
    term_id: str = text_column()
    holder_sub: str = text_column()
    cast_at: datetime = instant_column()
    signed_at: datetime | None = instant_column(nullable=True)
    nonce: str | None = text_column(nullable=True)
    key_id: str | None = text_column(nullable=True)
    signature: str | None = text_column(nullable=True)


class Deferral(Table, table=True):
    """The decision of who presides to take a dossier up again later (aplazamiento)."""

    __tablename__ = "deferral"
    __table_args__ = (
        CheckConstraint("reason ~ '\\S'", name="reason"),
        ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name="fk_deferral_ballot_id_ballot"),
        ForeignKeyConstraint(
            ["term_id", "seat", "holder_sub", "capacity"], _HOLDER, name="fk_deferral_seat_term"
        ),
        ForeignKeyConstraint(
            ["key_id", "holder_sub"],
            ["member_key.id", "member_key.holder_sub"],
            name="fk_deferral_member_key",
        ),
    )

    ballot_id: str = text_column(primary_key=True)
    file_sha256: str = text_column()
    seat: str = text_column()
    holder_sub: str = text_column()
    capacity: str = text_column()
    term_id: str = text_column()
    reason: str = text_column()
    until: date = Field(nullable=False)
    signed_at: datetime = instant_column()
    nonce: str = text_column()
    key_id: str = text_column()
    signature: str = text_column()
    deferred_at: datetime = instant_column()


class Recusal(Table, table=True):
    """Whether a person may take part in a ballot (abstención, LPAG art. 99 to 105): the ground,
    who raised it, and what was decided."""

    __tablename__ = "recusal"
    __table_args__ = (
        CheckConstraint(KNOWN_SEAT, name="seat"),
        CheckConstraint("ground BETWEEN 1 AND 6", name="ground"),
        CheckConstraint("origin IN ('declared', 'proposed', 'detected')", name="origin"),
        CheckConstraint("(origin = 'declared') = (raised_by = holder_sub)", name="origin_person"),
        CheckConstraint("outcome IN ('pending', 'accepted', 'dismissed')", name="outcome"),
        CheckConstraint(
            "(outcome = 'pending') = (decided_at IS NULL)"
            " AND (decided_at IS NULL) = (decided_by IS NULL)"
            " AND (decided_at IS NULL) = (decision_reason IS NULL)",
            name="decided",
        ),
        Index(
            "uq_recusal_standing",
            "ballot_id",
            "seat",
            "holder_sub",
            unique=True,
            postgresql_where=text("outcome <> 'dismissed'"),
        ),
        Index("ix_recusal_pending", "decide_by", postgresql_where=text("outcome = 'pending'")),
        ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name="fk_recusal_ballot"),
        ForeignKeyConstraint(
            ["term_id", "seat", "holder_sub"], _HOLDER[:3], name="fk_recusal_seat_term"
        ),
    )

    id: str = text_column(primary_key=True)
    ballot_id: str = text_column()
    seat: str = text_column()
    ground: int = Field(nullable=False)
    reason: str = text_column()
    term_id: str = text_column()
    holder_sub: str = text_column()
    raised_at: datetime = instant_column()
    origin: str = text_column()
    raised_by: str = text_column()
    late: bool = Field(nullable=False)
    decide_by: datetime = instant_column()
    outcome: str = text_column()
    decided_by: str | None = text_column(nullable=True)
    decision_reason: str | None = text_column(nullable=True)
    decided_at: datetime | None = instant_column(nullable=True)


TALLY = tally_table(ROOM)

CONSTRAINT_ERRORS: dict[str, FundError] = {
    "uq_vote_ballot_id_seat": domain.seat_already_voted(),
    "uq_vote_nonce": domain.vote_replayed(),
    "vote_in_session": Conflict(
        "board.session_not_open", "La sesión aún no abre la votación; espere su hora."
    ),
    "vote_on_file": Conflict(
        "board.wrong_dossier",
        "El voto es sobre otro expediente que el vigente de la votación; vuelva a leerlo.",
    ),
    "vote_in_term": Denied("board.term_ended", "Su designación no está vigente."),
    "vote_by_alternate": Denied(
        "board.alternate_not_called",
        "El suplente vota solo si el titular falta, se abstuvo o su asiento está vacante.",
    ),
    "vote_key_revoked": Conflict(
        "board.key_revoked", "La llave con que firmó está revocada; registre una nueva."
    ),
    "uq_recusal_standing": domain.seat_recused(),
    "recusal_decided_once": Conflict(
        "board.recusal_decided", "Esa abstención ya fue decidida; la decisión es definitiva."
    ),
    "ballot_recusal_pending": Conflict(
        "board.recusal_pending",
        "Hay una abstención por decidir; quien preside debe resolverla primero.",
    ),
    "uq_ballot_live": Conflict(
        "board.ballot_live", "La solicitud ya tiene una votación en curso; espere su fin."
    ),
    "uq_ballot_cites_ballot_id": Conflict(
        "board.ballot_reopened", "Esa votación ya fue reabierta una vez por otra que la cita."
    ),
    "seat_term_one_person": Conflict(
        "board.person_holds_other_place",
        "Esa persona ya ocupa un lugar del consejo en esas fechas; una persona no vota dos veces.",
    ),
    **{
        f"ex_seat_term_{place}": Conflict(
            "board.term_overlaps",
            "Ese lugar ya tiene otra designación en esas fechas; termine la nueva antes de que"
            " comience la siguiente.",
        )
        for place in (
            "chair",
            "deputy_chair",
            *(f"{seat}_{kind}" for seat in domain.SEATS for kind in ("titular", "alternate")),
        )
    },
    "acta_signature_open": Conflict(
        "board.acta_sealed", "El acta ya está sellada o su contenido es otro."
    ),
    "vote_in_open_ballot": domain.ballot_closed(),
    "vote_not_recused": domain.seat_recused(),
    "recusal_in_open_ballot": domain.ballot_closed(),
    "recusal_before_vote": domain.seat_already_voted(),
    "uq_seat_term_open": Conflict(
        "board.seat_changed", "Otra persona cambió este asiento a la vez; vuelva a intentarlo."
    ),
}

__all__ = [
    "CONSTRAINT_ERRORS",
    "ROOM",
    "TALLY",
    "Acta",
    "ActaSignature",
    "AgendaItem",
    "Attendance",
    "Ballot",
    "BallotFile",
    "BoardSession",
    "Deferral",
    "Interest",
    "MemberKey",
    "NumberCounter",
    "Recusal",
    "SeatAbsence",
    "SeatTerm",
    "Vote",
]
