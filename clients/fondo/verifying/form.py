"""The form of an acta's file, as the verifier reads it: its own reading, field by field.

Instants stay texts, so that what is hashed and checked is what the file says; `instant` reads them.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

_D = "[0-9]"
INSTANT = f"^{_D}{{4}}-{_D}{{2}}-{_D}{{2}}T{_D}{{2}}:{_D}{{2}}:{_D}{{2}}([.]{_D}{{1,6}})?Z$"


def instant(text: str) -> datetime:
    """The instant that a text of the file names; raises ValueError for one that does not exist."""
    return datetime.fromisoformat(text)


def _existing(text: str) -> str:
    instant(text)
    return text


Instant = Annotated[str, StringConstraints(pattern=INSTANT), AfterValidator(_existing)]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Seat = Literal["midagri", "produce", "mincetur", "mef"]
Capacity = Literal["titular", "alternate"]
Choice = Literal["for", "against", "abstain"]
Number = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
SEATS: tuple[Seat, ...] = ("midagri", "produce", "mincetur", "mef")


class Part(BaseModel):
    """A part of the file: nothing missing, nothing more."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Condition(Part):
    """What an approval is subject to."""

    text: str
    evidence: str
    due_working_days: Number


class VoteStatement(Part):
    """What a member signed to vote."""

    type: Literal["fondo.vote.v1"]
    ballot_id: str
    file_sha256: Hash
    dossier_sha256: Hash
    seat: Seat
    holder_sub: str
    choice: Choice
    reason: str | None
    legal_bar: str | None
    conditions: list[Condition]
    signed_at: Instant
    nonce: str


class DeferralStatement(Part):
    """What who presided signed to put a dossier off."""

    type: Literal["fondo.deferral.v1"]
    ballot_id: str
    file_sha256: Hash
    seat: Seat
    holder_sub: str
    reason: str
    until: str
    signed_at: Instant
    nonce: str


class ActaStatement(Part):
    """What a member signed under the acta."""

    type: Literal["fondo.acta.v1"]
    acta_id: str
    content_sha256: Hash
    seat: Seat
    holder_sub: str
    signed_at: Instant
    nonce: str


class Absentee(Part):
    """Somebody who was present and did not sign."""

    seat: Seat
    holder_sub: str


class SealStatement(Part):
    """What the secretariat signed to seal an acta that somebody did not sign."""

    type: Literal["fondo.seal.v1"]
    acta_id: str
    content_sha256: Hash
    holder_sub: str
    missing: list[Absentee]
    reason: str
    signed_at: Instant
    nonce: str


class Signed(Part):
    """A signature and the key that made it."""

    key_id: str
    signature: str


class Vote(Signed):
    """A vote and its proof."""

    vote_id: str
    capacity: Capacity
    term_id: str
    cast_at: Instant
    statement: VoteStatement


class VoidVote(Vote):
    """A vote on an earlier file, and why that file was replaced."""

    void_reason: str


class Answer(Part):
    """Who answered a ballot that agreed nothing; what it chose is not told."""

    seat: Seat
    holder_sub: str
    capacity: Capacity
    term_id: str
    cast_at: Instant


class Deferral(Signed):
    """The deferral and its proof."""

    capacity: Capacity
    term_id: str
    deferred_at: Instant
    statement: DeferralStatement


class Recusal(Part):
    """Whether a person took part, who asked and what was decided."""

    recusal_id: str
    seat: Seat
    holder_sub: str
    ground: Annotated[int, Field(strict=True, ge=1, le=6)]
    reason: str
    origin: Literal["declared", "proposed", "detected"]
    raised_by: str
    raised_at: Instant
    late: bool
    outcome: Literal["pending", "accepted", "dismissed"]
    decided_by: str | None
    decided_at: Instant | None
    decision_reason: str | None


class File(Part):
    """A compiled dossier by its hash."""

    sequence: Number
    file_sha256: Hash
    dossier_sha256: Hash
    reason: str
    compiled_by: str
    compiled_at: Instant


class Outcome(Part):
    """What the board counted."""

    result: Literal["approved", "rejected"] | None
    resolution_number: str | None
    quorum_required: Number
    present: Number
    votes_for: Number | None
    votes_against: Number | None
    abstentions: Number | None
    tie_broken_by: Seat | None
    policy_revision: str
    conditions: list[Condition]


class Dissent(Part):
    """A vote against what was agreed."""

    seat: Seat
    holder_sub: str
    reason: str | None


class Matter(Part):
    """One ballot."""

    position: Number
    title: str
    ballot_id: str
    application_id: str
    consortium_id: str
    call_id: str
    dossier_sha256: Hash
    file_sha256: Hash
    file_sequence: Number
    cites_ballot_id: str | None
    state: Literal["decided", "lapsed", "deferred", "withdrawn"]
    blind: bool
    opened_at: Instant
    votes_from: Instant | None
    second_called_at: Instant | None
    alternates_called_at: Instant | None
    closes_at: Instant
    closed_at: Instant
    files: list[File]
    recusals: list[Recusal]
    votes: list[Vote]
    void_votes: list[VoidVote]
    answered: list[Answer]
    deferral: Deferral | None
    outcome: Outcome | None
    dissent: list[Dissent]

    @property
    def answers(self) -> list[Answer]:
        """Who answered for which seat: by a vote that is told in full, or not."""
        told = [
            Answer(
                seat=vote.statement.seat,
                holder_sub=vote.statement.holder_sub,
                capacity=vote.capacity,
                term_id=vote.term_id,
                cast_at=vote.cast_at,
            )
            for vote in self.votes
        ]
        return told + self.answered


class Session(Part):
    """The session, when there was one."""

    session_id: str
    number: str
    kind: Literal["ordinary", "extraordinary"]
    mode: Literal["virtual", "in_person"]
    place: str
    state: Literal["closed", "not_held"]
    convened_by: str
    opened_on_call: Literal["first", "second"] | None
    convened_at: Instant
    first_call_at: Instant
    second_call_at: Instant
    voting_closes_at: Instant
    opened_at: Instant | None
    closed_at: Instant


class Attendee(Part):
    """Who took part for a seat; `call` is empty for who answered a ballot without registering."""

    seat: Seat
    holder_sub: str
    capacity: Capacity
    term_id: str
    call: Literal["first", "second"] | None
    attended_at: Instant


class Presiding(Part):
    """Who presided."""

    seat: Seat
    holder_sub: str


class Term(Part):
    """A designation."""

    term_id: str
    seat: Seat
    capacity: Capacity
    holder_sub: str
    holder_name: str
    resolution: str | None
    chair: bool
    deputy_chair: bool
    valid_from: Instant
    valid_to: Instant | None


class Absence(Part):
    """An absence of a seat's titular."""

    seat: Seat
    reason: str
    registered_by: str
    registered_at: Instant
    from_at: Instant
    to_at: Instant


class KeyHistory(Part):
    """When a key was registered and revoked, as the acta was drawn."""

    key_id: str
    holder_sub: str
    registered_at: Instant
    revoked_at: Instant | None
    revoked_reason: str | None


class Content(Part):
    """What the acta says."""

    schema_: Annotated[Literal["fondo.acta.content.v1"], Field(alias="schema")]
    board: str
    acta_id: str
    number: str
    previous_number: str | None
    previous_sha256: Hash | None
    drawn_by: str
    drawn_at: Instant
    session: Session | None
    attendance: list[Attendee]
    presiding: Presiding | None
    terms: list[Term]
    absences: list[Absence]
    keys: list[KeyHistory]
    matters: list[Matter]


class Key(Part):
    """A public key with the signature by which its holder registered it."""

    key_id: str
    holder_sub: str
    jwk: dict[str, str]
    signed_at: Instant
    signature: str


class ActaSignature(Signed):
    """A member's signature under the acta."""

    statement: ActaStatement


class Seal(Part):
    """How the acta was sealed: by all who were present, or by the secretariat."""

    kind: Literal["complete", "by_secretary"]
    key_id: str | None
    signature: str | None
    statement: SealStatement | None


class ActaFile(Part):
    """The whole file."""

    content: Content
    content_sha256: Hash
    keys: list[Key]
    seal: Seal | None
    signatures: list[ActaSignature]


def plain(statement: BaseModel) -> dict[str, Any]:
    """A statement as the JSON object that was signed."""
    return statement.model_dump(mode="json")
