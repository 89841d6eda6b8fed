"""What this room hears: the board's decisions, counted again before they are believed."""

from services.disbursement import service
from services.kernel.events import Listener, Received
from services.kernel.work import Work


async def on_ballot_decided(work: Work, event: Received) -> None:
    """Keep the resolution package of a decided ballot."""
    await service.keep_resolution(work, event.data)


LISTENERS = [
    Listener(
        consumer="disbursement.resolutions",
        handlers={"fund.board.ballot.decided.v1": on_ballot_decided},
    )
]
