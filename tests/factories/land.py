"""Squares of land near Huanta: boundaries in degrees for parcels given in metres."""

import math
from typing import Any

LATITUDE, LONGITUDE = -12.94, -74.25
_EQUATOR_M, _ECCENTRICITY_2 = 6_378_137.0, 0.00669437999014
TITLE_AREA_M2 = 294_000
SIDE_M = math.sqrt(TITLE_AREA_M2)


def at(east_m: float, north_m: float) -> tuple[float, float]:
    """Longitude and latitude of a point so many metres from the corner of the land."""
    sine = math.sin(math.radians(LATITUDE))
    squeeze = 1 - _ECCENTRICITY_2 * sine**2
    east = _EQUATOR_M / math.sqrt(squeeze) * math.cos(math.radians(LATITUDE))
    north = _EQUATOR_M * (1 - _ECCENTRICITY_2) / squeeze**1.5
    return (
        LONGITUDE + math.degrees(east_m / east),
        LATITUDE + math.degrees(north_m / north),
    )


def rectangle(west: float, south: float, east: float, north: float) -> list[tuple[float, float]]:
    """A closed ring around the rectangle, whose sides are given in metres."""
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return [at(*corner) for corner in corners]


def strip(number: int, count: int = 6) -> list[tuple[float, float]]:
    """One of the equal strips of a square of 29.4 ha, from west to east: 4.9 ha where six."""
    width = SIDE_M / count
    return rectangle(number * width, 0, (number + 1) * width, SIDE_M)


def polygon(ring: list[tuple[float, float]]) -> dict[str, Any]:
    """The ring as GeoJSON."""
    return {"type": "Polygon", "coordinates": [[list(point) for point in ring]]}
