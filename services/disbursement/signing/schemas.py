"""Bodies of keys, signatures and the agreement's file."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints

from services.disbursement import models
from services.kernel.schemas import Body, Instant, Prose, Sha256, example

KEY_ID_PATTERN = r"^[A-Za-z0-9_-]{43}$"
Coordinate = Annotated[str, StringConstraints(pattern=KEY_ID_PATTERN)]
Nonce = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$"),
    Field(examples=["Zm9uZG8tY29uc29yY2lvcw"]),
]
Signature = Annotated[
    str,
    StringConstraints(max_length=1024, pattern=r"^[A-Za-z0-9_-]{1,512}\.\.[A-Za-z0-9_-]{1,256}$"),
    Field(examples=["eyJhbGciOiJFZERTQSJ9..c2lnbmF0dXJl"]),
]
_SIGNED = {
    "signed_at": "2026-11-24T12:00:00Z",
    "nonce": "Zm9uZG8tY29uc29yY2lvcw",
    "signature": "eyJhbGciOiJFZERTQSJ9..c2lnbmF0dXJl",
}


class SignerJwk(Body):
    """A public key of RFC 7517: Ed25519 (OKP, without `y`) or P-256 (EC)."""

    kty: Literal["OKP", "EC"]
    crv: Literal["Ed25519", "P-256"]
    x: Coordinate
    y: Annotated[Coordinate | None, Field(examples=[None])] = None

    def members(self) -> dict[str, Any]:
        """The members that the key has."""
        return self.model_dump(exclude_none=True)


_JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


class SignerKeyIn(Body):
    """A public key, and the caller's signature over `fondo.key.v1` with its private half."""

    model_config = example(
        {"jwk": _JWK, "signed_at": _SIGNED["signed_at"], "signature": _SIGNED["signature"]}
    )

    jwk: SignerJwk
    signed_at: Instant
    signature: Signature


class SignerKeyOut(Body):
    """A signer's public key and its history; `id` is its RFC 7638 thumbprint."""

    id: Annotated[str, Field(examples=["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"])]
    holder_sub: Annotated[str, Field(examples=["representante-1"])]
    algorithm: Literal["EdDSA", "ES256"]
    jwk: SignerJwk
    registered_at: datetime
    revoked_at: datetime | None
    revoked_by: Annotated[str, Field(examples=["secretaria-1"])] | None
    revoked_reason: str | None

    @classmethod
    def of(cls, row: models.SignerKey) -> Self:
        """From its row."""
        return cls(**row.model_dump(exclude={"signed_at", "signature"}))


class SignerKeyRevocationIn(Body):
    """Why the key is good for nothing any more."""

    model_config = example({"reason": "Perdió el equipo donde estaba."})

    reason: Prose


class SignatureIn(Body):
    """For which party the caller signs, and its signature over `fondo.agreement_signature.v1`
    with the document's hash. What is optional here is demanded: 422 without it."""

    model_config = example({"party": "consortium", **_SIGNED})

    party: Literal["fund", "consortium"]
    signed_at: Instant | None = None
    nonce: Nonce | None = None
    signature: Signature | None = None


class AgreementFile(Body):
    """An agreement's document with its signatures: what is checked without a server."""

    content: dict[str, Any]
    content_sha256: Sha256
    signatures: list[dict[str, Any]]
    keys: list[dict[str, Any]]
