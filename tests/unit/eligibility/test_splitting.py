"""Groups of parcels cut from one title, and who shares a boundary, on generated land."""

from datetime import date
from itertools import pairwise
from typing import Any

from services.eligibility import splitting
from services.eligibility.splitting import Held, Sibling
from tests.factories.land import TITLE_AREA_M2, rectangle, strip


def held(number: int, **changes: Any) -> Held:
    """One of six strips of 4.9 ha of one title, held by one person each."""
    fields = {
        "parent_title": "11001234",
        "parent_area_m2": TITLE_AREA_M2,
        "cut_on": date(2025, 11, 3),
        "code": f"P{number}",
        "area_m2": 49_000,
        "producer_id": f"pro_{number}",
        "dni": f"4000000{number}",
        "household": None,
        "cci": f"cci-{number}",
        "boundary": [strip(number)],
        **changes,
    }
    return Held(**fields)


def test_six_strips_of_one_title_are_one_group_in_a_row() -> None:
    [group] = splitting.groups_of([held(number) for number in range(6)], [])
    assert (group.parent_title, group.parent_area_m2) == ("11001234", 294_000)
    assert (group.total_area_m2, group.cut_on) == (294_000, date(2025, 11, 3))
    labels = [parcel.label for parcel in group.parcels]
    assert labels[0] == "P0 (DNI 40000000)"
    assert group.common_boundaries == [list(pair) for pair in pairwise(labels)]
    assert (group.shared_households, group.shared_accounts) == ([], [])


def test_neighbours_with_titles_of_their_own_are_no_group() -> None:
    others = [held(number, parent_title=f"0200{number}") for number in range(6)]
    assert splitting.groups_of(others, []) == []
    assert splitting.groups_of([], []) == []


def test_a_sibling_in_another_consortium_makes_a_group_of_one() -> None:
    sibling = Sibling(
        consortium_id="con_2",
        consortium_name="Otro",
        producer_id="pro_9",
        code="P9",
        area_m2=49_000,
    )
    [group] = splitting.groups_of([held(0), held(1, parent_title="2")], [("11001234", sibling)])
    assert [parcel.code for parcel in group.parcels] == ["P0"]
    assert group.siblings == [sibling]


def test_households_and_accounts_are_shared_by_two_people_or_more() -> None:
    [group] = splitting.groups_of(
        [
            held(0, household="H1", cci="a"),
            held(1, household="H1", cci="b"),
            held(2, household="H2", cci="b"),
            held(3, dni="40000002", household="H2", cci="c"),
        ],
        [],
    )
    assert [(one.household, one.dnis) for one in group.shared_households] == [
        ("H1", ["40000000", "40000001"])
    ]
    assert [(one.cci, one.dnis) for one in group.shared_accounts] == [
        ("b", ["40000001", "40000002"])
    ]


def pairs(*rings: list[tuple[float, float]]) -> list[list[str]]:
    return splitting.common_boundaries([(str(place), [ring]) for place, ring in enumerate(rings)])


def test_a_corner_is_no_boundary() -> None:
    assert pairs(rectangle(0, 0, 200, 200), rectangle(200, 200, 400, 400)) == []
    assert pairs(rectangle(0, 0, 200, 200), rectangle(200, 195, 400, 395)) == []
    assert pairs(rectangle(0, 0, 200, 200), rectangle(200, 180, 400, 380)) == [["0", "1"]]


def test_a_gap_within_the_surveys_error_is_no_gap() -> None:
    assert pairs(rectangle(0, 0, 200, 200), rectangle(201.5, 0, 400, 200)) == [["0", "1"]]
    assert pairs(rectangle(0, 0, 200, 200), rectangle(203, 0, 400, 200)) == []


def test_a_path_between_two_parcels_parts_them_and_an_overlap_does_not() -> None:
    assert pairs(rectangle(0, 0, 200, 200), rectangle(204, 0, 400, 200)) == []
    assert pairs(rectangle(0, 0, 200, 200), rectangle(150, 0, 400, 200)) == [["0", "1"]]


def test_who_draws_no_boundary_shares_none() -> None:
    [group] = splitting.groups_of([held(0, boundary=None), held(1)], [])
    assert group.common_boundaries == []
    assert pairs() == []
