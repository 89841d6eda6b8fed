"""Steps of the application's life cycle, reported to the applications room."""

from collections.abc import Sequence
from typing import Any, Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from workflows.clients import Rooms, is_refusal
from workflows.messages import Move, ProgressInput
from workflows.steps import PROGRESS

ILLEGAL: Final = "applications.illegal_transition"


class ApplicationsActivities:
    """Moves of an application."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    @activity.defn(name=PROGRESS.name)
    async def progress(self, message: ProgressInput) -> None:
        """Make the moves in their order."""
        await make_moves(
            self._rooms,
            message.application_id,
            message.moves,
            counter=counter_of(message.round, message.occasion),
        )


def counter_of(round: int, occasion: str) -> int | str:
    """What tells a step from the same step of another round, or of a ballot after the first."""
    return f"{round}.{occasion}" if occasion else round


async def make_moves(
    rooms: Rooms, application_id: str, moves: Sequence[Move], *, counter: int | str
) -> None:
    """Report each move; one that the room has already made by itself is no refusal."""
    for move in moves:
        body: dict[str, Any] = {"to": move.to, "reference": move.reference}
        if move.reason is not None:
            body["reason"] = move.reason
        try:
            await rooms.post(
                "applications",
                f"/v1/applications/{application_id}/progress",
                body,
                step=f"progress.{move.to}",
                counter=counter,
            )
        except ApplicationError as error:
            if not is_refusal(error, ILLEGAL):
                raise
            found = await rooms.get("applications", f"/v1/applications/{application_id}")
            if found.get("state") != move.to:
                raise
