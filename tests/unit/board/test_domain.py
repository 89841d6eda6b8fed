"""The count against an independent table, and the life cycle's only moves."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.board import domain
from services.kernel.errors import Conflict, Denied, Invalid

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
ANSWERS = ("for", "against", None)

APPROVED_WITHOUT_TIE = {(3, 0), (4, 0), (2, 1), (3, 1)}
REJECTED_WITHOUT_TIE = {(0, 3), (0, 4), (1, 2), (1, 3)}
"""(for, against) of four seats without recusals, from LPAG 110 and 111.1 by hand."""


def count(answers: dict[str, str | None], **changes: object) -> domain.Tally:
    given_answers: dict[str, object] = {
        "call": "first",
        "chair": "midagri",
        "recused": [],
        "choices": {seat: choice for seat, choice in answers.items() if choice},
        **changes,
    }
    return domain.tally(**given_answers)  # type: ignore[arg-type]


@pytest.mark.parametrize("call", ["first", "second"])
@pytest.mark.parametrize("answers", list(product(ANSWERS, repeat=4)))
def test_every_combination_of_four_seats_comes_to_what_the_law_says(
    answers: tuple[str | None, ...], call: str
) -> None:
    votes = (answers.count("for"), answers.count("against"))
    counted = count(dict(zip(domain.SEATS, answers, strict=True)), call=call)

    if votes in APPROVED_WITHOUT_TIE:
        assert (counted.result, counted.tie_broken_by) == ("approved", None)
    elif votes in REJECTED_WITHOUT_TIE:
        assert (counted.result, counted.tie_broken_by) == ("rejected", None)
    elif votes == (2, 2):
        expected = "approved" if answers[0] == "for" else "rejected"
        assert (counted.result, counted.tie_broken_by) == (expected, "midagri")
    else:
        assert (counted.result, counted.tie_broken_by) == ("no_quorum", None)
    assert (counted.votes_for, counted.votes_against) == votes
    assert counted.quorum_required == 3
    assert counted.quorum_met == (sum(votes) >= 3)


@pytest.mark.parametrize(
    ("members", "first", "second"), [(4, 3, 3), (5, 3, 3), (7, 4, 3), (12, 7, 4)]
)
def test_the_quorum_is_the_norms_at_every_size(members: int, first: int, second: int) -> None:
    assert domain.quorum_required(members=members, call="first") == first
    assert domain.quorum_required(members=members, call="second") == second


@pytest.mark.parametrize(
    ("recused", "choices", "result", "tie_broken_by"),
    [
        (["mef"], {"midagri": "for", "produce": "for"}, "approved", None),
        (["mef"], {"midagri": "for", "produce": "against"}, "approved", "midagri"),
        (["mef"], {"midagri": "against", "produce": "for"}, "rejected", "midagri"),
        (["mef"], {"produce": "for", "mincetur": "against"}, "rejected", None),
        (["midagri"], {"produce": "for", "mincetur": "against"}, "rejected", None),
        (["mef", "produce"], {"midagri": "for", "mincetur": "for"}, "approved", None),
        (["mef"], {"midagri": "for"}, "no_quorum", None),
        (["mef", "produce", "mincetur"], {"midagri": "for"}, "no_quorum", None),
        (list(domain.SEATS), {}, "no_quorum", None),
    ],
)
def test_a_recused_seat_is_present_but_at_least_two_must_vote(
    recused: list[str], choices: dict[str, str | None], result: str, tie_broken_by: str | None
) -> None:
    counted = count(choices, recused=recused)
    assert (counted.result, counted.tie_broken_by) == (result, tie_broken_by)


SEAT_SETS = st.sets(st.sampled_from(domain.SEATS))
CHOICES = st.dictionaries(st.sampled_from(domain.SEATS), st.sampled_from(["for", "against"]))
CHAIRS = st.one_of(st.none(), st.sampled_from(domain.SEATS))


@given(choices=CHOICES, recused=SEAT_SETS, chair=CHAIRS, call=st.sampled_from(["first", "second"]))
def test_nothing_is_approved_without_quorum_and_a_majority_or_the_chairs_vote(
    choices: dict[str, str], recused: set[str], chair: str | None, call: domain.Call
) -> None:
    counted = domain.tally(call=call, chair=chair, recused=recused, choices=choices)
    able = {seat: choice for seat, choice in choices.items() if seat not in recused}
    ayes = [seat for seat, choice in able.items() if choice == "for"]

    assert counted.present == len(set(able) | recused) <= 4
    if counted.result == "approved":
        assert counted.present >= 3
        assert len(able) >= 2
        assert 2 * len(ayes) > len(able) or (2 * len(ayes) == len(able) and chair in ayes)
    if counted.tie_broken_by is not None:
        assert counted.tie_broken_by == chair
        assert 2 * len(ayes) == len(able)


@given(choices=CHOICES, recused=SEAT_SETS, chair=CHAIRS, seat=st.sampled_from(domain.SEATS))
def test_a_recused_seats_vote_changes_nothing(
    choices: dict[str, str], recused: set[str], chair: str | None, seat: str
) -> None:
    recused = recused | {seat}
    without = {name: choice for name, choice in choices.items() if name != seat}
    counts = [
        domain.tally(call="first", chair=chair, recused=recused, choices=ballot)
        for ballot in (without, {**without, seat: "for"}, {**without, seat: "against"})
    ]
    assert counts[0] == counts[1] == counts[2]


@given(choices=CHOICES, recused=SEAT_SETS, chair=CHAIRS, seat=st.sampled_from(domain.SEATS))
def test_a_vote_turned_in_favour_never_turns_an_approval_into_a_rejection(
    choices: dict[str, str], recused: set[str], chair: str | None, seat: str
) -> None:
    against = domain.tally(
        call="first", chair=chair, recused=recused, choices={**choices, seat: "against"}
    )
    in_favour = domain.tally(
        call="first", chair=chair, recused=recused, choices={**choices, seat: "for"}
    )
    if against.result == "approved":
        assert in_favour.result == "approved"


ALLOWED = {
    ("scheduled", "open"),
    ("scheduled", "withdrawn"),
    ("open", "second_call"),
    ("open", "decided"),
    ("open", "deferred"),
    ("open", "withdrawn"),
    ("second_call", "decided"),
    ("second_call", "lapsed"),
    ("second_call", "deferred"),
    ("second_call", "withdrawn"),
}


@pytest.mark.parametrize("state", list(domain.TRANSITIONS))
@pytest.mark.parametrize("to", list(domain.TRANSITIONS))
def test_a_ballot_moves_only_along_its_life_cycle(state: str, to: domain.State) -> None:
    if (state, to) in ALLOWED:
        assert domain.move(state=state, to=to) == to
    else:
        with pytest.raises(Conflict) as refusal:
            domain.move(state=state, to=to)
        assert refusal.value.code == "board.transition_refused"


@pytest.mark.parametrize("state", list(domain.TRANSITIONS))
@pytest.mark.parametrize("late_us", [-1, 0, 1])
def test_votes_are_taken_until_the_instant_of_closing_and_not_at_it(
    state: str, late_us: int
) -> None:
    now = NOW + timedelta(microseconds=late_us)
    if state in {"open", "second_call"} and late_us < 0:
        domain.check_takes_votes(state=state, closes_at=NOW, now=now)
    else:
        with pytest.raises(Conflict) as refusal:
            domain.check_takes_votes(state=state, closes_at=NOW, now=now)
        assert refusal.value.code == "board.ballot_closed"


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"choice": "for"}, None),
        ({"choice": "for", "conditions": [{"text": "Póliza"}]}, None),
        ({"choice": "against", "reason": "Sin sustento"}, None),
        ({"choice": "abstain", "reason": "Asesoré", "legal_bar": "LPAG 99.2"}, None),
        ({"choice": "against"}, "/reason"),
        ({"choice": "against", "reason": " \n\t"}, "/reason"),
        ({"choice": "abstain", "legal_bar": "LPAG 99.2"}, "/reason"),
        ({"choice": "abstain", "reason": "Asesoré"}, "/legal_bar"),
        ({"choice": "abstain", "reason": "Asesoré", "legal_bar": " "}, "/legal_bar"),
        ({"choice": "against", "reason": "No", "legal_bar": "LPAG 99.2"}, "/legal_bar"),
        ({"choice": "against", "reason": "No", "conditions": [{}]}, "/conditions"),
    ],
)
def test_what_each_choice_must_and_may_not_say(said: dict[str, Any], pointer: str | None) -> None:
    whole = {"reason": None, "legal_bar": None, "conditions": [], **said}
    if pointer is None:
        domain.check_choice(**whole)
    else:
        with pytest.raises(Invalid) as refusal:
            domain.check_choice(**whole)
        assert refusal.value.errors[0].pointer == pointer


@pytest.mark.parametrize("seat", [None, "", "mef ", "MEF", "minsa"])
def test_only_the_four_seats_exist(seat: str | None) -> None:
    with pytest.raises(Denied) as refusal:
        domain.check_known_seat(seat)
    assert refusal.value.code == "board.seat_unknown"


@pytest.mark.parametrize("holder_sub", [None, "other"])
def test_only_the_holder_acts_for_a_seat(holder_sub: str | None) -> None:
    domain.check_holder(sub="mef-1", holder_sub="mef-1")
    with pytest.raises(Denied):
        domain.check_holder(sub="mef-1", holder_sub=holder_sub)


@pytest.mark.parametrize(
    ("closes_at", "valid"),
    [
        (NOW, False),
        (NOW + timedelta(microseconds=1), True),
        (NOW + domain.LONGEST_CALL, True),
        (NOW + domain.LONGEST_CALL + timedelta(microseconds=1), False),
        (datetime.min.replace(tzinfo=UTC), False),
        (datetime.max.replace(tzinfo=UTC), False),
    ],
)
def test_a_call_ends_in_the_future_and_within_a_year(closes_at: datetime, valid: bool) -> None:
    if valid:
        domain.check_closes_at(closes_at=closes_at, now=NOW)
    else:
        with pytest.raises(Invalid):
            domain.check_closes_at(closes_at=closes_at, now=NOW)


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("complete", [True, False])
def test_a_ballot_closes_early_only_when_complete(early: bool, complete: bool) -> None:
    now = NOW - timedelta(seconds=1) if early else NOW
    if early and not complete:
        with pytest.raises(Conflict) as refusal:
            domain.check_may_close(closes_at=NOW, complete=complete, now=now)
        assert refusal.value.code == "board.not_complete"
    else:
        domain.check_may_close(closes_at=NOW, complete=complete, now=now)


def test_resolutions_are_numbered_by_year() -> None:
    assert domain.resolution_number(sequence=7, year=2026) == "007-2026-FC"
    assert domain.resolution_number(sequence=1234, year=2027) == "1234-2027-FC"
