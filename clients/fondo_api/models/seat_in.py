from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.seat_in_capacity import SeatInCapacity, check_seat_in_capacity
from ..types import UNSET, Unset

T = TypeVar("T", bound="SeatIn")


@_attrs_define
class SeatIn:
    """Who holds the place from `valid_from` (now) to `valid_to` (open), by which resolution.

    Attributes:
        holder_name (str):
        holder_sub (str):
        capacity (SeatInCapacity | Unset):  Default: 'titular'.
        chair (bool | Unset):  Default: False.
        deputy_chair (bool | Unset):  Default: False.
        resolution (None | str | Unset):
        valid_from (datetime.datetime | None | Unset):
        valid_to (datetime.datetime | None | Unset):
    """

    holder_name: str
    holder_sub: str
    capacity: SeatInCapacity | Unset = "titular"
    chair: bool | Unset = False
    deputy_chair: bool | Unset = False
    resolution: None | str | Unset = UNSET
    valid_from: datetime.datetime | None | Unset = UNSET
    valid_to: datetime.datetime | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        holder_name = self.holder_name

        holder_sub = self.holder_sub

        capacity: str | Unset = UNSET
        if not isinstance(self.capacity, Unset):
            capacity = self.capacity

        chair = self.chair

        deputy_chair = self.deputy_chair

        resolution: None | str | Unset
        if isinstance(self.resolution, Unset):
            resolution = UNSET
        else:
            resolution = self.resolution

        valid_from: None | str | Unset
        if isinstance(self.valid_from, Unset):
            valid_from = UNSET
        elif isinstance(self.valid_from, datetime.datetime):
            valid_from = self.valid_from.isoformat()
        else:
            valid_from = self.valid_from

        valid_to: None | str | Unset
        if isinstance(self.valid_to, Unset):
            valid_to = UNSET
        elif isinstance(self.valid_to, datetime.datetime):
            valid_to = self.valid_to.isoformat()
        else:
            valid_to = self.valid_to

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "holder_name": holder_name,
                "holder_sub": holder_sub,
            }
        )
        if capacity is not UNSET:
            field_dict["capacity"] = capacity
        if chair is not UNSET:
            field_dict["chair"] = chair
        if deputy_chair is not UNSET:
            field_dict["deputy_chair"] = deputy_chair
        if resolution is not UNSET:
            field_dict["resolution"] = resolution
        if valid_from is not UNSET:
            field_dict["valid_from"] = valid_from
        if valid_to is not UNSET:
            field_dict["valid_to"] = valid_to

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        holder_name = d.pop("holder_name")

        holder_sub = d.pop("holder_sub")

        _capacity = d.pop("capacity", UNSET)
        capacity: SeatInCapacity | Unset
        if isinstance(_capacity, Unset):
            capacity = UNSET
        else:
            capacity = check_seat_in_capacity(_capacity)

        chair = d.pop("chair", UNSET)

        deputy_chair = d.pop("deputy_chair", UNSET)

        def _parse_resolution(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        resolution = _parse_resolution(d.pop("resolution", UNSET))

        def _parse_valid_from(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                valid_from_type_0 = datetime.datetime.fromisoformat(data)

                return valid_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        valid_from = _parse_valid_from(d.pop("valid_from", UNSET))

        def _parse_valid_to(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                valid_to_type_0 = datetime.datetime.fromisoformat(data)

                return valid_to_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        valid_to = _parse_valid_to(d.pop("valid_to", UNSET))

        seat_in = cls(
            holder_name=holder_name,
            holder_sub=holder_sub,
            capacity=capacity,
            chair=chair,
            deputy_chair=deputy_chair,
            resolution=resolution,
            valid_from=valid_from,
            valid_to=valid_to,
        )

        return seat_in
