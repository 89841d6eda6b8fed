from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.seat_out import SeatOut


T = TypeVar("T", bound="SeatNow")


@_attrs_define
class SeatNow:
    """A seat at one instant: its titular, its alternate, who is absent and who presides.

    Attributes:
        absent (bool):
        alternate (None | SeatOut):
        capacity (str):
        chair (bool):
        deputy_chair (bool):
        holder_name (None | str):
        holder_sub (None | str):
        presides (bool):
        resolution (None | str):
        seat (str):
        valid_from (datetime.datetime | None):
        valid_to (datetime.datetime | None):
    """

    absent: bool
    alternate: None | SeatOut
    capacity: str
    chair: bool
    deputy_chair: bool
    holder_name: None | str
    holder_sub: None | str
    presides: bool
    resolution: None | str
    seat: str
    valid_from: datetime.datetime | None
    valid_to: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        from ..models.seat_out import SeatOut  # noqa: PLC0415

        absent = self.absent

        alternate: dict[str, Any] | None
        if isinstance(self.alternate, SeatOut):
            alternate = self.alternate.to_dict()
        else:
            alternate = self.alternate

        capacity = self.capacity

        chair = self.chair

        deputy_chair = self.deputy_chair

        holder_name: None | str
        holder_name = self.holder_name

        holder_sub: None | str
        holder_sub = self.holder_sub

        presides = self.presides

        resolution: None | str
        resolution = self.resolution

        seat = self.seat

        valid_from: None | str
        if isinstance(self.valid_from, datetime.datetime):
            valid_from = self.valid_from.isoformat()
        else:
            valid_from = self.valid_from

        valid_to: None | str
        if isinstance(self.valid_to, datetime.datetime):
            valid_to = self.valid_to.isoformat()
        else:
            valid_to = self.valid_to

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "absent": absent,
                "alternate": alternate,
                "capacity": capacity,
                "chair": chair,
                "deputy_chair": deputy_chair,
                "holder_name": holder_name,
                "holder_sub": holder_sub,
                "presides": presides,
                "resolution": resolution,
                "seat": seat,
                "valid_from": valid_from,
                "valid_to": valid_to,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.seat_out import SeatOut  # noqa: PLC0415

        d = dict(src_dict)
        absent = d.pop("absent")

        def _parse_alternate(data: object) -> None | SeatOut:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                alternate_type_0 = SeatOut.from_dict(data)

                return alternate_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SeatOut, data)

        alternate = _parse_alternate(d.pop("alternate"))

        capacity = d.pop("capacity")

        chair = d.pop("chair")

        deputy_chair = d.pop("deputy_chair")

        def _parse_holder_name(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        holder_name = _parse_holder_name(d.pop("holder_name"))

        def _parse_holder_sub(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        holder_sub = _parse_holder_sub(d.pop("holder_sub"))

        presides = d.pop("presides")

        def _parse_resolution(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        resolution = _parse_resolution(d.pop("resolution"))

        seat = d.pop("seat")

        def _parse_valid_from(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                valid_from_type_0 = datetime.datetime.fromisoformat(data)

                return valid_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        valid_from = _parse_valid_from(d.pop("valid_from"))

        def _parse_valid_to(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                valid_to_type_0 = datetime.datetime.fromisoformat(data)

                return valid_to_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        valid_to = _parse_valid_to(d.pop("valid_to"))

        seat_now = cls(
            absent=absent,
            alternate=alternate,
            capacity=capacity,
            chair=chair,
            deputy_chair=deputy_chair,
            holder_name=holder_name,
            holder_sub=holder_sub,
            presides=presides,
            resolution=resolution,
            seat=seat,
            valid_from=valid_from,
            valid_to=valid_to,
        )

        return seat_now
