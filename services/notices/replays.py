"""Telling a recipient again over its webhook what it was told since an instant."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from services.kernel.auth import not_found
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.rows import locked
from services.kernel.settings import Settings
from services.kernel.work import Work
from services.notices.models import Contact, Delivery

LONGEST: Final = 1_000
OVER: Final = ("sent", "given_up")
"""States of a delivery that will not be tried by itself."""


async def replay(work: Work, *, sub: str, since: datetime, settings: Settings) -> int:
    """Write again every webhook delivery made since then that is over, oldest first; returns how
    many. What is still on its way is not written twice.

    Raises Missing without a webhook, notices.replay_too_long past a thousand deliveries.
    """
    contact = await locked(work.session, Contact, sub)
    if contact.webhook_url is None:
        raise not_found()
    latest = (
        select(Delivery)
        .where(
            Delivery.recipient_sub == sub,
            Delivery.channel == "webhook",
            col(Delivery.created_at) >= since,
        )
        .ext(distinct_on(col(Delivery.event_id)))
        .order_by(col(Delivery.event_id), col(Delivery.copy_number).desc())
        .limit(LONGEST + 1)
    )
    found = (await work.session.exec(latest)).all()
    if len(found) > LONGEST:
        raise Conflict(
            "notices.replay_too_long", f"Son más de {LONGEST} avisos; pida desde más tarde."
        )
    again = sorted((row for row in found if row.state in OVER), key=lambda row: row.id)
    for row in again:
        work.session.add(_copy(work, row, contact, settings.notices_attempts))
    told = {"since": since.isoformat(), "deliveries": len(again)}
    work.record("notices.contact.replay", sub, told)
    return len(again)


def _copy(work: Work, row: Delivery, contact: Contact, attempts: int) -> Delivery:
    kept: dict[str, Any] = row.model_dump(
        include={
            *("event_id", "event_type", "about", "template", "recipient_sub"),
            *("recipient_name", "channel", "title", "plain", "html"),
        }
    )
    return Delivery(
        **kept,
        id=new_id("dlv"),
        copy_number=row.copy_number + 1,
        address=contact.webhook_url,
        state="pending",
        version=1,
        attempts=0,
        attempts_until=attempts,
        next_attempt_at=work.now,
        created_at=work.now,
    )
