"""The timing of one ballot (votación de un expediente): it waits, calls again, asks to close.

A vote is a row of the board's database before it is a signal here; the board counts and decides,
also whether the quorum is met. No continue-as-new: a ballot is short, and no signal may be lost.
"""

from datetime import datetime

from temporalio import workflow

from workflows.definitions.common import is_new, until

with workflow.unsafe.imports_passed_through():
    from workflows import steps
    from workflows.messages import (
        BallotInput,
        BallotResult,
        CloseBallotInput,
        SeatsMoved,
        SecondCallInput,
        Status,
    )


@workflow.defn(name="BoardBallot")
class BoardBallot:
    """Workflow id `ballot/{ballot_id}`; a child of the application's workflow."""

    @workflow.init
    def __init__(self, message: BallotInput) -> None:
        self._message = message
        self._state = "open"
        self._waiting_for = "votes"
        self._since = workflow.now()
        self._call = 1
        self._reminders = 0
        self._complete = False
        self._seen: list[str] = []

    @workflow.run
    async def run(self, message: BallotInput) -> BallotResult:
        """Close when every seat has spoken or the term ends; without quorum, once again."""
        await self._votes(message.opened_at, message.closes_at)
        result = await self._close()
        if result == "no_quorum":
            result = await self._second_call()
        self._enter("lapsed" if result == "lapsed" else "decided", "nothing")
        await workflow.wait_condition(workflow.all_handlers_finished)
        return BallotResult(ballot_id=message.ballot_id, result=result)

    async def _votes(self, opened_at: datetime, closes_at: datetime) -> None:
        half_time = opened_at + (closes_at - opened_at) / 2
        if not await until(self._is_complete, half_time):
            self._reminders += 1
            await until(self._is_complete, closes_at)

    async def _close(self) -> str:
        self._enter(self._state, "closing")
        closed = await steps.CLOSE_BALLOT.run(
            CloseBallotInput(ballot_id=self._message.ballot_id, call=self._call)
        )
        return closed.result

    async def _second_call(self) -> str:
        asked_at = workflow.now()
        # Seats that all spoke without a quorum must speak again, or let the term pass.
        self._complete = False
        self._call = 2
        called = await steps.SECOND_CALL.run(
            SecondCallInput(ballot_id=self._message.ballot_id, asked_at=asked_at)
        )
        self._enter("second_call", "votes")
        await self._votes(asked_at, called.closes_at)
        result = await self._close()
        return "lapsed" if result == "no_quorum" else result

    def _is_complete(self) -> bool:
        return self._complete

    def _enter(self, state: str, waiting_for: str) -> None:
        self._state, self._waiting_for, self._since = state, waiting_for, workflow.now()

    @workflow.signal
    def vote_cast(self, fact: SeatsMoved) -> None:
        """A seat voted."""
        self._seats_moved(fact)

    @workflow.signal
    def seat_recused(self, fact: SeatsMoved) -> None:
        """A seat was recused (abstención)."""
        self._seats_moved(fact)

    def _seats_moved(self, fact: SeatsMoved) -> None:
        if is_new(self._seen, fact.event_id) and fact.complete:
            self._complete = True

    @workflow.query
    def status(self) -> Status:
        """Where the ballot stands."""
        return Status(
            state=self._state,
            waiting_for=self._waiting_for,
            since=self._since,
            round=self._call,
            reminders=self._reminders,
            ids={
                "ballot_id": self._message.ballot_id,
                "application_id": self._message.application_id,
            },
        )
