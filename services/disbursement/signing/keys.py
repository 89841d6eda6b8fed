"""The public keys of who signs agreements, and what a signature must prove.

The room keeps its own: a key is checked and the signature stored in one transaction, in which a
revocation waits; another room's register could change between the two.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.disbursement.models import SignerKey
from services.kernel import proof
from services.kernel.errors import Conflict, Denied, FieldError, Invalid
from services.kernel.rows import locked
from services.kernel.statements import key_statement
from services.kernel.work import Work

SLACK: Final = timedelta(minutes=5)
"""A statement is signed when it is sent, give or take this much."""


async def register(
    work: Work, *, jwk: dict[str, Any], signed_at: datetime, signature: str
) -> SignerKey:
    """Register the caller's public key, which it proves to hold; again is the one that is there.

    Raises disbursement.key_malformed, .signed_at_off, .signature_invalid, .key_taken or
    .key_revoked.
    """
    _check_instant(work, signed_at)
    try:
        kid, algorithm = proof.thumbprint(jwk), proof.algorithm_of(jwk)
    except proof.ProofError as error:
        raise _invalid(
            "key_malformed", "/jwk", "La llave pública no es Ed25519 ni P-256; genere otra."
        ) from error
    statement = key_statement(jwk=jwk, holder_sub=work.actor.sub, signed_at=signed_at)
    _check(statement, signature, jwk)
    row = insert(SignerKey).values(
        id=kid,
        holder_sub=work.actor.sub,
        algorithm=algorithm,
        jwk=jwk,
        signed_at=signed_at,
        signature=signature,
        registered_at=work.now,
    )
    created = await work.session.scalar(row.on_conflict_do_nothing().returning(text("id")))
    key = await work.session.get_one(SignerKey, kid)
    if key.holder_sub != work.actor.sub:
        raise Conflict("disbursement.key_taken", "Esa llave es de otra persona; genere una propia.")
    if key.revoked_at is not None:
        raise _revoked()
    if created is not None:
        work.record("signer_key.register", kid, {"holder_sub": key.holder_sub, "jwk": jwk})
    return key


async def revoke(work: Work, *, kid: str, reason: str) -> SignerKey:
    """Let a key prove nothing from now on; what it signed stays proven. Again is as it is.

    Raises Missing and disbursement.key_not_yours.
    """
    key = await locked(work.session, SignerKey, kid)
    if work.actor.role != "secretariat" and key.holder_sub != work.actor.sub:
        raise _not_yours()
    if key.revoked_at is None:
        key.revoked_at, key.revoked_by, key.revoked_reason = work.now, work.actor.sub, reason
        work.record("signer_key.revoke", kid, {"holder_sub": key.holder_sub, "reason": reason})
    return key


def held(holder_sub: str | None) -> Select[SignerKey]:
    """Keys with their history, of one person or of all."""
    query = select(SignerKey)
    return query if holder_sub is None else query.where(col(SignerKey.holder_sub) == holder_sub)


async def check_signed(
    work: Work, *, statement: dict[str, Any], signature: str, signed_at: datetime
) -> SignerKey:
    """The key with which the statement's `holder_sub` signed it just now.

    Raises disbursement.signed_at_off, .signature_invalid, .key_unknown, .key_not_yours or
    .key_revoked.
    """
    _check_instant(work, signed_at)
    try:
        kid = proof.key_id_of(signature)
    except proof.ProofError as error:
        raise _forged() from error
    # Kept until the end of the transaction: a revocation waits, and is later than this use.
    key = await work.session.get(SignerKey, kid, with_for_update={"read": True})
    if key is None:
        raise _invalid(
            "key_unknown",
            "/signature",
            "La llave con que firmó no está registrada; regístrela en /v1/signer-keys.",
        )
    if key.holder_sub != statement["holder_sub"]:
        raise _not_yours()
    if key.revoked_at is not None:
        raise _revoked()
    _check(statement, signature, key.jwk)
    return key


def signature_required() -> Invalid:
    """The refusal of a statement without its signature, its time or its nonce."""
    return _invalid(
        "signature_required",
        "/signature",
        "Falta la firma: envíe signed_at, nonce y signature, hechos con su llave registrada.",
    )


def _check(statement: dict[str, Any], signature: str, jwk: dict[str, Any]) -> None:
    try:
        proof.check(statement, signature, jwk)
    except (proof.ProofError, ValueError) as error:
        raise _forged() from error


def _check_instant(work: Work, signed_at: datetime) -> None:
    if abs(signed_at - work.now) > SLACK:
        raise _invalid(
            "signed_at_off",
            "/signed_at",
            "La hora firmada difiere en más de cinco minutos de la del fondo; ajuste su reloj y"
            " firme de nuevo.",
        )


def _forged() -> Invalid:
    return _invalid(
        "signature_invalid",
        "/signature",
        "La firma no corresponde a este texto; firme exactamente el documento que se muestra.",
    )


def _not_yours() -> Denied:
    return Denied("disbursement.key_not_yours", "La llave es de otra persona.")


def _revoked() -> Conflict:
    return Conflict("disbursement.key_revoked", "La llave está revocada; registre una nueva.")


def _invalid(code: str, pointer: str, detail: str) -> Invalid:
    name = f"disbursement.{code}"
    return Invalid(name, detail, errors=[FieldError(pointer, name, detail)])
