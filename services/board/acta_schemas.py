"""Bodies of the actas' routes."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, JsonValue

from services.board import domain
from services.board.acta_content import must_sign
from services.board.actas import ActaView, Who
from services.board.models import Acta
from services.board.schemas import Instant, Nonce, Signature, not_blank
from services.kernel import schemas as kernel
from services.kernel.schemas import Body, Prose, Sha256, example, identifier

Number = Annotated[str, Field(examples=["ACTA-007-2026-FC"])]
KeyId = Annotated[str, Field(examples=["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"])]
_SIGNED = {
    "signed_at": "2026-11-24T12:00:00Z",
    "nonce": "Zm9uZG8tY29uc29yY2lvcw",
    "signature": "eyJhbGciOiJFZERTQSJ9..c2lnbmF0dXJl",
}


class ActaSignatureIn(Body):
    """The caller's signature over `fondo.acta.v1`: the acta's id and the hash of its content."""

    model_config = example(_SIGNED)

    signed_at: kernel.Instant
    nonce: Nonce
    signature: Signature


class ActaSealIn(ActaSignatureIn):
    """The secretariat's signature over `fondo.seal.v1`: who did not sign, and why."""

    model_config = example({"reason": "MEF está de licencia hasta enero.", **_SIGNED})

    reason: Annotated[Prose, AfterValidator(not_blank)]


class Signer(Body):
    """Who took part for a seat."""

    seat: domain.Seat
    holder_sub: str

    @classmethod
    def of(cls, who: Who) -> Self:
        """Seat and person."""
        return cls.model_validate({"seat": who[0], "holder_sub": who[1]})


class ActaSigned(Signer):
    """A signature under the acta."""

    key_id: KeyId
    signed_at: Instant


class ActaSummary(Body):
    """An acta in a list: of a session, or of one ballot without a session."""

    id: Annotated[str, identifier("act")]
    number: Number
    session_id: Annotated[str, identifier("ses")] | None
    ballot_id: Annotated[str, identifier("bal")] | None
    content_sha256: Sha256
    previous_sha256: Sha256 | None
    drawn_by: str
    drawn_at: Instant
    sealed_at: Instant | None

    @classmethod
    def of(cls, acta: Acta) -> Self:
        """The acta's own fields."""
        return cls.model_validate(acta.model_dump(include=set(ActaSummary.model_fields)))


class ActaOut(ActaSummary):
    """An acta: what it says, who has signed, who has not, and without whom it is not sealed."""

    signatures: list[ActaSigned]
    missing: list[Signer]
    must_sign: list[Signer]
    seal: Literal["complete", "by_secretary"] | None
    content: dict[str, JsonValue]

    @classmethod
    def of_view(cls, view: ActaView) -> Self:
        """The whole acta."""
        acta = view.acta
        signed = {"seat", "holder_sub", "key_id", "signed_at"}
        return cls.model_validate(
            {
                **acta.model_dump(include={*ActaSummary.model_fields, "content"}),
                "signatures": [row.model_dump(include=signed) for row in view.signatures],
                "missing": [Signer.of(who) for who in view.missing],
                "must_sign": [Signer.of(who) for who in sorted(must_sign(acta.content))],
                "seal": acta.seal["kind"] if acta.seal else None,
            }
        )


class ActaFile(Body):
    """The acta's file as RFC 8785 writes it; `seal` is null in a draft."""

    content: dict[str, JsonValue]
    content_sha256: Sha256
    keys: list[dict[str, JsonValue]]
    seal: dict[str, JsonValue] | None
    signatures: list[dict[str, JsonValue]]


class BallotProof(Body):
    """What proves a ballot that ended: its part of an acta, with designations and keys."""

    ballot_id: Annotated[str, identifier("bal")]
    matter: dict[str, JsonValue]
    terms: list[dict[str, JsonValue]]
    absences: list[dict[str, JsonValue]]
    keys: list[dict[str, JsonValue]]
