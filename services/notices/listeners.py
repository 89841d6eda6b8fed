"""What this room hears: each event of the catalogue becomes letters to those it concerns."""

from services.kernel.events import Handler, Listener, Received
from services.kernel.settings import settings
from services.kernel.work import Work
from services.notices import service
from services.notices.catalog import CATALOG

APPOINTED = "fund.board.seat.appointed.v1"


async def tell(work: Work, received: Received) -> None:
    """Write the event's letters; an event whose notice does not apply leaves nothing."""
    notice = CATALOG[received.type]
    if notice.when(received.data):
        await service.announce(
            work,
            notice,
            event_id=received.id,
            event_type=received.type,
            about=received.subject,
            data=received.data,
            attempts=settings().notices_attempts,
        )


async def tell_appointment(work: Work, received: Received) -> None:
    """Keep who holds the seat, then tell it."""
    await service.note_term(work, data=received.data, version=received.version)
    await tell(work, received)


HANDLERS: dict[str, Handler] = {**dict.fromkeys(CATALOG, tell), APPOINTED: tell_appointment}
LISTENERS: list[Listener] = [Listener("notices.deliveries", HANDLERS)]
