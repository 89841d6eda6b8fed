from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="SeatIn")


@_attrs_define
class SeatIn:
    """Who holds the seat from now on.

    Attributes:
        holder_name (str):
        holder_sub (str):
        chair (bool | Unset):  Default: False.
    """

    holder_name: str
    holder_sub: str
    chair: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        holder_name = self.holder_name

        holder_sub = self.holder_sub

        chair = self.chair

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "holder_name": holder_name,
                "holder_sub": holder_sub,
            }
        )
        if chair is not UNSET:
            field_dict["chair"] = chair

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        holder_name = d.pop("holder_name")

        holder_sub = d.pop("holder_sub")

        chair = d.pop("chair", UNSET)

        seat_in = cls(
            holder_name=holder_name,
            holder_sub=holder_sub,
            chair=chair,
        )

        return seat_in
