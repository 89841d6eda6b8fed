from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="RoomStateOut")


@_attrs_define
class RoomStateOut:
    """How much of a room's work waits: events not yet sent, and aggregates that are parked.

    Attributes:
        oldest_parked_at (datetime.datetime | None):
        oldest_unsent_at (datetime.datetime | None):
        parked_aggregates (int):
        room (str):
        unsent_events (int):
    """

    oldest_parked_at: datetime.datetime | None
    oldest_unsent_at: datetime.datetime | None
    parked_aggregates: int
    room: str
    unsent_events: int

    def to_dict(self) -> dict[str, Any]:
        oldest_parked_at: None | str
        if isinstance(self.oldest_parked_at, datetime.datetime):
            oldest_parked_at = self.oldest_parked_at.isoformat()
        else:
            oldest_parked_at = self.oldest_parked_at

        oldest_unsent_at: None | str
        if isinstance(self.oldest_unsent_at, datetime.datetime):
            oldest_unsent_at = self.oldest_unsent_at.isoformat()
        else:
            oldest_unsent_at = self.oldest_unsent_at

        parked_aggregates = self.parked_aggregates

        room = self.room

        unsent_events = self.unsent_events

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "oldest_parked_at": oldest_parked_at,
                "oldest_unsent_at": oldest_unsent_at,
                "parked_aggregates": parked_aggregates,
                "room": room,
                "unsent_events": unsent_events,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_oldest_parked_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                oldest_parked_at_type_0 = datetime.datetime.fromisoformat(data)

                return oldest_parked_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        oldest_parked_at = _parse_oldest_parked_at(d.pop("oldest_parked_at"))

        def _parse_oldest_unsent_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                oldest_unsent_at_type_0 = datetime.datetime.fromisoformat(data)

                return oldest_unsent_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        oldest_unsent_at = _parse_oldest_unsent_at(d.pop("oldest_unsent_at"))

        parked_aggregates = d.pop("parked_aggregates")

        room = d.pop("room")

        unsent_events = d.pop("unsent_events")

        room_state_out = cls(
            oldest_parked_at=oldest_parked_at,
            oldest_unsent_at=oldest_unsent_at,
            parked_aggregates=parked_aggregates,
            room=room,
            unsent_events=unsent_events,
        )

        return room_state_out
