"""What we read of titles, boundaries, households and claims in the registry's facts, and what it
becomes for the policy. A registry that says nothing of them is read as it is: all is optional."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.eligibility import splitting

M2_PER_HA: Final = 10_000

Hectares = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})?$")]
Degrees = Annotated[float, Field(ge=-180, le=180)]


class LandReader(BaseModel):
    """What we read of a neighbour's body; whatever else it says is not ours."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ParentTitleReader(LandReader):
    """The title that a parcel was cut from."""

    number: str
    area_ha: Hectares
    cut_on: date


class TitleReader(LandReader):
    """The registered title of a parcel."""

    number: str
    parent: ParentTitleReader | None = None


class BoundaryReader(LandReader):
    """A GeoJSON polygon."""

    coordinates: Annotated[
        list[Annotated[list[tuple[Degrees, Degrees]], Field(min_length=4)]], Field(min_length=1)
    ]


class SiblingReader(LandReader):
    """A parcel in another consortium that was cut from the same title as one of the members'."""

    parent_title: str
    producer_id: str
    code: str
    area_ha: Hectares
    consortium_id: str
    consortium_name: str


class Parcel(Protocol):
    """What a parcel of the registry's facts says of its land."""

    @property
    def code(self) -> str: ...
    @property
    def area_ha(self) -> str: ...
    @property
    def title(self) -> TitleReader | None: ...
    @property
    def boundary(self) -> BoundaryReader | None: ...
    @property
    def also_claimed_by(self) -> Sequence[splitting.Claim]: ...


class Member(Protocol):
    """What a member of the registry's facts says of the household and the land."""

    @property
    def producer_id(self) -> str: ...
    @property
    def dni(self) -> str: ...
    @property
    def full_name(self) -> str: ...
    @property
    def cci(self) -> str: ...
    @property
    def household(self) -> str | None: ...
    @property
    def total_area_ha(self) -> str: ...
    @property
    def parcels(self) -> Sequence[Parcel]: ...


def parts_of(members: Sequence[Member], siblings: Sequence[SiblingReader]) -> dict[str, Any]:
    """The parts `parcel_groups`, `shared_parcels` and `family_units` of the policy's facts."""
    return {
        "parcel_groups": splitting.groups_of(
            [held for member in members for held in _cut_parcels(member)],
            [(sibling.parent_title, _sibling(sibling)) for sibling in siblings],
        ),
        "shared_parcels": [
            splitting.SharedParcel(
                code=parcel.code,
                title_number=parcel.title.number if parcel.title else None,
                producer_id=member.producer_id,
                dni=member.dni,
                full_name=member.full_name,
                claims=list(parcel.also_claimed_by),
            )
            for member in members
            for parcel in member.parcels
            if parcel.also_claimed_by
        ],
        "family_units": [
            splitting.FamilyUnit(
                household=household,
                dnis=dnis,
                total_area_m2=sum(
                    square_metres(member.total_area_ha)
                    for member in members
                    if member.household == household
                ),
            )
            for household, dnis in splitting.shared(members, lambda member: member.household)
        ],
    }


def square_metres(area_ha: str) -> int:
    """Whole square metres of hectares with at most four decimals: `"1.8"` → 18000."""
    return int(Decimal(area_ha) * M2_PER_HA)


def _cut_parcels(member: Member) -> list[splitting.Held]:
    return [
        splitting.Held(
            parent_title=parcel.title.parent.number,
            parent_area_m2=square_metres(parcel.title.parent.area_ha),
            cut_on=parcel.title.parent.cut_on,
            code=parcel.code,
            area_m2=square_metres(parcel.area_ha),
            producer_id=member.producer_id,
            dni=member.dni,
            household=member.household,
            cci=member.cci,
            boundary=parcel.boundary.coordinates if parcel.boundary else None,
        )
        for parcel in member.parcels
        if parcel.title is not None and parcel.title.parent is not None
    ]


def _sibling(reader: SiblingReader) -> splitting.Sibling:
    plain = reader.model_dump(exclude={"parent_title", "area_ha"})
    return splitting.Sibling(**plain, area_m2=square_metres(reader.area_ha))
