"""The named cases: what votes come to, and who may vote for a seat."""

from typing import Any

import pytest

from services.board import domain
from services.board.seating import Seating
from tests.support.board_cases import Case, cases


@pytest.mark.parametrize("case", cases("tally"), ids=lambda case: case.name)
def test_what_the_votes_come_to(case: Case) -> None:
    tally = domain.tally(
        call=case.says.get("call", "first"),
        chair=case.chair,
        deputy=case.deputy,
        recused=case.recused,
        choices=case.choices,
    )
    assert (tally.result, tally.present, tally.tie_broken_by) == (
        case.says["result"],
        case.says["present"],
        case.says.get("broken_by"),
    )
    assert (tally.abstentions, list(tally.alternates)) == (
        case.says.get("abstained", 0),
        case.says.get("alternates", []),
    )
    assert tally.quorum_met == (case.says["result"] != "no_quorum")


@pytest.mark.parametrize("case", cases("seating"), ids=lambda case: case.name)
def test_who_may_vote_for_a_seat(case: Case) -> None:
    says = case.says
    titular, alternate = says.get("titular", "t"), says.get("alternate", "s")
    seating = Seating(
        titulars={"midagri": "chair"} | ({"mef": titular} if titular else {}),
        alternates={"mef": alternate} if alternate else {},
        absent=says.get("absent", []),
        chair="midagri",
        alternates_called=says.get("called", False),
        recused=says.get("recused", []),
        pending=says.get("pending", []),
        voted=says.get("voted", []),
    )
    refusal = seating.refusal(seat="mef", sub=says["who"], former=says.get("former", False))
    assert refusal == says.get("refusal")


ALL = {seat: f"{seat}-1" for seat in domain.SEATS}
STAND_INS = {seat: f"{seat}-2" for seat in domain.SEATS}


@pytest.mark.parametrize(
    ("given", "presiding"),
    [
        ({}, ("midagri", "midagri-1")),
        ({"recused": ["midagri-1"]}, ("mef", "mef-1")),
        ({"pending": ["midagri-1"]}, ("mef", "mef-1")),
        ({"recused": ["midagri-1"], "alternates_called": True}, ("midagri", "midagri-2")),
        ({"absent": ["midagri"]}, ("midagri", "midagri-2")),
        ({"absent": ["midagri"], "alternates": {}}, ("mef", "mef-1")),
        ({"chair": None}, ("mef", "mef-1")),
        ({"chair": None, "deputy": None}, None),
        ({"recused": ["midagri-1", "mef-1"]}, None),
    ],
)
def test_who_presides(given: dict[str, Any], presiding: tuple[str, str] | None) -> None:
    whole = {"titulars": ALL, "alternates": STAND_INS, "chair": "midagri", "deputy": "mef", **given}
    assert Seating(**whole).presiding == presiding


@pytest.mark.parametrize(
    ("given", "complete", "recused"),
    [
        ({"voted": domain.SEATS}, True, ()),
        ({"voted": domain.SEATS[:3]}, False, ()),
        ({"voted": domain.SEATS[:3], "recused": ["mef-1"]}, True, ("mef",)),
        ({"voted": domain.SEATS, "pending": ["mef-1"]}, False, ()),
        ({"voted": domain.SEATS, "recused": ["mef-1"]}, True, ()),
        (
            {"voted": domain.SEATS[:3], "recused": ["mef-1"], "alternates_called": True},
            False,
            ("mef",),
        ),
        (
            {"voted": domain.SEATS[:3], "recused": ["mef-1", "mef-2"], "alternates_called": True},
            True,
            ("mef",),
        ),
        ({"voted": domain.SEATS[:3], "recused": ["mef-0"]}, False, ()),
    ],
)
def test_when_nothing_more_can_come(
    given: dict[str, Any], complete: bool, recused: tuple[str, ...]
) -> None:
    seating = Seating(titulars=ALL, alternates=STAND_INS, chair="midagri", **given)
    assert (seating.is_complete, seating.recused_seats) == (complete, recused)


def test_a_vacant_seat_without_an_alternate_is_awaited_until_the_close() -> None:
    seating = Seating(titulars={}, voted=domain.SEATS[:3], recused=["mef-1"])
    assert (seating.is_complete, seating.recused_seats) == (False, ())
