from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="SeatAtDecision")


@_attrs_define
class SeatAtDecision:
    """Who held a seat when the ballot was decided.

    Attributes:
        chair (bool):
        holder_sub (str):
        seat (str):
        capacity (str | Unset):  Default: 'titular'.
        deputy_chair (bool | Unset):  Default: False.
    """

    chair: bool
    holder_sub: str
    seat: str
    capacity: str | Unset = "titular"
    deputy_chair: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        chair = self.chair

        holder_sub = self.holder_sub

        seat = self.seat

        capacity = self.capacity

        deputy_chair = self.deputy_chair

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "chair": chair,
                "holder_sub": holder_sub,
                "seat": seat,
            }
        )
        if capacity is not UNSET:
            field_dict["capacity"] = capacity
        if deputy_chair is not UNSET:
            field_dict["deputy_chair"] = deputy_chair

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        chair = d.pop("chair")

        holder_sub = d.pop("holder_sub")

        seat = d.pop("seat")

        capacity = d.pop("capacity", UNSET)

        deputy_chair = d.pop("deputy_chair", UNSET)

        seat_at_decision = cls(
            chair=chair,
            holder_sub=holder_sub,
            seat=seat,
            capacity=capacity,
            deputy_chair=deputy_chair,
        )

        return seat_at_decision
