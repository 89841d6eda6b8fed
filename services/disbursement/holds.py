"""Holds and freezes (retenciones): while one stands, approvals and payments answer 423 and wait.

A hold names the whole fund, a channel, a call, a consortium, an agreement or a person (by DNI or
RUC), says why, who placed it and until when; another person lifts it. Reads always work.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlmodel import col

from services.disbursement.models import Agreement, Hold, Tranche
from services.kernel.clock import lima_date
from services.kernel.db import AsyncSession
from services.kernel.errors import Conflict, Denied, FieldError, Held, Invalid
from services.kernel.ids import new_id
from services.kernel.rows import locked
from services.kernel.work import Work

Scope = Literal["fund", "channel", "call", "consortium", "agreement", "person"]
Subject = tuple[str, str]
WHOLE_FUND: Final[Subject] = ("fund", "")
RETRY_S: Final = 60
NOUNS: Final = {
    "fund": "todo el fondo",
    "channel": "el canal",
    "call": "la convocatoria",
    "consortium": "el consorcio",
    "agreement": "el convenio",
    "person": "la persona",
}


def subjects_of(agreement: Agreement, *, channel: str | None = None) -> list[Subject]:
    """What may hold back an agreement, or its payments through a channel."""
    found = [
        ("call", agreement.call_id),
        ("consortium", agreement.consortium_id),
        ("agreement", agreement.id),
    ]
    return found if channel is None else [*found, ("channel", channel)]


def subjects_of_tranche(tranche: Tranche, *documents: str) -> list[Subject]:
    """What may hold back a tranche's payment to these beneficiaries."""
    return [
        ("call", tranche.call_id),
        ("consortium", tranche.consortium_id),
        ("agreement", tranche.agreement_id),
        ("channel", tranche.channel),
        *(("person", document) for document in sorted(set(documents))),
    ]


def _standing_at(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Hold.lifted_at).is_(None),
        or_(col(Hold.ends_at).is_(None), col(Hold.ends_at) > now),
    )


async def demand_free(work: Work, subjects: Iterable[Subject]) -> None:
    """Raise Held (disbursement.held) while a hold stands on the fund or on any of the subjects."""
    named = [WHOLE_FUND, *subjects]
    hold = await work.session.scalar(
        select(Hold)
        .where(*_standing_at(work.now), tuple_(col(Hold.scope), col(Hold.target)).in_(named))
        .order_by(col(Hold.placed_at))
        .limit(1)
    )
    if hold is None:
        return
    until = f" hasta el {lima_date(hold.ends_at)}" if hold.ends_at else ""
    target = f" {hold.target}" if hold.target else ""
    raise Held(
        "disbursement.held",
        f"Retenido{until}: {NOUNS[hold.scope]}{target} ({hold.reason})."
        " Se continuará cuando la retención venza o se levante.",
        retry_after_s=RETRY_S,
    )


async def place(
    work: Work, *, scope: Scope, target: str, reason: str, ends_at: datetime | None
) -> Hold:
    """Place a hold from now on. Raises disbursement.hold_target or disbursement.hold_ends."""
    if (scope == "fund") != (target == ""):
        raise _invalid(
            "/target", "hold_target", "Solo la retención de todo el fondo va sin target."
        )
    if ends_at is not None and ends_at <= work.now:
        raise _invalid("/ends_at", "hold_ends", "El fin debe ser posterior a este momento.")
    hold = Hold(
        id=new_id("hld"),
        scope=scope,
        target=target,
        reason=reason,
        placed_by=work.actor.sub,
        placed_at=work.now,
        ends_at=ends_at,
    )
    work.session.add(hold)
    work.record("hold.place", hold.id, {"scope": scope, "target": target, "reason": reason})
    return hold


async def lift(work: Work, *, hold_id: str, reason: str) -> Hold:
    """Lift a hold before its end: by another person than who placed it, once."""
    hold = await locked(work.session, Hold, hold_id)
    if hold.lifted_at is not None:
        raise Conflict("disbursement.hold_lifted", "Esa retención ya fue levantada.")
    if hold.placed_by == work.actor.sub:
        raise Denied(
            "disbursement.same_person",
            "Quien puso la retención no puede levantarla; pídalo a otra persona.",
        )
    hold.lifted_by, hold.lifted_at, hold.lift_reason = work.actor.sub, work.now, reason
    work.record("hold.lift", hold.id, {"reason": reason})
    return hold


async def standing(session: AsyncSession, now: datetime) -> Sequence[Hold]:
    """The holds that stand now, oldest first."""
    query = select(Hold).where(*_standing_at(now)).order_by(col(Hold.placed_at))
    return (await session.scalars(query)).all()


def _invalid(pointer: str, code: str, detail: str) -> Invalid:
    name = f"disbursement.{code}"
    return Invalid(name, detail, errors=[FieldError(pointer, name, detail)])
