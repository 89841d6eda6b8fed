"""The workflows' clock and the real room together: Temporal's time is skipped and the room believes
it; its events come back by the bridge. Each case ends as PostgreSQL has it."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from services.board import domain
from services.kernel.working_days import end_of_term, same_hour
from tests.integration.board.conftest import Board, holder, pretend
from tests.workflows.conftest import time_skipping
from workflows import messages as m
from workflows.activities.board import BoardActivities
from workflows.bridge import Bridge
from workflows.clients import Rooms
from workflows.worker import build_worker

SECOND = timedelta(seconds=1)


class Clocked(Rooms):
    """The room over HTTP, told before each request what time it is; after each, what it published
    reaches the workflows."""

    def __init__(
        self,
        board: Board,
        env: WorkflowEnvironment,
        owner: psycopg.Connection[Any],
        patch: pytest.MonkeyPatch,
    ) -> None:
        super().__init__(board.settings.model_copy(update={"api_url": str(board.http.base_url)}))
        self.board, self.env, self._owner, self._patch = board, env, owner, patch
        letters: Any = None
        self._bridge = Bridge(env.client, letters, board.settings, until=lambda: True)
        self._carried = {row[0] for row in owner.execute("SELECT id FROM outbox").fetchall()}

    async def _ask(self, *request: Any) -> dict[str, Any]:
        await self.sync()
        try:
            return await super()._ask(*request)
        finally:
            await self.carry()

    async def sync(self) -> datetime:
        """Let the room believe Temporal's time."""
        now = await self.env.get_current_time()
        pretend(self._patch, lambda: now)
        return now

    async def carry(self) -> None:
        """Bring what the room has published since to the workflows."""
        rows = self._owner.execute("SELECT id, body FROM outbox ORDER BY id").fetchall()
        for event_id, body in rows:
            if event_id not in self._carried:
                self._carried.add(event_id)
                await self._bridge.take("outbox", b"", json.dumps(body).encode())

    async def skip_to(self, instant: datetime) -> None:
        """Let the time come."""
        await self.env.sleep(instant - await self.env.get_current_time())
        await self.sync()

    async def opened(self, working_days: int) -> tuple[dict[str, Any], WorkflowHandle[Any, Any]]:
        """A ballot and its workflow."""
        now = await self.sync()
        closes_at = end_of_term(now, working_days)
        ballot = self.board.open(closes_at=closes_at.isoformat())
        await self.carry()
        handle = await self.env.client.start_workflow(
            "BoardBallot",
            m.BallotInput(ballot["id"], ballot["application_id"], now, closes_at),
            id=f"ballot/{ballot['id']}",
            task_queue=self.board.settings.temporal_task_queue,
            result_type=m.BallotResult,
        )
        return ballot, handle

    async def vote(self, ballot: dict[str, Any], *seats: str, choice: str = "for") -> None:
        """These seats vote now."""
        await self.sync()
        for seat in seats:
            answer = self.board.vote(ballot, seat, choice)
            assert answer.status_code == 201, answer.text
        await self.carry()


@pytest.fixture
async def clocked(
    board: Board, owner: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Clocked]:
    for seat in domain.SEATS:
        board.with_key(holder(seat))  # signed now, before any time is skipped
    async with time_skipping() as env:
        rooms = Clocked(board, env, owner, monkeypatch)
        asks = BoardActivities(rooms)
        activities: list[Any] = [
            asks.close_ballot,
            asks.second_call,
            asks.escalation,
            asks.call_alternates,
            asks.expire_recusal,
            asks.remind_session,
            asks.open_session,
            asks.close_session,
        ]
        async with build_worker(env.client, board.settings, activities):
            yield rooms
        await rooms.close()


async def test_nobody_votes_and_the_dossier_lapses(clocked: Clocked) -> None:
    ballot, handle = await clocked.opened(3)
    assert (await handle.result()).result == "lapsed"
    ended = clocked.board.read(ballot)
    assert (ended["state"], ended["result"], ended["present"]) == ("lapsed", None, 0)
    assert ended["alternates_called_at"] is not None
    last = datetime.fromisoformat(ended["closed_at"])
    assert last >= end_of_term(datetime.fromisoformat(ballot["closes_at"]), 1)


async def test_two_vote_in_time_and_the_third_in_the_second_call(clocked: Clocked) -> None:
    ballot, handle = await clocked.opened(2)
    await clocked.vote(ballot, "midagri", "mef")
    await clocked.skip_to(datetime.fromisoformat(ballot["closes_at"]) + 10 * SECOND)
    assert clocked.board.read(ballot)["state"] == "second_call"
    await clocked.vote(ballot, "produce", choice="against")
    assert (await handle.result()).result == "approved"
    ended = clocked.board.read(ballot)
    assert (ended["present"], ended["votes_for"], ended["votes_against"]) == (3, 2, 1)


async def test_the_chairs_recusal_is_settled_by_its_term_after_the_ballots_own(
    clocked: Clocked,
) -> None:
    ballot, handle = await clocked.opened(1)
    raised = clocked.board.recuse(ballot, "midagri")
    assert raised.status_code == 201, raised.text
    await clocked.vote(ballot, "produce", "mincetur", "mef")
    assert (await handle.result()).result == "approved"
    ended = clocked.board.read(ballot)
    assert (ended["recused"], ended["votes_for"], ended["present"]) == (["midagri"], 3, 4)
    decide_by = datetime.fromisoformat(raised.json()["decide_by"])
    assert datetime.fromisoformat(ended["closed_at"]) >= decide_by


async def test_a_session_over_its_second_call_ends_with_its_dossiers(clocked: Clocked) -> None:
    board = clocked.board
    ballots = [await clocked.opened(5) for _ in range(2)]
    first = end_of_term(await clocked.sync(), 5) + timedelta(hours=15)
    body = {
        "kind": "ordinary",
        "mode": "virtual",
        "place": "Sala virtual",
        "first_call_at": first.isoformat(),
        "voting_closes_at": end_of_term(first, 3).isoformat(),
        "agenda": [ballot["id"] for ballot, _ in ballots],
    }
    convened = board.call("POST", "/v1/sessions", "secretariat", body)
    assert convened.status_code == 201, convened.text
    await clocked.carry()
    path = f"/v1/sessions/{convened.json()['id']}"
    second = same_hour(first, 1)
    await clocked.skip_to(second - timedelta(minutes=5))
    assert board.call("GET", path).json()["state"] == "second_call"
    for seat in ("midagri", "produce", "mef"):
        attended = board.call(
            "POST", f"{path}/attendance", "board_member", seat=seat, sub=holder(seat)
        )
        assert attended.status_code == 201, attended.text
    await clocked.skip_to(second + 10 * SECOND)
    assert board.call("GET", path).json()["state"] == "voting"
    for ballot, handle in ballots:
        await clocked.vote(ballot, *domain.SEATS)
        assert (await handle.result()).result == "approved"
    workflow = clocked.env.client.get_workflow_handle(
        f"session/{convened.json()['id']}", result_type=m.SessionResult
    )
    assert (await workflow.result()).state == "closed"
    ended = board.call("GET", path).json()
    assert (ended["state"], ended["opened_on_call"]) == ("closed", "second")
    assert {item["state"] for item in ended["agenda"]} == {"decided"}
    assert ended["closed_at"] < ended["voting_closes_at"]
