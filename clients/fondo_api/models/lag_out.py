from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="LagOut")


@_attrs_define
class LagOut:
    """How many events of a topic a consumer group has still to take.

    Attributes:
        events (int):
        group (str):
        topic (str):
    """

    events: int
    group: str
    topic: str

    def to_dict(self) -> dict[str, Any]:
        events = self.events

        group = self.group

        topic = self.topic

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "events": events,
                "group": group,
                "topic": topic,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        events = d.pop("events")

        group = d.pop("group")

        topic = d.pop("topic")

        lag_out = cls(
            events=events,
            group=group,
            topic=topic,
        )

        return lag_out
