"""Who decides a recusal, what is left to vote, what is late, and which interests count: by name."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.board.interests import LOOK_BACK_MONTHS, conflicts, is_in_force, months_before
from services.board.models import Interest, Recusal, SeatTerm
from services.board.recusals import DECLARE_WORKING_DAYS, decider, is_late, standing
from services.board.seating import Seating

ROOT = Path(__file__).resolve().parents[3]
SEATS = ("midagri", "produce", "mincetur", "mef")
TITULARS = {seat: f"{seat}-1" for seat in SEATS}
ALTERNATES = {seat: f"{seat}-2" for seat in SEATS}
NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)
"""Tuesday noon in Lima."""


def seating(**changes: Any) -> Seating:
    usual: dict[str, Any] = {"titulars": TITULARS, "chair": "midagri", "deputy": "produce"}
    return Seating(**(usual | changes))


def recusal(seat: str, *, by: str | None = None, origin: str = "declared") -> Recusal:
    return Recusal(
        id="rec_1",
        ballot_id="bal_1",
        seat=seat,
        ground=3,
        reason="…",
        term_id="ter_1",
        holder_sub=f"{seat}-1",
        raised_at=NOON,
        origin=origin,
        raised_by=by or f"{seat}-1",
        late=False,
        decide_by=NOON,
        outcome="pending",
    )


DECIDERS: list[tuple[str, Recusal, dict[str, Any], str | None]] = [
    ("a member's own: the chair", recusal("mef"), {}, "midagri"),
    ("the chair's own: the deputy chair", recusal("midagri"), {}, "produce"),
    ("proposed of a member: the chair", recusal("mef", by="mincetur-1"), {}, "midagri"),
    ("proposed by the chair: the deputy chair", recusal("mef", by="midagri-1"), {}, "produce"),
    ("proposed by the deputy of the chair: nobody", recusal("midagri", by="produce-1"), {}, None),
    ("proposed by the chair of the deputy: nobody", recusal("produce", by="midagri-1"), {}, None),
    ("the chair's own without a deputy: nobody", recusal("midagri"), {"deputy": None}, None),
    ("the chair is recused: the deputy", recusal("mef"), {"recused": {"midagri-1"}}, "produce"),
    ("the chair waits: the deputy", recusal("mef"), {"pending": {"midagri-1"}}, "produce"),
    ("the chair is absent: the deputy", recusal("mef"), {"absent": {"midagri"}}, "produce"),
    ("the chair is vacant: the deputy", recusal("mef"), {"chair": None}, "produce"),
    (
        "both are out: nobody",
        recusal("mef"),
        {"recused": {"midagri-1"}, "absent": {"produce"}},
        None,
    ),
    ("detected of a member: the chair", recusal("mef", by="interest-register"), {}, "midagri"),
]


@pytest.mark.parametrize(
    ("raised", "around", "seat"),
    [case[1:] for case in DECIDERS],
    ids=[case[0] for case in DECIDERS],
)
def test_who_decides(raised: Recusal, around: dict[str, Any], seat: str | None) -> None:
    found = decider(
        seating(pending={raised.holder_sub, *around.pop("pending", ())}, **around), raised
    )
    assert (found and found[0]) == seat


LEFT: list[tuple[str, dict[str, Any], tuple[int, int, bool]]] = [
    ("nobody is recused", {}, (4, 4, False)),
    ("one is recused", {"recused": {"mef-1"}}, (4, 3, False)),
    ("two are recused", {"recused": {"mef-1", "produce-1"}}, (4, 2, False)),
    ("three are recused", {"recused": {"mef-1", "produce-1", "midagri-1"}}, (4, 1, True)),
    ("one waits", {"pending": {"mef-1"}}, (4, 4, False)),
    (
        "a seat is vacant and one is recused",
        {"titulars": {s: TITULARS[s] for s in SEATS[:3]}, "recused": {"midagri-1"}},
        (3, 2, False),
    ),
    ("two seats are vacant", {"titulars": {s: TITULARS[s] for s in SEATS[:2]}}, (2, 2, True)),
    (
        "three are recused and the alternates called",
        {
            "recused": {"mef-1", "produce-1", "midagri-1"},
            "alternates": ALTERNATES,
            "alternates_called": True,
        },
        (4, 4, False),
    ),
    (
        "who voted before is counted",
        {"recused": {"mef-1", "produce-1"}, "voted": {"midagri", "mincetur"}},
        (4, 2, False),
    ),
]


@pytest.mark.parametrize(
    ("around", "left"), [case[1:] for case in LEFT], ids=[case[0] for case in LEFT]
)
def test_what_is_left(around: dict[str, Any], left: tuple[int, int, bool]) -> None:
    found = standing(seating(**around))
    assert (found.can_be_present, found.can_vote, found.alternates_needed) == left


def term(begins: datetime) -> SeatTerm:
    return SeatTerm(
        id="ter_1",
        seat="mef",
        capacity="titular",
        holder_sub="mef-1",
        holder_name="Rosa",
        chair=False,
        valid_from=begins,
    )


LATE = [
    ("the same day", NOON, timedelta(hours=2), False),
    ("the last instant of the second working day", NOON, timedelta(days=2, hours=11), False),
    ("the first instant after it", NOON, timedelta(days=2, hours=12), True),
    ("a weekend does not count", NOON + timedelta(days=2), timedelta(days=4), False),
    ("the day after the weekend's second", NOON + timedelta(days=2), timedelta(days=6), True),
]


@pytest.mark.parametrize(
    ("opened", "after", "late"), [case[1:] for case in LATE], ids=[case[0] for case in LATE]
)
def test_what_is_late(opened: datetime, after: timedelta, late: bool) -> None:
    long_since = term(NOON - timedelta(days=300))
    assert is_late(opened_at=opened, term=long_since, now=opened + after) is late


def test_who_came_later_could_not_know_before() -> None:
    now = NOON + timedelta(days=8)
    assert not is_late(opened_at=NOON, term=term(now - timedelta(days=1)), now=now)


@pytest.mark.parametrize(
    ("topic", "name", "value"),
    [
        ("board", "recusal_lookback", LOOK_BACK_MONTHS),
        ("proc", "recusal_notice", DECLARE_WORKING_DAYS),
    ],
)
def test_the_terms_are_those_of_the_parameters(topic: str, name: str, value: int) -> None:
    text = (ROOT / f"policies/fund/parameters/{topic}/data.yaml").read_text()
    assert [version["value"] for version in yaml.safe_load(text)[name]] == [value]


def interest(ground: int = 3, **changes: Any) -> Interest:
    usual: dict[str, Any] = {
        "id": "int_1",
        "holder_sub": "mef-1",
        "kind": "ruc",
        "value": "20100070970",
        "name": "Valle Verde",
        "relation": "Socio",
        "ground": ground,
        "valid_from": date(2024, 1, 1),
        "valid_to": None,
        "declared_at": NOON,
    }
    return Interest(**(usual | changes))


TODAY = date(2026, 11, 24)
IN_FORCE: list[tuple[str, Interest, bool]] = [
    ("it lasts", interest(), True),
    ("it begins today", interest(valid_from=TODAY), True),
    ("it begins tomorrow", interest(valid_from=date(2026, 11, 25)), False),
    ("it ends today", interest(valid_to=TODAY), True),
    ("it ended yesterday", interest(valid_to=date(2026, 11, 23)), False),
    ("service ended eleven months ago", interest(5, valid_to=date(2025, 12, 24)), True),
    ("service ended twelve months ago to the day", interest(5, valid_to=date(2025, 11, 24)), True),
    ("service ended a day before that", interest(5, valid_to=date(2025, 11, 23)), False),
    ("who advised once has advised", interest(2, valid_to=date(2024, 2, 1)), True),
    ("kinship that ended", interest(1, valid_to=date(2026, 1, 1)), False),
]


@pytest.mark.parametrize(
    ("declared", "counts"), [case[1:] for case in IN_FORCE], ids=[case[0] for case in IN_FORCE]
)
def test_which_interests_count(declared: Interest, counts: bool) -> None:
    assert is_in_force(declared, TODAY) is counts


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2026, 3, 31), date(2025, 3, 31)),
        (date(2028, 2, 29), date(2027, 2, 28)),
        (date(2026, 1, 15), date(2025, 1, 15)),
    ],
)
def test_twelve_months_before(day: date, before: date) -> None:
    assert months_before(day, 12) == before


def test_an_interest_meets_the_party_of_its_kind_and_number() -> None:
    parties = [
        {"role": "anchor_firm", "kind": "ruc", "value": "20100070970", "name": "Valle Verde"},
        {"role": "supplier", "kind": "ruc", "value": "20100070970", "name": "Valle Verde"},
        {"role": "director", "kind": "dni", "value": "41234567", "name": "Rosa"},
    ]
    own = [interest(6), interest(1, id="int_2", kind="dni", value="41234567"), interest(value="2")]
    found = conflicts(own, parties, on=TODAY)
    assert [(tie.interest.ground, tie.party["role"]) for tie in found] == [
        (1, "director"),
        (6, "anchor_firm"),
        (6, "supplier"),
    ]
    assert found[1].text_es == "Socio: Valle Verde (empresa tractora)."
