"""The board's activities against a scripted HTTP, and the board's events on their way."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from services.kernel.events import Received
from tests.workflows.test_activities import Http, problem, run
from workflows import messages as m
from workflows.activities.board import BoardActivities
from workflows.routes import ROUTES, Signal, StartSession

CLOSES_AT = datetime(2026, 12, 11, 5, tzinfo=UTC)
BALLOT = "/v1/ballots/bal_1"


def board(**answers: Any) -> tuple[Http, BoardActivities]:
    http = Http({name.replace("__", " "): answer for name, answer in answers.items()})
    return http, BoardActivities(http.rooms())


async def test_a_close_that_a_recusal_holds_up_tells_which_and_until_when() -> None:
    recusals = [
        {"id": "rec_1", "outcome": "accepted", "decide_by": "2026-12-10T05:00:00Z"},
        {"id": "rec_2", "outcome": "pending", "decide_by": "2026-12-11T05:00:00Z"},
    ]
    http, activities = board(
        **{
            f"POST__{BALLOT}/close": problem(409, "board.recusal_pending"),
            f"GET__{BALLOT}": {"id": "bal_1", "recusals": recusals},
        }
    )
    found = await run(activities.close_ballot, m.CloseBallotInput("bal_1", 1))
    assert found == m.ClosedBallot(
        "recusal_pending", pending=[m.PendingRecusal("rec_2", CLOSES_AT)]
    )
    assert http.asked[0][1] == "test:close:1"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (problem(409, "board.not_complete"), m.ClosedBallot("not_complete")),
        ({"state": "withdrawn", "result": None}, m.ClosedBallot("withdrawn")),
        (
            {"state": "deferred", "result": None, "deferral": {"until": "2026-12-20"}},
            m.ClosedBallot("deferred", until="2026-12-20"),
        ),
    ],
)
async def test_closing_tells_what_became_of_the_ballot(answer: Any, found: Any) -> None:
    _, activities = board(**{f"POST__{BALLOT}/close": answer})
    assert await run(activities.close_ballot, m.CloseBallotInput("bal_1", 1)) == found


async def test_a_reopened_ballot_cites_the_last_and_is_asked_for_by_a_key_of_its_own() -> None:
    http, activities = board(
        **{
            "POST__/v1/ballots": {"id": "bal_2"},
            "POST__/v1/applications/app_1/progress": {},
        }
    )
    message = m.OpenBallotInput("app_1", "con_1", "cal_1", "ab", CLOSES_AT, 5, 1, "bal_1")
    await run(activities.open_ballot, message)
    (_, key, body), (_, moved, _) = http.asked
    assert (key, body["cites_ballot_id"]) == ("test:open_ballot:1.bal_1", "bal_1")
    assert moved == "test:progress.in_board:1.bal_1"


@pytest.mark.parametrize(
    ("votes_from", "working_days", "at"),
    [
        # A working day before Friday 24:00, over no holiday.
        (datetime(2026, 11, 30, 15, tzinfo=UTC), 1, datetime(2026, 12, 10, 5, tzinfo=UTC)),
        # Two: over 8 and 9 December.
        (datetime(2026, 11, 30, 15, tzinfo=UTC), 2, datetime(2026, 12, 7, 5, tzinfo=UTC)),
        # A session of one day: not before its half.
        (CLOSES_AT - timedelta(hours=10), 1, CLOSES_AT - timedelta(hours=5)),
    ],
)
async def test_the_alternates_are_called_before_the_end_but_not_in_the_first_half(
    votes_from: datetime, working_days: int, at: datetime
) -> None:
    _, activities = board(**{"GET__/v1/board-terms": {"escalation": working_days}})
    message = m.EscalationInput("bal_1", votes_from, CLOSES_AT)
    assert (await run(activities.escalation, message)).at == at


STEPS: list[tuple[str, Any, str, str]] = [
    (
        "call_alternates",
        m.AlternatesInput("bal_1", CLOSES_AT),
        f"{BALLOT}/alternates",
        "alternates:2026-12-11T05:00:00Z",
    ),
    (
        "expire_recusal",
        m.ExpireRecusalInput("bal_1", "rec_1"),
        "/v1/recusals/rec_1/expire",
        "expire:rec_1",
    ),
    (
        "withdraw_ballot",
        m.WithdrawBallotInput("bal_1", "app_1"),
        f"{BALLOT}/withdrawal",
        "withdrawal:bal_1",
    ),
]


@pytest.mark.parametrize(("name", "message", "path", "key"), STEPS, ids=[one[0] for one in STEPS])
async def test_a_step_that_comes_too_late_is_done(
    name: str, message: Any, path: str, key: str
) -> None:
    closed, broken = problem(409, "board.ballot_closed"), problem(422, "board.other")
    http, activities = board(**{f"POST__{path}": [{}, closed, broken]})
    step = getattr(activities, name)
    for _ in range(2):
        assert await run(step, message) is None
    assert {asked[1] for asked in http.asked} == {f"test:{key}"}
    with pytest.raises(ApplicationError):
        await run(step, message)


async def test_a_session_goes_on_while_a_dossier_of_its_agenda_is_open() -> None:
    answers = [problem(409, "board.session_unfinished"), {"state": "closed"}]
    http, activities = board(**{"POST__/v1/sessions/ses_1/close": answers})
    states = [(await run(activities.close_session, m.SessionStep("ses_1"))).state for _ in range(2)]
    assert states == ["voting", "closed"]
    assert {asked[1] for asked in http.asked} == {"test:close:1"}


async def test_a_call_before_its_hour_is_tried_again() -> None:
    answers = [problem(409, "board.session_too_early"), {"state": "second_call"}]
    http, activities = board(**{"POST__/v1/sessions/ses_1/open": answers})
    with pytest.raises(ApplicationError) as refused:
        await run(activities.open_session, m.SessionStep("ses_1", call=2))
    assert not refused.value.non_retryable
    assert (await run(activities.open_session, m.SessionStep("ses_1", 2))).state == "second_call"
    assert {asked[1] for asked in http.asked} == {"test:open:2"}


def received(kind: str, data: dict[str, Any]) -> Received:
    body = {
        "id": "evt_1",
        "source": "/fund/board",
        "type": f"fund.board.{kind}.v1",
        "subject": "bal_1",
        "time": "2026-12-02T02:00:00Z",
        "datacontenttype": "application/json",
        "specversion": "1.0",
        "aggregateversion": 1,
        "requestid": "r",
        "data": data,
    }
    return Received.read(json.dumps(body).encode())


HOURS = {
    "reminder_at": "2026-12-04T15:00:00Z",
    "first_call_at": "2026-12-07T15:00:00Z",
    "second_call_at": "2026-12-10T15:00:00Z",
    "voting_closes_at": "2026-12-11T05:00:00Z",
}
RECUSAL = {"ballot_id": "bal_1", "recusal_id": "rec_1"}
PERIOD = {"votes_from": "2026-12-07T15:00:00Z", "closes_at": "2026-12-11T05:00:00Z"}
FROM = datetime(2026, 12, 7, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "data", "name", "fact"),
    [
        (
            "ballot.rescheduled",
            {"session_id": "ses_1", **PERIOD},
            "rescheduled",
            m.BallotRescheduled("evt_1", FROM, CLOSES_AT, "ses_1"),
        ),
        (
            "ballot.rescheduled",
            {"session_id": None, **PERIOD},
            "rescheduled",
            m.BallotRescheduled("evt_1", FROM, CLOSES_AT),
        ),
        ("ballot.dossier_replaced", {}, "dossier_replaced", m.DossierReplaced("evt_1")),
        (
            "ballot.deferred",
            {"until": "2026-12-20"},
            "deferred",
            m.BallotPutOff("evt_1", until="2026-12-20"),
        ),
        ("ballot.withdrawn", {}, "withdrawn", m.BallotPutOff("evt_1")),
        (
            "recusal.raised",
            {**RECUSAL, "decide_by": "2026-12-11T05:00:00Z"},
            "recusal_raised",
            m.RecusalRaised("evt_1", "rec_1", CLOSES_AT),
        ),
        (
            "recusal.decided",
            {**RECUSAL, "complete": True},
            "recusal_decided",
            m.RecusalDecided("evt_1", "rec_1", complete=True),
        ),
    ],
)
def test_an_event_of_the_board_is_a_signal_to_its_ballot(
    kind: str, data: dict[str, Any], name: str, fact: Any
) -> None:
    event = received(kind, {"ballot_id": "bal_1", **data})
    assert ROUTES[event.type](event) == Signal("ballot/bal_1", name, fact)


def test_a_convened_session_starts_its_workflow() -> None:
    event = received("session.convened", {"session_id": "ses_1", **HOURS})
    effect = ROUTES[event.type](event)
    assert isinstance(effect, StartSession)
    assert effect.session.second_call_at == datetime(2026, 12, 10, 15, tzinfo=UTC)
