"""A stage for workflows: Temporal's time-skipping server, our worker, and scripted activities.

With FUND_RECORD_HISTORIES=<release> chosen tests also write the histories of their workflows to
`histories/`, the corpus that later code must be able to replay; a written history stays as it is.
"""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from services.kernel.settings import Settings
from services.kernel.working_days import end_of_term, same_hour
from workflows import addendum_messages as am
from workflows import messages as m
from workflows import steps
from workflows.worker import build_worker

HISTORIES = Path(__file__).parent / "histories"
RECORDED = (
    "an_application_is_led_from_submission_to_its_last_reconciled_tranche",
    "an_ineligible_application_is_amended_and_assessed_again",
    "the_amendment_term_ends_after_ten_working_days_and_not_a_second_before",
    "a_dossier_handed_in_at_the_last_moment_counts_although_its_event_is_late",
    "a_withdrawal_during_the_ballot_ends_both",
    "a_call_without_budget_is_asked_again_the_next_day",
    "a_returned_tranche_may_be_released_again_by_a_new_release",
    "a_late_statement_does_not_hold_up_the_next_tranche",
    "the_way_goes_on_from_what_continue_as_new_carries",
    "a_ballot_closes_as_soon_as_every_seat_has_spoken",
    "a_ballot_closes_at_its_term_and_reminds_at_half_time",
    "without_quorum_there_is_a_second_call_and_then_a_decision",
    "without_quorum_on_the_second_call_the_ballot_lapses",
    "alternates_are_called_a_working_day_before_the_end",
    "a_ballot_in_a_session_has_the_sessions_hours_and_tells_it_its_end",
    "a_pending_recusal_holds_up_the_close_until_it_is_decided",
    "nobody_decides_a_recusal_and_its_term_does",
    "a_dossier_replaced_after_all_have_voted_is_voted_on_again",
    "a_withdrawal_ends_the_boards_ballot_too",
    "a_deferred_dossier_comes_again_by_a_ballot_that_cites_the_last",
    "a_session_is_held_on_its_first_call",
    "over_the_holidays_of_december_the_second_call_is_on_the_tenth",
    "a_session_that_nobody_attends_is_not_held",
    "a_callback_settles_the_payment_without_any_inquiry",
    "an_unknown_payment_is_inquired_until_it_is_confirmed_and_never_sent_again",
    "agrobanco_is_asked_soon_because_it_calls_nobody_back",
    "money_that_came_back_ends_the_release",
    "an_amendment_is_approved_by_the_board",
    "a_ballot_without_quorum_refuses_the_amendment",
    "an_amendment_put_off_comes_again_by_a_ballot_that_cites_the_last",
    "an_amendment_taken_back_ends_the_boards_ballot_too",
    "the_days_before_a_morning_are_closed",
    "a_closing_waits_for_a_statement_that_is_late",
    "a_closing_that_a_rule_refuses_fails_and_is_seen",
)
"""The tests whose histories are worth keeping: each takes another turn."""
KNOWN_IDS = (
    "application/app_1",
    "ballot/bal_1",
    "session/ses_1",
    "tranche/tra_1",
    "closing",
    "addendum/add_1",
)
"""The workflows that those tests start."""
PATIENCE_S = 20


def _assessment(message: m.AssessInput) -> m.Assessment:
    return m.Assessment(
        assessment_id=f"ass_{message.round}",
        outcome="eligible",
        consortium_id="con_1",
        call_id="cal_1",
        dossier_sha256="ab" * 32,
        evaluation_due_at=message.asked_at + timedelta(days=14),
    )


def _draft(message: m.DraftAgreementInput) -> m.DraftedAgreement:
    return m.DraftedAgreement(
        give_up_at=end_of_term(message.asked_at, message.budget_term_working_days),
        agreement_id="agr_1",
        tranche_ids=["tra_1", "tra_2"],
    )


def report(state: str, channel: str = "agroideas") -> Callable[[Any], m.TrancheReport]:
    """An answer about whichever tranche is asked for."""
    return lambda message: m.TrancheReport(message.tranche_id, state, channel)


HAPPY: dict[str, Any] = {
    "assess": _assessment,
    "progress": None,
    "open_ballot": lambda message: m.OpenedBallot(
        "bal_1", end_of_term(message.asked_at, message.term_working_days)
    ),
    "close_ballot": m.ClosedBallot("approved"),
    "escalation": lambda message: m.Escalation(
        max(
            message.votes_from + (message.closes_at - message.votes_from) / 2,
            same_hour(message.closes_at, -1),
        )
    ),
    "call_alternates": None,
    "expire_recusal": None,
    "withdraw_ballot": None,
    "remind_session": m.SessionFound("convened"),
    "open_session": m.SessionFound("voting"),
    "close_session": m.SessionFound("closed"),
    "open_addendum_ballot": lambda message: m.OpenedBallot(
        "bal_1",
        end_of_term(message.asked_at, message.addendum.ballot_term_working_days),
    ),
    "end_addendum": None,
    "second_call": lambda message: m.SecondCall(end_of_term(message.asked_at, 1)),
    "record_approval_and_draft": _draft,
    "instruct": report("acknowledged"),
    "inquire": report("confirmed"),
    "reconcile": report("reconciled"),
    "close_days": m.ClosedDays(),
}


@dataclass
class Script:
    """What each activity answers: a list is used up to its last entry, which then stays."""

    answers: dict[str, Any] = field(default_factory=lambda: dict(HAPPY))
    calls: list[tuple[str, Any]] = field(default_factory=list)

    def of(self, name: str) -> list[Any]:
        """The messages with which an activity was asked for."""
        return [message for called, message in self.calls if called == name]

    def moves(self) -> list[str]:
        """The application's moves, in their order."""
        return [move.to for message in self.of("progress") for move in message.moves]

    def activities(self) -> list[Callable[..., Any]]:
        """One function for each step, registered under its name."""
        return [self._activity(step) for step in steps.STEPS]

    def _activity(self, step: steps.Step[Any, Any]) -> Callable[..., Any]:
        async def scripted(message: Any) -> Any:
            self.calls.append((step.name, message))
            answer = self.answers[step.name]
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if isinstance(answer, Exception):
                raise answer
            return answer(message) if callable(answer) else answer

        scripted.__annotations__ = {"message": step.takes, "return": step.gives}
        return activity.defn(name=step.name)(scripted)


@dataclass
class Stage:
    """The test's hands on the workflows."""

    env: WorkflowEnvironment
    script: Script
    task_queue: str

    @property
    def client(self) -> Client:
        return self.env.client

    async def apply(self, **terms: Any) -> WorkflowHandle[Any, m.FundingResult]:
        """Start the way of application app_1."""
        return await self.client.start_workflow(
            "FundingApplication",
            m.FundingInput("app_1", **terms),
            id="application/app_1",
            task_queue=self.task_queue,
            result_type=m.FundingResult,
        )

    async def ballot(self, opened_at: datetime, closes_at: datetime) -> WorkflowHandle[Any, Any]:
        """Start the ballot bal_1 alone."""
        return await self.client.start_workflow(
            "BoardBallot",
            m.BallotInput("bal_1", "app_1", opened_at, closes_at),
            id="ballot/bal_1",
            task_queue=self.task_queue,
            result_type=m.BallotResult,
        )

    async def session(
        self, first_call_at: datetime, voting_closes_at: datetime
    ) -> WorkflowHandle[Any, Any]:
        """Start the session ses_1 alone."""
        return await self.client.start_workflow(
            "BoardSession",
            m.SessionInput(
                "ses_1",
                reminder_at=same_hour(first_call_at, -1),
                first_call_at=first_call_at,
                second_call_at=same_hour(first_call_at, 1),
                voting_closes_at=voting_closes_at,
            ),
            id="session/ses_1",
            task_queue=self.task_queue,
            result_type=m.SessionResult,
        )

    async def addendum(self) -> WorkflowHandle[Any, Any]:
        """Start the amendment add_1 alone."""
        return await self.client.start_workflow(
            "AddendumApproval",
            am.AddendumInput("add_1", "app_1", "con_1", "cal_1", "ab" * 32),
            id="addendum/add_1",
            task_queue=self.task_queue,
            result_type=am.AddendumResult,
        )

    async def tranche(self, state: m.TrancheState | None = None) -> WorkflowHandle[Any, Any]:
        """Start the tranche tra_1 alone."""
        return await self.client.start_workflow(
            "TrancheDisbursement",
            m.TrancheInput("tra_1", "app_1", "evt_release", state),
            id="tranche/tra_1",
            task_queue=self.task_queue,
            result_type=m.TrancheResult,
        )

    def handle(self, workflow_id: str) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(workflow_id)

    async def status(self, workflow_id: str) -> m.Status:
        answer: m.Status = await self.handle(workflow_id).query("status", result_type=m.Status)
        return answer

    async def waits_for(self, workflow_id: str, what: str) -> m.Status:
        """The status once the workflow waits for this."""
        limit = asyncio.get_running_loop().time() + PATIENCE_S
        status = None
        while asyncio.get_running_loop().time() < limit:
            status = await self.status_or_none(workflow_id)
            if status is not None and status.waiting_for == what:
                return status
            await asyncio.sleep(0.02)
        raise AssertionError(f"{workflow_id} waits for {status}, not for {what}")

    async def status_or_none(self, workflow_id: str) -> m.Status | None:
        try:
            return await self.status(workflow_id)
        except (RPCError, WorkflowQueryFailedError):
            return None

    async def failed(self, workflow_id: str) -> None:
        """Return once the workflow has failed."""
        limit = asyncio.get_running_loop().time() + PATIENCE_S
        while asyncio.get_running_loop().time() < limit:
            try:
                status = (await self.handle(workflow_id).describe()).status
            except RPCError:
                status = None
            if status == WorkflowExecutionStatus.FAILED:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{workflow_id} did not fail")

    async def called(self, name: str, times: int) -> None:
        """Return once an activity was asked for so many times."""
        limit = asyncio.get_running_loop().time() + PATIENCE_S
        while len(self.script.of(name)) < times:
            assert asyncio.get_running_loop().time() < limit, f"{name} was not called {times} times"
            await asyncio.sleep(0.02)

    async def now(self) -> datetime:
        return await self.env.get_current_time()

    async def ended_at(self, workflow_id: str) -> datetime:
        """When the workflow ended; the server's clock itself runs on afterwards."""
        closed_at = (await self.handle(workflow_id).describe()).close_time
        assert closed_at is not None
        return closed_at

    async def skip_to(self, instant: datetime) -> None:
        """Move the server's clock."""
        await self.env.sleep(instant - await self.now())

    async def skip_to_next(self, month: int, day: int, hour: int) -> datetime:
        """Move the server's clock to the next such UTC time."""
        now = await self.now()
        instant = datetime(now.year, month, day, hour, tzinfo=UTC)
        if instant <= now:
            instant = instant.replace(year=now.year + 1)
        await self.skip_to(instant)
        return instant


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def cached_workflows() -> int:
    """None: every task replays its whole history, which finds what is not deterministic."""
    return 0


@asynccontextmanager
async def time_skipping() -> AsyncIterator[WorkflowEnvironment]:
    """Temporal's test server, whose clock runs ahead while nothing but time is awaited."""
    binary = Path(sys.executable).parent / "temporal-test-server"
    path = str(binary) if binary.exists() else shutil.which("temporal-test-server")
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter,
        test_server_existing_path=path,
        identity="stage",
    ) as env:
        yield env


@pytest.fixture
async def unmanned(script: Script) -> AsyncIterator[Stage]:
    """A stage without a worker: the test brings its own."""
    async with time_skipping() as env:
        yield Stage(env, script, "fund")


@pytest.fixture
async def stage(
    script: Script, cached_workflows: int, request: pytest.FixtureRequest
) -> AsyncIterator[Stage]:
    async with time_skipping() as env:
        settings = Settings(temporal_task_queue="fund")
        worker = build_worker(
            env.client,
            settings,
            script.activities(),
            max_cached_workflows=cached_workflows,
            identity="stage",
        )
        async with worker:
            yield Stage(env, script, settings.temporal_task_queue)
            release = os.environ.get("FUND_RECORD_HISTORIES")
            name = request.node.originalname.removeprefix("test_")
            if release and name in RECORDED:
                await _record(env.client, release, name)


async def _record(client: Client, release: str, name: str) -> None:
    for workflow_id in KNOWN_IDS:
        handle = client.get_workflow_handle(workflow_id)
        try:
            history = json.loads((await handle.fetch_history()).to_json())
            kind = (await handle.describe()).workflow_type
        except Exception as error:
            if "not found" in str(error).lower():
                continue
            raise
        path = HISTORIES / f"{release}-{kind}-{name}.json"
        if path.exists():
            continue
        path.write_text(json.dumps(_plain(history), indent=1, sort_keys=True) + "\n")


def _plain(part: Any) -> Any:
    """Without stack traces, which name paths of the machine."""
    if isinstance(part, dict):
        return {name: _plain(value) for name, value in part.items() if name != "stackTrace"}
    return [_plain(item) for item in part] if isinstance(part, list) else part
