from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ActaSigned")


@_attrs_define
class ActaSigned:
    """A signature under the acta.

    Attributes:
        holder_sub (str):
        key_id (str):
        seat (str):
        signed_at (datetime.datetime):
    """

    holder_sub: str
    key_id: str
    seat: str
    signed_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        holder_sub = self.holder_sub

        key_id = self.key_id

        seat = self.seat

        signed_at = self.signed_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "holder_sub": holder_sub,
                "key_id": key_id,
                "seat": seat,
                "signed_at": signed_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        holder_sub = d.pop("holder_sub")

        key_id = d.pop("key_id")

        seat = d.pop("seat")

        signed_at = datetime.datetime.fromisoformat(d.pop("signed_at"))

        acta_signed = cls(
            holder_sub=holder_sub,
            key_id=key_id,
            seat=seat,
            signed_at=signed_at,
        )

        return acta_signed
