"""Which parcels of the members were cut from one title, and what binds those who hold them; pure.

What is computed here goes to the policy as facts; only the policy says what they mean. Who shares a
boundary is measured on a plane in metres that touches the ellipsoid in the middle of the group.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field
from shapely import LineString, Polygon, STRtree

from services.kernel.geodesy import Point, on_plane

TOUCH_M: Final = 2.0
"""Two lines this near are one: surveys with hand-held receivers are off by as much."""
SHARED_M: Final = 10.0
"""Length from which neighbours share a boundary and not just a corner, where lines that only meet
stay within TOUCH_M of each other for less than five times that."""

Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
SquareMetres = Annotated[int, Field(strict=True, ge=0)]


class Part(BaseModel):
    """A part of the policy's input: exactly these fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CutParcel(Part):
    """A parcel of a group; `label` names it and its holder, and is one of a kind in the group."""

    label: Text
    code: Text
    producer_id: Text
    dni: Text
    area_m2: SquareMetres
    cut_on: date


class Household(Part):
    """Members of one household (unidad familiar), by DNI."""

    household: Text
    dnis: list[Text]


class Account(Part):
    """Members paid into one account, by DNI."""

    cci: Text
    dnis: list[Text]


class Sibling(Part):
    """A parcel in another consortium that was cut from the same title."""

    consortium_id: Text
    consortium_name: Text
    producer_id: Text
    code: Text
    area_m2: SquareMetres


class ParcelGroup(Part):
    """The members' parcels that were cut from one title, and what their holders have in common."""

    parent_title: Text
    parent_area_m2: SquareMetres
    cut_on: Annotated[date, Field(description="The day of the first cut.")]
    parcels: list[CutParcel]
    total_area_m2: SquareMetres
    common_boundaries: Annotated[
        list[list[Text]], Field(description="Pairs of labels of parcels that share a boundary.")
    ]
    shared_households: list[Household]
    shared_accounts: list[Account]
    siblings: list[Sibling]


class Claim(Part):
    """The same plot, declared by a producer of a consortium."""

    producer_id: Text
    code: Text
    consortium_id: Text
    consortium_name: Text
    same_title: bool


class SharedParcel(Part):
    """A member's parcel that other producers claim too."""

    code: Text
    title_number: Text | None
    producer_id: Text
    dni: Text
    full_name: Text
    claims: list[Claim]


class FamilyUnit(Part):
    """Members of one household with their land together."""

    household: Text
    dnis: list[Text]
    total_area_m2: SquareMetres


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A parcel that was cut from a title, with what is known of its holder."""

    parent_title: str
    parent_area_m2: int
    cut_on: date
    code: str
    area_m2: int
    producer_id: str
    dni: str
    household: str | None
    cci: str
    boundary: Sequence[Sequence[Point]] | None


def groups_of(
    parcels: Iterable[Held], siblings: Sequence[tuple[str, Sibling]]
) -> list[ParcelGroup]:
    """The groups of parcels by the title they were cut from, those of one parcel alone included
    when another consortium holds its sibling; in the order of the titles' numbers."""
    by_title: dict[str, list[Held]] = defaultdict(list)
    for parcel in parcels:
        by_title[parcel.parent_title].append(parcel)
    elsewhere: dict[str, list[Sibling]] = defaultdict(list)
    for title, sibling in siblings:
        elsewhere[title].append(sibling)
    return [
        _group(title, held, elsewhere[title])
        for title, held in sorted(by_title.items())
        if len(held) > 1 or elsewhere[title]
    ]


def common_boundaries(drawn: Sequence[tuple[str, Sequence[Sequence[Point]]]]) -> list[list[str]]:
    """Pairs of labels, each pair and all pairs in order, whose outlines run along each other.

    `drawn` has for each label the rings of its parcel in degrees (longitude, latitude), WGS84. An
    outline that is no line has no neighbours: whoever keeps the register refused it.
    """
    if not drawn:
        return []
    origin = drawn[0][1][0][0]
    flat = [Polygon([on_plane(point, origin) for point in rings[0]]) for _, rings in drawn]
    near = STRtree(flat).query(flat, predicate="dwithin", distance=TOUCH_M)
    pairs = [
        sorted((drawn[a][0], drawn[b][0]))
        for a, b in near.T
        if a < b and _run_along(flat[a], flat[b])
    ]
    return sorted(pairs)


def _run_along(one: Polygon, other: Polygon) -> bool:
    along = LineString(other.exterior).intersection(one.buffer(TOUCH_M))
    return bool(along.length >= SHARED_M)


def _group(title: str, held: Sequence[Held], siblings: list[Sibling]) -> ParcelGroup:
    held = sorted(held, key=_label)
    return ParcelGroup(
        parent_title=title,
        parent_area_m2=max(parcel.parent_area_m2 for parcel in held),
        cut_on=min(parcel.cut_on for parcel in held),
        parcels=[
            CutParcel(
                label=_label(parcel),
                code=parcel.code,
                producer_id=parcel.producer_id,
                dni=parcel.dni,
                area_m2=parcel.area_m2,
                cut_on=parcel.cut_on,
            )
            for parcel in held
        ],
        total_area_m2=sum(parcel.area_m2 for parcel in held),
        common_boundaries=common_boundaries(
            [(_label(parcel), parcel.boundary) for parcel in held if parcel.boundary]
        ),
        shared_households=[
            Household(household=name, dnis=dnis)
            for name, dnis in shared(held, lambda parcel: parcel.household)
        ],
        shared_accounts=[
            Account(cci=cci, dnis=dnis) for cci, dnis in shared(held, lambda parcel: parcel.cci)
        ],
        siblings=siblings,
    )


def shared(held: Iterable[Any], by: Callable[[Any], str | None]) -> list[tuple[str, list[str]]]:
    """The values that two people or more have in common, each with their DNIs, in order."""
    people: dict[str, set[str]] = defaultdict(set)
    for one in held:
        value = by(one)
        if value is not None:
            people[value].add(one.dni)
    return [(value, sorted(dnis)) for value, dnis in sorted(people.items()) if len(dnis) > 1]


def _label(parcel: Held) -> str:
    return f"{parcel.code} (DNI {parcel.dni})"
