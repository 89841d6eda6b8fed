"""The steps of a sender in the database: take what is due, then keep what became of it.

Taking is a transaction of its own that ends before anything is sent: the delivery is `sending`
with a lease. What a try led to is a second transaction. When the process dies between the
recipient's "yes" and that second commit, the lease ends and the notice is sent again: delivery is
at least once. The second copy bears the same Message-ID or webhook-id, by which a reader drops it.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlmodel import col, select, update

from services.kernel.work import Work
from services.notices import domain
from services.notices.domain import Outcome, Taken
from services.notices.events import DeliveryGivenUp, DeliverySent
from services.notices.models import Contact, Delivery
from services.notices.queries import active_secrets

LEASE: Final = timedelta(seconds=120)
"""More than any try may last (`channels.TRY_LIMIT_S`)."""
EMAIL_OFF: Final = "El correo está apagado: falta FUND_SMTP_URL."
INTERRUPTED: Final = "El último intento se interrumpió; no se sabe si el aviso llegó."


async def take(work: Work, *, channels: Sequence[str], limit: int) -> list[Taken]:
    """Take up to `limit` due deliveries that no other sender has; the oldest first.

    The address is the contact's present one. Who has none left is given up here, and so is what
    no process lived to finish in all its tries.
    """
    due = (
        select(Delivery)
        .where(
            col(Delivery.state).in_(domain.DUE_STATES),
            col(Delivery.next_attempt_at) <= work.now,
            col(Delivery.channel).in_(channels),
        )
        .order_by(col(Delivery.next_attempt_at), col(Delivery.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = []
    for row in (await work.session.exec(due)).all():
        contact = await work.session.get(Contact, row.recipient_sub)
        address = _address(contact, row.channel)
        if address is None:
            _give_up(work, row, "El contacto ya no tiene esta dirección.")
            continue
        if row.state == "sending" and row.attempts >= row.attempts_until:
            _give_up(work, row, INTERRUPTED)
            continue
        row.address = address
        row.state = "sending"
        row.version += 1
        row.attempts += 1
        row.next_attempt_at = work.now + LEASE
        secrets = await active_secrets(work.session, row.recipient_sub)
        taken.append(_taken(row, address, tuple(one.secret for one in secrets)))
    return taken


def _address(contact: Contact | None, channel: str) -> str | None:
    if contact is None:
        return None
    return contact.email if channel == "email" else contact.webhook_url


def _taken(row: Delivery, address: str, secrets: tuple[str, ...]) -> Taken:
    return Taken(
        id=row.id,
        event_id=row.event_id,
        event_type=row.event_type,
        about=row.about,
        template=row.template,
        channel=row.channel,
        address=address,
        name=row.recipient_name,
        title=row.title,
        plain=row.plain,
        html=row.html,
        attempt=row.attempts,
        secrets=secrets,
    )


async def settle(work: Work, *, taken: Taken, outcome: Outcome, share: float) -> str | None:
    """Keep what the try led to; returns the new state, or None when the lease was over and
    another process has taken the delivery since: then that one's outcome counts."""
    row = await work.session.get(Delivery, taken.id, with_for_update=True)
    if row is None or (row.state, row.attempts) != ("sending", taken.attempt):
        return None
    if outcome.error is None:
        row.state = "sent"
        row.version += 1
        row.sent_at = work.now
        row.next_attempt_at = row.last_error = None
        work.record("notices.delivery.send", row.id, {"state": ["sending", "sent"]})
        work.publish(DeliverySent.model_validate(_facts(row)), version=row.version)
        return row.state
    error = domain.told_error(outcome.error, row.address)
    state = domain.outcome_of(
        attempts=row.attempts, attempts_until=row.attempts_until, permanent=outcome.permanent
    )
    if state == "given_up":
        _give_up(work, row, error)
        return row.state
    row.state = state
    row.version += 1
    row.last_error = error
    row.next_attempt_at = domain.retry_at(attempt=row.attempts, now=work.now, share=share)
    return row.state


def _give_up(work: Work, row: Delivery, reason: str) -> None:
    before, row.state = row.state, "given_up"
    row.version += 1
    row.last_error = reason
    row.next_attempt_at = None
    change = {"state": [before, row.state], "attempts": row.attempts, "reason": reason}
    work.record("notices.delivery.give_up", row.id, change)
    event = DeliveryGivenUp.model_validate({**_facts(row), "reason": reason})
    work.publish(event, version=row.version)


def _facts(row: Delivery) -> dict[str, Any]:
    facts = row.model_dump(
        include={"event_id", "event_type", "about", "recipient_sub", "channel", "attempts"}
    )
    return {**facts, "delivery_id": row.id}


async def tell_email_is_off(work: Work) -> None:
    """Write on each waiting e-mail why it waits."""
    waiting = (
        update(Delivery)
        .where(
            col(Delivery.channel) == "email",
            col(Delivery.state) == "pending",
            col(Delivery.last_error).is_(None),
        )
        .values(last_error=EMAIL_OFF, version=Delivery.version + 1)
    )
    await work.session.execute(waiting)
