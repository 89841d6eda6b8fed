from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Signer")


@_attrs_define
class Signer:
    """Who took part for a seat.

    Attributes:
        holder_sub (str):
        seat (str):
    """

    holder_sub: str
    seat: str

    def to_dict(self) -> dict[str, Any]:
        holder_sub = self.holder_sub

        seat = self.seat

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "holder_sub": holder_sub,
                "seat": seat,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        holder_sub = d.pop("holder_sub")

        seat = d.pop("seat")

        signer = cls(
            holder_sub=holder_sub,
            seat=seat,
        )

        return signer
