"""Routes of the members' keys."""

from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AfterValidator, Field, StringConstraints

from services.board import keys
from services.board.models import MemberKey
from services.board.schemas import Instant, Signature, Sub, not_blank
from services.kernel import schemas as kernel
from services.kernel.auth import guarded, reading
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.schemas import Body, Page, Prose, example

router = APIRouter()

Run = Annotated[Command, Depends(command_of("board"))]
Session = Annotated[AsyncSession, Depends(reading("board"))]
KeyId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{43}$", description="JWK thumbprint (RFC 7638)")
]
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


class RevocationIn(Body):
    """Why the key is good no longer."""

    model_config = example({"reason": "Perdí el equipo donde la guardaba."})

    reason: Annotated[Prose, AfterValidator(not_blank)]


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


@router.get("/v1/keys", **guarded("board.key.list"))
async def list_keys(
    session: Session,
    page: Annotated[PageRequest, Depends(page_request)],
    holder_sub: Annotated[Sub | None, Query()] = None,
) -> Page[KeyOut]:
    """The members' public keys with their history, revoked ones too."""
    return await page_of(session, keys.held(holder_sub=holder_sub), MemberKey.id, page, KeyOut.of)


@router.post(
    "/v1/keys/{kid}/revoke",
    response_model=KeyOut,
    **guarded("board.key.revoke"),
)
async def revoke(kid: KeyId, body: RevocationIn, run: Run) -> Response:
    """Revoke one's own key, or any as the secretariat; what it signed before stays proven."""
    return await run.run(keys.revoke, render=KeyOut.of, kid=kid, reason=body.reason)
