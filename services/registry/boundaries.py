"""Boundaries of parcels as GeoJSON rings in WGS84: whether they close an area, and how large.

The area is taken on a plane that touches the ellipsoid in the middle of the parcel, which is exact
to far less than a survey for anything as small as a parcel.
"""

from collections.abc import Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator
from shapely import Polygon
from shapely.validation import explain_validity

from services.kernel.geodesy import on_plane
from services.kernel.schemas import Body

Longitude = Annotated[float, Field(ge=-82, le=-68)]
Latitude = Annotated[float, Field(ge=-19, le=0.5)]
Point = tuple[Longitude, Latitude]
"""Degrees in WGS84, within Peru: a swapped pair is refused."""
Ring = Sequence[Point]
"""Longitude and latitude of each corner, the first one again at the end."""

EXAMPLE_RING: Final = [
    [-74.25, -12.94],
    [-74.249, -12.94],
    [-74.249, -12.9385],
    [-74.25, -12.9385],
    [-74.25, -12.94],
]
MAX_RINGS: Final = 4
MAX_VERTICES: Final = 500
AREA_TOLERANCE_PERCENT: Final = 10
"""How far drawn and declared area may differ before a person is asked to look at both."""


class BoundaryOut(Body):
    """A parcel's boundary: a GeoJSON polygon in WGS84, longitude before latitude."""

    type: Literal["Polygon"]
    coordinates: Annotated[
        list[Annotated[list[Point], Field(min_length=4, max_length=MAX_VERTICES)]],
        Field(min_length=1, max_length=MAX_RINGS, examples=[[EXAMPLE_RING]]),
    ]


class Boundary(BoundaryOut):
    """A boundary that is handed in: closed rings around one area, in Peru."""

    @model_validator(mode="after")
    def _bounds_an_area(self) -> Self:
        check(self.coordinates)
        return self


def check(rings: Sequence[Ring]) -> None:
    """Raise ValueError unless the rings are closed and bound one valid area."""
    if sum(len(ring) for ring in rings) > MAX_VERTICES:
        raise ValueError(f"el lindero tiene más de {MAX_VERTICES} vértices; simplifíquelo")
    if any(ring[0] != ring[-1] for ring in rings):
        raise ValueError("cada anillo debe terminar en el vértice en que empieza")
    polygon = Polygon(rings[0], rings[1:])
    if not polygon.is_valid:
        raise ValueError(f"el lindero no encierra un área válida: {explain_validity(polygon)}")


def area_m2(rings: Sequence[Ring]) -> int:
    """The area that the rings bound, in whole square metres."""
    flat = [[on_plane(point, rings[0][0]) for point in ring] for ring in rings]
    area: float = Polygon(flat[0], flat[1:]).area
    return round(area)


def area_differs(drawn_m2: int, *, declared_m2: int) -> bool:
    """Whether the drawn area is further from the declared one than the tolerance."""
    return abs(drawn_m2 - declared_m2) * 100 > declared_m2 * AREA_TOLERANCE_PERCENT
