"""Opening, calling again and closing a ballot; the board counts, these only ask it to."""

from typing import Any, Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from services.kernel.working_days import end_of_term
from workflows.activities.applications import make_moves
from workflows.clients import Rooms, is_refusal
from workflows.messages import (
    CloseBallotInput,
    ClosedBallot,
    Move,
    OpenBallotInput,
    OpenedBallot,
    SecondCall,
    SecondCallInput,
)
from workflows.steps import CLOSE_BALLOT, OPEN_BALLOT, SECOND_CALL

NO_QUORUM: Final = "board.quorum_not_met"


class BoardActivities:
    """Asks the board room."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    @activity.defn(name=OPEN_BALLOT.name)
    async def open_ballot(self, message: OpenBallotInput) -> OpenedBallot:
        """Open the application's ballot and tell the application that the board has it."""
        closes_at = end_of_term(message.asked_at, message.term_working_days)
        ballot = await self._rooms.post(
            "board",
            "/v1/ballots",
            {
                "application_id": message.application_id,
                "consortium_id": message.consortium_id,
                "call_id": message.call_id,
                "dossier_sha256": message.dossier_sha256,
                "closes_at": closes_at.isoformat().replace("+00:00", "Z"),
            },
            step="open_ballot",
            counter=message.round,
        )
        await make_moves(
            self._rooms,
            message.application_id,
            [Move(to="in_board", reference=ballot["id"])],
            counter=message.round,
        )
        return OpenedBallot(ballot_id=ballot["id"], closes_at=closes_at)

    @activity.defn(name=CLOSE_BALLOT.name)
    async def close_ballot(self, message: CloseBallotInput) -> ClosedBallot:
        """Close the ballot; `no_quorum` when too few seats took part and it stays open."""
        try:
            ballot = await self._rooms.post(
                "board",
                f"/v1/ballots/{message.ballot_id}/close",
                None,
                step="close",
                counter=message.call,
            )
        except ApplicationError as error:
            if is_refusal(error, NO_QUORUM):
                return ClosedBallot(result="no_quorum")
            raise
        return ClosedBallot(result=_result_of(ballot))

    @activity.defn(name=SECOND_CALL.name)
    async def second_call(self, message: SecondCallInput) -> SecondCall:
        """Call the seats a second time, for the next working day (LPAG art. 110)."""
        closes_at = end_of_term(message.asked_at, 1)
        await self._rooms.post(
            "board",
            f"/v1/ballots/{message.ballot_id}/second-call",
            {"closes_at": closes_at.isoformat().replace("+00:00", "Z")},
            step="second_call",
            counter=2,
        )
        return SecondCall(closes_at=closes_at)


def _result_of(ballot: dict[str, Any]) -> str:
    if ballot.get("state") == "lapsed":
        return "lapsed"
    result = ballot.get("result")
    if not isinstance(result, str):
        raise ApplicationError(
            f"the board closed a ballot as {ballot.get('state')!r} without a result",
            type="workflows.unexpected_answer",
            non_retryable=True,
        )
    return result
