from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.recusal_in_seat_type_0 import RecusalInSeatType0, check_recusal_in_seat_type_0
from ..types import UNSET, Unset

T = TypeVar("T", bound="RecusalIn")


@_attrs_define
class RecusalIn:
    """A ground of LPAG article 99 (1 to 6) and what makes it apply. `seat` names another seat,
    whose person is proposed to be recused; without it, the caller declares its own.

        Attributes:
            ground (int):
            reason (str):
            seat (None | RecusalInSeatType0 | Unset):
    """

    ground: int
    reason: str
    seat: None | RecusalInSeatType0 | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        ground = self.ground

        reason = self.reason

        seat: None | str | Unset
        if isinstance(self.seat, Unset):
            seat = UNSET
        elif isinstance(self.seat, str):
            seat = self.seat
        else:
            seat = self.seat

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ground": ground,
                "reason": reason,
            }
        )
        if seat is not UNSET:
            field_dict["seat"] = seat

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        ground = d.pop("ground")

        reason = d.pop("reason")

        def _parse_seat(data: object) -> None | RecusalInSeatType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                seat_type_0 = check_recusal_in_seat_type_0(data)

                return seat_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RecusalInSeatType0 | Unset, data)

        seat = _parse_seat(d.pop("seat", UNSET))

        recusal_in = cls(
            ground=ground,
            reason=reason,
            seat=seat,
        )

        return recusal_in
