"""Rules of the registry that need no server."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.errors import Conflict, Invalid, Stale
from services.registry import domain
from services.registry.domain import (
    MAX_MEMBERS,
    ConsortiumDraft,
    MemberDraft,
    ParcelDraft,
    PpaPeriod,
    ProducerDraft,
    Ubigeo,
)

TODAY = date(2026, 11, 24)
DISTRICT = Ubigeo(scheme="INEI", code="120301")


def _parcel(code: str) -> ParcelDraft:
    return ParcelDraft(code=code, area_m2=18000, crop="palta", tenure="propia", ubigeo=DISTRICT)


def _producer(
    *,
    born_on: date = date(1984, 5, 17),
    ppa: PpaPeriod | None = None,
    codes: tuple[str, ...] = ("PRE-1",),
) -> ProducerDraft:
    return ProducerDraft(
        dni="40123456",
        full_name="Rosa Quispe Huamán",
        sex="F",
        born_on=born_on,
        alive=True,
        cci="00219300123456789013",
        ppa=ppa,
        parcels=[_parcel(code) for code in codes],
    )


def _consortium(*producer_ids: str) -> ConsortiumDraft:
    return ConsortiumDraft(
        name="Consorcio Palta del Mantaro",
        anchor_firm_id="anc_1",
        cci="00219300123456789013",
        independent_accounting=False,
        members=[
            MemberDraft(
                producer_id=producer_id,
                product="palta",
                annual_volume_kg=9000,
                price_formula="70 % del FOB",
            )
            for producer_id in producer_ids
        ],
    )


class TestArea:
    @pytest.mark.parametrize(
        ("text", "area_m2"),
        [
            ("0.0001", 1),
            ("1.8", 18_000),
            ("1.8000", 18_000),
            ("10000", 100_000_000),
            ("4.9999", 49_999),
        ],
    )
    def test_hectares_become_whole_square_metres(self, text: str, area_m2: int) -> None:
        assert domain.to_area_m2(text) == area_m2

    @pytest.mark.parametrize(
        "text",
        [
            "0",
            "0.0000",
            "10000.0001",
            "10001",
            "-1",
            "1.80001",
            "1e3",
            "01",
            ".5",
            "1.",
            "",
            "1,8",
            "١",
        ],
    )
    def test_an_area_that_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"hect|área"):
            domain.to_area_m2(text)

    @given(st.integers(1, domain.MAX_AREA_M2))
    def test_every_stored_area_comes_back_as_it_was(self, area_m2: int) -> None:
        assert domain.to_area_m2(domain.to_area_ha(area_m2)) == area_m2


class TestCci:
    def test_right_control_digits_need_no_warning(self) -> None:
        assert domain.cci_warnings("00219300123456789013") == []

    def test_wrong_control_digits_are_a_warning_with_its_field(self) -> None:
        (warning,) = domain.cci_warnings("00219300123456789014")
        assert (warning.pointer, warning.code) == ("/cci", "registry.cci_control_digits")


class TestProducer:
    def test_a_sane_producer_passes(self) -> None:
        ppa = PpaPeriod(valid_from=date(2025, 3, 1), valid_to=None)
        domain.check_producer(_producer(ppa=ppa, codes=("A", "B")), today=TODAY)

    def test_all_contradictions_are_told_at_once(self) -> None:
        day = date(2025, 3, 1)
        draft = _producer(
            born_on=date(2026, 11, 25),
            ppa=PpaPeriod(valid_from=day, valid_to=day),
            codes=("A", "B", "A"),
        )
        with pytest.raises(Invalid) as refusal:
            domain.check_producer(draft, today=TODAY)
        assert refusal.value.code == "registry.producer_invalid"
        assert [error.pointer for error in refusal.value.errors] == [
            "/born_on",
            "/ppa/valid_to",
            "/parcels/2/code",
        ]


class TestConsortium:
    def test_each_unknown_and_each_repeated_member_is_named_by_its_index(self) -> None:
        with pytest.raises(Invalid) as refusal:
            domain.check_formation(
                _consortium("pro_1", "pro_2", "pro_1", "pro_3"),
                anchor_firm_known=False,
                known_producers=frozenset({"pro_1", "pro_3"}),
            )
        assert [(error.pointer, error.code) for error in refusal.value.errors] == [
            ("/anchor_firm_id", "registry.anchor_firm_unknown"),
            ("/members/1/producer_id", "registry.producer_unknown"),
            ("/members/2/producer_id", "registry.member_repeated"),
        ]

    def test_a_consortium_of_known_members_may_form(self) -> None:
        domain.check_formation(
            _consortium("pro_1"), anchor_firm_known=True, known_producers=frozenset({"pro_1"})
        )

    @pytest.mark.parametrize(
        ("members_count", "is_member", "code"),
        [
            (3, True, "registry.already_member"),
            (MAX_MEMBERS, False, "registry.consortium_full"),
        ],
    )
    def test_who_may_not_join_is_told_why(
        self, members_count: int, is_member: bool, code: str
    ) -> None:
        with pytest.raises(Conflict) as refusal:
            domain.check_joining(members_count=members_count, is_member=is_member)
        assert refusal.value.code == code

    def test_the_last_place_may_be_taken(self) -> None:
        domain.check_joining(members_count=MAX_MEMBERS - 1, is_member=False)

    def test_only_a_version_that_was_asked_for_is_compared(self) -> None:
        domain.check_version(current=3, expected=None)
        domain.check_version(current=3, expected=3)
        with pytest.raises(Stale):
            domain.check_version(current=3, expected=2)
