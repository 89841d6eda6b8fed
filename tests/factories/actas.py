"""A session's acta as the board would draw it up, signed by four members with their own keys.

The rows are made up; content, statements and file are the board's own. Two matters: the first has a
vote on an earlier file, conditions, dissent and a tie that the chair breaks; in the second a member
is recused and its alternate may not act.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.board import acta_content, acta_file
from services.board.models import (
    ActaSignature,
    Attendance,
    Ballot,
    BallotFile,
    BoardSession,
    MemberKey,
    Recusal,
    SeatTerm,
    Vote,
)
from services.kernel import proof
from services.kernel.statements import acta_statement, key_statement

SEATS = ("midagri", "produce", "mincetur", "mef")
START = datetime(2026, 11, 24, 14, 0, 0, 123456, tzinfo=UTC)
CONDITION = {"text": "Contar con agua", "evidence": "Licencia de la ANA", "due_working_days": 20}


def at(minutes: float) -> datetime:
    """So many minutes after the session was opened."""
    return START + timedelta(minutes=minutes)


def hashed(text: str) -> str:
    """Some hash, the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Member:
    """A member with its key; MEF's is of the other kind."""

    seat: str
    sub: str
    private_key: Any

    @property
    def key(self) -> MemberKey:
        """The key as it is registered."""
        jwk, signed_at = proof.public_jwk(self.private_key), at(-600).replace(microsecond=0)
        statement = key_statement(jwk=jwk, holder_sub=self.sub, signed_at=signed_at)
        return MemberKey(
            id=proof.thumbprint(jwk),
            holder_sub=self.sub,
            algorithm=proof.algorithm_of(jwk),
            jwk=jwk,
            signed_at=signed_at,
            signature=proof.sign(statement, self.private_key),
            registered_at=signed_at,
        )

    @property
    def term(self) -> SeatTerm:
        """The member's designation."""
        return SeatTerm(
            id=f"ter_{self.seat}",
            seat=self.seat,
            capacity="titular",
            holder_sub=self.sub,
            holder_name=f"Persona de {self.seat}",
            resolution=f"RM 001-2026-{self.seat}",
            chair=self.seat == "midagri",
            deputy_chair=self.seat == "produce",
            valid_from=at(-10_000),
            valid_to=None,
        )


def members() -> dict[str, Member]:
    """Four members, the same at each call."""
    made = {
        seat: Member(seat, f"{seat}-1", Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32))
        for n, seat in enumerate(SEATS, start=1)
    }
    made["mef"].private_key = ec.derive_private_key(20261124, ec.SECP256R1())
    return made


@dataclass
class Drawn:
    """An acta's content with those who sign it; `file()` is the sealed file."""

    content: dict[str, Any]
    people: dict[str, Member] = field(default_factory=members)
    seal: dict[str, Any] | None = field(default_factory=lambda: {**acta_file.COMPLETE_SEAL})

    def file(self, signers: tuple[str, ...] = SEATS, **changes: Any) -> bytes:
        """The file, signed over the content as it stands."""
        digest = proof.sha256_of(self.content)
        keys = acta_file.keys_used(self.content) | {self.people[s].key.id for s in signers}
        if self.seal is not None and self.seal["key_id"] is not None:
            keys.add(self.seal["key_id"])
        held = [one.key for one in self.people.values() if one.key.id in keys]
        document = acta_file.file_of(
            content=self.content,
            content_sha256=digest,
            seal=self.seal,
            signatures=[self._signature(self.people[seat], digest) for seat in signers],
            keys=held,
        )
        return proof.canonical({**document, **changes})

    def _signature(self, member: Member, digest: str) -> ActaSignature:
        row = ActaSignature(
            acta_id=self.content["acta_id"],
            seat=member.seat,
            holder_sub=member.sub,
            key_id=member.key.id,
            content_sha256=digest,
            signed_at=at(95).replace(microsecond=0),
            nonce=f"acta-{member.seat}-0123456789",
            signature="",
            received_at=at(95),
        )
        signed = {"acta_id", "content_sha256", "seat", "holder_sub", "signed_at", "nonce"}
        row.signature = proof.sign(
            acta_statement(**row.model_dump(include=signed)), member.private_key
        )
        return row


def drawn(*, number: int = 1, previous: bytes | None = None) -> Drawn:
    """The acta of the session, following `previous`."""
    people = members()
    before = None
    if previous is not None:
        content = json.loads(previous)["content"]
        before = (content["number"], proof.sha256_of(content))
    sitting = acta_content.Sitting(
        session=_session(number),
        attendance=[_attended(person) for person in people.values()],
        matters=[_tied(people, number), _recused(people, number)],
        terms=[person.term for person in people.values()],
        absences=[],
        keys=[person.key for person in people.values()],
    )
    content = acta_content.content_of(
        sitting,
        acta_id=f"act_{number}",
        number=f"ACTA-{number:03d}-2026-FC",
        previous=before,
        drawn_by="secretaria-1",
        drawn_at=at(92),
    )
    return Drawn(json.loads(proof.canonical(content)), people)


def not_held() -> Drawn:
    """The acta of a session to which only two came, on both calls."""
    people = members()
    session = _session(1, state="not_held", opened_at=None, opened_on_call=None)
    two = [people["midagri"], people["mef"]]
    sitting = acta_content.Sitting(
        session=session,
        attendance=[_attended(person) for person in two],
        matters=[],
        terms=[person.term for person in people.values()],
        absences=[],
        keys=[],
    )
    content = acta_content.content_of(
        sitting,
        acta_id="act_9",
        number="ACTA-009-2026-FC",
        previous=None,
        drawn_by="secretaria-1",
        drawn_at=at(92),
    )
    return Drawn(json.loads(proof.canonical(content)), people)


def _session(number: int, **changes: Any) -> BoardSession:
    row: dict[str, Any] = dict(
        id=f"ses_{number}",
        number=f"SES-{number:03d}-2026-FC",
        kind="ordinary",
        mode="virtual",
        place="Sala virtual del directorio",
        blind=True,
        state="closed",
        version=4,
        convened_by="secretaria-1",
        convened_at=at(-9000),
        first_call_at=at(0),
        second_call_at=at(1440),
        voting_closes_at=at(2880),
        opened_at=at(0),
        opened_on_call="first",
        closed_at=at(91),
    )
    return BoardSession(**{**row, **changes})


def _attended(person: Member) -> Attendance:
    return Attendance(
        session_id="ses_1",
        seat=person.seat,
        holder_sub=person.sub,
        capacity="titular",
        term_id=person.term.id,
        call="first",
        attended_at=at(1),
    )


def _ballot(name: str, **changes: Any) -> Ballot:
    row: dict[str, Any] = {
        "id": f"bal_{name}",
        "application_id": f"app_{name}",
        "consortium_id": f"con_{name}",
        "call_id": "cal_1",
        "dossier_sha256": hashed(f"dossier {name}"),
        "file_sha256": hashed(f"file {name} 1"),
        "file_sequence": 1,
        "blind": True,
        "state": "decided",
        "version": 9,
        "opened_at": at(-9000),
        "votes_from": at(0),
        "closes_at": at(2880),
        "closed_at": at(90),
        "quorum_required": 3,
        "abstentions": 0,
        "policy_revision": "3f2a9c1b7d04",
    }
    return Ballot(**{**row, **changes})


def _file(ballot: Ballot, sequence: int, reason: str) -> BallotFile:
    return BallotFile(
        ballot_id=ballot.id,
        sequence=sequence,
        file_sha256=hashed(f"file {ballot.id[4:]} {sequence}"),
        dossier_sha256=ballot.dossier_sha256,
        file={},
        reason=reason,
        compiled_by="fund-services",
        compiled_at=at(-9000 + sequence),
    )


def _vote(person: Member, ballot: Ballot, minute: float, choice: str, **said: Any) -> Vote:
    row = Vote(
        id=f"vot_{ballot.id[4:]}_{person.seat}_{minute}",
        ballot_id=ballot.id,
        seat=person.seat,
        capacity="titular",
        choice=choice,
        reason=said.get("reason"),
        legal_bar=said.get("legal_bar"),
        conditions=said.get("conditions", []),
        dossier_sha256=ballot.dossier_sha256,
        file_sha256=said.get("file_sha256", ballot.file_sha256),
        term_id=person.term.id,
        holder_sub=person.sub,
        cast_at=at(minute),
        signed_at=at(minute).replace(microsecond=0),
        nonce=f"nonce-{ballot.id[4:]}-{person.seat}-{minute}",
        key_id=person.key.id,
        signature="",
    )
    row.signature = proof.sign(acta_content.statement_of(row), person.private_key)
    return row


def _tied(people: dict[str, Member], number: int) -> acta_content.Matter:
    ballot = _ballot(
        f"tied{number}",
        file_sequence=2,
        result="approved",
        resolution_number=f"{2 * number - 1:03d}-2026-FC",
        present=4,
        votes_for=2,
        votes_against=2,
        tie_broken_by="midagri",
        conditions=[CONDITION],
    )
    files = [
        _file(ballot, 1, "Al abrir la votación."),
        _file(ballot, 2, "Se corrigió la evaluación de la secretaría."),
    ]
    ballot.file_sha256 = files[1].file_sha256
    early = {"file_sha256": files[0].file_sha256, "reason": "El presupuesto no cuadra."}
    why = {"reason": "El mercado no está asegurado."}
    return acta_content.Matter(
        title="Banano orgánico del Chira",
        ballot=ballot,
        files=files,
        votes=[
            _vote(people["mincetur"], ballot, 10, "against", **early),
            _vote(people["midagri"], ballot, 20, "for", conditions=[CONDITION]),
            _vote(people["produce"], ballot, 21, "for", reason="Conviene a la región."),
            _vote(people["mincetur"], ballot, 22, "against", **why),
            _vote(people["mef"], ballot, 23, "against", reason="El costo es alto."),
        ],
        recusals=[],
        deferral=None,
    )


def _recused(people: dict[str, Member], number: int) -> acta_content.Matter:
    ballot = _ballot(
        f"recused{number}",
        result="rejected",
        resolution_number=f"{2 * number:03d}-2026-FC",
        present=4,
        votes_for=1,
        votes_against=1,
        abstentions=1,
        tie_broken_by="midagri",
        conditions=[],
    )
    recusal = Recusal(
        id=f"rec_{number}",
        ballot_id=ballot.id,
        seat="mef",
        ground=2,
        reason="Asesoró al consorcio en marzo.",
        term_id="ter_mef",
        holder_sub="mef-1",
        raised_at=at(2),
        origin="declared",
        raised_by="mef-1",
        late=False,
        decide_by=at(4000),
        outcome="accepted",
        decided_by="midagri-1",
        decision_reason="La causal está probada.",
        decided_at=at(5),
    )
    bar = {"reason": "La ley me lo impide.", "legal_bar": "Ley 27815, art. 8"}
    return acta_content.Matter(
        title="Quinua de Ayacucho",
        ballot=ballot,
        files=[_file(ballot, 1, "Al abrir la votación.")],
        votes=[
            _vote(people["midagri"], ballot, 30, "against", reason="Falta el padrón."),
            _vote(people["produce"], ballot, 31, "for"),
            _vote(people["mincetur"], ballot, 32, "abstain", **bar),
        ],
        recusals=[recusal],
        deferral=None,
    )


def edited(file: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """The file after somebody edited it, in canonical form again."""
    document = json.loads(file)
    change(document)
    return proof.canonical(document)
