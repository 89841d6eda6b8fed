"""Activities against a scripted HTTP: keys, bodies, and which answers are tried again."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from services.kernel.settings import Settings
from workflows import messages as m
from workflows import steps
from workflows.activities import all_activities
from workflows.activities.applications import ApplicationsActivities
from workflows.activities.board import BoardActivities
from workflows.activities.disbursement import DisbursementActivities
from workflows.activities.eligibility import EligibilityActivities
from workflows.clients import Rooms, RoomUnavailable

NOW = datetime(2026, 11, 27, 15, tzinfo=UTC)


class Http:
    """Answers by method and path; keeps what was asked."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str | None, Any]] = []

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/token":
            return httpx2.Response(200, json={"access_token": "t", "expires_in": 3600})
        what = f"{request.method} {request.url.path}"
        body = json.loads(request.content) if request.content else None
        self.asked.append((what, request.headers.get("Idempotency-Key"), body))
        answer = self.answers[what]
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx2.Response) else httpx2.Response(200, json=answer)

    def rooms(self) -> Rooms:
        return Rooms(Settings(), httpx2.MockTransport(self))


def problem(status: int, code: str) -> httpx2.Response:
    return httpx2.Response(status, json={"code": code, "detail": "No.", "status": status})


async def run(activity: Any, message: Any) -> Any:
    return await ActivityEnvironment().run(activity, message)


def test_every_step_has_its_activity_and_the_types_agree() -> None:
    found = {}
    for activity in all_activities(Http({}).rooms()):
        definition = activity.__temporal_activity_definition
        hints = activity.__annotations__
        found[definition.name] = (hints["message"], hints["return"])
    wanted = {
        step.name: (step.takes, None if step.gives is type(None) else step.gives)
        for step in steps.STEPS
    }
    assert found == wanted


APPLICATION = {"id": "app_1", "call_id": "cal_1", "consortium_id": "con_1", "dossier_sha256": "ab"}


def assessing(outcome: str, **call: Any) -> Http:
    return Http(
        {
            "POST /v1/applications/app_1/take-up": APPLICATION,
            "GET /v1/calls/cal_1": {"id": "cal_1", **call},
            "POST /v1/assessments": {
                "id": "ass_1",
                "outcome": outcome,
                "findings": [{}, {}],
                "assessed_at": "2026-11-27T15:00:00Z",
            },
            "POST /v1/likeness-reviews": {"looked_at": 0, "to_resolve": [], "after": None},
            "POST /v1/applications/app_1/assessment-result": APPLICATION,
        }
    )


async def test_those_an_assessment_is_linked_with_are_looked_at_page_by_page() -> None:
    http = assessing("eligible")
    http.answers["POST /v1/likeness-reviews"] = [{"after": "app_7"}, {"after": None}]
    await run(EligibilityActivities(http.rooms()).assess, m.AssessInput("app_1", 2, NOW))
    asked = [one for one in http.asked if one[0] == "POST /v1/likeness-reviews"]
    assert asked == [
        (
            "POST /v1/likeness-reviews",
            f"test:look_at_linked:2.{page}",
            {"call_id": "cal_1", "linked_to": "ass_1", "after": after},
        )
        for page, after in ((1, None), (2, "app_7"))
    ]


async def test_an_ineligible_result_goes_back_with_the_end_of_the_amendment_term() -> None:
    http = assessing("ineligible", amendment_term_working_days=10, amendment_rounds_max=2)
    assess = EligibilityActivities(http.rooms()).assess
    result = await run(assess, m.AssessInput("app_1", 2, NOW))
    assert result.amendment_due_at == datetime(2026, 12, 16, 5, tzinfo=UTC)
    assert http.asked[-1] == (
        "POST /v1/applications/app_1/assessment-result",
        "test:assessment_result:2",
        {
            "assessment_id": "ass_1",
            "outcome": "ineligible",
            "findings_count": 2,
            "amendment_due_at": "2026-12-16T05:00:00Z",
        },
    )


@pytest.mark.parametrize(("outcome", "round_"), [("ineligible", 3), ("eligible", 1)])
async def test_without_a_round_left_or_without_need_there_is_no_amendment_term(
    outcome: str, round_: int
) -> None:
    http = assessing(outcome, amendment_rounds_max=2, board_term_working_days=7)
    assess = EligibilityActivities(http.rooms()).assess
    result = await run(assess, m.AssessInput("app_1", round_, NOW))
    assert result.amendment_due_at is None
    assert result.ballot_term_working_days == 7
    assert http.asked[-1][2]["amendment_due_at"] is None


async def test_a_second_try_asks_by_the_same_keys_and_bodies() -> None:
    http = assessing("ineligible")
    assess = EligibilityActivities(http.rooms()).assess
    await run(assess, m.AssessInput("app_1", 1, NOW))
    first = list(http.asked)
    http.asked.clear()
    await run(assess, m.AssessInput("app_1", 1, NOW.replace(hour=23)))
    assert http.asked == first


@pytest.mark.parametrize(
    "answer",
    [
        problem(503, "policy.unavailable"),
        problem(429, "http.too_many"),
        problem(423, "disbursement.held"),
        problem(401, "auth.expired_token"),
        httpx2.Response(502, text="bad gateway"),
        httpx2.Response(404, text="<html>"),
        httpx2.Response(200, text="no json"),
        httpx2.ReadTimeout("late"),
        httpx2.ConnectError("refused"),
    ],
    ids=str,
)
async def test_no_answer_that_counts_is_tried_again(answer: Any) -> None:
    http = Http({"POST /v1/tranches/tra_1/instruct": answer})
    instruct = DisbursementActivities(http.rooms()).instruct
    with pytest.raises(RoomUnavailable):
        await run(instruct, m.InstructInput("tra_1", "evt_1"))


@pytest.mark.parametrize(
    ("status", "code", "final"),
    [
        (409, "disbursement.illegal_transition", True),
        (422, "http.invalid", True),
        (409, "disbursement.resolution_missing", False),
        (409, "idempotency.in_progress", False),
        (409, "disbursement.send_in_progress", False),
        (403, "authz.denied", False),
        (404, "http.not_found", False),
    ],
)
async def test_a_refusal_by_a_rule_is_final_unless_time_may_cure_it(
    status: int, code: str, final: bool
) -> None:
    http = Http({"POST /v1/tranches/tra_1/instruct": problem(status, code)})
    instruct = DisbursementActivities(http.rooms()).instruct
    with pytest.raises(ApplicationError) as refusal:
        await run(instruct, m.InstructInput("tra_1", "evt_1"))
    assert (refusal.value.type, refusal.value.non_retryable) == (code, final)


async def test_without_a_token_the_work_waits() -> None:
    async def no_issuer(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    rooms = Rooms(Settings(), httpx2.MockTransport(no_issuer))
    with pytest.raises(RoomUnavailable, match="no token"):
        await run(DisbursementActivities(rooms).instruct, m.InstructInput("tra_1", "evt_1"))


async def test_each_release_is_instructed_by_its_own_key() -> None:
    tranche = {"id": "tra_1", "state": "instructed", "channel": "agrobanco", "confirmed_at": None}
    http = Http({"POST /v1/tranches/tra_1/instruct": tranche})
    instruct = DisbursementActivities(http.rooms()).instruct
    for release in ("evt_1", "evt_1", "evt_2"):
        await run(instruct, m.InstructInput("tra_1", release))
    assert [key for _, key, _ in http.asked] == [
        "test:instruct:evt_1",
        "test:instruct:evt_1",
        "test:instruct:evt_2",
    ]


async def test_the_business_date_of_a_payment_is_its_day_in_lima() -> None:
    tranche = {
        "id": "tra_1",
        "state": "confirmed",
        "channel": "agroideas",
        "confirmed_at": "2026-12-02T02:00:00Z",
    }
    http = Http({"POST /v1/tranches/tra_1/inquire": tranche})
    inquire = DisbursementActivities(http.rooms()).inquire
    found = await run(inquire, m.InquireInput("tra_1", "evt_1", 3))
    assert found == m.TrancheReport("tra_1", "confirmed", "agroideas", "2026-12-01")
    assert http.asked[0][1] == "test:inquire:evt_1:3"


async def test_a_budget_that_does_not_reach_is_an_answer_and_no_error() -> None:
    http = Http(
        {
            "POST /v1/applications/app_1/progress": {},
            "POST /v1/agreements": problem(409, "disbursement.budget_exceeded"),
        }
    )
    draft = DisbursementActivities(http.rooms()).record_approval_and_draft
    found = await run(draft, m.DraftAgreementInput("app_1", "bal_1", NOW, 1))
    assert found == m.DraftedAgreement(give_up_at=datetime(2026, 12, 1, 5, tzinfo=UTC))


async def test_a_resolution_that_arrives_a_moment_later_is_waited_for() -> None:
    missing = problem(409, "disbursement.resolution_missing")
    http = Http(
        {
            "POST /v1/applications/app_1/progress": {},
            "POST /v1/agreements": [missing, missing, {"id": "agr_1", "tranches": []}],
        }
    )
    draft = DisbursementActivities(http.rooms()).record_approval_and_draft
    found = await run(draft, m.DraftAgreementInput("app_1", "bal_1", NOW, 30))
    assert found.agreement_id == "agr_1"
    keys = {key for what, key, _ in http.asked if what == "POST /v1/agreements"}
    assert keys == {"test:draft_agreement:1"}


async def test_a_drafted_agreement_comes_with_its_tranches() -> None:
    http = Http(
        {
            "POST /v1/applications/app_1/progress": {},
            "POST /v1/agreements": {"id": "agr_1"},
            "GET /v1/tranches": {"data": [{"id": "tra_1"}, {"id": "tra_2"}], "next_cursor": None},
        }
    )
    draft = DisbursementActivities(http.rooms()).record_approval_and_draft
    found = await run(draft, m.DraftAgreementInput("app_1", "bal_1", NOW, 30))
    assert (found.agreement_id, found.tranche_ids) == ("agr_1", ["tra_1", "tra_2"])


def reconciling(states: list[str], statement: Any) -> Http:
    looks = [
        {"id": "tra_1", "state": state, "channel": "agrobanco", "confirmed_at": None}
        for state in states
    ]
    return Http({"GET /v1/tranches/tra_1": looks, "POST /v1/reconciliations": statement})


async def test_one_reading_of_a_statement_serves_all_who_wait_for_it() -> None:
    http = reconciling(["confirmed", *["reconciled"] * 5], {})
    activities = DisbursementActivities(http.rooms())
    found = await asyncio.gather(
        *(
            run(
                activities.reconcile,
                m.ReconcileInput("tra_1", f"evt_{number}", "agrobanco", "2026-12-01", 1),
            )
            for number in range(5)
        )
    )
    assert {report.state for report in found} == {"reconciled"}
    assert [what for what, _, _ in http.asked].count("POST /v1/reconciliations") == 1


async def test_a_statement_that_somebody_else_reads_too_is_read_again_later() -> None:
    http = reconciling(["confirmed"], problem(409, "disbursement.constraint"))
    reconcile = DisbursementActivities(http.rooms()).reconcile
    with pytest.raises(RoomUnavailable):
        await run(reconcile, m.ReconcileInput("tra_1", "evt_1", "agrobanco", "2026-12-01", 1))


async def test_a_move_that_the_room_has_already_made_is_no_refusal() -> None:
    http = Http(
        {
            "POST /v1/applications/app_1/progress": problem(409, "applications.illegal_transition"),
            "GET /v1/applications/app_1": {"state": "ineligible"},
        }
    )
    progress = ApplicationsActivities(http.rooms()).progress
    await run(progress, m.ProgressInput("app_1", [m.Move("ineligible", "app_1", "waived")]))
    with pytest.raises(ApplicationError):
        await run(progress, m.ProgressInput("app_1", [m.Move("approved", "bal_1")]))


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"state": "decided", "result": "approved"}, "approved"),
        ({"state": "lapsed", "result": None}, "lapsed"),
        (problem(409, "board.quorum_not_met"), "no_quorum"),
    ],
)
async def test_closing_a_ballot_tells_what_the_board_found(answer: Any, result: str) -> None:
    http = Http({"POST /v1/ballots/bal_1/close": answer})
    close = BoardActivities(http.rooms()).close_ballot
    assert await run(close, m.CloseBallotInput("bal_1", 1)) == m.ClosedBallot(result)


async def test_opening_a_ballot_tells_the_application_too() -> None:
    http = Http({"POST /v1/ballots": {"id": "bal_1"}, "POST /v1/applications/app_1/progress": {}})
    open_ballot = BoardActivities(http.rooms()).open_ballot
    message = m.OpenBallotInput("app_1", "con_1", "cal_1", "ab", NOW, 5)
    opened = await run(open_ballot, message)
    assert opened == m.OpenedBallot("bal_1", datetime(2026, 12, 5, 5, tzinfo=UTC))
    assert http.asked[1][2] == {"to": "in_board", "reference": "bal_1"}
