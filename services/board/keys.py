"""The members' public keys: registered by who holds them, revoked with a reason."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func
from sqlmodel import select

from services.board import domain
from services.board.events import KeyRegistered, KeyRevoked
from services.board.models import MemberKey, Vote
from services.kernel.db import instant_text
from services.kernel.errors import Denied
from services.kernel.key_register import KeyRegister
from services.kernel.rows import locked
from services.kernel.work import Work

KEYS: Final = KeyRegister(
    "board",
    MemberKey,
    forged="La firma no corresponde a este texto; firme exactamente lo que envía.",
    unknown="La llave con que firmó no está registrada; regístrela antes de firmar.",
    foreign="La llave con que firmó es de otra persona.",
    revoked="La llave con que firmó está revocada; registre una nueva.",
)


async def register(
    work: Work, *, jwk: dict[str, Any], signed_at: datetime, signature: str
) -> MemberKey:
    """Register the caller's public key; raises a refusal of `KeyRegister.enter`."""
    key, is_new = await KEYS.enter(work, jwk=jwk, signed_at=signed_at, signature=signature)
    if is_new:
        work.record("board.key.register", key.id, {"holder_sub": key.holder_sub, "jwk": jwk})
        event = KeyRegistered(key_id=key.id, holder_sub=key.holder_sub, algorithm=key.algorithm)
        work.publish(event, version=1)
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
