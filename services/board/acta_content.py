"""What an acta says (LPAG article 113), as one JSON document. Pure: rows in, plain values out.

Who attended, where and when, each matter apart, the form and sense of each vote with its reasons,
dissent, what was agreed. Each vote stands with the statement that its member signed, so that the
document proves itself; the acta before is named by its hash. Where nothing was agreed, who
answered is told and what they chose stays with them: the matter may come up again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.board import domain
from services.board.models import (
    Attendance,
    Ballot,
    BallotFile,
    BoardSession,
    Deferral,
    MemberKey,
    Recusal,
    SeatAbsence,
    SeatTerm,
    Vote,
)
from services.kernel.db import instant_text
from services.kernel.statements import deferral_statement, vote_statement

SCHEMA: Final = "fondo.acta.content.v1"
BOARD: Final = "Directorio del Fondo de los Consorcios Productivos"


@dataclass(frozen=True, slots=True)
class Matter:
    """One ballot with all that belongs to it; `votes` are all that were ever cast."""

    title: str
    ballot: Ballot
    files: Sequence[BallotFile]
    votes: Sequence[Vote]
    recusals: Sequence[Recusal]
    deferral: Deferral | None

    @property
    def counted(self) -> list[Vote]:
        """The votes on the file in force, in the board's order."""
        mine = [vote for vote in self.votes if vote.file_sha256 == self.ballot.file_sha256]
        return sorted(mine, key=lambda vote: domain.SEATS.index(vote.seat))

    @property
    def is_decided(self) -> bool:
        """Whether there is an agreement, and so what each seat chose is told."""
        return self.ballot.state == "decided"

    @property
    def told(self) -> Sequence[Vote]:
        """The votes that the acta tells in full."""
        return self.votes if self.is_decided else ()

    @property
    def dissent(self) -> list[Vote]:
        """The votes against what was agreed."""
        overruled = {"approved": "against", "rejected": "for"}.get(self.ballot.result or "")
        return [vote for vote in self.counted if vote.choice == overruled]


@dataclass(frozen=True, slots=True)
class Sitting:
    """All that an acta is drawn from; without `session` it is the vote on one dossier."""

    session: BoardSession | None
    attendance: Sequence[Attendance]
    matters: Sequence[Matter]
    terms: Sequence[SeatTerm]
    absences: Sequence[SeatAbsence]
    keys: Sequence[MemberKey]


def content_of(
    sitting: Sitting,
    *,
    acta_id: str,
    number: str,
    previous: tuple[str, str] | None,
    drawn_by: str,
    drawn_at: datetime,
) -> dict[str, Any]:
    """The content of an acta; `previous` is number and hash of the one before."""
    present = attendance_of(sitting)
    return {
        "schema": SCHEMA,
        "board": BOARD,
        "acta_id": acta_id,
        "number": number,
        "previous_number": previous[0] if previous else None,
        "previous_sha256": previous[1] if previous else None,
        "drawn_by": drawn_by,
        "drawn_at": instant_text(drawn_at),
        "session": None if sitting.session is None else _session(sitting.session),
        "attendance": present,
        "presiding": presiding_of(present, sitting.terms, _ended_at(sitting)),
        "terms": [term_of(term) for term in sitting.terms],
        "absences": [absence_of(absence) for absence in sitting.absences],
        "keys": [key_history(key) for key in sorted(sitting.keys, key=lambda key: key.id)],
        "matters": [
            matter_of(matter, position) for position, matter in enumerate(sitting.matters, start=1)
        ],
    }


def attendance_of(sitting: Sitting) -> list[dict[str, Any]]:
    """Who took part for each seat, in the board's order: who registered at the session, and who
    answered a ballot without having done so."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sitting.attendance:
        found[row.seat, row.holder_sub] = _attended(row, row.call, row.attended_at)
    for matter in sitting.matters:
        for vote in matter.counted:
            entry = _attended(vote, None, vote.cast_at)
            found.setdefault((vote.seat, vote.holder_sub), entry)
        put_off = matter.deferral
        if put_off is not None:
            entry = _attended(put_off, None, put_off.deferred_at)
            found.setdefault((put_off.seat, put_off.holder_sub), entry)
    return sorted(
        found.values(), key=lambda one: (domain.SEATS.index(one["seat"]), one["holder_sub"])
    )


def _attended(row: Attendance | Deferral | Vote, call: str | None, at: datetime) -> dict[str, Any]:
    return {
        **row.model_dump(include={"seat", "holder_sub", "capacity", "term_id"}),
        "call": call,
        "attended_at": instant_text(at),
    }


def presiding_of(
    present: Sequence[dict[str, Any]], terms: Iterable[SeatTerm], at: datetime
) -> dict[str, str] | None:
    """Who presided: the chair's seat if it took part, else the deputy chair's, else nobody."""
    held = [term for term in terms if in_force(term, at)]
    seats = [term.seat for term in held if term.chair]
    seats += [term.seat for term in held if term.deputy_chair]
    for seat in seats:
        for one in present:
            if one["seat"] == seat:
                return {"seat": seat, "holder_sub": one["holder_sub"]}
    return None


def must_sign(content: dict[str, Any]) -> set[tuple[str, str]]:
    """Seat and person without whose signature no acta is sealed: who presided and who dissented
    (LPAG article 113.3)."""
    named = [one for matter in content["matters"] for one in matter["dissent"]]
    if content["presiding"] is not None:
        named.append(content["presiding"])
    return {(one["seat"], one["holder_sub"]) for one in named}


def in_force(term: SeatTerm, at: datetime) -> bool:
    """Whether a term holds at an instant."""
    return term.valid_from <= at and (term.valid_to is None or at < term.valid_to)


def _ended_at(sitting: Sitting) -> datetime:
    closed = [matter.ballot.closed_at for matter in sitting.matters]
    if sitting.session is not None:
        closed.append(sitting.session.closed_at)
    return max(at for at in closed if at is not None)


def _texts(row: Any, *names: str) -> dict[str, str | None]:
    return {name: instant_text(getattr(row, name)) for name in names}


def _session(session: BoardSession) -> dict[str, Any]:
    return {
        "session_id": session.id,
        **session.model_dump(
            include={"number", "kind", "mode", "place", "state", "convened_by", "opened_on_call"}
        ),
        **_texts(
            session,
            "convened_at",
            "first_call_at",
            "second_call_at",
            "voting_closes_at",
            "opened_at",
            "closed_at",
        ),
    }


def term_of(term: SeatTerm) -> dict[str, Any]:
    """A designation as documents tell it."""
    return {
        "term_id": term.id,
        **term.model_dump(
            include={
                "seat",
                "capacity",
                "holder_sub",
                "holder_name",
                "resolution",
                "chair",
                "deputy_chair",
            }
        ),
        **_texts(term, "valid_from", "valid_to"),
    }


def absence_of(absence: SeatAbsence) -> dict[str, Any]:
    """An absence as documents tell it."""
    told = absence.model_dump(include={"seat", "reason", "registered_by"})
    return {**told, **_texts(absence, "from_at", "to_at", "registered_at")}


def key_history(key: MemberKey) -> dict[str, Any]:
    """When a key was registered and revoked."""
    return {
        "key_id": key.id,
        "holder_sub": key.holder_sub,
        "revoked_reason": key.revoked_reason,
        **_texts(key, "registered_at", "revoked_at"),
    }


def matter_of(matter: Matter, position: int) -> dict[str, Any]:
    """One matter of the agenda: what was asked, how each seat answered, what was agreed."""
    ballot, counted = matter.ballot, matter.counted
    return {
        "position": position,
        "title": matter.title,
        "ballot_id": ballot.id,
        **ballot.model_dump(
            include={
                "application_id",
                "consortium_id",
                "call_id",
                "dossier_sha256",
                "file_sha256",
                "file_sequence",
                "cites_ballot_id",
                "state",
                "blind",
            }
        ),
        **_texts(
            ballot,
            "opened_at",
            "votes_from",
            "second_called_at",
            "alternates_called_at",
            "closes_at",
            "closed_at",
        ),
        "files": [_file(file) for file in sorted(matter.files, key=lambda file: file.sequence)],
        "recusals": [_recusal(row) for row in sorted(matter.recusals, key=lambda row: row.id)],
        "votes": [_vote(vote) for vote in counted] if matter.is_decided else [],
        "void_votes": list(_void_votes(matter)) if matter.is_decided else [],
        "answered": [] if matter.is_decided else [_answer(vote) for vote in counted],
        "deferral": None if matter.deferral is None else _deferral(matter.deferral),
        "outcome": _outcome(ballot) if ballot.state in {"decided", "lapsed"} else None,
        "dissent": [
            vote.model_dump(include={"seat", "holder_sub", "reason"}) for vote in matter.dissent
        ],
    }


def _file(file: BallotFile) -> dict[str, Any]:
    told = {"sequence", "file_sha256", "dossier_sha256", "reason", "compiled_by"}
    return {**file.model_dump(include=told), **_texts(file, "compiled_at")}


def _recusal(row: Recusal) -> dict[str, Any]:
    told = {
        "seat",
        "holder_sub",
        "ground",
        "reason",
        "origin",
        "raised_by",
        "late",
        "outcome",
        "decided_by",
        "decision_reason",
    }
    return {
        "recusal_id": row.id,
        **row.model_dump(include=told),
        **_texts(row, "raised_at", "decided_at"),
    }


def _answer(vote: Vote) -> dict[str, Any]:
    told = vote.model_dump(include={"seat", "holder_sub", "capacity", "term_id"})
    return {**told, "cast_at": instant_text(vote.cast_at)}


def _vote(vote: Vote) -> dict[str, Any]:
    return {
        "vote_id": vote.id,
        **vote.model_dump(include={"capacity", "term_id", "key_id", "signature"}),
        "cast_at": instant_text(vote.cast_at),
        "statement": statement_of(vote),
    }


def statement_of(vote: Vote) -> dict[str, Any]:
    """The statement that the member signed, rebuilt from the stored vote."""
    assert vote.signed_at is not None
    assert vote.nonce is not None
    return vote_statement(
        **vote.model_dump(
            include={
                "ballot_id",
                "file_sha256",
                "dossier_sha256",
                "seat",
                "holder_sub",
                "choice",
                "reason",
                "legal_bar",
                "conditions",
            }
        ),
        signed_at=vote.signed_at,
        nonce=vote.nonce,
    )


def _void_votes(matter: Matter) -> Iterator[dict[str, Any]]:
    """Votes on earlier files, each with the reason for which a later file took its place."""
    files = {file.file_sha256: file for file in matter.files}
    followed = {file.sequence - 1: file for file in matter.files}
    for vote in sorted(matter.votes, key=lambda vote: vote.id):
        if vote.file_sha256 != matter.ballot.file_sha256:
            reason = followed[files[vote.file_sha256].sequence].reason
            yield {**_vote(vote), "void_reason": reason}


def _deferral(row: Deferral) -> dict[str, Any]:
    signed = {"ballot_id", "file_sha256", "seat", "holder_sub", "reason", "until", "signed_at"}
    return {
        **row.model_dump(include={"capacity", "term_id", "key_id", "signature"}),
        "deferred_at": instant_text(row.deferred_at),
        "statement": deferral_statement(**row.model_dump(include=signed | {"nonce"})),
    }


def _outcome(ballot: Ballot) -> dict[str, Any]:
    told = {
        "result",
        "resolution_number",
        "quorum_required",
        "present",
        "votes_for",
        "votes_against",
        "abstentions",
        "tie_broken_by",
        "policy_revision",
    }
    outcome = {**ballot.model_dump(include=told), "conditions": ballot.conditions or []}
    if ballot.state == "lapsed":
        outcome |= {"votes_for": None, "votes_against": None}
    return outcome
