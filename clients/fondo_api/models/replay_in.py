from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ReplayIn")


@_attrs_define
class ReplayIn:
    """Which consumer's dead letters are applied again: of one aggregate, or all of them.

    Attributes:
        consumer (str):
        reason (str):
        aggregate_id (None | str | Unset):
    """

    consumer: str
    reason: str
    aggregate_id: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        consumer = self.consumer

        reason = self.reason

        aggregate_id: None | str | Unset
        if isinstance(self.aggregate_id, Unset):
            aggregate_id = UNSET
        else:
            aggregate_id = self.aggregate_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "consumer": consumer,
                "reason": reason,
            }
        )
        if aggregate_id is not UNSET:
            field_dict["aggregate_id"] = aggregate_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        consumer = d.pop("consumer")

        reason = d.pop("reason")

        def _parse_aggregate_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        aggregate_id = _parse_aggregate_id(d.pop("aggregate_id", UNSET))

        replay_in = cls(
            consumer=consumer,
            reason=reason,
            aggregate_id=aggregate_id,
        )

        return replay_in
