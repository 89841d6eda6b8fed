"""Actas as they are read, signed by those who took part, and sealed (LPAG article 113)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select
from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from services.board import acta_content, acta_file, keys
from services.board.events import ActaSealed, ActaSigned
from services.board.models import Acta, ActaSignature, AgendaItem, MemberKey
from services.kernel.db import AsyncSession
from services.kernel.errors import Conflict, Denied
from services.kernel.rows import found, locked
from services.kernel.statements import acta_statement, seal_statement
from services.kernel.work import Work

Who = tuple[str, str]
"""Seat and person."""


@dataclass(frozen=True, slots=True)
class ActaView:
    """An acta with its signatures and the keys that its file needs."""

    acta: Acta
    signatures: Sequence[ActaSignature]
    keys: Sequence[MemberKey]

    @property
    def present(self) -> list[Who]:
        """Who took part, in the board's order."""
        return [(one["seat"], one["holder_sub"]) for one in self.acta.content["attendance"]]

    @property
    def missing(self) -> list[Who]:
        """Who took part and has not signed."""
        signed = {(row.seat, row.holder_sub) for row in self.signatures}
        return [who for who in self.present if who not in signed]

    def file(self) -> dict[str, Any]:
        """The acta's file, as far as it is signed."""
        return acta_file.file_of(
            content=self.acta.content,
            content_sha256=self.acta.content_sha256,
            seal=self.acta.seal,
            signatures=self.signatures,
            keys=self.keys,
        )


async def view_of(session: AsyncSession, acta: Acta) -> ActaView:
    """The acta with its signatures and keys."""
    query = select(ActaSignature).where(ActaSignature.acta_id == acta.id)
    signatures = (await session.exec(query)).all()
    used = acta_file.keys_used(acta.content) | {row.key_id for row in signatures}
    if acta.seal is not None and acta.seal["key_id"] is not None:
        used.add(acta.seal["key_id"])
    held = await session.exec(select(MemberKey).where(col(MemberKey.id).in_(used)))
    return ActaView(acta, signatures, held.all())


async def acta_view(session: AsyncSession, acta_id: str) -> ActaView:
    """The acta with this id; raises Missing."""
    return await view_of(session, await found(session, Acta, acta_id))


def actas(
    *, session_id: str | None, ballot_id: str | None, sealed: bool | None
) -> Select[tuple[Acta]]:
    """The list of actas, filtered; a ballot of a session is found in the session's acta."""
    query: Any = select(Acta)
    if session_id is not None:
        query = query.where(Acta.session_id == session_id)
    if ballot_id is not None:
        of_session = select(AgendaItem.session_id).where(AgendaItem.ballot_id == ballot_id)
        query = query.where(or_(Acta.ballot_id == ballot_id, col(Acta.session_id).in_(of_session)))
    if sealed is not None:
        at = col(Acta.sealed_at)
        query = query.where(at.is_not(None) if sealed else at.is_(None))
    filtered: Select[tuple[Acta]] = query
    return filtered


def unsigned_by(seat: str | None, sub: str) -> SelectOfScalar[Acta]:
    """The actas that wait for this person's signature, oldest first."""
    signed = select(ActaSignature.acta_id).where(
        ActaSignature.acta_id == Acta.id, ActaSignature.holder_sub == sub
    )
    attended = col(Acta.content)["attendance"].contains([{"seat": seat, "holder_sub": sub}])
    waiting = select(Acta).where(col(Acta.sealed_at).is_(None), attended, ~signed.exists())
    return waiting.order_by(col(Acta.id))


async def sign(
    work: Work, *, acta_id: str, signed_at: datetime, nonce: str, signature: str
) -> ActaView:
    """Sign an acta as one who took part; the last signature seals it.

    Raises board.acta_sealed, board.not_attendee, board.acta_signed, or a refusal of
    `KeyRegister.check_signed`.
    """
    acta = await locked(work.session, Acta, acta_id)
    _check_open(acta)
    view = await view_of(work.session, acta)
    who = (str(work.actor.seat), work.actor.sub)
    if who not in view.present:
        raise Denied("board.not_attendee", "Firma el acta quien asistió; usted no consta en ella.")
    if who not in view.missing:
        raise Conflict("board.acta_signed", "Usted ya firmó esta acta.")
    said: dict[str, Any] = {
        "acta_id": acta.id,
        "content_sha256": acta.content_sha256,
        "seat": who[0],
        "holder_sub": who[1],
        "signed_at": signed_at.replace(microsecond=0),
        "nonce": nonce,
    }
    key_id = await keys.KEYS.check_signed(
        work.session,
        statement=acta_statement(**said),
        signature=signature,
        signed_at=signed_at,
        now=work.now,
    )
    row = ActaSignature(**said, key_id=key_id, signature=signature, received_at=work.now)
    work.session.add(row)
    await work.session.flush()
    view = await view_of(work.session, acta)
    seat = {"seat": who[0], "holder_sub": who[1]}
    change = {**seat, "key_id": key_id, "signature": signature}
    work.record("board.acta.sign", acta.id, change)
    event = ActaSigned.model_validate(
        {"acta_id": acta.id, "number": acta.number, **seat, "missing": len(view.missing)}
    )
    work.publish(event, version=1 + len(view.signatures))
    if not view.missing:
        _seal(work, view, acta_file.COMPLETE_SEAL)
    return view


async def seal(
    work: Work, *, acta_id: str, reason: str, signed_at: datetime, nonce: str, signature: str
) -> ActaView:
    """Seal an acta that somebody did not sign, by the secretariat's own signature and with the
    reason; never without who presided and who dissented (LPAG article 113.3).

    Raises board.acta_sealed, board.acta_signatures_missing, or a refusal of
    `KeyRegister.check_signed`.
    """
    acta = await locked(work.session, Acta, acta_id)
    _check_open(acta)
    view = await view_of(work.session, acta)
    needed = sorted(acta_content.must_sign(acta.content) & set(view.missing))
    if needed:
        raise Conflict(
            "board.acta_signatures_missing",
            "Falta la firma de quien presidió o discrepó (LPAG art. 113.3): "
            + ", ".join(f"{sub} ({seat})" for seat, sub in needed),
        )
    statement = seal_statement(
        acta_id=acta.id,
        content_sha256=acta.content_sha256,
        holder_sub=work.actor.sub,
        missing=[{"seat": seat, "holder_sub": sub} for seat, sub in view.missing],
        reason=reason,
        signed_at=signed_at,
        nonce=nonce,
    )
    key_id = await keys.KEYS.check_signed(
        work.session, statement=statement, signature=signature, signed_at=signed_at, now=work.now
    )
    signed = {"key_id": key_id, "signature": signature, "statement": statement}
    _seal(work, view, {"kind": "by_secretary", **signed})
    await work.session.flush()
    return await view_of(work.session, acta)


def _check_open(acta: Acta) -> None:
    if acta.sealed_at is not None:
        raise Conflict("board.acta_sealed", "El acta ya está sellada; no admite más firmas.")


def _seal(work: Work, view: ActaView, made: dict[str, Any]) -> None:
    acta = view.acta
    acta.sealed_at, acta.seal = work.now, made
    work.record("board.acta.seal", acta.id, {"number": acta.number, "seal": made})
    event = ActaSealed.model_validate(
        {
            "acta_id": acta.id,
            "number": acta.number,
            "content_sha256": acta.content_sha256,
            "kind": made["kind"],
            "sealed_at": work.now,
        }
    )
    work.publish(event, version=2 + len(view.signatures))
