from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ParkingIn")


@_attrs_define
class ParkingIn:
    """What a consumer without a database of its own could not apply.

    Attributes:
        aggregate_id (str):
        consumer (str):
        reason (str):
    """

    aggregate_id: str
    consumer: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        aggregate_id = self.aggregate_id

        consumer = self.consumer

        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "aggregate_id": aggregate_id,
                "consumer": consumer,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        aggregate_id = d.pop("aggregate_id")

        consumer = d.pop("consumer")

        reason = d.pop("reason")

        parking_in = cls(
            aggregate_id=aggregate_id,
            consumer=consumer,
            reason=reason,
        )

        return parking_in
