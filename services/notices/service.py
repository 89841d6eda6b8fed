"""Use cases of notices: contacts and secrets, the making of deliveries, asking for one again."""

import base64
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.kernel import sealing
from services.kernel.auth import not_found
from services.kernel.ids import new_id
from services.kernel.rows import locked
from services.kernel.settings import Settings
from services.kernel.telemetry import log
from services.kernel.work import Work
from services.notices import domain, queries, texts
from services.notices.catalog import Notice
from services.notices.models import Contact, Delivery, SeatHolder, WebhookSecret
from services.notices.queries import ContactView, Recipient

NO_ADDRESS = "Sin dirección: registre un contacto y pida el aviso otra vez."


async def set_contact(
    work: Work,
    *,
    sub: str,
    name: str,
    email: str | None,
    webhook_url: str | None,
    topics: list[str] | None,
    settings: Settings,
) -> ContactView:
    """Say where somebody is told from now on. A webhook address that is new has a new secret,
    and the secrets of the one before it are retired, since its owner may be another."""
    if webhook_url is not None:
        domain.check_webhook_url(webhook_url, local=settings.environment == "local")
    contact = await work.session.get(Contact, sub, with_for_update=True)
    wanted: dict[str, Any] = {
        "name": name,
        "email": email,
        "webhook_url": webhook_url,
        "topics": None if topics is None else sorted(set(topics)),
    }
    if contact is None:
        contact = Contact(sub=sub, version=1, created_at=work.now, updated_at=work.now, **wanted)
        work.session.add(contact)
        await work.session.flush()
        before = None
    else:
        before = contact.webhook_url
        if {field: getattr(contact, field) for field in wanted} == wanted:
            return ContactView(contact, len(await queries.active_secrets(work.session, sub)))
        for field, value in wanted.items():
            setattr(contact, field, value)
        contact.version += 1
        contact.updated_at = work.now
    new_secret = None
    if before != webhook_url:
        await _retire(work, sub, keep=0)
        new_secret = _new_secret(work, sub, settings) if webhook_url else None
    shown = {"email": domain.masked(email), "webhook_url": domain.masked(webhook_url)}
    work.record("notices.contact.set", sub, {**shown, "topics": wanted["topics"]})
    return ContactView(contact, len(await queries.active_secrets(work.session, sub)), new_secret)


async def rotate_secret(work: Work, *, sub: str, settings: Settings) -> ContactView:
    """Make a new webhook secret; the one before it signs too until the next change."""
    contact = await locked(work.session, Contact, sub)
    if contact.webhook_url is None:
        raise not_found()
    await _retire(work, sub, keep=domain.SECRETS_ACTIVE - 1)
    new_secret = _new_secret(work, sub, settings)
    work.record("notices.secret.rotate", sub, {})
    active = await queries.active_secrets(work.session, sub)
    return ContactView(contact, len(active), new_secret)


def _new_secret(work: Work, sub: str, settings: Settings) -> str:
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    row = WebhookSecret(
        id=new_id("whs"),
        contact_sub=sub,
        secret=sealing.seal(settings, secret),
        created_at=work.now,
        retired_at=None,
    )
    work.session.add(row)
    return secret


async def _retire(work: Work, sub: str, *, keep: int) -> None:
    for row in (await queries.active_secrets(work.session, sub))[keep:]:
        row.retired_at = work.now


async def note_term(work: Work, *, data: dict[str, Any], version: int) -> None:
    """Keep who holds a seat, as the board's newest event of that term says."""
    values = {
        "term_id": str(data["term_id"]),
        "seat": str(data["seat"]),
        "capacity": str(data["capacity"]),
        "holder_sub": str(data["holder_sub"]),
        "holder_name": domain.one_line(str(data.get("holder_name", data["holder_sub"]))),
        "chair": bool(data["chair"]),
        "deputy_chair": bool(data["deputy_chair"]),
        "version": version,
        "valid_from": datetime.fromisoformat(data["valid_from"]),
        "valid_to": datetime.fromisoformat(data["valid_to"]) if data["valid_to"] else None,
    }
    term = insert(SeatHolder).values(values)
    newer = {name: term.excluded[name] for name in values if name != "term_id"}
    await work.session.execute(
        term.on_conflict_do_update(
            index_elements=["term_id"],
            set_=newer,
            where=col(SeatHolder.version) < term.excluded.version,
        )
    )


async def announce(
    work: Work,
    notice: Notice,
    *,
    event_id: str,
    event_type: str,
    about: str,
    data: dict[str, Any],
    attempts: int,
) -> int:
    """Write the event's letter to each recipient, once a channel; returns how many are new.

    Who has no contact gets a delivery that is given up at once: it is seen, and can be asked for
    again once there is an address.
    """
    people = await queries.recipients(work.session, notice.to, data=data, at=work.now)
    if not people:
        log().warning("notices.nobody", event_id=event_id, template=notice.template)
    contacts = await queries.contacts_of(work.session, (one.sub for one in people))
    made: list[str] = []
    for person in people:
        contact = contacts.get(person.sub)
        if contact is None and notice.contacts_only:
            continue
        for channel, address in _ways(contact, notice):
            common = {"event_id": event_id, "event_type": event_type, "about": about}
            row = _delivery(work, person, contact, notice, data, {**common, "channel": channel})
            row |= _first_state(work, address, attempts)
            fresh = await work.session.scalar(
                insert(Delivery)
                .values(row)
                .on_conflict_do_nothing(constraint="uq_delivery_event")
                .returning(col(Delivery.id))
            )
            if fresh is not None:
                made.append(fresh)
    if made:
        told = {"event_id": event_id, "template": notice.template, "deliveries": made}
        work.record("notices.event.announce", about, told)
    return len(made)


def _ways(contact: Contact | None, notice: Notice) -> list[tuple[domain.Channel, str | None]]:
    """The channels that reach the contact for this notice; e-mail without an address if none."""
    if contact is None or (contact.email is None and contact.webhook_url is None):
        return [("email", None)]
    unwanted = contact.topics is not None and notice.topic not in contact.topics
    if unwanted and not notice.binding:
        return []
    ways: list[tuple[domain.Channel, str | None]] = [
        ("email", contact.email),
        ("webhook", contact.webhook_url),
    ]
    return [way for way in ways if way[1] is not None]


def _delivery(
    work: Work,
    person: Recipient,
    contact: Contact | None,
    notice: Notice,
    data: dict[str, Any],
    common: dict[str, str],
) -> dict[str, Any]:
    name = contact.name if contact else person.name
    letter = texts.letter(notice.template, name=name, about=common["about"], data=data)
    return {
        **common,
        "id": new_id("dlv"),
        "template": notice.template,
        "recipient_sub": person.sub,
        "recipient_name": domain.one_line(name),
        "title": letter.title,
        "plain": letter.plain,
        "html": letter.html,
        "version": 1,
        "copy_number": 0,
        "attempts": 0,
        "created_at": work.now,
    }


def _first_state(work: Work, address: str | None, attempts: int) -> dict[str, Any]:
    there = address is not None
    return {
        "address": address,
        "state": "pending" if there else "given_up",
        "attempts_until": attempts,
        "next_attempt_at": work.now if there else None,
        "last_error": None if there else NO_ADDRESS,
    }


async def redeliver(work: Work, *, delivery_id: str, settings: Settings) -> Delivery:
    """Try a delivery again now, at the recipient's present address, with as many tries as a new
    one. Raises notices.already_sent or notices.being_sent."""
    row = await locked(work.session, Delivery, delivery_id)
    domain.check_redeliverable(row.state)
    contact = await work.session.get(Contact, row.recipient_sub)
    before = row.state
    if contact is not None:
        row.address = contact.email if row.channel == "email" else contact.webhook_url
        row.recipient_name = contact.name
    first = _first_state(work, row.address, row.attempts + settings.notices_attempts)
    for field, value in first.items():
        setattr(row, field, value)
    row.version += 1
    work.record("notices.delivery.redeliver", row.id, {"state": [before, row.state]})
    return row
