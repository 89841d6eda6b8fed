"""What this room hears: the board's decisions, counted again before they are believed, and the
applications that their consortia gave up."""

from services.disbursement import endings, service
from services.disbursement.addenda import service as addenda
from services.kernel.events import Listener, Received
from services.kernel.work import Work


async def on_ballot_decided(work: Work, event: Received) -> None:
    """Keep the resolution package of a decided ballot; an addendum that it is on is decided."""
    await service.keep_resolution(work, event.data)
    if event.data.get("addendum_id"):
        await addenda.decide(work, package=event.data)


async def on_withdrawn(work: Work, event: Received) -> None:
    """Give back what a withdrawn application had reserved."""
    await endings.give_up(work, application_id=str(event.data["application_id"]))


LISTENERS = [
    Listener(
        consumer="disbursement.resolutions",
        handlers={"fund.board.ballot.decided.v1": on_ballot_decided},
    ),
    Listener(
        consumer="disbursement.withdrawals",
        handlers={"fund.applications.application.withdrawn.v1": on_withdrawn},
    ),
]
