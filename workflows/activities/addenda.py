"""Ballots of amendments (adendas), asked of the board; what came of them, told to their room."""

from datetime import UTC

from temporalio import activity

from services.kernel.working_days import end_of_term
from workflows import addendum_messages as am
from workflows import messages as m
from workflows import steps
from workflows.clients import Rooms


class AddendumActivities:
    """Asks the board and the disbursement room."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    @activity.defn(name=steps.OPEN_ADDENDUM_BALLOT.name)
    async def open_ballot(self, message: am.OpenAddendumBallotInput) -> m.OpenedBallot:
        """Open the ballot on what the amendment proposes, known by its hash."""
        addendum = message.addendum
        closes_at = end_of_term(message.asked_at, addendum.ballot_term_working_days)
        body = {
            "application_id": addendum.application_id,
            "consortium_id": addendum.consortium_id,
            "call_id": addendum.call_id,
            "dossier_sha256": addendum.proposal_sha256,
            "addendum_id": addendum.addendum_id,
            "closes_at": closes_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        }
        if message.cites_ballot_id:
            body["cites_ballot_id"] = message.cites_ballot_id
        ballot = await self._rooms.post(
            "board", "/v1/ballots", body, step="open_ballot", counter=message.number
        )
        return m.OpenedBallot(ballot_id=ballot["id"], closes_at=closes_at)

    @activity.defn(name=steps.END_ADDENDUM.name)
    async def end_addendum(self, message: am.EndAddendumInput) -> None:
        """Tell the amendment's room that the board came to no decision."""
        await self._rooms.post(
            "disbursement",
            f"/v1/addenda/{message.addendum_id}/unvoted",
            {"reason": message.reason},
            step="end_addendum",
            counter=message.ballot_id,
        )
