"""A session's hours, quorum and moves, by named cases."""

from datetime import datetime, timedelta

import pytest

from services.board import session_rules as rules
from services.board.domain import SEATS
from services.kernel.errors import FundError

TERMS = rules.Terms(
    notice=5, notice_extraordinary=2, second_call=1, reminder=1, escalation=1, reopening=5
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def planned(now: str, first: str, closes: str, **changes: object) -> rules.Times:
    given = {"kind": "ordinary", "waived_notice": False, **changes}
    return rules.planned(
        first_call_at=at(first),
        voting_closes_at=at(closes),
        terms=TERMS,
        now=at(now),
        **given,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("now", "first", "second", "reminder"),
    [
        # Convened on Monday: five whole working days end on the next Monday, 24:00 in Lima.
        ("2026-11-23T15:00:00Z", "2026-12-01T05:00:00Z", "2026-12-02T05:00:00Z", "2026-11-30"),
        # Before 8 and 9 December: the second call is on Thursday the 10th.
        ("2026-11-23T15:00:00Z", "2026-12-07T15:00:00Z", "2026-12-10T15:00:00Z", "2026-12-04"),
        # Over Christmas and New Year.
        ("2026-12-17T15:00:00Z", "2026-12-31T15:00:00Z", "2027-01-04T15:00:00Z", "2026-12-30"),
        # Before Maundy Thursday of 2027.
        ("2027-03-10T15:00:00Z", "2027-03-24T15:00:00Z", "2027-03-29T15:00:00Z", "2027-03-23"),
        # Before 28 and 29 July.
        ("2027-07-12T15:00:00Z", "2027-07-27T15:00:00Z", "2027-07-30T15:00:00Z", "2027-07-26"),
    ],
)
def test_the_second_call_and_the_reminder_are_on_working_days(
    now: str, first: str, second: str, reminder: str
) -> None:
    times = planned(now, first, (at(second) + timedelta(hours=9)).isoformat())
    assert times.second_call_at == at(second)
    assert times.reminder_at.date().isoformat() == reminder


@pytest.mark.parametrize(
    ("first", "closes", "changes", "code"),
    [
        ("2026-12-01T04:59:59Z", "2026-12-10T05:00:00Z", {}, "board.notice_too_short"),
        ("2026-11-23T15:00:00Z", "2026-12-10T05:00:00Z", {}, "board.first_call_past"),
        ("2028-11-23T15:00:00Z", "2028-12-10T05:00:00Z", {}, "board.first_call_past"),
        ("2026-12-01T05:00:00Z", "2026-12-02T05:00:00Z", {}, "board.voting_too_short"),
        (
            "2026-11-26T04:59:59Z",
            "2026-12-10T05:00:00Z",
            {"kind": "extraordinary"},
            "board.notice_too_short",
        ),
    ],
)
def test_a_session_is_refused_to_the_second(
    first: str, closes: str, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(FundError) as refused:
        planned("2026-11-23T15:00:00Z", first, closes, **changes)
    assert refused.value.code == code


def test_what_all_four_agree_to_needs_no_notice() -> None:
    first = "2026-11-23T15:00:01Z"
    planned("2026-11-23T15:00:00Z", first, "2026-12-10T05:00:00Z", waived_notice=True)


@pytest.mark.parametrize(
    ("state", "present", "waived", "then"),
    [
        ("convened", 4, False, "voting"),
        ("convened", 3, False, "voting"),
        ("convened", 2, False, "second_call"),
        ("convened", 0, False, "second_call"),
        ("second_call", 3, False, "voting"),
        ("second_call", 2, False, "not_held"),
        ("convened", 4, True, "voting"),
        ("convened", 3, True, "not_held"),
    ],
)
def test_what_becomes_of_a_session_at_the_hour_of_a_call(
    state: str, present: int, waived: bool, then: str
) -> None:
    found = rules.after_call(state=state, present=SEATS[:present], waived_notice=waived)
    assert found == then
    assert then in rules.TRANSITIONS[state]


def test_a_seat_that_two_persons_attend_for_is_one() -> None:
    present = ["mef", "mef", "midagri"]
    assert rules.after_call(state="convened", present=present, waived_notice=False) == "second_call"


@pytest.mark.parametrize(
    ("state", "open_ballots", "code"),
    [
        ("convened", [], "board.session_not_open"),
        ("second_call", [], "board.session_not_open"),
        ("voting", ["bal_1"], "board.session_unfinished"),
        ("voting", [], None),
    ],
)
def test_a_session_closes_after_its_last_dossier(
    state: str, open_ballots: list[str], code: str | None
) -> None:
    if code is None:
        rules.check_may_close(state=state, open_ballots=open_ballots)
        return
    with pytest.raises(FundError) as refused:
        rules.check_may_close(state=state, open_ballots=open_ballots)
    assert refused.value.code == code
