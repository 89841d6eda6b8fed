from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="SeatAtDecision")


@_attrs_define
class SeatAtDecision:
    """Who held a seat when the ballot was decided.

    Attributes:
        chair (bool):
        holder_sub (str):
        seat (str):
    """

    chair: bool
    holder_sub: str
    seat: str

    def to_dict(self) -> dict[str, Any]:
        chair = self.chair

        holder_sub = self.holder_sub

        seat = self.seat

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "chair": chair,
                "holder_sub": holder_sub,
                "seat": seat,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        chair = d.pop("chair")

        holder_sub = d.pop("holder_sub")

        seat = d.pop("seat")

        seat_at_decision = cls(
            chair=chair,
            holder_sub=holder_sub,
            seat=seat,
        )

        return seat_at_decision
