from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.outbox_event_out import OutboxEventOut


T = TypeVar("T", bound="DeadLetterWhole")


@_attrs_define
class DeadLetterWhole:
    """… and the events that wait for it to be replayed, oldest first.

    Attributes:
        aggregate_id (str):
        consumer (str):
        events (list[OutboxEventOut]):
        parked_at (datetime.datetime):
        reason (str):
    """

    aggregate_id: str
    consumer: str
    events: list[OutboxEventOut]
    parked_at: datetime.datetime
    reason: str

    def to_dict(self) -> dict[str, Any]:
        aggregate_id = self.aggregate_id

        consumer = self.consumer

        events = []
        for events_item_data in self.events:
            events_item = events_item_data.to_dict()
            events.append(events_item)

        parked_at = self.parked_at.isoformat()

        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "aggregate_id": aggregate_id,
                "consumer": consumer,
                "events": events,
                "parked_at": parked_at,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.outbox_event_out import OutboxEventOut  # noqa: PLC0415

        d = dict(src_dict)
        aggregate_id = d.pop("aggregate_id")

        consumer = d.pop("consumer")

        events = []
        _events = d.pop("events")
        for events_item_data in _events:
            events_item = OutboxEventOut.from_dict(events_item_data)

            events.append(events_item)

        parked_at = datetime.datetime.fromisoformat(d.pop("parked_at"))

        reason = d.pop("reason")

        dead_letter_whole = cls(
            aggregate_id=aggregate_id,
            consumer=consumer,
            events=events,
            parked_at=parked_at,
            reason=reason,
        )

        return dead_letter_whole
