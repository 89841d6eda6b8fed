"""The timing of one session (sesión): reminder, first call, second call, end.

The board says at each call whether there is a quorum; each dossier of the agenda has its own
workflow, which tells this one when it has ended.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from temporalio import workflow

from workflows.definitions.common import until

with workflow.unsafe.imports_passed_through():
    from workflows import messages as m
    from workflows import steps

NEXT_TRY: Final = timedelta(days=1)
"""After voting has ended a dossier may still be in its second call or wait for a recusal."""


@workflow.defn(name="BoardSession")
class BoardSession:
    """Workflow id `session/{session_id}`."""

    @workflow.init
    def __init__(self, message: m.SessionInput) -> None:
        self._message = message
        self._state = "convened"
        self._waiting_for = "reminder"
        self._since = workflow.now()
        self._call = 1
        self._reminders = 0
        self._ended: dict[str, str] = {}

    @workflow.run
    async def run(self, message: m.SessionInput) -> m.SessionResult:
        """Lead the session from its notice to its end."""
        if workflow.now() < message.reminder_at:
            await workflow.sleep(message.reminder_at - workflow.now())
            self._reminders += 1
            await steps.REMIND_SESSION.run(m.SessionStep(message.session_id))
        self._enter("convened", "first_call")
        await until(lambda: False, message.first_call_at)
        await self._open()
        if self._state == "second_call":
            self._call = 2
            await until(lambda: False, message.second_call_at)
            await self._open()
        if self._state == "voting":
            await self._voting()
        self._enter(self._state, "nothing")
        await workflow.wait_condition(workflow.all_handlers_finished)
        return m.SessionResult(message.session_id, self._state)

    async def _open(self) -> None:
        found = await steps.OPEN_SESSION.run(
            m.SessionStep(self._message.session_id, call=self._call)
        )
        self._enter(found.state, "votes" if found.state == "voting" else found.state)

    async def _voting(self) -> None:
        """Until the board finds every dossier of the agenda ended."""
        asks_at = self._message.voting_closes_at
        while self._state == "voting":
            if not await until(self._more_than(len(self._ended)), asks_at):
                asks_at = workflow.now() + NEXT_TRY
            found = await steps.CLOSE_SESSION.run(m.SessionStep(self._message.session_id))
            self._enter(found.state, "votes")

    def _more_than(self, ended: int) -> Callable[[], bool]:
        return lambda: len(self._ended) > ended

    def _enter(self, state: str, waiting_for: str) -> None:
        self._state, self._waiting_for, self._since = state, waiting_for, workflow.now()

    @workflow.signal
    def ballot_ended(self, fact: m.BallotEnded) -> None:
        """A dossier of the agenda has ended."""
        self._ended[fact.ballot_id] = fact.result

    @workflow.query
    def status(self) -> m.Status:
        """Where the session stands."""
        return m.Status(
            state=self._state,
            waiting_for=self._waiting_for,
            since=self._since,
            round=self._call,
            reminders=self._reminders,
            ids={"session_id": self._message.session_id},
        )
