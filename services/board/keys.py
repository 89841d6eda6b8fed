"""The members' public keys, and what a signature must prove before it counts.

A private key never comes here: the member proves by a signature that it holds one.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select

from services.board import domain
from services.board.events import KeyRegistered, KeyRevoked
from services.board.models import MemberKey, Vote
from services.kernel import proof
from services.kernel.db import AsyncSession, instant_text, rows_in
from services.kernel.errors import Conflict, Denied, FieldError, Invalid
from services.kernel.rows import locked
from services.kernel.statements import key_statement
from services.kernel.work import Work

# Kept until the end of the transaction: a revocation waits, and is later than this use.
_KEPT: Final = (
    "SELECT holder_sub, revoked_at IS NOT NULL, jwk FROM member_key WHERE id = %s FOR SHARE"
)


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


async def revoke(work: Work, *, kid: str, reason: str) -> MemberKey:
    """Let a key prove nothing from now on; what it signed before stays proven. A key that is
    revoked already is returned as it is. Raises Missing or board.key_not_yours."""
    key = await locked(work.session, MemberKey, kid)
    if work.actor.role != "secretariat" and key.holder_sub != work.actor.sub:
        raise Denied(
            "board.key_not_yours", "La llave es de otra persona; la revoca ella o la secretaría."
        )
    if key.revoked_at is not None:
        return key
    used = select(func.max(Vote.cast_at)).where(Vote.key_id == kid)
    last = (await work.session.exec(used)).one()
    key.revoked_at = work.now if last is None else max(work.now, domain.after(last))
    key.revoked_by, key.revoked_reason = work.actor.sub, reason
    told = {"holder_sub": key.holder_sub, "reason": reason}
    work.record("board.key.revoke", kid, {**told, "revoked_at": instant_text(key.revoked_at)})
    work.publish(KeyRevoked(key_id=kid, holder_sub=key.holder_sub), version=2)
    return key


def held(*, holder_sub: str | None) -> Select[tuple[MemberKey]]:
    """The list of keys with their history, of one person or of all."""
    query: Any = select(MemberKey)
    if holder_sub is not None:
        query = query.where(MemberKey.holder_sub == holder_sub)
    filtered: Select[tuple[MemberKey]] = query
    return filtered


async def check_signed(
    session: AsyncSession,
    *,
    statement: dict[str, Any],
    signature: str | None,
    signed_at: datetime,
    now: datetime,
) -> str:
    """The id of the key with which the statement's `holder_sub` signed it just now.

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
    kept = await rows_in(session, _KEPT, (kid,))
    if not kept:
        raise _invalid(
            "board.key_unknown",
            "/signature",
            "La llave con que firmó no está registrada; regístrela antes de firmar.",
        )
    ((holder_sub, revoked, jwk),) = kept
    if holder_sub != statement["holder_sub"]:
        raise Denied("board.key_not_yours", "La llave con que firmó es de otra persona.")
    if revoked:
        raise key_revoked()
    _check(statement, signature, jwk)
    return kid


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
