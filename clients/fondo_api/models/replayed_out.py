from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="ReplayedOut")


@_attrs_define
class ReplayedOut:
    """What became of one aggregate: how many events were applied, and why it stays parked.

    Attributes:
        aggregate_id (str):
        applied (int):
        stays_parked (None | str):
    """

    aggregate_id: str
    applied: int
    stays_parked: None | str

    def to_dict(self) -> dict[str, Any]:
        aggregate_id = self.aggregate_id

        applied = self.applied

        stays_parked: None | str
        stays_parked = self.stays_parked

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "aggregate_id": aggregate_id,
                "applied": applied,
                "stays_parked": stays_parked,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        aggregate_id = d.pop("aggregate_id")

        applied = d.pop("applied")

        def _parse_stays_parked(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        stays_parked = _parse_stays_parked(d.pop("stays_parked"))

        replayed_out = cls(
            aggregate_id=aggregate_id,
            applied=applied,
            stays_parked=stays_parked,
        )

        return replayed_out
