"""Use cases of the registry: each one transaction with its audit row and its event."""

from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.kernel import clock
from services.kernel.auth import not_found
from services.kernel.db import AsyncSession
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.rows import locked
from services.kernel.work import Work
from services.registry import domain
from services.registry.domain import (
    AnchorFirmDraft,
    ConsortiumDraft,
    MemberDraft,
    ParcelDraft,
    ProducerDraft,
)
from services.registry.events import (
    AnchorFirmRegistered,
    ConsortiumFormed,
    MemberAdded,
    MemberWithdrawn,
    ProducerRegistered,
)
from services.registry.models import (
    AnchorFirm,
    Consortium,
    Membership,
    Parcel,
    Producer,
    Table,
)
from services.registry.queries import ConsortiumView, ProducerView, consortium_view


async def register_anchor_firm(work: Work, *, draft: AnchorFirmDraft) -> AnchorFirm:
    """Register an anchor firm; raises registry.ruc_taken with the id of the one that has it."""
    firm = AnchorFirm(
        id=new_id("anc"),
        ruc=draft.ruc,
        legal_name=draft.legal_name,
        ruc_state=draft.ruc_state,
        ruc_condition=draft.ruc_condition,
        exporting=draft.exporting,
        ubigeo_scheme=draft.ubigeo.scheme,
        ubigeo_code=draft.ubigeo.code,
        created_at=work.now,
    )
    if not await _inserted(work.session, firm, unique="ruc"):
        taken = await work.session.scalar(
            select(col(AnchorFirm.id)).where(col(AnchorFirm.ruc) == draft.ruc)
        )
        raise domain.ruc_taken(taken)
    work.record(
        "registry.anchor_firm.register",
        firm.id,
        {
            "ruc": firm.ruc,
            "ruc_state": firm.ruc_state,
            "ruc_condition": firm.ruc_condition,
            "exporting": firm.exporting,
        },
    )
    event = AnchorFirmRegistered(anchor_firm_id=firm.id, ruc=firm.ruc, legal_name=firm.legal_name)
    work.publish(event, version=1)
    return firm


async def register_producer(work: Work, *, draft: ProducerDraft) -> ProducerView:
    """Register a producer with its parcels and PPA enrolment; raises registry.dni_taken with the
    id of the one that has the DNI, and registry.producer_invalid."""
    domain.check_producer(draft, today=clock.lima_date(work.now))
    producer = Producer(
        id=new_id("pro"),
        dni=draft.dni,
        full_name=draft.full_name,
        sex=draft.sex,
        born_on=draft.born_on,
        alive=draft.alive,
        cci=draft.cci,
        household=draft.household,
        created_at=work.now,
        ppa_from=draft.ppa.valid_from if draft.ppa else None,
        ppa_to=draft.ppa.valid_to if draft.ppa else None,
    )
    if not await _inserted(work.session, producer, unique="dni"):
        taken = await work.session.scalar(
            select(col(Producer.id)).where(col(Producer.dni) == draft.dni)
        )
        raise domain.dni_taken(taken)
    parcels = _parcels_of(producer.id, draft)
    work.session.add_all(parcels)
    work.record(
        "registry.producer.register",
        producer.id,
        {
            "dni": producer.dni,
            "cci": producer.cci,
            "alive": producer.alive,
            "in_ppa": draft.ppa is not None,
            "parcels": {parcel.code: parcel.area_m2 for parcel in parcels},
            "titles": {parcel.code: parcel.title_number for parcel in parcels if parcel.title},
            "household": producer.household,
        },
    )
    work.publish(ProducerRegistered(producer_id=producer.id, parcels_count=len(parcels)), version=1)
    return ProducerView(producer=producer, parcels=parcels, ppa=draft.ppa)


async def form_consortium(work: Work, *, draft: ConsortiumDraft) -> ConsortiumView:
    """Form a consortium and bind its members by their contracts.

    Raises registry.consortium_invalid with a pointer for each unknown or repeated name.
    """
    await _check_formation(work.session, draft)
    consortium = Consortium(
        id=new_id("con"),
        name=draft.name,
        anchor_firm_id=draft.anchor_firm_id,
        cci=draft.cci,
        independent_accounting=draft.independent_accounting,
        version=1,
        created_at=work.now,
        updated_at=work.now,
    )
    work.session.add(consortium)
    await work.session.flush()
    work.session.add_all(_membership(work, consortium.id, member) for member in draft.members)
    await work.session.flush()
    producer_ids = [member.producer_id for member in draft.members]
    work.record(
        "registry.consortium.form",
        consortium.id,
        {
            "name": consortium.name,
            "anchor_firm_id": consortium.anchor_firm_id,
            "cci": consortium.cci,
            "independent_accounting": consortium.independent_accounting,
            "producer_ids": producer_ids,
        },
    )
    work.publish(
        ConsortiumFormed(
            consortium_id=consortium.id,
            name=consortium.name,
            anchor_firm_id=consortium.anchor_firm_id,
            producer_ids=producer_ids,
        ),
        version=consortium.version,
    )
    view = await consortium_view(work.session, consortium.id)
    if view is None:
        raise AssertionError("the consortium was written a moment ago")
    return view


async def add_member(
    work: Work, *, consortium_id: str, member: MemberDraft, expected_version: int | None
) -> tuple[Membership, int]:
    """Let a producer join; answers the membership and the consortium's new version.

    Raises registry.producer_unknown, already_member, consortium_full and consortium_changed.
    """
    consortium = await locked(work.session, Consortium, consortium_id)
    domain.check_version(current=consortium.version, expected=expected_version)
    if await work.session.get(Producer, member.producer_id) is None:
        raise domain.producer_unknown()
    members_count = await _members_count(work.session, consortium_id)
    current = await _current(work.session, consortium_id, member.producer_id)
    domain.check_joining(members_count=members_count, is_member=current is not None)
    membership = _membership(work, consortium_id, member)
    work.session.add(membership)
    _bump(work, consortium)
    work.record(
        "registry.member.add",
        consortium_id,
        {
            "producer_id": member.producer_id,
            "product": member.product,
            "annual_volume_kg": member.annual_volume_kg,
            "price_formula": member.price_formula,
            "version": consortium.version,
        },
    )
    event = MemberAdded(
        consortium_id=consortium_id,
        producer_id=member.producer_id,
        members_count=members_count + 1,
    )
    work.publish(event, version=consortium.version)
    return membership, consortium.version


async def withdraw_member(
    work: Work, *, consortium_id: str, producer_id: str, expected_version: int | None
) -> tuple[Membership, int]:
    """Let a producer leave; the row stays, with its end. Who never was a member is not found;
    who left already is registry.member_withdrawn."""
    consortium = await locked(work.session, Consortium, consortium_id)
    domain.check_version(current=consortium.version, expected=expected_version)
    membership = await _current(work.session, consortium_id, producer_id)
    if membership is None:
        raise await _why_not_current(work.session, consortium_id, producer_id)
    membership.withdrawn_at = work.now
    _bump(work, consortium)
    await work.session.flush()
    work.record(
        "registry.member.withdraw",
        consortium_id,
        {"producer_id": producer_id, "version": consortium.version},
    )
    event = MemberWithdrawn(
        consortium_id=consortium_id,
        producer_id=producer_id,
        members_count=await _members_count(work.session, consortium_id),
    )
    work.publish(event, version=consortium.version)
    return membership, consortium.version


async def _inserted(session: AsyncSession, row: Table, *, unique: str) -> bool:
    """Insert a row unless another has its unique column; a race is decided by PostgreSQL."""
    statement = insert(type(row)).values(row.model_dump())
    done = await session.scalar(
        statement.on_conflict_do_nothing(index_elements=[unique]).returning(
            type(row).__table__.c.id  # type: ignore[attr-defined]
        )
    )
    return done is not None


async def _check_formation(session: AsyncSession, draft: ConsortiumDraft) -> None:
    asked = {member.producer_id for member in draft.members}
    known = await session.exec(select(col(Producer.id)).where(col(Producer.id).in_(asked)))
    firm = await session.get(AnchorFirm, draft.anchor_firm_id)
    domain.check_formation(
        draft, anchor_firm_known=firm is not None, known_producers=frozenset(known)
    )


async def _members_count(session: AsyncSession, consortium_id: str) -> int:
    count = await session.scalar(
        select(func.count()).select_from(Membership).where(*_is_current(consortium_id))
    )
    return count or 0


async def _current(
    session: AsyncSession, consortium_id: str, producer_id: str
) -> Membership | None:
    found: Membership | None = await session.scalar(
        select(Membership).where(
            *_is_current(consortium_id), col(Membership.producer_id) == producer_id
        )
    )
    return found


async def _why_not_current(
    session: AsyncSession, consortium_id: str, producer_id: str
) -> Exception:
    left = await session.scalar(
        select(col(Membership.id))
        .where(
            col(Membership.consortium_id) == consortium_id,
            col(Membership.producer_id) == producer_id,
        )
        .limit(1)
    )
    if left is None:
        return not_found()
    return Conflict("registry.member_withdrawn", "El productor ya se había retirado del consorcio.")


def _is_current(consortium_id: str) -> tuple[Any, Any]:
    return (
        col(Membership.consortium_id) == consortium_id,
        col(Membership.withdrawn_at).is_(None),
    )


def _bump(work: Work, consortium: Consortium) -> None:
    consortium.version += 1
    consortium.updated_at = work.now


def _membership(work: Work, consortium_id: str, member: MemberDraft) -> Membership:
    return Membership(
        id=new_id("mem"),
        consortium_id=consortium_id,
        producer_id=member.producer_id,
        product=member.product,
        annual_volume_kg=member.annual_volume_kg,
        price_formula=member.price_formula,
        joined_at=work.now,
    )


def _parcels_of(producer_id: str, draft: ProducerDraft) -> list[Parcel]:
    return [
        Parcel(
            id=new_id("par"),
            producer_id=producer_id,
            code=parcel.code,
            area_m2=parcel.area_m2,
            crop=parcel.crop,
            tenure=parcel.tenure,
            ubigeo_scheme=parcel.ubigeo.scheme,
            ubigeo_code=parcel.ubigeo.code,
            boundary=parcel.boundary,
            **_title_of(parcel),
        )
        for parcel in draft.parcels
    ]


def _title_of(parcel: ParcelDraft) -> dict[str, Any]:
    title = parcel.title
    parent = title.parent if title else None
    return {
        "title_number": title.number if title else None,
        "title_registered_on": title.registered_on if title else None,
        "parent_title_number": parent.number if parent else None,
        "parent_area_m2": parent.area_m2 if parent else None,
        "cut_on": parent.cut_on if parent else None,
    }
