"""From degrees to metres for what is as small as parcels: a plane that touches the ellipsoid."""

import math
from typing import Final

Point = tuple[float, float]

_EQUATOR_M: Final = 6_378_137.0
_ECCENTRICITY_2: Final = 0.00669437999014
"""WGS84."""


def on_plane(point: Point, origin: Point) -> Point:
    """Metres east and north of the origin; both points in degrees, longitude first, WGS84.

    Within a few kilometres of the origin the error is far below a survey's.
    """
    latitude = math.radians(origin[1])
    squeeze = 1 - _ECCENTRICITY_2 * math.sin(latitude) ** 2
    east_m = _EQUATOR_M / math.sqrt(squeeze) * math.cos(latitude)
    north_m = _EQUATOR_M * (1 - _ECCENTRICITY_2) / squeeze**1.5
    return (
        math.radians(point[0] - origin[0]) * east_m,
        math.radians(point[1] - origin[1]) * north_m,
    )
