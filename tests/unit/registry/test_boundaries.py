"""What is a boundary, and how large."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.registry import boundaries, schemas
from tests.factories.land import TITLE_AREA_M2, polygon, rectangle, strip


def parcel(**fields: Any) -> dict[str, Any]:
    return {**schemas.PARCEL, "ubigeo": schemas.UBIGEO, **fields}


def test_the_area_is_that_of_the_ground() -> None:
    assert boundaries.area_m2([strip(0, 1)]) == pytest.approx(TITLE_AREA_M2, abs=30)
    hole = rectangle(100, 100, 200, 200)
    assert boundaries.area_m2([strip(0, 1), hole]) == pytest.approx(TITLE_AREA_M2 - 10_000, abs=30)


def test_a_tenth_off_is_still_the_same_area() -> None:
    assert not boundaries.area_differs(49_000, declared_m2=49_000)
    assert not boundaries.area_differs(53_900, declared_m2=49_000)
    assert boundaries.area_differs(53_901, declared_m2=49_000)
    assert boundaries.area_differs(44_099, declared_m2=49_000)


SQUARE = rectangle(0, 0, 200, 200)
BAD = {
    "open": polygon(SQUARE[:-1]),
    "crossed": polygon([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]),
    "a line": polygon([SQUARE[0], SQUARE[1], SQUARE[0], SQUARE[0]]),
    "swapped": polygon([(latitude, longitude) for longitude, latitude in SQUARE]),
    "empty": {"type": "Polygon", "coordinates": []},
    "a point": {"type": "Point", "coordinates": [-74.0, -12.0]},
    "too long": polygon([*SQUARE[:1] * 500, *SQUARE]),
    "text": polygon([("x", "y")] * 4),  # type: ignore[list-item]
    "endless": polygon([(10**400, -12)] * 4),
}


@pytest.mark.parametrize("why", BAD)
def test_what_bounds_no_area_is_refused(why: str) -> None:
    with pytest.raises(ValidationError):
        schemas.ParcelIn.model_validate(parcel(boundary=BAD[why]))


def test_a_parcel_with_title_and_boundary_becomes_a_draft() -> None:
    title = {
        "number": "11001235",
        "registered_on": "2025-11-20",
        "parent": {"number": "11001234", "area_ha": "29.4", "cut_on": "2025-11-03"},
    }
    given = schemas.ParcelIn.model_validate(parcel(title=title, boundary=polygon(strip(0))))
    draft = given.draft()
    assert draft.title is not None
    assert draft.title.parent is not None
    assert (draft.title.parent.area_m2, draft.title.parent.area_ha) == (294_000, "29.4000")
    assert draft.boundary == polygon(strip(0))
    plain = {name: value for name, value in parcel().items() if name not in ("title", "boundary")}
    bare = schemas.ParcelIn.model_validate(plain).draft()
    assert (bare.title, bare.boundary) == (None, None)
