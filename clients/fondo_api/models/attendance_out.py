from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="AttendanceOut")


@_attrs_define
class AttendanceOut:
    """Who attended for a seat, and on which call.

    Attributes:
        attended_at (datetime.datetime):
        call (str):
        capacity (str):
        holder_sub (str):
        seat (str):
        session_id (str):
    """

    attended_at: datetime.datetime
    call: str
    capacity: str
    holder_sub: str
    seat: str
    session_id: str

    def to_dict(self) -> dict[str, Any]:
        attended_at = self.attended_at.isoformat()

        call = self.call

        capacity = self.capacity

        holder_sub = self.holder_sub

        seat = self.seat

        session_id = self.session_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "attended_at": attended_at,
                "call": call,
                "capacity": capacity,
                "holder_sub": holder_sub,
                "seat": seat,
                "session_id": session_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        attended_at = datetime.datetime.fromisoformat(d.pop("attended_at"))

        call = d.pop("call")

        capacity = d.pop("capacity")

        holder_sub = d.pop("holder_sub")

        seat = d.pop("seat")

        session_id = d.pop("session_id")

        attendance_out = cls(
            attended_at=attended_at,
            call=call,
            capacity=capacity,
            holder_sub=holder_sub,
            seat=seat,
            session_id=session_id,
        )

        return attendance_out
