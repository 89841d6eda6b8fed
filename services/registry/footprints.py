"""Where a consortium's land lies and who buys its harvest: sums only, of many consortia at once.

Whoever weighs how money concentrates asks here, and learns nothing of a single producer.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field, StringConstraints
from sqlalchemy import func
from sqlmodel import col, select

from services.kernel.auth import guarded, reading
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.registry import domain
from services.registry.models import AnchorFirm, Consortium, Membership, Parcel
from services.registry.schemas import AnchorFirmId, Answer, ConsortiumId

router = APIRouter()

MAX_CONSORTIA = 100

ConsortiumIds = Annotated[
    list[Annotated[str, StringConstraints(pattern=id_pattern("con"))]],
    Query(alias="consortium_id", min_length=1, max_length=MAX_CONSORTIA),
]


class LandIn(Answer):
    """How much land the current members have in a region, or with a crop."""

    name: Annotated[str, Field(examples=["palta", "INEI-12"])]
    area_ha: Annotated[str, Field(examples=["18.4000"])]


class FootprintOut(Answer):
    """A consortium's anchor firm, members and land; regions are the first two digits of the
    ubigeo, with its scheme, since INEI and RENIEC number them differently."""

    consortium_id: ConsortiumId
    name: str
    anchor_firm_id: AnchorFirmId
    anchor_firm_ruc: str
    anchor_firm_name: str
    members: int
    area_ha: str
    regions: list[LandIn]
    crops: list[LandIn]


class FootprintsOut(Answer):
    """The footprints of the consortia asked for that exist, in the order of their ids."""

    data: list[FootprintOut]


@router.get("/v1/footprints", **guarded("registry.footprint.read"))
async def read_footprints(
    consortium_id: ConsortiumIds,
    session: Annotated[AsyncSession, Depends(reading("registry"))],
) -> FootprintsOut:
    """Anchor firm, members and land by region and crop of up to a hundred consortia."""
    return FootprintsOut(data=await footprints(session, consortium_id))


async def footprints(session: AsyncSession, consortium_ids: Sequence[str]) -> list[FootprintOut]:
    """The same in three queries, however many they are."""
    heads = await session.exec(
        select(Consortium, AnchorFirm)
        .join(AnchorFirm, col(AnchorFirm.id) == col(Consortium.anchor_firm_id))
        .where(col(Consortium.id).in_(consortium_ids))
        .order_by(col(Consortium.id))
    )
    current = (
        col(Membership.consortium_id).in_(consortium_ids),
        col(Membership.withdrawn_at).is_(None),
    )
    counted = await session.exec(
        select(col(Membership.consortium_id), func.count())
        .where(*current)
        .group_by(col(Membership.consortium_id))
    )
    members = dict(counted.all())
    place = func.concat(col(Parcel.ubigeo_scheme), "-", func.left(col(Parcel.ubigeo_code), 2))
    crop = func.lower(func.btrim(col(Parcel.crop)))
    land = await session.exec(
        select(col(Membership.consortium_id), place, crop, func.sum(col(Parcel.area_m2)))
        .join(Parcel, col(Parcel.producer_id) == col(Membership.producer_id))
        .where(*current)
        .group_by(col(Membership.consortium_id), place, crop)
    )
    pieces: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for owner, region, grown, area_m2 in land:
        pieces[owner].append((region, grown, int(area_m2)))
    return [
        _footprint(consortium, firm, members.get(consortium.id, 0), pieces[consortium.id])
        for consortium, firm in heads
    ]


def _footprint(
    consortium: Consortium, firm: AnchorFirm, members: int, land: Sequence[tuple[str, str, int]]
) -> FootprintOut:
    def by(place: int) -> list[dict[str, Any]]:
        sums: dict[str, int] = defaultdict(int)
        for piece in land:
            sums[str(piece[place])] += piece[2]
        ordered = sorted(sums.items(), key=lambda entry: (-entry[1], entry[0]))
        return [{"name": name, "area_ha": domain.to_area_ha(area)} for name, area in ordered]

    return FootprintOut.model_validate(
        {
            "consortium_id": consortium.id,
            "name": consortium.name,
            "anchor_firm_id": firm.id,
            "anchor_firm_ruc": firm.ruc,
            "anchor_firm_name": firm.legal_name,
            "members": members,
            "area_ha": domain.to_area_ha(sum(piece[2] for piece in land)),
            "regions": by(0),
            "crops": by(1),
        }
    )
