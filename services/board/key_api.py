"""Routes of the members' keys."""

from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Response
from pydantic import Field, StringConstraints

from services.board import keys
from services.board.models import MemberKey
from services.board.schemas import Instant, Signature
from services.kernel import schemas as kernel
from services.kernel.auth import guarded
from services.kernel.commands import Command, command_of
from services.kernel.schemas import Body, example

router = APIRouter()

Run = Annotated[Command, Depends(command_of("board"))]
Coordinate = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class Jwk(Body):
    """A public key of RFC 7517: Ed25519 (OKP, without `y`) or P-256 (EC)."""

    kty: Literal["OKP", "EC"]
    crv: Literal["Ed25519", "P-256"]
    x: Coordinate
    y: Annotated[Coordinate | None, Field(examples=[None])] = None

    def members(self) -> dict[str, Any]:
        """The members that the key has."""
        return self.model_dump(exclude_none=True)


class KeyIn(Body):
    """A public key, and the caller's signature over `fondo.key.v1` with its private half."""

    model_config = example(
        {
            "jwk": {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            },
            "signed_at": "2026-11-24T12:00:00Z",
            "signature": "eyJhbGciOiJFZERTQSJ9..c2lnbmF0dXJl",
        }
    )

    jwk: Jwk
    signed_at: kernel.Instant
    signature: Signature


class KeyOut(Body):
    """A member's key; `kid` is its JWK thumbprint (RFC 7638)."""

    kid: Annotated[str, Field(examples=["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"])]
    holder_sub: str
    algorithm: Literal["EdDSA", "ES256"]
    jwk: Jwk
    registered_at: Instant
    revoked_at: Instant | None
    revoked_by: str | None
    revoked_reason: str | None

    @classmethod
    def of(cls, key: MemberKey) -> Self:
        """The key's body."""
        told = key.model_dump(include=set(cls.model_fields))
        return cls.model_validate({**told, "kid": key.id})


@router.post("/v1/keys", status_code=201, response_model=KeyOut, **guarded("board.key.register"))
async def register(body: KeyIn, run: Run) -> Response:
    """Register the caller's public key; the same key again gives the one that is there."""
    return await run.run(
        keys.register,
        render=KeyOut.of,
        status=201,
        jwk=body.jwk.members(),
        signed_at=body.signed_at,
        signature=body.signature,
    )
