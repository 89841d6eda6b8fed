"""The members' public keys, and what a signature must prove before it counts.

A private key never comes here: the member proves by a signature that it holds one.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from services.board import domain
from services.board.events import KeyRegistered
from services.board.models import MemberKey
from services.kernel import proof
from services.kernel.db import AsyncSession
from services.kernel.errors import Conflict, Denied, FieldError, Invalid
from services.kernel.statements import key_statement
from services.kernel.work import Work


async def register(
    work: Work, *, jwk: dict[str, Any], signed_at: datetime, signature: str
) -> MemberKey:
    """Register the caller's public key, which it proves to hold; the same key again is the one
    that is there.

    Raises board.key_malformed, board.signed_at_off, board.signature_invalid, board.key_taken or
    board.key_revoked.
    """
    domain.check_signed_at(signed_at=signed_at, now=work.now)
    try:
        kid, algorithm = proof.thumbprint(jwk), proof.algorithm_of(jwk)
    except proof.ProofError as error:
        raise _invalid(
            "board.key_malformed", "/jwk", "La llave pública no es Ed25519 ni P-256; genere otra."
        ) from error
    statement = key_statement(jwk=jwk, holder_sub=work.actor.sub, signed_at=signed_at)
    _check(statement, signature, jwk)
    row = insert(MemberKey).values(
        id=kid,
        holder_sub=work.actor.sub,
        algorithm=algorithm,
        jwk=jwk,
        signed_at=signed_at,
        signature=signature,
        registered_at=work.now,
    )
    created = await work.session.scalar(row.on_conflict_do_nothing().returning(text("id")))
    key = await work.session.get_one(MemberKey, kid)
    if key.holder_sub != work.actor.sub:
        raise Conflict("board.key_taken", "Esa llave es de otra persona; genere una propia.")
    if key.revoked_at is not None:
        raise key_revoked()
    if created is not None:
        work.record("board.key.register", kid, {"holder_sub": key.holder_sub, "jwk": jwk})
        work.publish(
            KeyRegistered(key_id=kid, holder_sub=key.holder_sub, algorithm=algorithm), version=1
        )
    return key


async def check_signed(
    session: AsyncSession,
    *,
    statement: dict[str, Any],
    signature: str | None,
    signed_at: datetime,
    now: datetime,
) -> MemberKey:
    """The key with which the statement's `holder_sub` signed it just now.

    Raises board.signature_required, board.signed_at_off, board.signature_invalid,
    board.key_unknown, board.key_not_yours or board.key_revoked.
    """
    if signature is None:
        raise signature_required("/signature")
    domain.check_signed_at(signed_at=signed_at, now=now)
    try:
        kid = proof.key_id_of(signature)
    except proof.ProofError as error:
        raise _signature_invalid() from error
    key = await session.get(MemberKey, kid)
    if key is None:
        raise _invalid(
            "board.key_unknown",
            "/signature",
            "La llave con que firmó no está registrada; regístrela antes de firmar.",
        )
    if key.holder_sub != statement["holder_sub"]:
        raise Denied("board.key_not_yours", "La llave con que firmó es de otra persona.")
    if key.revoked_at is not None:
        raise key_revoked()
    _check(statement, signature, key.jwk)
    return key


def _check(statement: dict[str, Any], signature: str, jwk: dict[str, Any]) -> None:
    try:
        proof.check(statement, signature, jwk)
    except (proof.ProofError, ValueError) as error:
        raise _signature_invalid() from error


def _invalid(code: str, pointer: str, detail: str) -> Invalid:
    return Invalid(code, detail, errors=[FieldError(pointer, code, detail)])


def _signature_invalid() -> Invalid:
    return _invalid(
        "board.signature_invalid",
        "/signature",
        "La firma no corresponde a este texto; firme exactamente lo que envía.",
    )


def signature_required(pointer: str) -> Invalid:
    """The refusal of a statement without its signature, its time or its nonce."""
    return _invalid(
        "board.signature_required",
        pointer,
        "Falta la firma: envíe signed_at, nonce y signature, hechos con su llave registrada.",
    )


def key_revoked() -> Conflict:
    """The refusal of a key that is no longer good."""
    return Conflict(
        "board.key_revoked", "La llave con que firmó está revocada; registre una nueva."
    )
