"""The public keys of who signs agreements.

The room keeps its own: a key is checked and the signature stored in one transaction, in which a
revocation waits; another room's register could change between the two.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select
from sqlmodel import col

from services.disbursement.models import SignerKey
from services.kernel.errors import Denied
from services.kernel.key_register import KeyRegister
from services.kernel.rows import locked
from services.kernel.work import Work

NOT_YOURS: Final = "La llave es de otra persona."

KEYS: Final = KeyRegister(
    "disbursement",
    SignerKey,
    forged="La firma no corresponde a este texto; firme exactamente el documento que se muestra.",
    unknown="La llave con que firmó no está registrada; regístrela en /v1/signer-keys.",
    foreign=NOT_YOURS,
    revoked="La llave está revocada; registre una nueva.",
)


async def register(
    work: Work, *, jwk: dict[str, Any], signed_at: datetime, signature: str
) -> SignerKey:
    """Register the caller's public key; raises a refusal of `KeyRegister.enter`."""
    key, is_new = await KEYS.enter(work, jwk=jwk, signed_at=signed_at, signature=signature)
    if is_new:
        work.record("signer_key.register", key.id, {"holder_sub": key.holder_sub, "jwk": jwk})
    return key


async def revoke(work: Work, *, kid: str, reason: str) -> SignerKey:
    """Let a key prove nothing from now on; what it signed stays proven. Again is as it is.

    Raises Missing and disbursement.key_not_yours.
    """
    key = await locked(work.session, SignerKey, kid)
    if work.actor.role != "secretariat" and key.holder_sub != work.actor.sub:
        raise Denied("disbursement.key_not_yours", NOT_YOURS)
    if key.revoked_at is None:
        key.revoked_at, key.revoked_by, key.revoked_reason = work.now, work.actor.sub, reason
        work.record("signer_key.revoke", kid, {"holder_sub": key.holder_sub, "reason": reason})
    return key


def held(holder_sub: str | None) -> Select[SignerKey]:
    """Keys with their history, of one person or of all."""
    query = select(SignerKey)
    return query if holder_sub is None else query.where(col(SignerKey.holder_sub) == holder_sub)
