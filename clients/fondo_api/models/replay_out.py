from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.replayed_out import ReplayedOut


T = TypeVar("T", bound="ReplayOut")


@_attrs_define
class ReplayOut:
    """What became of the dead letters.

    Attributes:
        consumer (str):
        data (list[ReplayedOut]):
    """

    consumer: str
    data: list[ReplayedOut]

    def to_dict(self) -> dict[str, Any]:
        consumer = self.consumer

        data = []
        for data_item_data in self.data:
            data_item = data_item_data.to_dict()
            data.append(data_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "consumer": consumer,
                "data": data,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.replayed_out import ReplayedOut  # noqa: PLC0415

        d = dict(src_dict)
        consumer = d.pop("consumer")

        data = []
        _data = d.pop("data")
        for data_item_data in _data:
            data_item = ReplayedOut.from_dict(data_item_data)

            data.append(data_item)

        replay_out = cls(
            consumer=consumer,
            data=data,
        )

        return replay_out
