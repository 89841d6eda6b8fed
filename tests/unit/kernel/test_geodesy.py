"""Degrees in metres, against the published lengths of a degree on WGS84."""

import pytest

from services.kernel.geodesy import on_plane


@pytest.mark.parametrize(
    ("latitude", "north_m", "east_m"),
    [(0, 110_574, 111_320), (-15, 110_649, 107_550), (15, 110_649, 107_550)],
)
def test_a_degree_is_as_long_as_published(latitude: int, north_m: int, east_m: int) -> None:
    east, north = on_plane((-74 + 1, latitude + 1), (-74, latitude))
    assert (east, north) == (pytest.approx(east_m, abs=2), pytest.approx(north_m, abs=2))
    assert on_plane((-74, latitude), (-74, latitude)) == (0, 0)
    assert on_plane((-75, latitude - 1), (-74, latitude)) == (-east, -north)
