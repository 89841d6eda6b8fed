"""Ballots and sessions at their hours; the board counts and decides, these only ask it to."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from services.kernel.working_days import end_of_term, same_hour
from workflows import messages as m
from workflows import steps
from workflows.activities.applications import counter_of, make_moves
from workflows.clients import Rooms, is_refusal

NO_QUORUM: Final = "board.quorum_not_met"
NOT_COMPLETE: Final = "board.not_complete"
RECUSAL_PENDING: Final = "board.recusal_pending"
OVER: Final = (
    "board.ballot_closed",
    "board.transition_refused",
    "board.recusal_decided",
    "board.session_over",
)
"""Refusals of a step that came too late: what it wanted has been settled otherwise."""
WITHDRAWN: Final = "El consorcio desistió de su solicitud."
UNFINISHED: Final = "board.session_unfinished"


class BoardActivities:
    """Asks the board room."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    @activity.defn(name=steps.OPEN_BALLOT.name)
    async def open_ballot(self, message: m.OpenBallotInput) -> m.OpenedBallot:
        """Open the application's ballot and tell the application that the board has it."""
        closes_at = end_of_term(message.asked_at, message.term_working_days)
        body = {
            "application_id": message.application_id,
            "consortium_id": message.consortium_id,
            "call_id": message.call_id,
            "dossier_sha256": message.dossier_sha256,
            "closes_at": _text(closes_at),
        }
        if message.cites_ballot_id:
            body["cites_ballot_id"] = message.cites_ballot_id
        counter = counter_of(message.round, message.cites_ballot_id)
        ballot = await self._rooms.post(
            "board", "/v1/ballots", body, step="open_ballot", counter=counter
        )
        await make_moves(
            self._rooms,
            message.application_id,
            [m.Move(to="in_board", reference=ballot["id"])],
            counter=counter,
        )
        return m.OpenedBallot(ballot_id=ballot["id"], closes_at=closes_at)

    @activity.defn(name=steps.CLOSE_BALLOT.name)
    async def close_ballot(self, message: m.CloseBallotInput) -> m.ClosedBallot:
        """Close the ballot, or tell what keeps it open: too few took part, a seat may still vote,
        a recusal waits."""
        path = f"/v1/ballots/{message.ballot_id}"
        try:
            ballot = await self._rooms.post(
                "board", f"{path}/close", None, step="close", counter=message.call
            )
        except ApplicationError as error:
            if is_refusal(error, NO_QUORUM):
                return m.ClosedBallot(result="no_quorum")
            if is_refusal(error, NOT_COMPLETE):
                return m.ClosedBallot(result="not_complete")
            if is_refusal(error, RECUSAL_PENDING):
                return _pending(await self._rooms.get("board", path))
            raise
        return _closed(ballot)

    @activity.defn(name=steps.SECOND_CALL.name)
    async def second_call(self, message: m.SecondCallInput) -> m.SecondCall:
        """Call the seats a second time, for the next working day (LPAG art. 110)."""
        closes_at = end_of_term(message.asked_at, 1)
        await self._post(
            f"/v1/ballots/{message.ballot_id}/second-call",
            {"closes_at": _text(closes_at)},
            step="second_call",
            counter=2,
        )
        return m.SecondCall(closes_at=closes_at)

    @activity.defn(name=steps.ESCALATION.name)
    async def escalation(self, message: m.EscalationInput) -> m.Escalation:
        """When to call the alternates: the board's term in working days before the end, and not in
        the first half of the period."""
        terms = await self._rooms.get("board", "/v1/board-terms")
        half_time = message.votes_from + (message.closes_at - message.votes_from) / 2
        before_end = same_hour(message.closes_at, -int(terms["escalation"]))
        return m.Escalation(at=max(half_time, before_end))

    @activity.defn(name=steps.CALL_ALTERNATES.name)
    async def call_alternates(self, message: m.AlternatesInput) -> None:
        """Let the alternates of seats that have not voted act; who presides is told."""
        await self._post(
            f"/v1/ballots/{message.ballot_id}/alternates",
            None,
            step="alternates",
            counter=_text(message.closes_at),
        )

    @activity.defn(name=steps.EXPIRE_RECUSAL.name)
    async def expire_recusal(self, message: m.ExpireRecusalInput) -> None:
        """Settle a recusal that nobody decided in its term."""
        await self._post(
            f"/v1/recusals/{message.recusal_id}/expire",
            None,
            step="expire",
            counter=message.recusal_id,
        )

    @activity.defn(name=steps.WITHDRAW_BALLOT.name)
    async def withdraw_ballot(self, message: m.WithdrawBallotInput) -> None:
        """End the ballot of an application that was given up."""
        await self._post(
            f"/v1/ballots/{message.ballot_id}/withdrawal",
            {"reason": WITHDRAWN},
            step="withdrawal",
            counter=message.ballot_id,
        )

    @activity.defn(name=steps.REMIND_SESSION.name)
    async def remind_session(self, message: m.SessionStep) -> m.SessionFound:
        """Remind the members of a session."""
        return await self._session(message, "reminder")

    @activity.defn(name=steps.OPEN_SESSION.name)
    async def open_session(self, message: m.SessionStep) -> m.SessionFound:
        """Call the seats of a session."""
        return await self._session(message, "open")

    @activity.defn(name=steps.CLOSE_SESSION.name)
    async def close_session(self, message: m.SessionStep) -> m.SessionFound:
        """End a session; while a dossier of its agenda is open it goes on."""
        try:
            return await self._session(message, "close")
        except ApplicationError as error:
            if is_refusal(error, UNFINISHED):
                return m.SessionFound(state="voting")
            raise

    async def _session(self, message: m.SessionStep, step: str) -> m.SessionFound:
        found = await self._rooms.post(
            "board",
            f"/v1/sessions/{message.session_id}/{step}",
            None,
            step=step,
            counter=message.call,
        )
        return m.SessionFound(state=str(found["state"]))

    async def _post(
        self, path: str, body: dict[str, Any] | None, *, step: str, counter: int | str
    ) -> None:
        """Ask for a step that may come too late."""
        try:
            await self._rooms.post("board", path, body, step=step, counter=counter)
        except ApplicationError as error:
            if error.type not in OVER:
                raise


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _pending(ballot: Mapping[str, Any]) -> m.ClosedBallot:
    return m.ClosedBallot(
        result="recusal_pending",
        pending=[
            m.PendingRecusal(one["id"], datetime.fromisoformat(one["decide_by"]))
            for one in ballot.get("recusals", [])
            if one.get("outcome") == "pending"
        ],
    )


def _closed(ballot: Mapping[str, Any]) -> m.ClosedBallot:
    state = ballot.get("state")
    if state in {"lapsed", "withdrawn"}:
        return m.ClosedBallot(result=str(state))
    if state == "deferred":
        return m.ClosedBallot(result="deferred", until=str(ballot["deferral"]["until"]))
    result = ballot.get("result")
    if not isinstance(result, str):
        raise ApplicationError(
            f"the board closed a ballot as {state!r} without a result",
            type="workflows.unexpected_answer",
            non_retryable=True,
        )
    return m.ClosedBallot(result=result)
