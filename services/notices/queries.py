"""Reads of notices; nothing here changes anything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, or_, select

from services.kernel.db import AsyncSession
from services.kernel.rows import found
from services.notices import domain
from services.notices.catalog import Data, Who
from services.notices.models import Contact, Delivery, SeatHolder, WebhookSecret


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is to be told; `name` as the contact or the board gives it."""

    sub: str
    name: str


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact and how many secrets sign its webhooks."""

    contact: Contact
    secrets: int
    new_secret: str | None = None


async def terms_in_force(session: AsyncSession, at: datetime) -> Sequence[SeatHolder]:
    """For each seat and capacity the term in force: the latest that has begun, unless it ended.

    Terms may be heard in any order: a later one ends an earlier one by its beginning alone.
    """
    latest = (
        select(SeatHolder)
        .where(SeatHolder.valid_from <= at)
        .ext(distinct_on(col(SeatHolder.seat), col(SeatHolder.capacity)))
        .order_by(
            col(SeatHolder.seat),
            col(SeatHolder.capacity),
            col(SeatHolder.valid_from).desc(),
            col(SeatHolder.term_id).desc(),
        )
    )
    terms = (await session.exec(latest)).all()
    return [term for term in terms if term.valid_to is None or term.valid_to > at]


async def recipients(
    session: AsyncSession, to: Iterable[Who], *, data: Data, at: datetime
) -> list[Recipient]:
    """The recipients, each once, in the order of `to`."""
    terms = await terms_in_force(session, at)
    chosen: dict[str, Recipient] = {}
    for who in to:
        for one in _of(who, terms, data):
            chosen.setdefault(one.sub, one)
    return list(chosen.values())


def _of(who: Who, terms: Sequence[SeatHolder], data: Data) -> list[Recipient]:
    match who:
        case "secretariat":
            return [Recipient(domain.SECRETARIAT, "Secretaría técnica")]
        case "consortium":
            return [Recipient(str(data["consortium_id"]), "Representante del consorcio")]
        case "program":
            name = str(data["channel"])
            return [Recipient(f"{domain.PROGRAM}{name}", name.capitalize())]
        case "holder":
            sub = str(data["holder_sub"])
            return [Recipient(sub, str(data.get("holder_name", sub)))]
        case "signers":
            named_by = {term.holder_sub: term.holder_name for term in terms}
            subs = [str(signer["holder_sub"]) for signer in data["signers"]]
            return [Recipient(sub, named_by.get(sub, sub)) for sub in subs]
        case "seat":
            held = [term for term in terms if term.seat == data.get("seat")]
        case "presiding":
            held = [term for term in terms if term.chair or term.deputy_chair]
        case "titulars":
            held = [term for term in terms if term.capacity == "titular"]
        case "alternates":
            held = [term for term in terms if term.capacity == "alternate"]
            named = data.get("seats")
            if isinstance(named, list):
                held = [term for term in held if term.seat in named]
    return [Recipient(term.holder_sub, term.holder_name) for term in held]


async def contacts_of(session: AsyncSession, subs: Iterable[str]) -> dict[str, Contact]:
    """The contacts of these recipients, those that have one."""
    rows = await session.exec(select(Contact).where(col(Contact.sub).in_(list(subs))))
    return {row.sub: row for row in rows}


async def active_secrets(session: AsyncSession, sub: str) -> Sequence[WebhookSecret]:
    """The secrets that sign a contact's webhooks, newest first."""
    query = (
        select(WebhookSecret)
        .where(WebhookSecret.contact_sub == sub, col(WebhookSecret.retired_at).is_(None))
        .order_by(col(WebhookSecret.id).desc())
    )
    return (await session.exec(query)).all()


async def contact_view(session: AsyncSession, sub: str) -> ContactView:
    """The contact; raises Missing."""
    contact = await found(session, Contact, sub)
    return ContactView(contact, len(await active_secrets(session, sub)))


def contacts() -> Select[tuple[Contact]]:
    """All contacts."""
    query: Any = select(Contact)
    listed: Select[tuple[Contact]] = query
    return listed


def deliveries(*, state: str | None, recipient: str | None) -> Select[tuple[Delivery]]:
    """The list of deliveries, filtered."""
    query: Any = select(Delivery)
    if state is not None:
        query = query.where(Delivery.state == state)
    if recipient is not None:
        query = query.where(Delivery.recipient_sub == recipient)
    filtered: Select[tuple[Delivery]] = query
    return filtered


async def counts(session: AsyncSession) -> list[tuple[str, str, int]]:
    """How many deliveries have not arrived, by channel and state."""
    query = (
        select(Delivery.channel, Delivery.state, func.count())
        .where(col(Delivery.state).in_((*domain.DUE_STATES, "given_up")))
        .group_by(col(Delivery.channel), col(Delivery.state))
    )
    return [(channel, state, number) for channel, state, number in await session.exec(query)]


async def oldest_due(session: AsyncSession, now: datetime) -> datetime | None:
    """Since when the delivery that waits longest has been due."""
    query = select(func.min(Delivery.next_attempt_at)).where(
        or_(*(Delivery.state == state for state in domain.DUE_STATES)),
        col(Delivery.next_attempt_at) <= now,
    )
    return (await session.exec(query)).one()
