from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="DeadLetterOut")


@_attrs_define
class DeadLetterOut:
    """An aggregate that is parked for a consumer, and what its first event met.

    Attributes:
        aggregate_id (str):
        consumer (str):
        parked_at (datetime.datetime):
        reason (str):
    """

    aggregate_id: str
    consumer: str
    parked_at: datetime.datetime
    reason: str

    def to_dict(self) -> dict[str, Any]:
        aggregate_id = self.aggregate_id

        consumer = self.consumer

        parked_at = self.parked_at.isoformat()

        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "aggregate_id": aggregate_id,
                "consumer": consumer,
                "parked_at": parked_at,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        aggregate_id = d.pop("aggregate_id")

        consumer = d.pop("consumer")

        parked_at = datetime.datetime.fromisoformat(d.pop("parked_at"))

        reason = d.pop("reason")

        dead_letter_out = cls(
            aggregate_id=aggregate_id,
            consumer=consumer,
            parked_at=parked_at,
            reason=reason,
        )

        return dead_letter_out
