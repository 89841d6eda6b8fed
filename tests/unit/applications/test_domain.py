"""The life cycle of an application, without a server."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.applications import domain
from services.applications.domain import TRANSITIONS, State
from services.kernel.errors import FundError

NOW = datetime(2026, 3, 10, 15, tzinfo=UTC)
states = st.sampled_from(State)
moments = st.integers(0, 10**7).map(lambda seconds: NOW + timedelta(seconds=seconds))
instants = st.none() | moments


def _submit(**changes: Any) -> State:
    facts: dict[str, Any] = {
        "state": State.DRAFT,
        "opens_on": date(2026, 3, 1),
        "closes_on": date(2026, 3, 31),
        "amendment_due_at": None,
        "budget_lines": 1,
        "tranches": 1,
        "now": NOW,
    }
    return domain.submit(**{**facts, **changes})


def _refused(decide: Callable[..., State], **facts: Any) -> str:
    with pytest.raises(FundError) as caught:
        decide(**facts)
    return caught.value.code


def test_every_state_has_its_moves_and_every_move_leads_to_a_state() -> None:
    assert set(TRANSITIONS) == set(State)
    reached = {after for moves in TRANSITIONS.values() for after in moves}
    assert reached == set(State) - {State.DRAFT}


def test_every_state_has_a_spanish_name() -> None:
    assert set(domain.NAMES_ES) == set(State)


def test_withdrawn_is_possible_from_the_states_before_the_agreement_only() -> None:
    assert {before for before, after in TRANSITIONS.items() if State.WITHDRAWN in after} == {
        State.DRAFT,
        State.SUBMITTED,
        State.UNDER_ASSESSMENT,
        State.OBSERVED,
        State.ELIGIBLE,
        State.EVALUATED,
        State.IN_BOARD,
        State.APPROVED,
        State.DEFERRED,
    }


@given(
    state=states,
    to=states,
    reason=st.none() | st.text(max_size=5),
    eligible=st.booleans(),
    may_amend=st.booleans(),
    due_at=instants,
    now=moments,
    lines=st.integers(0, 2),
    tranches=st.integers(0, 2),
    people=st.tuples(st.sampled_from("ab"), st.sampled_from("ab")),
    data=st.data(),
)
def test_no_decision_leaves_the_life_cycle(
    state: State,
    to: State,
    reason: str | None,
    eligible: bool,
    may_amend: bool,
    due_at: datetime | None,
    now: datetime,
    lines: int,
    tranches: int,
    people: tuple[str, str],
    data: st.DataObject,
) -> None:
    decisions: list[Callable[[], State]] = [
        lambda: _submit(
            state=state,
            amendment_due_at=due_at,
            now=now,
            budget_lines=lines,
            tranches=tranches,
        ),
        lambda: domain.take_up(state=state),
        lambda: domain.record_assessment(state=state, eligible=eligible, may_amend=may_amend),
        lambda: domain.evaluate(state=state, evaluator=people[0], registrar=people[1]),
        lambda: domain.progress(state=state, to=to, reason=reason),
        lambda: domain.waive_amendment(state=state),
        lambda: domain.withdraw(state=state),
    ]
    decide = data.draw(st.sampled_from(decisions))
    try:
        after = decide()
    except FundError:
        return
    assert after in TRANSITIONS[state]


@given(state=states, due_at=instants, now=moments)
def test_amending_a_plan_moves_nothing(
    state: State, due_at: datetime | None, now: datetime
) -> None:
    try:
        after = domain.amend_plan(state=state, amendment_due_at=due_at, now=now)
    except FundError:
        pass
    else:
        assert after == state
        assert state in {State.DRAFT, State.OBSERVED}


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 3, 1, 5, tzinfo=UTC),
        datetime(2026, 4, 1, 4, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_a_call_is_open_from_its_first_to_its_last_moment_in_lima(now: datetime) -> None:
    assert _submit(now=now) == State.SUBMITTED


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 3, 1, 4, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 4, 1, 5, tzinfo=UTC),
    ],
)
def test_outside_of_these_moments_nothing_is_submitted(now: datetime) -> None:
    assert _refused(_submit, now=now) == "applications.call_not_open"


def test_an_amendment_is_taken_until_its_term_even_after_the_call_closed() -> None:
    later = datetime(2026, 5, 1, tzinfo=UTC)
    observed = {"state": State.OBSERVED, "amendment_due_at": later}
    assert _submit(**observed, now=later) == State.SUBMITTED
    after = later + timedelta(microseconds=1)
    assert _refused(_submit, **observed, now=after) == "applications.amendment_term_over"


@pytest.mark.parametrize(
    ("missing", "pointer"),
    [("budget_lines", "/plan/budget_lines"), ("tranches", "/plan/tranches")],
)
def test_a_plan_without_lines_or_tranches_is_not_submitted(missing: str, pointer: str) -> None:
    with pytest.raises(FundError) as caught:
        _submit(**{missing: 0})
    assert caught.value.code == "applications.plan_incomplete"
    assert [field.pointer for field in caught.value.errors] == [pointer]


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_tranches_sum_to_their_budget_lines_to_the_centimo(off: int) -> None:
    plan: dict[str, Any] = {
        "budget_lines": [{"total": 12_50, "agroideas": 10_00, "agrobanco": 2_50, "own": 0}],
        "tranches": [
            {"channel": "agroideas", "amount": 4_00},
            {"channel": "agroideas", "amount": 6_00 + off},
            {"channel": "agrobanco", "amount": 2_50},
        ],
    }
    if off == 0:
        domain.check_tranche_sums(plan=plan)
        return
    with pytest.raises(
        FundError, match=r"S/ 10\.00 a agroideas .* suman S/ (9\.99|10\.01)"
    ) as caught:
        domain.check_tranche_sums(plan=plan)
    assert caught.value.code == "applications.tranches_off"
    assert len(caught.value.errors) == 1


def test_findings_are_observed_only_while_there_is_a_term_to_amend() -> None:
    found: dict[str, Any] = {"state": State.UNDER_ASSESSMENT, "eligible": False}
    assert domain.record_assessment(**found, may_amend=True) == State.OBSERVED
    assert domain.record_assessment(**found, may_amend=False) == State.INELIGIBLE


def test_who_registered_the_file_does_not_evaluate_it() -> None:
    code = _refused(domain.evaluate, state=State.ELIGIBLE, evaluator="ana", registrar="ana")
    assert code == "applications.evaluator_is_registrar"


def test_the_lapse_of_a_term_needs_its_reason_to_make_ineligible() -> None:
    lapse: dict[str, Any] = {"state": State.OBSERVED, "to": State.INELIGIBLE}
    assert _refused(domain.progress, **lapse, reason=None) == "applications.reason_required"
    assert domain.progress(**lapse, reason="plazo vencido") == State.INELIGIBLE


def test_no_workflow_step_replaces_an_assessment_or_an_evaluation() -> None:
    for to in (State.ELIGIBLE, State.OBSERVED, State.EVALUATED, State.SUBMITTED):
        for state in State:
            code = _refused(domain.progress, state=state, to=to, reason="x")
            assert code == "applications.illegal_transition"


def _plan(line_numbers: list[int], sequences: list[int], total: int = 100) -> dict[str, Any]:
    return {
        "title": "Riego",
        "budget_lines": [
            {"line_no": number, "total": total, "agroideas": 1, "agrobanco": 2, "own": 3}
            for number in line_numbers
        ],
        "tranches": [
            {"sequence": sequence, "channel": "agroideas", "amount": 5} for sequence in sequences
        ],
    }


@pytest.mark.parametrize(
    ("line_numbers", "sequences", "pointer"),
    [
        ([1, 2, 1], [1], "/plan/budget_lines/2/line_no"),
        ([1], [2], "/plan/tranches/0/sequence"),
        ([1], [1, 1], "/plan/tranches/1/sequence"),
        ([1], [1, 3], "/plan/tranches/1/sequence"),
    ],
)
def test_a_plan_out_of_order_is_named_where_it_breaks(
    line_numbers: list[int], sequences: list[int], pointer: str
) -> None:
    with pytest.raises(FundError) as caught:
        domain.check_plan_shape(plan=_plan(line_numbers, sequences))
    assert [field.pointer for field in caught.value.errors] == [pointer]


def test_each_channel_numbers_its_own_tranches() -> None:
    both = _plan([1], [1, 1, 2])
    both["tranches"][1]["channel"] = "agrobanco"
    domain.check_plan_shape(plan=both)


def test_a_budget_whose_sum_nobody_can_pay_is_refused() -> None:
    with pytest.raises(FundError) as caught:
        domain.check_plan_shape(plan=_plan([1, 2], [1], total=10**14))
    assert caught.value.errors[0].code == "applications.plan_total_too_large"


def test_sums_that_do_not_match_are_the_policys_question() -> None:
    domain.check_plan_shape(plan=_plan([7, 3], [1, 2]))


def test_money_leaves_the_plan_as_decimal_text() -> None:
    shown = domain.plan_as_shown(_plan([1], [1], total=123450))
    assert shown["budget_lines"][0]["total"] == {"amount": "1234.50", "currency": "PEN"}
    assert shown["tranches"][0]["amount"] == {"amount": "0.05", "currency": "PEN"}


def test_a_stale_version_is_refused_and_no_version_is_not() -> None:
    domain.check_version(expected=None, actual=4)
    domain.check_version(expected=4, actual=4)
    with pytest.raises(FundError) as caught:
        domain.check_version(expected=3, actual=4)
    assert caught.value.code == "applications.stale"
