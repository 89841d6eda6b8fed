"""The timing of one ballot (votación de un expediente): it waits, calls the alternates, calls
again, asks to close.

A vote is a row of the board's database before it is a signal here; the board counts and decides,
also whether the quorum is met. No continue-as-new: a ballot is short, and no signal may be lost.

Histories from before sessions, recusal terms and alternates go on under this code. What only a new
signal or a new answer leads to needs no mark; the escalation, which comes by itself, has one.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from temporalio import workflow
from temporalio.exceptions import FailureError

from workflows.definitions.common import is_new, until

with workflow.unsafe.imports_passed_through():
    from workflows import messages as m
    from workflows import steps

CLOCKS_APART: Final = timedelta(seconds=2)
"""The board's clock may be a little behind ours at the end of a term."""
HALF_TIME: Final = "half_time"
ESCALATION: Final = "escalation"
END: Final = "end"


@workflow.defn(name="BoardBallot")
class BoardBallot:
    """Workflow id `ballot/{ballot_id}`; a child of the application's workflow."""

    @workflow.init
    def __init__(self, message: m.BallotInput) -> None:
        self._message = message
        self._state = "open"
        self._waiting_for = "votes"
        self._since = workflow.now()
        self._call = 1
        self._reminders = 0
        self._complete = False
        self._seen: list[str] = []
        self._session_id = ""
        self._was_rescheduled = False
        self._ended = ""
        self._until = ""
        self._recusals: dict[str, datetime] = {}
        self._moves = 0
        self._begin(message.opened_at, message.closes_at)

    def _begin(self, votes_from: datetime, closes_at: datetime) -> None:
        """A period of votes."""
        self._votes_from, self._closes_at = votes_from, closes_at
        self._is_reminded = False
        self._escalates_at: datetime | None = None
        self._moves += 1

    @workflow.run
    async def run(self, message: m.BallotInput) -> m.BallotResult:
        """Close when every seat has spoken or the term ends; without quorum, once again."""
        await self._votes()
        result = await self._close()
        if result == "no_quorum":
            result = await self._second_call()
        self._enter("decided" if result in {"approved", "rejected"} else result, "nothing")
        if self._session_id:
            await self._tell_session(result)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return m.BallotResult(ballot_id=message.ballot_id, result=result, until=self._until)

    async def _votes(self) -> None:
        """Until every seat has spoken, the ballot has ended otherwise, or its period has."""
        while not self._is_over():
            what, due = self._next_due()
            if await until(self._over_or_changed_since(self._moves), due):
                continue
            if what == END:
                return
            await self._act(what)

    def _is_over(self) -> bool:
        return self._complete or bool(self._ended)

    def _changed_since(self, moves: int) -> Callable[[], bool]:
        """Whether something changed the clock."""
        return lambda: self._moves != moves

    def _over_or_changed_since(self, moves: int) -> Callable[[], bool]:
        return lambda: self._is_over() or self._moves != moves

    def _next_due(self) -> tuple[str, datetime]:
        due = [(self._closes_at, END)]
        if not self._is_reminded:
            half_time = self._votes_from + (self._closes_at - self._votes_from) / 2
            due.append((half_time, HALF_TIME))
        if self._escalates_at is not None:
            due.append((self._escalates_at, ESCALATION))
        due += [(decide_by, recusal_id) for recusal_id, decide_by in self._recusals.items()]
        instant, what = min(due)
        return what, instant

    async def _act(self, what: str) -> None:
        if what == HALF_TIME:
            await self._remind()
        elif what == ESCALATION:
            self._escalates_at = None
            await steps.CALL_ALTERNATES.run(
                m.AlternatesInput(ballot_id=self._message.ballot_id, closes_at=self._closes_at)
            )
        else:
            await self._expire(what)

    async def _remind(self) -> None:
        self._reminders += 1
        self._is_reminded = True
        if not (self._was_rescheduled or workflow.patched(f"escalation-{self._call}")):
            return
        moves = self._moves
        escalation = await steps.ESCALATION.run(
            m.EscalationInput(
                ballot_id=self._message.ballot_id,
                votes_from=self._votes_from,
                closes_at=self._closes_at,
            )
        )
        if self._moves == moves:
            self._escalates_at = escalation.at

    async def _expire(self, recusal_id: str) -> None:
        await steps.EXPIRE_RECUSAL.run(
            m.ExpireRecusalInput(ballot_id=self._message.ballot_id, recusal_id=recusal_id)
        )
        self._recusals.pop(recusal_id, None)

    async def _close(self) -> str:
        """Ask the board to count; while it may not yet, wait for what it lacks."""
        while not self._ended:
            self._enter(self._state, "closing")
            # A vote that comes from now on may complete the ballot anew.
            self._complete = False
            closed = await steps.CLOSE_BALLOT.run(
                m.CloseBallotInput(ballot_id=self._message.ballot_id, call=self._call)
            )
            if closed.result == "recusal_pending":
                await self._recusals_decided(closed)
            elif closed.result == "not_complete":
                await self._go_on()
            else:
                self._until = self._until or closed.until
                return closed.result
        return self._ended

    async def _recusals_decided(self, closed: m.ClosedBallot) -> None:
        self._enter(self._state, "recusal")
        self._recusals |= {one.recusal_id: one.decide_by for one in closed.pending}
        while self._recusals and not self._ended:
            recusal_id = min(self._recusals, key=lambda one: (self._recusals[one], one))
            due = self._recusals[recusal_id]
            if not await until(self._changed_since(self._moves), due):
                await self._expire(recusal_id)

    async def _go_on(self) -> None:
        """The votes were voided, or alternates may vote now: the period goes on."""
        self._enter(self._state, "votes")
        if workflow.now() >= self._closes_at:
            await until(lambda: bool(self._ended), workflow.now() + CLOCKS_APART)
        else:
            await self._votes()

    async def _second_call(self) -> str:
        asked_at = workflow.now()
        # Seats that all spoke without a quorum must speak again, or let the term pass.
        self._complete = False
        self._call = 2
        called = await steps.SECOND_CALL.run(
            m.SecondCallInput(ballot_id=self._message.ballot_id, asked_at=asked_at)
        )
        self._enter("second_call", "votes")
        self._begin(asked_at, called.closes_at)
        await self._votes()
        result = await self._close()
        return "lapsed" if result == "no_quorum" else result

    async def _tell_session(self, result: str) -> None:
        session = workflow.get_external_workflow_handle(f"session/{self._session_id}")
        try:
            await session.signal("ballot_ended", m.BallotEnded(self._message.ballot_id, result))
        except FailureError:
            workflow.logger.info("session %s is over", self._session_id)

    def _enter(self, state: str, waiting_for: str) -> None:
        self._state, self._waiting_for, self._since = state, waiting_for, workflow.now()

    @workflow.signal
    def vote_cast(self, fact: m.SeatsMoved) -> None:
        """A seat voted."""
        self._seats_moved(fact)

    @workflow.signal
    def seat_recused(self, fact: m.SeatsMoved) -> None:
        """A seat was recused (abstención)."""
        self._seats_moved(fact)

    def _seats_moved(self, fact: m.SeatsMoved) -> None:
        if is_new(self._seen, fact.event_id) and fact.complete:
            self._complete = True

    @workflow.signal
    def rescheduled(self, fact: m.BallotRescheduled) -> None:
        """A session took the ballot up or gave it back: its period is another."""
        if is_new(self._seen, fact.event_id):
            self._session_id = fact.session_id
            self._was_rescheduled = True
            self._begin(fact.votes_from, fact.closes_at)

    @workflow.signal
    def dossier_replaced(self, fact: m.DossierReplaced) -> None:
        """The votes so far are void."""
        if is_new(self._seen, fact.event_id):
            self._complete = False

    @workflow.signal
    def recusal_raised(self, fact: m.RecusalRaised) -> None:
        """A recusal waits for its decision, and the ballot with it."""
        if is_new(self._seen, fact.event_id):
            self._recusals[fact.recusal_id] = fact.decide_by
            self._complete = False
            self._moves += 1

    @workflow.signal
    def recusal_decided(self, fact: m.RecusalDecided) -> None:
        """A recusal was accepted or dismissed."""
        if is_new(self._seen, fact.event_id):
            self._recusals.pop(fact.recusal_id, None)
            self._complete = fact.complete
            self._moves += 1
            if fact.alternates_needed:
                self._escalates_at = workflow.now()

    @workflow.signal
    def deferred(self, fact: m.BallotPutOff) -> None:
        """Who presides put the dossier off."""
        self._put_off("deferred", fact)

    @workflow.signal
    def withdrawn(self, fact: m.BallotPutOff) -> None:
        """The dossier was taken back."""
        self._put_off("withdrawn", fact)

    def _put_off(self, how: str, fact: m.BallotPutOff) -> None:
        if is_new(self._seen, fact.event_id):
            self._ended, self._until = how, fact.until
            self._moves += 1

    @workflow.query
    def status(self) -> m.Status:
        """Where the ballot stands."""
        ids = {
            "ballot_id": self._message.ballot_id,
            "application_id": self._message.application_id,
            "session_id": self._session_id,
        }
        return m.Status(
            state=self._state,
            waiting_for=self._waiting_for,
            since=self._since,
            round=self._call,
            reminders=self._reminders,
            ids={name: value for name, value in ids.items() if value},
        )
