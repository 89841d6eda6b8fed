"""The rules of money: shares, recounts, moves, references and outcomes."""

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.disbursement import domain
from services.kernel.errors import Conflict, Denied
from services.kernel.ids import new_id
from tests.factories import disbursement as make

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no finding."""

ABSENT, RECUSED = "absent", "recused"


@PATIENT
@given(
    total=st.integers(min_value=1, max_value=10**14),
    count=st.integers(min_value=1, max_value=60),
)
def test_equal_shares_conserve_the_money(total: int, count: int) -> None:
    payees = [(f"p{number}", f"{number}", f"{number:020d}") for number in range(count)]
    if total < count:
        with pytest.raises(Conflict, match=r"disbursement\.amount_too_small"):
            domain.split_evenly(total, payees)
        return
    amounts = [share.amount_centimos for share in domain.split_evenly(total, payees)]
    assert sum(amounts) == total
    assert max(amounts) - min(amounts) <= 1
    assert amounts == sorted(amounts, reverse=True)
    assert [share.name for share in domain.split_evenly(total, payees)] == [p[0] for p in payees]


def test_nobody_to_pay_is_refused() -> None:
    with pytest.raises(Conflict, match=r"disbursement\.no_beneficiaries"):
        domain.split_evenly(100, [])


def expected(answers: dict[str, str], *offices: str | None) -> str | None:
    """The law told another way: None without a quorum, else the result. `offices`: the chair, then
    the deputy chair."""
    present = [seat for seat, answer in answers.items() if answer != ABSENT]
    voting = [seat for seat in present if answers[seat] in {"for", "against"}]
    if len(present) < 3 or len(voting) < 2:
        return None
    balance = sum(1 if answers[seat] == "for" else -1 for seat in voting)
    presiding = [seat for seat in offices if seat in voting]
    if balance == 0 and presiding:
        balance = 1 if answers[str(presiding[0])] == "for" else -1
    return "approved" if balance > 0 else "rejected"


@pytest.mark.parametrize("deputy", ["mef", None])
@pytest.mark.parametrize("chair", ["midagri", "produce", None])
def test_every_possible_ballot_is_recounted_as_the_law_says(
    chair: str | None, deputy: str | None
) -> None:
    counted = 0
    for answers in itertools.product(("for", "against", "abstain", ABSENT, RECUSED), repeat=4):
        of_seat = dict(zip(make.SEATS, answers, strict=True))
        cast = {seat: one for seat, one in of_seat.items() if one not in {ABSENT, RECUSED}}
        truth = expected(of_seat, chair, deputy)
        for stated in ("approved", "rejected"):
            package = make.resolution(
                votes=make.votes(cast),
                seats=make.seats(chair=chair, deputy=deputy),
                recused=[seat for seat, one in of_seat.items() if one == RECUSED],
                result=stated,
            )
            if stated == truth:
                assert domain.recount(package) == truth
            else:
                with pytest.raises(ValueError, match=r"quorum|the votes say"):
                    domain.recount(package)
            counted += 1
    assert counted == 2 * 5**4


ALL_FOR = make.votes(dict.fromkeys(make.SEATS, "for"))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"votes": [*ALL_FOR, ALL_FOR[0]]}, "votes twice"),
        ({"recused": ["mef"]}, "may not vote"),
        ({"votes": make.votes({"midagri": "for", "mef": "for"})}, "quorum"),
        ({"votes": make.votes({"midagri": "for"}), "recused": ["mef", "produce"]}, "quorum"),
        ({"votes": []}, "quorum"),
        ({"result": "rejected"}, "the votes say approved"),
        ({"votes": make.votes(dict.fromkeys(make.SEATS, "against"))}, "the votes say rejected"),
        ({"votes": make.votes({"minam": "for", "mef": "for", "produce": "for"})}, "may not vote"),
        (
            {
                "seats": [{"seat": seat, "chair": False} for seat in ("a", "b", "c")],
                "votes": make.votes({"a": "for", "b": "for", "c": "for"}),
            },
            "seats that the board does not have",
        ),
        (
            {"votes": make.votes({"mef": "for", "produce": "for"}), "recused": ["x"]},
            "seats that the board does not have",
        ),
        ({"seats": [*make.seats(), make.seats()[0]]}, "seats that the board does not have"),
        ({"seats": [{"seat": seat, "chair": True} for seat in make.SEATS]}, "more than one chair"),
        (
            {"seats": [{**seat, "deputy_chair": not seat["chair"]} for seat in make.seats()]},
            "more than one deputy chair",
        ),
        (
            {"votes": make.votes({**dict.fromkeys(make.SEATS, "for"), "mef": "blank"})},
            "neither for nor against",
        ),
    ],
)
def test_a_package_that_does_not_hold_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        domain.recount(make.resolution(**changes))


TABLES = (domain.AGREEMENT_MOVES, domain.TRANCHE_MOVES, domain.INSTRUCTION_MOVES)


@pytest.mark.parametrize("moves", TABLES)
def test_moves_are_closed_and_all_others_are_refused(moves: Any) -> None:
    states = set(moves)
    assert {to for targets in moves.values() for to in targets} <= states
    for current, to in itertools.product(states, states):
        if to in moves[current]:
            assert domain.move(moves, "X", current, to) == to
        else:
            with pytest.raises(Conflict, match=r"disbursement\.illegal_transition"):
                domain.move(moves, "X", current, to)


def test_from_unknown_there_is_no_way_but_the_partners_word_or_the_same_reference() -> None:
    assert domain.INSTRUCTION_MOVES["unknown"] == {
        "acknowledged",
        "sent",
        "settled",
        "rejected",
        "returned",
    }
    assert not any("created" in targets for targets in domain.INSTRUCTION_MOVES.values())
    assert domain.INSTRUCTION_MOVES["rejected"] == domain.INSTRUCTION_MOVES["returned"] == set()


@PATIENT
@given(lineage=st.integers(min_value=1, max_value=10**7))
def test_references_fit_and_tell_lineages_apart(lineage: int) -> None:
    instruction_id = new_id("ins")
    reference = domain.reference_of(instruction_id, lineage)
    assert len(reference) <= 35
    assert reference.isascii()
    assert reference != domain.reference_of(instruction_id, lineage + 1)


STATES = tuple(domain.INSTRUCTION_MOVES)


@PATIENT
@given(states=st.lists(st.sampled_from(STATES), min_size=1, max_size=6))
def test_a_tranche_ends_only_when_no_instruction_is_open(states: list[str]) -> None:
    outcome = domain.tranche_outcome(states)
    if set(states) & {"created", "sent", "unknown", "acknowledged"}:
        assert outcome is None
    elif "settled" in states:
        assert outcome == "confirmed"
    elif set(states) == {"rejected"}:
        assert outcome == "rejected"
    else:
        assert outcome == "returned"


def test_the_same_person_is_refused_and_another_is_not() -> None:
    domain.demand_other_person("ana", "luis", "pide y libera")
    domain.demand_other_person("ana", None, "pide y libera")
    with pytest.raises(Denied, match=r"disbursement\.same_person"):
        domain.demand_other_person("ana", "ana", "pide y libera")
