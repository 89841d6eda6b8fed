from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="SecondCallIn")


@_attrs_define
class SecondCallIn:
    """Until when the second call lasts.

    Attributes:
        closes_at (datetime.datetime):
    """

    closes_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        closes_at = self.closes_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "closes_at": closes_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        closes_at = datetime.datetime.fromisoformat(d.pop("closes_at"))

        second_call_in = cls(
            closes_at=closes_at,
        )

        return second_call_in
