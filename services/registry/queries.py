"""Reads of the registry; the facts take the same few queries for ten members and for a thousand."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, literal, union_all
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.kernel.db import AsyncSession
from services.registry.claims import Claim, Sibling, claims_of, siblings_of
from services.registry.domain import PpaPeriod
from services.registry.models import (
    AnchorFirm,
    Consortium,
    ConsortiumProfile,
    Membership,
    Parcel,
    PpaRegistration,
    Producer,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """A current member of a consortium, as its page shows it."""

    membership: Membership
    producer: Producer
    total_area_m2: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsortiumView:
    """A consortium with its current members, in the order of the producers' ids."""

    consortium: Consortium
    members: Sequence[MemberView]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerView:
    """A producer with parcels and the PPA snapshot that counts on the day asked for."""

    producer: Producer
    parcels: Sequence[Parcel]
    ppa: PpaPeriod | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherMembership:
    """Another consortium of which a member is a current member too.

    `joined_first` tells whether the producer was there first: a consortium that takes in a
    producer of another does not thereby harm the other.
    """

    consortium_id: str
    name: str
    joined_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFacts:
    """All that the registry knows of one member."""

    view: ProducerView
    contract: Membership
    other_consortia: Sequence[OtherMembership]
    claims: Mapping[str, Sequence[Claim]]
    """By parcel id, who else claims the same plot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the registry knows of a consortium on a day: one snapshot of the database."""

    consortium: Consortium
    anchor_firm: AnchorFirm
    members: Sequence[MemberFacts]
    split_siblings: Sequence[Sibling]
    profile: dict[str, Any] | None
    as_of: date


async def consortium_view(session: AsyncSession, consortium_id: str) -> ConsortiumView | None:
    """A consortium with its current members, or None."""
    consortium = await session.get(Consortium, consortium_id)
    if consortium is None:
        return None
    area_m2 = (
        select(func.coalesce(func.sum(col(Parcel.area_m2)), 0))
        .where(col(Parcel.producer_id) == col(Producer.id))
        .scalar_subquery()
    )
    rows = await session.exec(
        select(Membership, Producer, area_m2)
        .join(Producer, col(Producer.id) == col(Membership.producer_id))
        .where(*_current_in(consortium_id))
        .order_by(col(Producer.id))
    )
    return ConsortiumView(
        consortium=consortium,
        members=[
            MemberView(membership=membership, producer=producer, total_area_m2=int(total))
            for membership, producer, total in rows
        ],
    )


async def producers_with_land(
    session: AsyncSession, producers: Sequence[Producer], *, day: date
) -> list[ProducerView]:
    """The same producers with parcels and PPA: two queries, however many they are."""
    ids = [producer.id for producer in producers]
    parcels = await _parcels(session, col(Parcel.producer_id).in_(ids))
    periods = await (await session.connection()).execute(_ppa_on(day, ids))
    ppa = {who: PpaPeriod(valid_from=since, valid_to=until) for who, since, until in periods}
    return [
        ProducerView(producer=producer, parcels=parcels[producer.id], ppa=ppa.get(producer.id))
        for producer in producers
    ]


async def consortium_facts(session: AsyncSession, consortium_id: str, *, day: date) -> Facts | None:
    """The facts of a consortium in six queries on one snapshot, or None.

    Call it first in its transaction, since it sets how the transaction is isolated.
    """
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    profile = (
        select(col(ConsortiumProfile.content))
        .where(col(ConsortiumProfile.consortium_id) == col(Consortium.id))
        .order_by(col(ConsortiumProfile.number).desc())
        .limit(1)
        .scalar_subquery()
    )
    head = (
        await session.exec(
            select(Consortium, AnchorFirm, profile)
            .join(AnchorFirm, col(AnchorFirm.id) == col(Consortium.anchor_firm_id))
            .where(col(Consortium.id) == consortium_id)
        )
    ).first()
    if head is None:
        return None
    consortium, anchor_firm, declared = head
    return Facts(
        consortium=consortium,
        anchor_firm=anchor_firm,
        members=await _member_facts(session, consortium_id, day),
        split_siblings=await siblings_of(session, consortium_id),
        profile=declared,
        as_of=day,
    )


async def _member_facts(session: AsyncSession, consortium_id: str, day: date) -> list[MemberFacts]:
    members = select(col(Membership.producer_id)).where(*_current_in(consortium_id))
    ppa = _ppa_on(day, members).subquery()
    rows = (
        await session.exec(
            select(Membership, Producer, ppa.c.valid_from, ppa.c.valid_to)
            .join(Producer, col(Producer.id) == col(Membership.producer_id))
            .outerjoin(ppa, ppa.c.producer_id == col(Producer.id))
            .where(*_current_in(consortium_id))
            .order_by(col(Producer.id))
        )
    ).all()
    parcels = await _parcels(session, col(Parcel.producer_id).in_(members))
    others = await _other_consortia(session, consortium_id, members)
    claims = await claims_of(session, consortium_id)
    return [
        MemberFacts(
            view=ProducerView(
                producer=producer,
                parcels=parcels[producer.id],
                ppa=PpaPeriod(valid_from=since, valid_to=until) if since else None,
            ),
            contract=membership,
            other_consortia=others[producer.id],
            claims=claims,
        )
        for membership, producer, since, until in rows
    ]


async def _parcels(session: AsyncSession, whose: Any) -> dict[str, list[Parcel]]:
    rows = await session.exec(
        select(Parcel).where(whose).order_by(col(Parcel.producer_id), col(Parcel.code))
    )
    grouped: dict[str, list[Parcel]] = defaultdict(list)
    for parcel in rows:
        grouped[parcel.producer_id].append(parcel)
    return grouped


async def _other_consortia(
    session: AsyncSession, consortium_id: str, members: SelectOfScalar[str]
) -> dict[str, list[OtherMembership]]:
    own = aliased(Membership)
    rows = await session.exec(
        select(
            col(Membership.producer_id),
            col(Consortium.id),
            col(Consortium.name),
            col(Membership.joined_at) <= col(own.joined_at),
        )
        .join(Consortium, col(Consortium.id) == col(Membership.consortium_id))
        .join(own, col(own.producer_id) == col(Membership.producer_id))
        .where(
            col(Membership.producer_id).in_(members),
            col(Membership.consortium_id) != consortium_id,
            col(Membership.withdrawn_at).is_(None),
            col(own.consortium_id) == consortium_id,
            col(own.withdrawn_at).is_(None),
        )
        .order_by(col(Membership.producer_id), col(Consortium.id))
    )
    grouped: dict[str, list[OtherMembership]] = defaultdict(list)
    for producer_id, other_id, name, joined_first in rows:
        other = OtherMembership(consortium_id=other_id, name=name, joined_first=joined_first)
        grouped[producer_id].append(other)
    return grouped


def registered_on(day: date) -> SelectOfScalar[str]:
    """The ids of the producers who were in the padrón on a day, as the snapshots say today.

    They may be two million: count them, or read them as a stream.
    """
    said = _ppa_on(day).subquery()
    return select(said.c.producer_id).where(
        said.c.valid_from <= day, func.coalesce(said.c.valid_to > day, True)
    )


def _ppa_on(day: date, whose: Any = None) -> Select[Any]:
    """One snapshot a producer: the last recorded of those that begin by the day, else of all.

    `whose` are ids of producers, or a query of them; None asks for everybody.

    A snapshot speaks for the days from its valid_from on. So a later one that ends earlier
    counts, and an earlier period is not forgotten when a new one begins.
    """
    first: Any = select_columns(
        literal("").label("id"),
        col(Producer.id).label("producer_id"),
        col(Producer.ppa_from).label("valid_from"),
        col(Producer.ppa_to).label("valid_to"),
        col(Producer.created_at).label("recorded_at"),
    ).where(col(Producer.ppa_from).is_not(None))
    later: Any = select_columns(
        col(PpaRegistration.id),
        col(PpaRegistration.producer_id),
        col(PpaRegistration.valid_from),
        col(PpaRegistration.valid_to),
        col(PpaRegistration.recorded_at),
    )
    if whose is not None:
        first = first.where(col(Producer.id).in_(whose))
        later = later.where(col(PpaRegistration.producer_id).in_(whose))
    said = union_all(first, later).subquery()
    return (
        select_columns(said.c.producer_id, said.c.valid_from, said.c.valid_to)
        .ext(distinct_on(said.c.producer_id))
        .order_by(
            said.c.producer_id,
            (said.c.valid_from <= day).desc(),
            said.c.recorded_at.desc(),
            said.c.id.desc(),
        )
    )


def _current_in(consortium_id: str) -> tuple[Any, Any]:
    return (
        col(Membership.consortium_id) == consortium_id,
        col(Membership.withdrawn_at).is_(None),
    )
