"""What this room tells: whether a notice arrived. No address and no text is in it."""

from typing import Annotated, ClassVar

from pydantic import Field

from services.kernel.schemas import identifier
from services.kernel.work import Event
from services.notices import domain

DeliveryId = Annotated[str, identifier("dlv")]
EventId = Annotated[str, Field(examples=["evt_01k9v1q0m5f3tt0p6k1s9w2r4e"])]


class _OfDelivery(Event):
    SUBJECT: ClassVar[str] = "delivery_id"

    delivery_id: DeliveryId
    event_id: EventId
    event_type: Annotated[str, Field(examples=["fund.board.ballot.opened.v1"])]
    about: Annotated[str, Field(examples=["bal_01k9v1q0m5f3tt0p6k1s9w2r4e"])]
    recipient_sub: Annotated[str, Field(examples=["mef-1"])]
    channel: domain.Channel
    attempts: int


class DeliverySent(_OfDelivery):
    """The recipient's server took the notice over."""

    TYPE: ClassVar[str] = "fund.notices.delivery.sent.v1"


class DeliveryGivenUp(_OfDelivery):
    """The notice did not arrive and is not tried again until somebody asks for it."""

    TYPE: ClassVar[str] = "fund.notices.delivery.given_up.v1"

    reason: Annotated[str, Field(examples=["550 No existe ese buzón"])]
